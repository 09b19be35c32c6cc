"""`python -m model.train run.json`: one training from a release folder and a recipe to an exported network.

On several devices: `torchrun --nproc-per-node 8 -m model.train run.json`; on several machines by torchrun's own flags.
"""

from __future__ import annotations

import argparse
import math
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from model import checkpoint, memory, plm
from model.build import base_network, blocks, prepare, recompute_and_compile
from model.checkpoint import Checkpoints
from model.config import ConfigError, Run, TrainConfig, identity, override, read_run, resolved_json
from model.data.conversations import SYSTEM_PROMPT
from model.data.order import SampleOrder
from model.data.packing import PackedBatch
from model.data.pictures import Pictures, View
from model.data.rejects import RejectLimitError, Rejects
from model.data.release import Release, ReleaseError, Split, file_sha256, open_release, verify_files
from model.data.samples import Sample, read_samples
from model.data.stream import Reading, Stream
from model.data.tokens import ChatEncoder
from model.distributed import World, leads, spread, world
from model.evaluate.draft import read_drafts
from model.evaluate.during import InLoop
from model.export import export
from model.loss import PackedPlm
from model.objective import Objective, objective, preference_samples
from model.opening import TOKENIZER
from model.optimizer import make_optimizer
from model.progress import Progress, State, write_atomically
from model.recipes import resolve
from model.stopping import STOPPED, stop_on_sigterm
from model.trainer import NonFiniteError, Trainer

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

    Writes config.json, memory.txt, status.json, metrics.jsonl, tensorboard/, tokenizer/, first_batch.txt and .png,
    rejects.json, checkpoints/ and export/ (and adapter/) into `run.out`. On any error status.json says `failed` and
    why, and the error is raised. Under torchrun every rank calls it; the first one writes.
    """
    run.out.mkdir(parents=True, exist_ok=True)
    progress = Progress(run.out, silent=not leads())
    try:
        progress.status("running", 0, 0, "reading the release")
        config = _at_its_place(override(resolve(run.recipe), run.overrides))
        with world(config) as ranks:
            progress = Progress(run.out, silent=not ranks.leads, events=True)
            release = open_release(run.release, expected_sha256=run.release_sha256 or None, verify=False)
            verify_files(release, ranks.local_share(sorted(release.files)))
            result = _train(run, config, release, progress=progress, ranks=ranks, should_stop=should_stop)
    except BaseException as error:
        progress.failed(str(error) or type(error).__name__)
        raise
    finally:
        progress.close()
    message = "done" if result.state == "done" else "stopped on request; start again to go on"
    progress.status(result.state, result.step, result.steps, message)
    return result


def _train(
    run: Run,
    config: TrainConfig,
    release: Release,
    *,
    progress: Progress,
    ranks: World,
    should_stop: Callable[[], bool],
) -> TrainResult:
    drafts = config.dpo.drafts if config.dpo is not None else None
    run_identity = identity(config, release.sha256 + (file_sha256(drafts) if drafts and drafts.is_file() else ""))
    if ranks.leads:
        write_atomically(run.out / "config.json", resolved_json(run, config, release.sha256))
    unusable, undecodable = Rejects(config.data.max_reject_share), Rejects(config.data.max_reject_share)
    samples = _samples(release, "train", config, unusable)
    last = _last_checkpoint(run.out, run_identity)

    progress.status("running", 0, 0, "loading the network")
    texts = list(_texts(samples))
    network = base_network(config.model, texts, config.seed)
    prepare(network, config)
    needed = memory.estimate(network, config, ranks)
    if ranks.leads:
        table = "\n".join(needed.lines())
        print(table, flush=True)
        write_atomically(run.out / "memory.txt", table + "\n")
        network.tokenizer.save_pretrained(run.out / TOKENIZER)
    memory.check(needed, config, ranks)
    recompute_and_compile(network.network, config)
    module = PackedPlm(network.network)
    if ranks.alone:
        module.to(ranks.device)
    else:
        # Block by block: no device ever holds the whole network in fp32.
        spread(module, blocks(network.network), config, ranks)
    optimizer = make_optimizer(network, config.optimizer)

    encoder = ChatEncoder(network.tokenizer, network.video_token_id, network.image_token_id)
    with _pictures(network, config, run.out, ranks) as pictures:
        if config.data.decode_all_first:
            progress.status("running", 0, 0, "decoding the clips")
            samples = _decodable(samples, pictures, undecodable)
        aim = objective(config)
        order = SampleOrder(samples[:: aim.samples_a_unit], config.seed, _weights(config))
        steps = config.steps or math.ceil(config.epochs * order.epoch_samples / config.batch_samples)
        reading = _reading(network, config)

        def stream(samples: Sequence[Sample], rejects: Rejects) -> Stream:
            return Stream(samples, pictures, encoder, rejects, reading, rank=ranks.rank, ranks=ranks.size)

        torch.manual_seed(config.seed + ranks.rank)
        done = checkpoint.restore(last, network, optimizer, ranks).step if last else 0
        progress.rewind(done)
        scores = None
        if config.benchmarks.every:
            scores = InLoop(release, network, module, config=config, pictures=pictures, ranks=ranks)
        trainer = Trainer(
            plm=network,
            module=module,
            config=config,
            objective=aim,
            optimizer=optimizer,
            stream=stream(samples, undecodable),
            order=order,
            validation=_validation(release, stream, aim, config),
            benchmark=scores,
            encoder=encoder,
            progress=progress,
            checkpoints=Checkpoints(run.out / "checkpoints", ranks, keep=config.keep_checkpoints),
            out=run.out,
            run=run_identity,
            ranks=ranks,
            should_stop=should_stop,
        )
        done = trainer.train(done, steps)
    if ranks.leads:
        write_atomically(run.out / "rejects.json", unusable.joined(undecodable).to_json())
    if done < steps:
        return TrainResult("stopped", done, steps, None)
    progress.status("running", done, steps, "exporting the network")
    exported = export(network, config, run.out, ranks, lambda: base_network(config.model, texts, config.seed))
    for left in run.out.glob("pictures-*") if ranks.leads else ():  # of ranks that were killed and not started again
        shutil.rmtree(left, ignore_errors=True)
    return TrainResult("done", done, steps, exported)


def _at_its_place(config: TrainConfig) -> TrainConfig:
    """A folder of weights by its whole path: adapter and checkpoints name it, and are read from anywhere."""
    base = config.model.checkpoint
    if base is None or not Path(base).is_dir():
        return config
    return override(config, {"model.checkpoint": str(Path(base).resolve())})


def _samples(release: Release, split: Split, config: TrainConfig, rejects: Rejects) -> list[Sample]:
    """The samples of a split; for preferences pairs of them, a better and a worse answer. ReleaseError without any."""
    samples = read_samples(release, split, config.data.tasks, rejects)
    if config.dpo is not None:
        pairs = preference_samples(samples, read_drafts(config.dpo.drafts) if config.dpo.drafts else None)
        if not pairs and split == "train":
            raise ReleaseError(
                f"conversations/{split}.jsonl: no row tells a draft (meta.draft) that differs from its answer, "
                "nor does dpo.drafts, so there is no preference to learn"
            )
        return pairs
    if not samples and split == "train":
        raise ReleaseError(f"conversations/train.jsonl: no sample of the tasks {', '.join(config.data.tasks)}")
    return samples


def _last_checkpoint(out: Path, wanted: str) -> Path | None:
    found = checkpoint.checkpoints(out / "checkpoints")
    if not found:
        return None
    if checkpoint.read_position(found[-1]).run != wanted:
        raise plm.CheckpointError(
            f"{found[-1]}: was written by another configuration or release; give the run a folder of its own"
        )
    return found[-1]


def _texts(samples: Sequence[Sample]) -> Iterator[str]:
    yield SYSTEM_PROMPT
    for sample in samples:
        yield sample.prompt
        yield sample.answer


def _weights(config: TrainConfig) -> dict[str, float]:
    return {str(task): weight for task, weight in config.data.weights.items()}


def _pictures(network: plm.Plm, config: TrainConfig, out: Path, ranks: World) -> Pictures:
    """Kept where the recipe says, or in the run's folder, so that a killed run leaves nothing that nobody owns."""
    data = config.data
    tiles = data.max_tiles if data.vision_input == "tiles" else 1
    view = View(size=network.image_size, frames=data.frames, max_tiles=tiles)
    own = data.cache_folder is None
    return Pictures(
        view,
        folder=data.cache_folder or out / f"pictures-{ranks.rank}",
        goes=own,
        max_bytes=(data.cache_mb << 20) // (ranks.local_size if own else 1),
        processes=data.decode_processes,
    )


