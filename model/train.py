"""`python -m model.train run.json`: one training from a release folder and a recipe to an exported network."""

from __future__ import annotations

import argparse
import hashlib
import math
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from model import checkpoint, plm
from model.config import ConfigError, Run, TrainConfig, override, read_run, resolved_json
from model.data.conversations import SYSTEM_PROMPT
from model.data.loader import Example, Loader
from model.data.rejects import RejectLimitError, Rejects
from model.data.release import Release, ReleaseError, open_release
from model.data.samples import Clips, Sample, ShuffledOrder, read_samples
from model.data.tokens import Batch, ChatEncoder
from model.progress import Progress, State, write_atomically
from model.recipes import resolve
from model.stopping import STOPPED, stop_on_sigterm
from model.trainer import NonFiniteError, Trainer, make_optimizer

KNOWN_ERRORS = (ConfigError, ReleaseError, RejectLimitError, plm.CheckpointError, NonFiniteError)
"""Errors whose message is meant for the person who started the run."""


@dataclass(frozen=True)
class TrainResult:
    """How a training ended: `stopped` ones go on from their last checkpoint when started again."""

    state: State
    step: int
    steps: int
    export: Path | None


def train(run: Run, *, should_stop: Callable[[], bool] = lambda: False) -> TrainResult:
    """Train as `run` says, going on from the newest checkpoint in its folder when there is one.

    Writes config.json, status.json, metrics.jsonl, first_batch.txt and .png, rejects.json, checkpoints/ and export/
    into `run.out`. On any error status.json says `failed` and why, and the error is raised.
    """
    run.out.mkdir(parents=True, exist_ok=True)
    progress = Progress(run.out)
    try:
        progress.status("running", 0, 0, "reading the release")
        config = override(resolve(run.recipe), run.overrides)
        release = open_release(run.release, expected_sha256=run.release_sha256 or None)
        result = _train(run, config, release, progress, should_stop)
    except BaseException as error:
        progress.status("failed", progress.step, progress.steps, str(error) or type(error).__name__)
        raise
    message = "done" if result.state == "done" else "stopped on request; start again to go on"
    progress.status(result.state, result.step, result.steps, message)
    return result


def _train(
    run: Run, config: TrainConfig, release: Release, progress: Progress, should_stop: Callable[[], bool]
) -> TrainResult:
    resolved = resolved_json(run, config, release.sha256)
    identity = hashlib.sha256(f"{config.model_dump_json()}{release.sha256}".encode()).hexdigest()
    write_atomically(run.out / "config.json", resolved)
    rejects = Rejects(config.data.max_reject_share)
    samples = read_samples(release, "train", config.data.tasks, rejects)
    if not samples:
        raise ReleaseError(f"conversations/train.jsonl: no sample of the tasks {', '.join(config.data.tasks)}")
    last = _last_checkpoint(run.out, identity)
    device = _device(config)
    progress.status("running", 0, 0, "loading the network")
    network = plm.load(last) if last else plm.build(config.model, _texts(samples), config.seed)
    network.network.to(device)
    plm.freeze_except(network, config.trains)
    if config.gradient_checkpointing:
        network.network.activation_checkpointing_enable({"use_reentrant": False})
    clips = Clips(size=network.image_size, frames=config.data.frames, cache_mb=config.data.cache_mb)
    if config.data.decode_all_first:
        progress.status("running", 0, 0, "decoding the clips")
        samples = clips.decodable(samples, rejects)
    steps = config.steps or math.ceil(config.epochs * len(samples) / config.batch_samples)
    optimizer = make_optimizer(network, config.optimizer)
    torch.manual_seed(config.seed)
    done = 0
    if last:
        checkpoint.restore_optimizer(last, network, optimizer)
        done = checkpoint.read_position(last).step
    progress.rewind(done)
    trainer = Trainer(
        plm=network,
        config=config,
        optimizer=optimizer,
        loader=_loader(samples, clips, network, rejects, config),
        order=ShuffledOrder(len(samples), config.seed),
        validation=_validation(release, clips, network, config),
        encoder=ChatEncoder(network.tokenizer, network.video_token_id),
        progress=progress,
        out=run.out,
        run=identity,
        device=device,
        should_stop=should_stop,
    )
    done = trainer.train(done, steps)
    write_atomically(run.out / "rejects.json", rejects.to_json())
    if done < steps:
        return TrainResult("stopped", done, steps, None)
    return TrainResult("done", done, steps, _export(network, run.out))


def _last_checkpoint(out: Path, identity: str) -> Path | None:
    found = checkpoint.checkpoints(out / "checkpoints")
    if not found:
        return None
    if checkpoint.read_position(found[-1]).run != identity:
        raise plm.CheckpointError(
            f"{found[-1]}: was written by another configuration or release; give the run a folder of its own"
        )
    return found[-1]


def _texts(samples: Sequence[Sample]) -> Iterator[str]:
    yield SYSTEM_PROMPT
    for sample in samples:
        yield sample.prompt
        yield sample.answer


def _device(config: TrainConfig) -> torch.device:
    if config.device != "auto":
        return torch.device(config.device)
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def _loader(
    samples: Sequence[Sample],
    clips: Clips,
    network: plm.Plm,
    rejects: Rejects,
    config: TrainConfig,
) -> Loader:
    return Loader(
        samples,
        clips,
        ChatEncoder(network.tokenizer, network.video_token_id),
        rejects,
        tokens_per_frame=network.tokens_per_frame,
        max_tokens=config.data.max_tokens,
        pad_id=network.pad_id,
    )


def _validation(
    release: Release, clips: Clips, network: plm.Plm, config: TrainConfig
) -> list[tuple[Batch, Sequence[Example]]]:
    """The first samples of the shuffled held-out split. What is wrong with them does not stop a training."""
    rejects = Rejects(max_share=1.0)
    samples = read_samples(release, "test", config.data.tasks, rejects)[: config.validation_samples]
    loader = _loader(samples, clips, network, rejects, config)
    return loader.batch(range(len(samples)), config.micro_samples)


def _export(network: plm.Plm, out: Path) -> Path:
    """Write out/export, replacing an older one only when the new one is complete."""
    target, partial = out / "export", out / ".export.partial"
    shutil.rmtree(partial, ignore_errors=True)
    plm.save(network, partial)
    shutil.rmtree(target, ignore_errors=True)
    partial.replace(target)
    return target


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. 0: done; 75 (try again): stopped on request after a checkpoint; 2: refused, with the reason."""
    parser = argparse.ArgumentParser(prog="python -m model.train", description=__doc__)
    parser.add_argument("run", type=Path, help="run.json")
    options = parser.parse_args(arguments)
    try:
        with stop_on_sigterm() as asked:
            result = train(read_run(options.run), should_stop=asked)
    except KNOWN_ERRORS as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 2
    return 0 if result.state == "done" else STOPPED


if __name__ == "__main__":
    sys.exit(main())
