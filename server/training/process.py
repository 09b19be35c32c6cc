"""The trainer's own process: started, watched through its files, stopped. Nothing of torch is imported here."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson

ROOT = Path(__file__).resolve().parents[2]
POLL_SECONDS = 0.3
STOP_SECONDS = 60.0
"""What a trainer gets to write its last checkpoint after it was asked to stop."""
STOPPED = os.EX_TEMPFAIL
"""The trainer's exit code when it stopped on request."""
REFUSED = 2
"""The trainer's exit code when it refuses its input; its last line says why."""


class TrainerMissing(Exception):
    """The neural libraries are not installed on this machine."""


class TrainerRefused(Exception):
    """The trainer refused its input; the message is for people."""


class TrainerBroke(Exception):
    """The trainer ended in an unexpected way."""


def require_libraries() -> None:
    """Raise TrainerMissing, saying what to install, where torch or transformers are absent. Imports neither."""
    missing = [name for name in ("torch", "transformers") if importlib.util.find_spec(name) is None]
    if missing:
        raise TrainerMissing(
            f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not installed on this machine. "
            "Training needs them: run `make torch`, which installs torch and the extra `vidgrain[train]`."
        )


class Metrics:
    """Follows a metrics.jsonl while it grows; gives the whole lines that are new."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._at = 0
        self._file = 0

    def new(self) -> list[dict[str, Any]]:
        """The rows added since the last call."""
        if not self._path.exists():
            return []
        with self._path.open("rb") as file:
            found = os.fstat(file.fileno())
            if found.st_ino != self._file or found.st_size < self._at:
                self._file, self._at = found.st_ino, 0  # a resumed run has cut it back, and put another in its place
            file.seek(self._at)
            data = file.read()
        whole = data[: data.rfind(b"\n") + 1]
        self._at += len(whole)
        return [orjson.loads(line) for line in whole.splitlines() if line.strip()]


def read_status(folder: Path) -> dict[str, Any]:
    """status.json, or nothing before the trainer wrote it."""
    try:
        status = orjson.loads((folder / "status.json").read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return {}
    return status if isinstance(status, dict) else {}


def run_module(module: str, description: Path, log: Path, look: Callable[[], None], stopped: Callable[[], bool]) -> int:
    """Run `python -m module description` to its end and return 0 or STOPPED.

    `look` is called a few times a second; `stopped` says that it should end (it is asked, then given STOP_SECONDS), and
    so does Ctrl-C; a second one ends it at once. Raises TrainerRefused or TrainerBroke with the last words of its log.
    """
    # The trainer gets no secret of the server.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("VIDGRAIN_")}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), environment.get("PYTHONPATH", "")]))
    command = [sys.executable, "-m", "server.training.child", module, str(description)]
    with log.open("wb") as out:
        process = subprocess.Popen(  # noqa: S603 - our own program and a path of ours
            command, stdin=subprocess.PIPE, stdout=out, stderr=subprocess.STDOUT, env=environment
        )
        try:
            code = _watch(process, look, stopped)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
            assert process.stdin is not None
            process.stdin.close()
    look()
    if code in (0, STOPPED):
        return code
    words = _last_words(log)
    if code == REFUSED:
        raise TrainerRefused(words)
    raise TrainerBroke(f"The trainer ended with code {code}: {words}")


def _watch(process: subprocess.Popen[bytes], look: Callable[[], None], stopped: Callable[[], bool]) -> int:
    kill_at: float | None = None
    while True:
        interrupted = False
        try:
            return process.wait(POLL_SECONDS)
        except subprocess.TimeoutExpired:
            pass
        except KeyboardInterrupt:
            if kill_at is not None:
                raise
            interrupted = True
        look()
        if kill_at is None and (interrupted or stopped()):
            process.terminate()
            kill_at = time.monotonic() + STOP_SECONDS
        if kill_at is not None and time.monotonic() > kill_at:
            process.kill()


def _last_words(log: Path) -> str:
    lines = [line.strip() for line in log.read_text("utf-8", "replace").splitlines() if line.strip()]
    return lines[-1][:2000] if lines else "it said nothing"
