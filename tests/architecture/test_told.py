"""What the server says has its Korean on the page: every refusal that a route documents, every rule of a task."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

from fastapi import FastAPI

from server.errors import DomainError

ROOT = Path(__file__).parents[2]
TOLD = (ROOT / "annotator/web/src/i18n/told.ko.ts").read_text()
REFUSALS = set(re.findall(r"^  (\w+): \"", TOLD, re.MULTILINE))
SENTENCES = [re.compile(found, re.DOTALL) for found in re.findall(r"^  \[/(.*)/s?, \"", TOLD, re.MULTILINE)]


def test_every_refusal_of_a_route_has_its_korean(one_app: FastAPI) -> None:
    described = [
        answer["description"]
        for path in one_app.openapi()["paths"].values()
        for route in path.values()
        for answer in route["responses"].values()
    ]
    slugs = {slug for text in described for slug in re.findall(r"`(\w+)`: ", text)}
    assert len(slugs) > 80
    assert slugs - REFUSALS == set()
    for file in (ROOT / "server").rglob("cli.py"):  # commands have refusals of their own
        importlib.import_module(".".join(file.relative_to(ROOT).with_suffix("").parts))
    known = set(_slugs(DomainError)) | {"crash"}
    assert REFUSALS - known == set(), "nothing says this any more"


def test_every_rule_has_its_korean() -> None:
    files = [*ROOT.glob("annotator/tasktypes/*.py"), ROOT / "annotator/quality/text.py"]
    said = {sentence for file in files for sentence in _messages(ast.parse(file.read_text()))}
    said = {each for each in said if re.search("[a-z]", each)}
    assert len(said) > 40
    assert {each for each in said if not any(pattern.search(each) for pattern in SENTENCES)} == set()


def _slugs(kind: type[DomainError]) -> Iterator[str]:
    yield kind.slug()
    for below in kind.__subclasses__():
        yield from _slugs(below)


def _messages(tree: ast.AST) -> Iterator[str]:
    """What is said to people: `message = …`, `message=…`, `refuse(code, …)`, with 7 for each value in it."""
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Name(id="message")], value=value) | ast.keyword(arg="message", value=value):
                pass
            case ast.Call(func=ast.Name(id="refuse"), args=[_, value]):
                pass
            case _:
                continue
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            yield value.value
        elif isinstance(value, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "7" for part in value.values)
