"""The rules of the house, run as tests: who imports whom, how large files are, what they are called."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LONGEST = 500
FORBIDDEN = {
    "service",
    "services",
    "manager",
    "managers",
    "helper",
    "helpers",
    "utils",
    "util",
    "core",
    "common",
    "misc",
}
GENERATED = ("migrations/versions/", "annotator/web/src/api/schema")
SOURCES = ("server", "annotator", "model", "migrations", "tests", "deploy")
SUFFIXES = {".py", ".ts", ".tsx", ".css"}


def sources() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *SOURCES],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if listed.returncode == 0 and listed.stdout:
        found = [ROOT / line for line in listed.stdout.splitlines()]
    else:  # an unpacked archive has no repository
        found = [p for top in SOURCES for p in (ROOT / top).rglob("*") if "node_modules" not in p.parts]
    return [p for p in found if p.is_file() and "dist" not in p.parts]


def test_the_layers_hold() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()", "--no-cache"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]


def test_files_are_short() -> None:
    long = {}
    for path in sources():
        name = path.relative_to(ROOT).as_posix()
        if path.suffix in SUFFIXES and not name.startswith(GENERATED):
            lines = len(path.read_text(errors="replace").splitlines())
            if lines > LONGEST:
                long[name] = lines
    assert not long, f"split these (at most {LONGEST} lines): {long}"


def test_the_page_never_makes_elements_or_code_of_text() -> None:
    """React escapes what people wrote; these would not."""
    ways = re.compile(
        r"dangerouslySetInnerHTML|\b(?:inner|outer)HTML|insertAdjacentHTML|document\.write|srcdoc|\beval\(|new Function"
    )
    page = [
        p for p in sources() if p.suffix in (".ts", ".tsx") and "/web/src/" in p.as_posix() and ".test." not in p.name
    ]
    assert len(page) > 50
    assert not [str(p) for p in page if ways.search(p.read_text("utf-8"))]


def test_names_say_what_is_inside() -> None:
    bad = []
    for path in sources():
        relative = path.relative_to(ROOT)
        stems = {part.partition(".")[0].lower() for part in relative.parts}
        words = {word for stem in stems for word in re.split(r"[_-]", stem)}
        if stems & FORBIDDEN or words & {"manager", "helper", "helpers", "utils"}:
            bad.append(relative.as_posix())
    assert not bad, f"these names say nothing: {bad}"


@pytest.mark.parametrize("module", ["server.app", "server.cli", "server.jobs.worker"])
def test_the_server_starts_without_neural_libraries(module: str) -> None:
    code = f"""
import sys, {module}
from server import slices
for part in ("routes", "jobs", "cli"):
    slices.load(part)
print(sorted(m for m in ("torch", "transformers", "sam2", "timm", "tensorflow") if m in sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr[-2000:]
