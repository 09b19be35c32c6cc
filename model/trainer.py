"""The training loop: token-weighted loss over the whole batch, clipped, guarded, scheduled, resumable."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

import torch

from model.checkpoint import Position, save_checkpoint
from model.config import OptimizerConfig, TrainConfig
from model.data.loader import Example, Loader, StepInput
from model.data.samples import ShuffledOrder
from model.data.tokens import Batch, ChatEncoder
from model.first_batch import write_first_batch
from model.loss import sample_losses
from model.plm import Plm
from model.progress import Progress


class NonFiniteError(Exception):
    """The loss or its gradient is infinite or not a number. Raised before the optimizer touches a weight."""


@dataclass
class LossSums:
    """Summed losses and label counts, by task."""

    sums: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    counts: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, task: str, loss: float, count: int) -> None:
        """Add one sample."""
        self.sums[task] += loss
        self.counts[task] += count

    @property
    def mean(self) -> float:
        """Loss a label over all tasks."""
        return sum(self.sums.values()) / max(1, sum(self.counts.values()))

    def by_task(self, prefix: str) -> dict[str, float]:
        """Loss a label of each task."""
        return {f"{prefix}/{task}": self.sums[task] / max(1, self.counts[task]) for task in sorted(self.sums)}


def learning_rate(config: OptimizerConfig, step: int, steps: int) -> float:
    """The rate of optimizer step `step` (from 0) of `steps`: linear warm-up, then a cosine to `min_lr_ratio`."""
    if step < config.warmup_steps:
        return config.lr * (step + 1) / config.warmup_steps
    share = (step - config.warmup_steps) / max(1, steps - config.warmup_steps)
    low = config.lr * config.min_lr_ratio
    return low + (config.lr - low) * 0.5 * (1 + math.cos(math.pi * min(1.0, share)))


def make_optimizer(plm: Plm, config: OptimizerConfig) -> torch.optim.AdamW:
    """AdamW over everything that trains."""
    trained = [parameter for parameter in plm.network.parameters() if parameter.requires_grad]
    return torch.optim.AdamW(
        trained,
        lr=config.lr,
        betas=(config.beta1, config.beta2),
        eps=config.eps,
        weight_decay=config.weight_decay,
    )


@dataclass(frozen=True)
class Trainer:
    """One training: the network and its optimizer, where samples come from, and where results go."""

    plm: Plm
    config: TrainConfig
    optimizer: torch.optim.Optimizer
    loader: Loader
    order: ShuffledOrder
    validation: Sequence[tuple[Batch, Sequence[Example]]]
    encoder: ChatEncoder
    progress: Progress
    out: Path
    run: str
    """Identifies configuration and release; written into every checkpoint."""
    device: torch.device
    should_stop: Callable[[], bool]

    def train(self, done: int, steps: int) -> int:
        """Take the steps from `done` to `steps`; returns how many are done, fewer when asked to stop."""
        self.plm.network.train()
        for read in self._inputs(done, steps):
            began = perf_counter()
            if read.step == 0:
                write_first_batch(self.out, [example for _, group in read.micros for example in group], self.encoder)
            losses, norm, rate = self._step(read, steps)
            done = read.step + 1
            tokens = sum(int(batch.attention.sum()) for batch, _ in read.micros)
            seconds = perf_counter() - began + read.wait_s
            metric = {
                "step": done,
                "loss": losses.mean,
                "lr": rate,
                "grad_norm": norm,
                "tokens": tokens,
                "labels": sum(losses.counts.values()),
                "tokens_per_s": tokens / seconds,
                "wait_share": read.wait_s / seconds,
                **losses.by_task("loss"),
            }
            if self.validation and (done % self.config.validate_every == 0 or done == steps):
                held_out = self._validate()
                metric |= {"val_loss": held_out.mean, **held_out.by_task("val_loss")}
            self.progress.metric(metric)
            self.progress.status("running", done, steps, f"loss {losses.mean:.4f}")
            stop = self.should_stop()
            if stop or done % self.config.checkpoint_every == 0 or done == steps:
                self._checkpoint(done)
            if stop:
                break
        return done

    def _inputs(self, done: int, steps: int) -> Iterator[StepInput]:
        data = self.config.data
        return self.loader.steps(
            ((step, self.order.batch(step, self.config.batch_samples)) for step in range(done, steps)),
            micro=self.config.micro_samples,
            threads=data.decode_threads,
            ahead=data.batches_ahead,
        )

    def _step(self, read: StepInput, steps: int) -> tuple[LossSums, float, float]:
        labels = sum(len_labels(batch) for batch, _ in read.micros)
        rate = learning_rate(self.config.optimizer, read.step, steps)
        found = LossSums()
        if not labels:
            return found, 0.0, rate
        for batch, examples in read.micros:
            with self._autocast():
                losses = sample_losses(self.plm, _on(batch, self.device))
            (losses.sums.sum() / labels).backward()  # type: ignore[no-untyped-call]
            for example, loss, count in zip(examples, losses.sums.tolist(), losses.counts.tolist(), strict=True):
                found.add(example.sample.task, loss, count)
        trained = [parameter for group in self.optimizer.param_groups for parameter in group["params"]]
        norm = float(torch.nn.utils.clip_grad_norm_(trained, self.config.optimizer.clip))
        if not math.isfinite(norm) or not math.isfinite(found.mean):
            samples = ", ".join(example.sample.id for _, group in read.micros for example in group)
            raise NonFiniteError(f"step {read.step + 1}: loss {found.mean}, gradient norm {norm}; samples: {samples}")
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        return found, norm, rate

    @torch.no_grad()
    def _validate(self) -> LossSums:
        self.plm.network.eval()
        found = LossSums()
        for batch, examples in self.validation:
            with self._autocast():
                losses = sample_losses(self.plm, _on(batch, self.device))
            for example, loss, count in zip(examples, losses.sums.tolist(), losses.counts.tolist(), strict=True):
                found.add(example.sample.task, loss, count)
        self.plm.network.train()
        return found

    def _checkpoint(self, done: int) -> None:
        folder = self.out / "checkpoints"
        save_checkpoint(folder, self.plm, self.optimizer, Position(done, self.run), self.config.keep_checkpoints)

    def _autocast(self) -> AbstractContextManager[object]:
        if self.config.precision == "fp32":
            return nullcontext()
        return torch.autocast(self.device.type, dtype=torch.bfloat16)


def len_labels(batch: Batch) -> int:
    """Labels that the loss of a batch counts: the first position has nothing before it that could predict it."""
    return int((batch.labels[:, 1:] >= 0).sum())


def _on(batch: Batch, device: torch.device) -> Batch:
    if device.type == "cpu":
        return batch
    return Batch(
        ids=batch.ids.to(device, non_blocking=True),
        labels=batch.labels.to(device, non_blocking=True),
        attention=batch.attention.to(device, non_blocking=True),
        frames=batch.frames.to(device, non_blocking=True),
    )
