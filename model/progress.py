"""What a run tells the outside, through files: status.json, replaced at once, and metrics.jsonl, appended to."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

State = Literal["running", "stopped", "done", "failed"]


def write_atomically(path: Path, text: str) -> None:
    """Replace `path` by `text` in one step, so that a reader never sees half a file."""
    partial = path.with_name(f".{path.name}.partial")
    with partial.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


class Progress:
    """Writes status.json and metrics.jsonl of one folder."""

    def __init__(self, folder: Path) -> None:
        self._status = folder / "status.json"
        self._metrics = folder / "metrics.jsonl"
        self.step = 0
        self.steps = 0

    def status(self, state: State, step: int, steps: int, message: str) -> None:
        """The state of the run as of now."""
        self.step, self.steps = step, steps
        content = {"state": state, "step": step, "steps": steps, "message": message}
        write_atomically(self._status, json.dumps(content, ensure_ascii=False) + "\n")

    def metric(self, values: Mapping[str, Any]) -> None:
        """Append one line of metrics; it is on disk when this returns to the operating system."""
        with self._metrics.open("a", encoding="utf-8") as file:
            file.write(json.dumps(values) + "\n")

    def rewind(self, step: int) -> None:
        """Forget the metrics after `step`: a resumed run writes them again."""
        if not self._metrics.exists():
            return
        lines = self._metrics.read_text(encoding="utf-8").splitlines()
        kept = [line for line in lines if _step_of(line) <= step]
        write_atomically(self._metrics, "".join(f"{line}\n" for line in kept))


def _step_of(line: str) -> float:
    try:
        return float(json.loads(line)["step"])
    except (ValueError, KeyError, TypeError):
        return float("inf")  # a line that a crash cut short
