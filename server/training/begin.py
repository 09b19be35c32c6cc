"""Asking for a run or an evaluation: checked at once, done by a job."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from model.config import ConfigError, override
from model.recipes import RECIPES, resolve
from server.access import Actor
from server.jobs import enqueue
from server.releases.errors import ReleaseNotReady
from server.releases.version import code_version
from server.tables.releases import Release, ReleaseState, Split
from server.tables.training import Evaluation, Run, RunState
from server.training.errors import BadOverride, RunNotDone, UnknownRecipe

TRAIN, EVALUATE = "train", "evaluate"


def check_recipe(recipe: str, overrides: dict[str, Any]) -> None:
    """Raise UnknownRecipe or BadOverride, naming the field and what there is. Needs no torch."""
    if recipe not in RECIPES:
        known = ", ".join(sorted(RECIPES))
        raise UnknownRecipe(f"recipe: there is no {recipe!r}. Known recipes: {known}.", field="recipe")
    try:
        override(resolve(recipe), overrides)
    except ConfigError as error:
        raise BadOverride(f"overrides: {error}", field="overrides") from error


def begin_run(session: Session, release: Release, who: Actor, recipe: str, overrides: dict[str, Any]) -> Run:
    """A new run with its job. Raises UnknownRecipe, BadOverride, ReleaseNotReady."""
    check_recipe(recipe, overrides)
    if release.state is not ReleaseState.READY:
        raise ReleaseNotReady(field="release_id")
    run = Run(
        release_id=release.id,
        recipe=recipe,
        overrides=overrides,
        status={"step": 0, "steps": 0, "loss": None, "message": "waiting"},
        metrics=[],
        code_version=code_version(),
        created_by=who.id,
    )
    session.add(run)
    session.flush()
    job = enqueue(
        session,
        TRAIN,
        {"run_id": str(run.id)},
        project_id=release.project_id,
        created_by=who.id,
        topics=[f"run:{run.id}"],
    )
    run.job_id = job.id
    session.flush()
    return run


def begin_evaluation(session: Session, run: Run, release: Release, who: Actor, split: Split) -> Evaluation:
    """A new scoring of a finished run's network. Raises RunNotDone."""
    if run.state is not RunState.DONE:
        raise RunNotDone
    evaluation = Evaluation(run_id=run.id, release_id=release.id, split=split, created_by=who.id)
    session.add(evaluation)
    session.flush()
    job = enqueue(
        session,
        EVALUATE,
        {"evaluation_id": str(evaluation.id)},
        project_id=release.project_id,
        created_by=who.id,
        topics=[f"run:{run.id}"],
    )
    evaluation.job_id = job.id
    session.flush()
    return evaluation
