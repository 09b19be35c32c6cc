"""What a run tells the outside by files: status.json, replaced at once; metrics.jsonl and TensorBoard's events."""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

State = Literal["running", "stopped", "done", "failed"]


def write_atomically(path: Path, text: str, *, lasting: bool = True) -> None:
    """Replace `path` by `text` in one step, so that a reader never sees half a file.

    `lasting`: through a loss of power, too, for which the disk is waited for.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with partial.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            if lasting:
                os.fsync(file.fileno())
        partial.replace(path)
    except OSError:
        partial.unlink(missing_ok=True)
        raise


class Progress:
    """Writes status.json and metrics.jsonl of a folder, and the same numbers for TensorBoard; silent where told so."""

    def __init__(self, folder: Path, *, silent: bool = False, events: bool = False) -> None:
        self._folder = folder
        self._status = folder / "status.json"
        self._metrics = folder / "metrics.jsonl"
        self._silent = silent
        self._with_events = events and not silent
        self._events: Any = None
        self.step = 0
        self.steps = 0

    def status(self, state: State, step: int, steps: int, message: str) -> None:
        """The state of the run as of now. No step waits for the disk because of it."""
        self.step, self.steps = step, steps
        if self._silent:
            return
        content = {"state": state, "step": step, "steps": steps, "message": message}
        write_atomically(self._status, json.dumps(content, ensure_ascii=False) + "\n", lasting=False)

    def failed(self, message: str) -> None:
        """The run ended by an error. The first rank to say so keeps its word: the others fail because of it.

        Where the disk does not take that either, the error itself says what happened.
        """
        if self._read_state() != "failed":
            self._silent = False
            with suppress(OSError):
                self.status("failed", self.step, self.steps, message)

    def _read_state(self) -> str:
        try:
            return str(json.loads(self._status.read_text(encoding="utf-8"))["state"])
        except (OSError, ValueError, KeyError):
            return ""

    def metric(self, values: Mapping[str, Any]) -> None:
        """Append one line of metrics. What is no finite number is null in it: JSON has no word for it."""
        if self._silent:
            return
        told = {name: value if _tellable(value) else None for name, value in values.items()}
        with self._metrics.open("a", encoding="utf-8") as file:
            file.write(json.dumps(told) + "\n")
        if self._events is not None:
            for name, value in values.items():
                if name != "step" and isinstance(value, int | float):
                    self._events.add_scalar(name, value, values["step"])

    def rewind(self, step: int) -> None:
        """Forget the metrics after `step`: a resumed run writes them again."""
        if self._silent:
            return
        if self._metrics.exists():
            lines = self._metrics.read_text(encoding="utf-8").splitlines()
            kept = [line for line in lines if _step_of(line) <= step]
            write_atomically(self._metrics, "".join(f"{line}\n" for line in kept))
        if self._with_events:
            from torch.utils.tensorboard import SummaryWriter

            began = {"purge_step": step + 1} if step else {}
            self._events = SummaryWriter(str(self._folder / "tensorboard"), flush_secs=30, **began)

    def close(self) -> None:
        """Write down what is kept back for TensorBoard."""
        if self._events is not None:
            self._events.close()
            self._events = None


class Pace:
    """How long the rest of a run takes, from the steps that it has made since it began or went on."""

    def __init__(self, done: int) -> None:
        self._first = done
        self._began = time.monotonic()

    def left(self, done: int, steps: int) -> str:
        """The time to the end in words, as `, about 2 h 5 min left`; nothing before there is a measure."""
        if done <= self._first or done == steps:
            return ""
        seconds = (time.monotonic() - self._began) / (done - self._first) * (steps - done)
        hours, minutes = divmod(round(seconds / 60), 60)
        if hours:
            return f", about {hours} h {minutes} min left"
        return f", about {minutes} min left" if minutes else ""


def _tellable(value: object) -> bool:
    return not isinstance(value, float) or math.isfinite(value)


def _step_of(line: str) -> float:
    try:
        return float(json.loads(line)["step"])
    except (ValueError, KeyError, TypeError):
        return float("inf")  # a line that a crash cut short
