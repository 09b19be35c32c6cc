"""`python -m model.evaluate.run eval.json`: a checkpoint's scores on the held-out part of a release."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from model.config import Frozen
from model.data.conversations import SAMPLED_FRAMES
from model.data.pictures import Pictures, View
from model.data.release import Split, open_release
from model.distributed import device_of
from model.evaluate.benchmark import Scores
from model.evaluate.command import command
from model.evaluate.generate import answer
from model.evaluate.registry import chosen
from model.opening import open_network
from model.progress import Progress, write_atomically
from model.stopping import StopRequestedError


class Evaluation(Frozen):
    """What eval.json says: a network (a transformers folder, an adapter, a checkpoint), a release, where to report."""

    checkpoint: Path
    release: Path
    out: Path
    benchmarks: tuple[str, ...] = ()
    """Names of the registry; none means all."""
    split: Split = "test"
    limit: int | None = Field(default=None, ge=1)
    """Items of each benchmark, at most, without parting those of a sample; a report that was cut short says so."""
    batch: int = Field(default=4, ge=1)
    frames: int = Field(default=SAMPLED_FRAMES, ge=1, le=SAMPLED_FRAMES)
    device: Literal["auto", "cpu", "cuda"] = "auto"
    release_sha256: str = ""
    run_id: str = ""
    code_version: str = ""


def evaluate(evaluation: Evaluation, *, should_stop: Callable[[], bool] = lambda: False) -> dict[str, Any]:
    """Ask and score; writes report.json and status.json into `out` and returns the report.

    On any error status.json says `failed` and why, and the error is raised; StopRequestedError when asked to stop.
    """
    evaluation.out.mkdir(parents=True, exist_ok=True)
    progress = Progress(evaluation.out)
    try:
        report = _evaluate(evaluation, progress, should_stop)
    except StopRequestedError as error:
        progress.status("stopped", progress.step, progress.steps, str(error))
        raise
    except BaseException as error:
        progress.failed(str(error) or type(error).__name__)
        raise
    write_atomically(evaluation.out / "report.json", json.dumps(report, indent=2, ensure_ascii=False) + "\n")
    progress.status("done", progress.steps, progress.steps, "done")
    return report


def _evaluate(evaluation: Evaluation, progress: Progress, should_stop: Callable[[], bool]) -> dict[str, Any]:
    progress.status("running", 0, 0, "reading the release")
    benchmarks, device = chosen(evaluation.benchmarks), device_of(evaluation.device)
    release = open_release(evaluation.release, expected_sha256=evaluation.release_sha256 or None)
    asked = [benchmark.questions(release, evaluation.split) for benchmark in benchmarks]
    taken = [questions.first(evaluation.limit) for questions in asked]
    total = sum(len(items) for items in taken)
    progress.status("running", 0, total, "loading the network")
    network = open_network(evaluation.checkpoint)
    network.network.to(device)
    done, results = 0, {}
    view = View(size=network.image_size, frames=evaluation.frames)
    with Pictures(view, folder=evaluation.out / "pictures", goes=True, processes=0) as pictures:
        for benchmark, items, questions in zip(benchmarks, taken, asked, strict=True):

            def shown(asked_now: int, _: int, *, before: int = done, name: str = benchmark.name) -> None:
                progress.status("running", before + asked_now, total, name)
                if should_stop():
                    raise StopRequestedError("stopped on request")

            answers = answer(network, items, pictures, batch=evaluation.batch, on_progress=shown)
            done += len(items)
            scores = benchmark.score(items, answers)
            left_out = {**questions.left_out, "over_limit": len(questions.items) - len(items)}
            results[benchmark.name] = _described(scores, benchmark.headline) | {"left_out": left_out}
    return {
        "run_id": evaluation.run_id,
        "checkpoint": str(evaluation.checkpoint),
        "release": release.name,
        "release_sha256": release.sha256,
        "code_version": evaluation.code_version,
        "split": evaluation.split,
        "source_videos": sorted(release.source_videos(evaluation.split)),
        "benchmarks": results,
    }


def _described(scores: Scores, headline: str) -> dict[str, Any]:
    return {
        "headline": {"name": headline, "value": scores.strict.get(headline)},
        "strict": dict(scores.strict),
        "compat": _rounded(scores.compat),
        "counts": dict(scores.counts),
        "marks": dict(scores.marks),
        "items": [dict(item) for item in scores.items],
    }


def _rounded(scores: Mapping[str, float]) -> dict[str, float]:
    """To four digits, as the public scorer prints."""
    return {name: round(value, 4) for name, value in scores.items()}


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. 0: done; 75 (try again): stopped on request; 2: refused, with the reason."""

    def work(description: bytes, should_stop: Callable[[], bool]) -> None:
        evaluate(Evaluation.model_validate_json(description), should_stop=should_stop)

    return command("run", __doc__, "eval.json", work, arguments)


if __name__ == "__main__":
    sys.exit(main())
