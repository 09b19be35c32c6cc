"""The jobs that train and score: stage the release, run the trainer's process, tell how it goes, keep what it wrote."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson
import structlog
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from server.errors import UNREACHABLE
from server.events import announce
from server.jobs import JobCancelled, JobFailed, JobNotRetryable, job
from server.releases.build import store_blob
from server.releases.stage import FileChanged, Wanted, is_whole, stage
from server.releases.version import code_version
from server.storage import ObjectMissing, read_bytes
from server.storage.named import blob_key
from server.tables.jobs import Job, JobState
from server.tables.releases import Release
from server.tables.training import Evaluation, Run, RunFile, RunState
from server.tables.webhooks import EventKind
from server.training.begin import EVALUATE, TRAIN
from server.training.process import (
    STOPPED,
    Metrics,
    TrainerMissing,
    TrainerRefused,
    read_status,
    require_libraries,
    run_module,
)
from server.webhooks.note import note

if TYPE_CHECKING:
    from server.jobs.run import JobContext

log = structlog.get_logger()

METRICS_KEPT = 5000
CHECKPOINT_BYTES = 64 * 2**20
"""A last checkpoint up to this size is kept with the run; larger ones end with the run's folder."""


def _run_over(session: Session, row: Job) -> None:
    run = session.get(Run, UUID(row.payload["run_id"]))
    if run is not None and run.state in (RunState.QUEUED, RunState.RUNNING):
        run.state = RunState.CANCELLED if row.state is JobState.CANCELLED else RunState.FAILED
        run.error = row.error
        _tell(session, run)


def _tell(session: Session, run: Run) -> None:
    """It is over, however it ended: webhooks are told."""
    project_id = session.get_one(Release, run.release_id).project_id
    ids = {"run_id": run.id, "release_id": run.release_id, "state": run.state.value}
    note(session, EventKind.RUN_FINISHED, project_id, f"/api/runs/{run.id}", **ids)


def _evaluation_over(session: Session, row: Job) -> None:
    evaluation = session.get(Evaluation, UUID(row.payload["evaluation_id"]))
    if evaluation is not None and evaluation.state in (RunState.QUEUED, RunState.RUNNING):
        evaluation.state = RunState.CANCELLED if row.state is JobState.CANCELLED else RunState.FAILED
        evaluation.error = row.error


def _run_again(session: Session, row: Job) -> None:
    _again(session.get(Run, UUID(row.payload["run_id"])), row)


def _evaluate_again(session: Session, row: Job) -> None:
    _again(session.get(Evaluation, UUID(row.payload["evaluation_id"])), row)


def _again(asked: Run | Evaluation | None, row: Job) -> None:
    if asked is None or asked.state not in (RunState.FAILED, RunState.CANCELLED):
        raise JobNotRetryable("It was done or deleted meanwhile.")
    asked.state, asked.error, asked.job_id = RunState.QUEUED, None, row.id