def _reading(network: plm.Plm, config: TrainConfig) -> Reading:
    return Reading(
        layout=config.data.layout,
        batch_tokens=config.data.batch_tokens,
        max_tokens=config.data.max_tokens,
        tokens_per_picture=network.tokens_per_frame,
        picture_size=network.image_size,
        pad_id=network.pad_id,
        text_format=config.data.text_format,
    )


def _decodable(samples: Sequence[Sample], pictures: Pictures, rejects: Rejects) -> list[Sample]:
    """The samples whose pictures decode; the others are counted in `rejects`."""
    clips = {sample.clip_key: sample for sample in samples}
    begun = {key: pictures.trouble(sample) for key, sample in clips.items()}
    broken = {key for key, found in begun.items() if found.result() is not None}
    for sample in samples:
        if sample.clip_key in broken:
            rejects.add("broken_clip", f"{sample.id} names {sample.clip.name}")
    rejects.check(len(samples))
    return [sample for sample in samples if sample.clip_key not in broken]


def _validation(
    release: Release, stream: Callable[[Sequence[Sample], Rejects], Stream], aim: Objective, config: TrainConfig
) -> list[PackedBatch]:
    """The first samples of the held-out split. What is wrong with them does not stop a training."""
    if not config.validation_samples:
        return []
    samples = _samples(release, "test", config, Rejects(max_share=1.0))
    places = range(min(config.validation_samples, len(samples) // aim.samples_a_unit))
    return stream(samples, Rejects(max_share=1.0)).batches(aim.units(places)) if places else []


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
