"""What commands write: text and progress bars for people, one JSON document for scripts (`--json`)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import orjson
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


class Terminal:
    """Results go to stdout, everything else to stderr, so that `--json` can be piped."""

    def __init__(self, *, json: bool = False) -> None:
        self.json = json
        self._err = Console(stderr=True, highlight=False)

    def say(self, text: str) -> None:
        """Tell a person what goes on. Silent for scripts."""
        if not self.json:
            self._err.print(text, markup=False, soft_wrap=True)

    def show(self, data: Any, text: str) -> None:
        """The result: `data` for scripts, `text` for people."""
        out = orjson.dumps(data, default=str, option=orjson.OPT_INDENT_2).decode() if self.json else text
        sys.stdout.write(out + "\n")
        sys.stdout.flush()

    def fail(self, problem: dict[str, Any], code: int = 1) -> NoReturn:
        """End with an error that says what to do."""
        if self.json:
            sys.stdout.write(orjson.dumps({"error": problem}, default=str).decode() + "\n")
        else:
            self._err.print(
                f"vidgrain: {problem.get('detail') or problem.get('title')}", style="red", markup=False, soft_wrap=True
            )
        raise typer.Exit(code)

    @contextmanager
    def progress(self, label: str, total: float | None = None) -> Iterator[Callable[[float, float | None, str], None]]:
        """A bar. Gives a function (done, total, message) to call as the work goes on."""
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        shown = not self.json and self._err.is_terminal
        with Progress(*columns, console=self._err, disable=not shown, transient=False) as bar:
            task = bar.add_task(label, total=total)

            def update(done: float, of: float | None = None, message: str = "") -> None:
                bar.update(task, completed=done, total=of, description=f"{label} {message}".strip())

            yield update


def terminal(context: typer.Context) -> Terminal:
    """The terminal of this run of `vidgrain`."""
    found = context.find_root().obj
    assert isinstance(found, Terminal)
    return found
