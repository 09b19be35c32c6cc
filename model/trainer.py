"""The training loop: one global mean a step, clipped, guarded, scheduled, resumable, alike on any number of ranks."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import torch

from model.checkpoint import Checkpoints, Position, random_states, set_random_states
from model.config import TrainConfig
from model.data.order import SampleOrder
from model.data.packing import PackedBatch
from model.data.stream import StepInput, Stream
from model.data.tokens import ChatEncoder
from model.distributed import World
from model.first_batch import write_first_batch
from model.loss import PackedPlm
from model.objective import Objective, Sums
from model.optimizer import learning_rate, set_rate
from model.plm import CheckpointError, Plm
from model.progress import Pace, Progress


class NonFiniteError(Exception):
    """The loss or its gradient is infinite or not a number. Raised before the optimizer touches a weight."""


@dataclass(frozen=True)
class Trainer:
    """One training on one rank: the network and its optimizer, where samples come from, and where results go."""

    plm: Plm
    module: PackedPlm
    """The network as the loss calls it, spread over the ranks where there are several."""
    config: TrainConfig
    objective: Objective
    optimizer: torch.optim.Optimizer
    stream: Stream
    order: SampleOrder
    validation: Sequence[PackedBatch]
    """This rank's part of the held-out samples; all ranks have equally many batches."""
    benchmark: Callable[[], dict[str, float]] | None
    encoder: ChatEncoder
    progress: Progress
    checkpoints: Checkpoints
    out: Path
    run: str
    """Identifies configuration and release; written into every checkpoint."""
    ranks: World
    should_stop: Callable[[], bool]

    def train(self, done: int, steps: int) -> int:
        """Take the steps from `done` to `steps`; returns how many are done, fewer when any rank was asked to stop.

        Whatever goes wrong, the checkpoint that is being written then is kept: it is of a step that went well.
        """
        try:
            return self._train(done, steps)
        except Exception as error:
            if self.ranks.alone or isinstance(error, NonFiniteError):  # which every rank raises: they finish together
                with suppress(CheckpointError):
                    self.checkpoints.finish()
            raise

    def _train(self, done: int, steps: int) -> int:
        self.plm.network.train()
        pace, kept = Pace(done), done
        for read in self.stream.steps(self._units(done, steps), ahead=self.config.data.batches_ahead):
            began = perf_counter()
            if read.step == 0 and self.ranks.leads:
                write_first_batch(self.out, read.examples, self.encoder)
            metric = self._step(read, steps)
            if metric is None:
                break
            done = read.step + 1
            seconds = perf_counter() - began + read.wait_s
            metric |= {"tokens_per_s": metric["tokens"] / seconds, "wait_share": read.wait_s / seconds}
            val_loss = self._look(done, steps, metric)
            self.progress.metric(metric)
            self.progress.status("running", done, steps, f"loss {metric['loss']:.4f}{pace.left(done, steps)}")
            self.checkpoints.finish_when_written()
            if done % self.config.checkpoint_every == 0 or done == steps:
                self._keep(done, val_loss)
                kept = done
        if done > kept:
            self._keep(done, None)
        self.checkpoints.finish()
        return done

    def _keep(self, done: int, val_loss: float | None) -> None:
        self.checkpoints.save(self.plm, self.optimizer, Position(done, self.run, self.ranks.size, val_loss))

    def _units(self, done: int, steps: int) -> Iterator[tuple[int, list[tuple[int, ...]]]]:
        """What each step reads, on all ranks together; it follows from the step's number."""
        for step in range(done, steps):
            yield step, self.objective.units(self.order.batch(step, self.config.batch_samples))

    def _step(self, read: StepInput, steps: int) -> dict[str, Any] | None:
        """One optimizer step over the batches of all ranks; what metrics.jsonl says about it.

        None when any rank was asked to stop in its middle: nothing has changed then, not even the random numbers.
        """
        random = random_states(self.ranks)
        weight, tokens, labels, lost = self.ranks.sum(
            [
                sum(map(self.objective.weight, read.batches)),
                sum(batch.sample_tokens for batch in read.batches if batch.labels),
                sum(batch.labels for batch in read.batches),
                len(read.lost),
            ]
        )
        if lost:
            self._tell_lost(read)
        found = Sums()
        if weight:
            for batch in read.batches:
                if self.ranks.any(self.should_stop()):
                    self.optimizer.zero_grad(set_to_none=True)
                    set_random_states(random, self.ranks)
                    return None
                with self._autocast():
                    loss = self.objective.measure(self.module, batch.to(self.ranks.device), found)
                (loss / weight).backward()  # type: ignore[no-untyped-call]  # torch's own method has no types
        found = self._of_all_ranks(found)
        rate = learning_rate(self.config.optimizer, read.step, steps)
        norm = self._update(read, found, rate) if weight else 0.0
        return {
            "step": read.step + 1,
            "loss": 0.0,
            **found.means(),
            "lr": rate,
            "grad_norm": norm,
            "tokens": int(tokens),
            "labels": int(labels),
        }

    def _tell_lost(self, read: StepInput) -> None:
        """Every rank counts what any of them could not decode, so that the cap is one for all of them together."""
        for rank, told in enumerate(self.ranks.exchange(json.dumps(read.lost))):
            if rank != self.ranks.rank:
                self.stream.lost_elsewhere((name, reason, why) for name, reason, why in json.loads(told))

    def _update(self, read: StepInput, found: Sums, rate: float) -> float:
        """Clip, refuse what is not finite, step; the norm of the gradient over all ranks before it was clipped."""
        weights = [parameter for group in self.optimizer.param_groups for parameter in group["params"]]
        total = torch.nn.utils.clip_grad_norm_(weights, self.config.optimizer.clip)
        norm = float(total.full_tensor() if hasattr(total, "full_tensor") else total)
        mean = found.means()["loss"]
        if not math.isfinite(norm) or not math.isfinite(mean):
            samples = ", ".join(name for batch in read.batches for name in batch.samples)
            whose = "samples" if self.ranks.alone else f"samples of rank {self.ranks.rank}"
            raise NonFiniteError(f"step {read.step + 1}: loss {mean}, gradient norm {norm}; {whose}: {samples}")
        set_rate(self.optimizer, rate)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        return norm

    def _look(self, done: int, steps: int, metric: dict[str, Any]) -> float | None:
        """Validate and score where it is time, into `metric`; the validation loss or None."""
        val_loss = None
        if self.validation and (done % self.config.validate_every == 0 or done == steps):
            held_out = self._validate().means("val_")
            metric |= held_out
            found = held_out.get("val_loss")
            val_loss = found if found is not None and math.isfinite(found) else None
        every = self.config.benchmarks.every
        if self.benchmark is not None and (done % every == 0 or done == steps):
            metric |= self.benchmark()
            self.plm.network.train()
        return val_loss

    @torch.no_grad()
    def _validate(self) -> Sums:
        self.plm.network.eval()
        found = Sums()
        for batch in self.validation:
            with self._autocast():
                self.objective.measure(self.module, batch.to(self.ranks.device), found)
        self.plm.network.train()
        return self._of_all_ranks(found)

    def _of_all_ranks(self, found: Sums) -> Sums:
        names = self.objective.names
        added = self.ranks.sum([*(found.sums[name] for name in names), *(found.counts[name] for name in names)])
        total = Sums()
        for name, value, count in zip(names, added, added[len(names) :], strict=False):
            total.add(name, value, count)
        return total

    def _autocast(self) -> AbstractContextManager[object]:
        if self.config.precision == "fp32":
            return nullcontext()
        return torch.autocast(self.ranks.device.type, dtype=torch.bfloat16)
