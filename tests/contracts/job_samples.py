"""Kinds of jobs for the tests of the queue, loaded by real workers through VIDGRAIN_JOB_MODULES."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from server.jobs import JobFailed, job
from server.jobs.run import JobContext
from server.tables.jobs import Job


def _note(payload: dict[str, Any], word: str) -> None:
    with Path(payload["notes"]).open("a") as file:
        file.write(word + "\n")


def _given_up(session: Session, row: Job) -> None:
    _note(row.payload, f"hook {row.state.value}")


def _again(session: Session, row: Job) -> None:
    _note(row.payload, "hook again")


def _hold(ctx: JobContext, payload: dict[str, Any]) -> None:
    """Keeps something open for the next one, and takes its time."""
    ctx.hold([payload["name"]])
    _note(payload, f"holds {payload['name']}")
    end = time.monotonic() + payload["seconds"]
    while time.monotonic() < end:
        time.sleep(0.05)
        ctx.check()


def _add(ctx: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    ctx.progress(0.5, "half")
    ctx.publish(payload.get("topic", "sample:x"), "masks", {"n": payload["a"]})
    return {"sum": payload["a"] + payload["b"]}


def _wait(ctx: JobContext, payload: dict[str, Any]) -> None:
    """Works for `seconds` in steps, looks whether it is cancelled, and goes on from its cursor."""
    step = (ctx.cursor or {}).get("step", 0)
    _note(payload, f"start {step}")
    steps = int(payload["seconds"] * 10)
    while step < steps:
        time.sleep(0.1)
        step += 1
        ctx.progress(step / steps, f"step {step}", cursor={"step": step})
    with ctx.db():
        _note(payload, "stored")


def _deaf(ctx: JobContext, payload: dict[str, Any]) -> None:
    """Never looks at anything."""
    _note(payload, "start")
    time.sleep(payload["seconds"])
    _note(payload, "survived")


def _break(ctx: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    """Breaks until attempt `good`."""
    if ctx.attempt < payload["good"]:
        raise RuntimeError(f"broken {ctx.attempt}")
    return {"attempt": ctx.attempt}


def _refuse(ctx: JobContext, payload: dict[str, Any]) -> None:
    raise JobFailed("the file is not a video")


job("test_click", lane="clicks")(_add)
job("test_wait", lane="track", on_failure=_given_up)(_wait)
job("test_wait_apart", lane="ingest", on_failure=_given_up)(_wait)
job("test_deaf", lane="ingest", on_failure=_given_up)(_deaf)
job("test_hold", lane="clicks")(_hold)
job("test_break", lane="light", on_failure=_given_up, on_retry=_again)(_break)
job("test_refuse", lane="release", on_failure=_given_up)(_refuse)
