"""docs/training.md says what there is: its commands are understood, its recipes and fields exist, none is left out."""

from __future__ import annotations

import json
import re
import shlex
from functools import cache

import pytest
import typer

from model.config import Run, override
from model.recipes import RECIPES, resolve
from server import cli
from server.training.begin import check_recipe
from server.training.cli import _override
from server.training.process import ROOT

PAGE = (ROOT / "docs/training.md").read_text("utf-8")
COMMANDS = re.findall(r"^ *(vidgrain .+)$", PAGE, re.M) + re.findall(r"`(vidgrain [^`]+ --[^`]+)`", PAGE)


@cache
def program():
    cli._load_commands()
    return typer.main.get_command(cli.app)


@pytest.mark.parametrize("line", COMMANDS)
def test_each_command_is_understood(line):
    _, name, *arguments = shlex.split(line, comments=True)
    command = program().commands[name]
    given = command.make_context(name, arguments).params
    if name == "train":
        check_recipe(given["recipe"], dict(map(_override, given["changes"] or [])))


def test_each_field_that_is_set_exists():
    inline = [shlex.split(text)[0] for text in re.findall(r"--set\s+('[^']+'|[^`\s]+)[`\s]", PAGE)]
    assert len(inline) > 10
    for told in inline:
        if told != "field=value":
            override(resolve("plm_3b_dpo"), {"adapter": {}} | dict([_override(told)]))
    for dotted in re.findall(r"`((?:data|model|optimizer|adapter|benchmarks)\.[a-z_]+)", PAGE):
        part, field = dotted.split(".")
        assert field in resolve("plm_3b_lora").model_dump()[part], dotted
    [described] = re.findall(r"^echo '(.+)' > ", PAGE, re.M)
    run = Run.model_validate({"out": "runs", **json.loads(described)})
    check_recipe(run.recipe, run.overrides)


def test_every_recipe_is_in_the_table():
    rows = [row.split("|")[1] for row in PAGE.splitlines() if re.match(r" *\| `(plm|smoke)_", row)]
    named = set()
    for name in re.findall(r"`([^`]+)`", " ".join(rows)):
        before, choices, after = re.match(r"([^{]*)(?:\{(.+)\})?(.*)", name).groups()
        named |= {f"{before}{choice}{after}" for choice in (choices or "").split(",")}
    assert named == set(RECIPES)