@job(TRAIN, lane="train", on_failure=_run_over, on_retry=_run_again)
def train(ctx: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    """Train. A second attempt on the same machine goes on from the last checkpoint."""
    run_id = UUID(payload["run_id"])
    with ctx.read() as session:
        run = session.get_one(Run, run_id)
        release = session.get_one(Release, run.release_id)
    try:
        require_libraries()
    except TrainerMissing as error:
        raise JobFailed(str(error)) from error
    folder = ctx.settings.data_folder.absolute() / "runs" / str(run_id)
    folder.mkdir(parents=True, exist_ok=True)
    staged = staged_release(ctx, release)
    description = {
        "run_id": str(run_id),
        "release": str(staged),
        "release_sha256": release.manifest_sha256,
        "recipe": run.recipe,
        "overrides": run.overrides,
        "out": str(folder),
        "code_version": run.code_version,
    }
    (folder / "run.json").write_bytes(orjson.dumps(description, option=orjson.OPT_INDENT_2))
    watcher = _Watcher(ctx, run_id, folder)
    try:
        code = run_module("model.train", folder / "run.json", folder / "train.log", watcher.look, ctx.cancelled)
    except TrainerRefused as error:
        raise JobFailed(str(error)) from error
    if code == STOPPED:
        ctx.check()
        raise RuntimeError("the trainer was stopped from outside; it goes on at the next attempt")
    kept = [(path, file, _store(ctx, file)) for path, file in _outputs(folder)]
    with ctx.db() as session:
        session.execute(delete(RunFile).where(RunFile.run_id == run_id))
        for path, file, sha256 in kept:
            session.add(RunFile(run_id=run_id, path=path, sha256=sha256, bytes=file.stat().st_size))
        row = session.get_one(Run, run_id)
        row.state, row.error = RunState.DONE, None
        session.flush()
        _tell(session, row)
    shutil.rmtree(folder, ignore_errors=True)
    return {"run_id": str(run_id)}


class _Watcher:
    """Carries status.json and metrics.jsonl of a run into its row and to its listeners."""

    def __init__(self, ctx: JobContext, run_id: UUID, folder: Path) -> None:
        self._ctx = ctx
        self._run_id = run_id
        self._folder = folder
        self._metrics = Metrics(folder / "metrics.jsonl")
        self._told: dict[str, Any] = {}
        self._untold: list[dict[str, Any]] = []

    def look(self) -> None:
        """Store and tell what is new. A cancelled job is told no more; its process is being stopped.

        While the database is away the training goes on, and is told when it is back.
        """
        rows = self._untold = self._untold + self._metrics.new()
        status = read_status(self._folder)
        told = {name: status.get(name) for name in ("step", "steps", "message")}
        if not rows and told == self._told:
            return
        try:
            self._store(rows, told)
        except UNREACHABLE as error:
            log.warning("metrics_untold", run=str(self._run_id), error=str(getattr(error, "orig", error)))
            return
        self._told, self._untold = told, []
        try:
            fraction = (told["step"] or 0) / (told["steps"] or 1)
            self._ctx.progress(fraction, str(told["message"] or ""))
        except JobCancelled:
            return  # run_module sees it, too, and stops the trainer in order

    def _store(self, rows: list[dict[str, Any]], told: dict[str, Any]) -> None:
        with self._ctx.db() as session:
            run = session.get_one(Run, self._run_id)
            if run.state is RunState.QUEUED:
                run.state = RunState.RUNNING
            first = rows[0].get("step", 0) if rows else None
            before = run.metrics if first is None else [row for row in run.metrics if row.get("step", 0) < first]
            run.metrics = [*before, *rows][-METRICS_KEPT:]
            losses = [row["loss"] for row in run.metrics if row.get("loss") is not None]
            run.status = {
                "step": told["step"] or 0,
                "steps": told["steps"] or 0,
                "loss": losses[-1] if losses else None,
                "message": told["message"] or "",
            }
            if rows:
                announce(session, f"run:{self._run_id}", "metrics", {"items": rows})


def _outputs(folder: Path) -> list[tuple[str, Path]]:
    """What is kept of a run: everything but its checkpoints, of which the last stays where it is small."""
    found = [p for p in sorted(folder.rglob("*")) if p.is_file() and not p.is_symlink()]
    checkpoints = folder / "checkpoints"
    steps = checkpoints.glob("step-*")
    last = max(steps, key=lambda path: int(path.name.removeprefix("step-").partition(".")[0]), default=None)
    of_last = [p for p in found if last is not None and (p == last or last in p.parents)]
    small = sum(p.stat().st_size for p in of_last) <= CHECKPOINT_BYTES
    kept = [p for p in found if checkpoints not in p.parents] + (of_last if small else [])
    return [(p.relative_to(folder).as_posix(), p) for p in kept if ".partial" not in p.name]


def _store(ctx: JobContext, file: Path) -> str:
    from model.data.release import file_sha256

    sha256 = file_sha256(file)
    store_blob(ctx.storage, file, sha256)
    return sha256


def staged_release(ctx: JobContext, release: Release) -> Path:
    """The release as a folder on this machine. JobFailed names a file whose bytes changed."""
    sha256 = release.manifest_sha256
    if sha256 is None:
        raise JobFailed("The release is not built.")
    folder = ctx.settings.data_folder.absolute() / "staged" / sha256
    if is_whole(folder, sha256):
        return folder

    def read(file: Wanted) -> Any:
        return ctx.storage.read(blob_key(file.sha256))

    def tell(done: int, total: int, path: str) -> None:
        ctx.check()
        if total:
            ctx.progress(0.0, f"fetching the release: {done * 100 // total} % {path}")

    try:
        return stage(read_bytes(ctx.storage, blob_key(sha256)), sha256, read, folder, tell)
    except (FileChanged, ObjectMissing) as error:
        raise JobFailed(f"Release “{release.name}”: {error}") from error


@job(EVALUATE, lane="train", on_failure=_evaluation_over, on_retry=_evaluate_again)
def evaluate(ctx: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    """Score a run's network on a split of its release."""
    evaluation_id = UUID(payload["evaluation_id"])
    with ctx.db() as session:
        evaluation = session.get_one(Evaluation, evaluation_id)
        evaluation.state = RunState.RUNNING
        release = session.get_one(Release, evaluation.release_id)
        files = list(session.scalars(select(RunFile).where(RunFile.run_id == evaluation.run_id)))
        split = evaluation.split.value
    try:
        require_libraries()
    except TrainerMissing as error:
        raise JobFailed(str(error)) from error
    staged = staged_release(ctx, release)
    network, out = ctx.folder / "network", ctx.folder / "out"
    out.mkdir()
    for file in files:
        if file.path.startswith("export/"):
            target = network / file.path.removeprefix("export/")
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("wb") as opened:
                for piece in ctx.storage.read(blob_key(file.sha256)):
                    opened.write(piece)
    if not network.exists():
        raise JobFailed("The run kept no network: export/ is missing.")
    description = {
        "release": str(staged),
        "release_sha256": release.manifest_sha256,
        "run_id": str(evaluation.run_id),
        "code_version": code_version(),
        "checkpoint": str(network),
        "split": split,
        "out": str(out),
    }
    (out / "eval.json").write_bytes(orjson.dumps(description, option=orjson.OPT_INDENT_2))

    def look() -> None:
        status = read_status(out)
        try:
            ctx.progress((status.get("step") or 0) / (status.get("steps") or 1), str(status.get("message") or ""))
        except JobCancelled:
            return

    try:
        code = run_module("model.evaluate.run", out / "eval.json", out / "evaluate.log", look, ctx.cancelled)
    except TrainerRefused as error:
        raise JobFailed(str(error)) from error
    if code == STOPPED:
        ctx.check()
        raise RuntimeError("the evaluation was stopped from outside")
    report = orjson.loads((out / "report.json").read_bytes())
    with ctx.db() as session:
        row = session.get_one(Evaluation, evaluation_id)
        row.state, row.report, row.error = RunState.DONE, report, None
    return {"evaluation_id": str(evaluation_id)}
