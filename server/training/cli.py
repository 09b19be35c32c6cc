"""`vidgrain train`, `evaluate` and `draft`: on a release folder without any server; the first two on a site's, too."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import orjson
import typer
from sqlalchemy import select

from server.errors import Conflict, NotFound, Unprocessable
from server.jobs.workoff import command_parts, work_off
from server.projects.find import somebody
from server.releases.version import code_version
from server.settings import Settings
from server.storage.named import blob_key
from server.tables.releases import Release, Split
from server.tables.training import Evaluation, Run, RunFile
from server.terminal import Terminal, terminal
from server.training.begin import begin_evaluation, begin_run, check_recipe
from server.training.process import (
    STOPPED,
    Metrics,
    TrainerBroke,
    TrainerMissing,
    TrainerRefused,
    read_status,
    require_libraries,
    run_module,
)
from server.training.schemas import RunIn

_DOES = {"run.json": "Training", "eval.json": "Scoring", "draft.json": "Answering"}


class TrainingFailed(Conflict):
    """The trainer did not come to its end."""


class NotAnOverride(Unprocessable):
    """An override is written field=value."""


class OutMissing(Unprocessable):
    """Say where to write: --out FOLDER."""


def register(app: typer.Typer) -> None:
    """Add these commands to `vidgrain`."""
    app.command()(train)
    app.command()(evaluate)
    app.command()(draft)


def train(  # noqa: PLR0917 - typer passes them by name
    context: typer.Context,
    release: Annotated[str, typer.Option(help="A release folder, or the id of a release of this site.")],
    recipe: Annotated[str, typer.Option(help="Recipe, as smoke_cpu.")],
    out: Annotated[Path | None, typer.Option(help="Folder for what the training writes.")] = None,
    changes: Annotated[
        list[str] | None, typer.Option("--set", help="Change a field of the recipe, as steps=20 or optimizer.lr=1e-4.")
    ] = None,
    by: Annotated[str, typer.Option(help="E-mail of whoever asks (site's release); by default the first admin.")] = "",
) -> None:
    """Fine-tune a Perception Language Model on a release.

    On a folder it runs here and needs no server; started again with the same --out it goes on from its last
    checkpoint. On a release of this site the run shows on its page.
    """
    shell = terminal(context)
    overrides = dict(_override(text) for text in changes or [])
    check_recipe(recipe, overrides)
    folder = Path(release)
    if (folder / "manifest.json").is_file():
        if out is None:
            raise OutMissing(field="out")
        _libraries()
        description = {
            "release": str(folder.absolute()),
            "recipe": recipe,
            "overrides": overrides,
            "out": str(out.absolute()),
            "code_version": code_version(),
        }
        status = _run("model.train", description, out, "run.json", shell)
        shell.show({"out": str(out), "status": status}, f"Done: {out / 'export'}")
        return
    parts = command_parts(Settings())
    with parts.database.begin() as session:
        found = _release(session, release)
        wanted = RunIn(release_id=found.id, recipe=recipe, overrides=overrides)
        run = begin_run(session, found, somebody(session, by), wanted)
    assert run.job_id is not None
    with shell.progress(f"Run {run.id}", 1.0) as bar:
        work_off(parts, run.job_id, lambda done, what: bar(done, 1.0, what))
    if out is not None:
        with parts.database.read() as session:
            files = list(session.scalars(select(RunFile).where(RunFile.run_id == run.id)))
        for file in files:
            target = out / file.path
            target.parent.mkdir(parents=True, exist_ok=True)
            with parts.storage.local(blob_key(file.sha256)) as stored:
                shutil.copyfile(stored, target)
    with parts.database.read() as session:
        run = session.get_one(Run, run.id)
    shell.show({"id": run.id, "state": run.state, "status": run.status}, f"Run {run.id} is {run.state.value}.")


def evaluate(  # noqa: PLR0917 - typer passes them by name
    context: typer.Context,
    run: Annotated[str, typer.Option(help="A run of this site.")] = "",
    checkpoint: Annotated[
        Path | None, typer.Option(help="Or export/, adapter/, checkpoints/step-N of a training.")
    ] = None,
    release: Annotated[str, typer.Option(help="With --checkpoint: the release folder to score on.")] = "",
    split: Annotated[Split, typer.Option(help="Which part of the release.")] = Split.TEST,
    out: Annotated[Path | None, typer.Option(help="With --checkpoint: folder for report.json.")] = None,
    by: Annotated[str, typer.Option(help="E-mail of whoever asks (site's run); by default the first admin.")] = "",
) -> None:
    """Score a network on the held-out part of a release: RTLoc recall and FGQA MBAcc."""
    shell = terminal(context)
    if checkpoint is not None:
        if out is None:
            raise OutMissing(field="out")
        if not (Path(release) / "manifest.json").is_file():
            raise NotFound(
                f"{release or '(nothing)'} is not a release folder: it has no manifest.json.", field="release"
            )
        _libraries()
        description = {
            "checkpoint": str(checkpoint.absolute()),
            "release": str(Path(release).absolute()),
            "split": split.value,
            "out": str(out.absolute()),
            "code_version": code_version(),
        }
        _run("model.evaluate.run", description, out, "eval.json", shell)
        report = orjson.loads((out / "report.json").read_bytes())
    else:
        report = _evaluate_run(run, split, by, shell)
    shell.show(report, _headlines(report))


def draft(  # noqa: PLR0917 - typer passes them by name
    context: typer.Context,
    checkpoint: Annotated[Path, typer.Option(help="export/, adapter/ or checkpoints/step-N of a training.")],
    release: Annotated[str, typer.Option(help="The release folder whose rows are answered.")],
    out: Annotated[Path, typer.Option(help="Folder for drafts.jsonl; started again it goes on.")],
    split: Annotated[Split, typer.Option(help="Which part of the release.")] = Split.TRAIN,
    limit: Annotated[int | None, typer.Option(help="Rows, at most.")] = None,
) -> None:
    """Write what a network answers to the rows of a release: drafts to verify, and one side of preferences."""
    shell = terminal(context)
    if not (Path(release) / "manifest.json").is_file():
        raise NotFound(f"{release} is not a release folder: it has no manifest.json.", field="release")
    _libraries()
    description = {
        "checkpoint": str(checkpoint.absolute()),
        "release": str(Path(release).absolute()),
        "split": split.value,
        "limit": limit,
        "out": str(out.absolute()),
        "code_version": code_version(),
    }
    status = _run("model.evaluate.draft", description, out, "draft.json", shell)
    shell.show({"out": str(out), "status": status}, f"{status.get('message')}: {out / 'drafts.jsonl'}")


def _evaluate_run(run: str, split: Split, by: str, shell: Terminal) -> dict[str, Any]:
    parts = command_parts(Settings())
    with parts.database.begin() as session:
        row = session.get(Run, _uuid(run, "run"))
        if row is None:
            raise NotFound(f"There is no run {run!r}.", field="run")
        release = session.get_one(Release, row.release_id)
        asked = begin_evaluation(session, row, release, somebody(session, by), split)
    assert asked.job_id is not None
    with shell.progress("Scoring", 1.0) as bar:
        work_off(parts, asked.job_id, lambda done, what: bar(done, 1.0, what))
    with parts.database.read() as session:
        return session.get_one(Evaluation, asked.id).report or {}


def _run(module: str, description: dict[str, Any], out: Path, name: str, shell: Terminal) -> dict[str, Any]:
    """Run the trainer's module on a description and show how it goes. Raises TrainingFailed with its last words."""
    out.mkdir(parents=True, exist_ok=True)
    (out / name).write_bytes(orjson.dumps(description, option=orjson.OPT_INDENT_2))
    metrics = Metrics(out / "metrics.jsonl")
    losses: list[float] = []
    untold = [out / "memory.txt"] if name == "run.json" else []
    for estimate in untold:
        estimate.unlink(missing_ok=True)
    with shell.progress(_DOES[name]) as bar:

        def look() -> None:
            if untold and untold[0].is_file():
                shell.say(untold.pop().read_text("utf-8").rstrip())
            status = read_status(out)
            losses.extend(row["loss"] for row in metrics.new() if row.get("loss") is not None)
            loss = f" loss {losses[-1]:.3f}" if losses else ""
            bar(status.get("step") or 0, status.get("steps") or None, f"{status.get('message') or ''}{loss}")

        try:
            code = run_module(module, out / name, out / f"{Path(name).stem}.log", look, lambda: False)
        except (TrainerRefused, TrainerBroke) as error:
            raise TrainingFailed(str(error)) from error
    if code == STOPPED:
        raise TrainingFailed("It was stopped; the same command goes on from what it has.")
    return read_status(out)


def _libraries() -> None:
    try:
        require_libraries()
    except TrainerMissing as error:
        raise TrainingFailed(str(error)) from error


def _release(session: Any, text: str) -> Release:
    found = session.get(Release, _uuid(text, "release"))
    if found is None:
        raise NotFound(
            f"There is no release {text!r}, and no folder of that name with a manifest.json.", field="release"
        )
    return found  # type: ignore[no-any-return]  # session is Any here


def _uuid(text: str, field: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        told = f"{text!r} is neither a folder with a manifest.json nor an id." if field == "release" else "Give an id."
        raise NotFound(f"{field}: {told}", field=field) from None


def _override(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise NotAnOverride(f"--set {text}: write field=value.", field="set")
    try:
        return name, orjson.loads(value)
    except orjson.JSONDecodeError:
        return name, value


def _headlines(report: dict[str, Any]) -> str:
    lines = []
    for name, scores in report.get("benchmarks", {}).items():
        headline = scores["headline"]
        value = headline["value"]
        lines.append(f"{name}: {headline['name']} {'not scored' if value is None else f'{value:.3f}'}")
    return "\n".join(lines)
