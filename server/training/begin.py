"""Asking for a run or an evaluation: checked at once, done by a job."""

from __future__ import annotations

import re
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from model.config import ConfigError, TrainConfig, override
from model.recipes import RECIPES, resolve
from server.access import Actor
from server.db import one_at_a_time
from server.jobs import enqueue
from server.releases.errors import ReleaseNotReady
from server.releases.version import code_version
from server.tables.jobs import Job
from server.tables.releases import Release, ReleaseState, Split
from server.tables.training import Evaluation, Run, RunState
from server.training.errors import BadOverride, RunNotDone, UnknownRecipe
from server.training.schemas import RunIn

TRAIN, EVALUATE = "train", "evaluate"

_HUB_NAME: Final = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
MOST_DECODERS: Final = 64
"""Programs that a run of a site may have decode for it."""


def check_recipe(recipe: str, overrides: dict[str, Any]) -> TrainConfig:
    """The whole configuration. Raise UnknownRecipe or BadOverride, naming the field and what there is. No torch."""
    if recipe not in RECIPES:
        known = ", ".join(sorted(RECIPES))
        raise UnknownRecipe(f"recipe: there is no {recipe!r}. Known recipes: {known}.", field="recipe")
    try:
        return override(resolve(recipe), overrides)
    except ConfigError as error:
        raise BadOverride(f"overrides: {error}", field="overrides") from error


def check_reach(config: TrainConfig, who: Actor) -> None:
    """Raise BadOverride where a run would reach for more of the worker's machine than `who` may have.

    A folder there is for an admin to name: pictures would be written and deleted in it, weights be read from it.
    """
    if config.data.decode_processes > MOST_DECODERS:
        raise BadOverride(f"overrides: data.decode_processes is {MOST_DECODERS} at most.", field="overrides")
    if who.is_admin:
        return
    if config.data.cache_folder is not None:
        raise BadOverride("overrides: data.cache_folder is a folder of the worker, for an admin.", field="overrides")
    if config.dpo is not None and config.dpo.drafts is not None:
        raise BadOverride("overrides: dpo.drafts is a file of the worker, for an admin.", field="overrides")
    if config.model.checkpoint is not None and not _HUB_NAME.fullmatch(config.model.checkpoint):
        raise BadOverride(
            "overrides: model.checkpoint is a name of the hub, as owner/network; an admin may name a folder.",
            field="overrides",
        )


def begin_run(session: Session, release: Release, who: Actor, wanted: RunIn, idempotency_key: str | None = None) -> Run:
    """A new run with its job. Raises UnknownRecipe, BadOverride, ReleaseNotReady.

    The same key of the same person gives the run of the first request. The run's job carries the key, and is kept as
    long as the run names it.
    """
    key = f"{TRAIN}:{who.id}:{idempotency_key}" if idempotency_key else None
    if key is not None:
        one_at_a_time(session, key)
        asked = select(Run).join(Job, Job.id == Run.job_id).where(Run.created_by == who.id, Job.dedupe_key == key)
        known = session.scalar(asked)
        if known is not None:
            return known
    check_reach(check_recipe(wanted.recipe, wanted.overrides), who)
    if release.state is not ReleaseState.READY:
        raise ReleaseNotReady(field="release_id")
    if release.deleted_at is not None:
        raise ReleaseNotReady(f"It was deleted: {release.deleted_why}", field="release_id")
    run = Run(
        release_id=release.id,
        recipe=wanted.recipe,
        overrides=wanted.overrides,
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
        dedupe_key=key,
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
