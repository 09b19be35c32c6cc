"""What a step minimises: the loss of answers, or of preferences between two answers (DPO)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import torch
import torch.nn.functional as F

from model.adapters import without_adapter
from model.config import TrainConfig
from model.data.packing import PackedBatch
from model.data.samples import Sample
from model.loss import PackedPlm


@dataclass
class Sums:
    """Sums and counts by name, to be added over batches and ranks and only then divided."""

    sums: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    counts: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))

    def add(self, name: str, value: float, count: float) -> None:
        """Add `value`, a sum of `count` things."""
        self.sums[name] += value
        self.counts[name] += count

    def means(self, prefix: str = "") -> dict[str, float]:
        """The mean of each name that counted anything."""
        return {prefix + name: self.sums[name] / self.counts[name] for name in sorted(self.sums) if self.counts[name]}


class Objective(Protocol):
    """How a batch becomes a number to minimise."""

    @property
    def names(self) -> Sequence[str]:
        """What `measure` adds up, `loss` first; the same on every rank."""

    @property
    def samples_a_unit(self) -> int:
        """Samples that must share a forward pass; they stand side by side."""

    def units(self, indices: Sequence[int]) -> list[tuple[int, ...]]:
        """The samples of each unit, for places in the order of training."""

    def weight(self, batch: PackedBatch) -> int:
        """How much of the step's mean a batch is: its labels, or its pairs."""

    def measure(self, module: PackedPlm, batch: PackedBatch, into: Sums) -> torch.Tensor:
        """The batch's sum to minimise, with its gradient; numbers to report are added to `into`."""


class AnswerLoss:
    """The cross entropy of answers, every label of the step weighing the same, whatever its sample and rank."""

    samples_a_unit = 1

    def __init__(self, config: TrainConfig) -> None:
        self.names = ("loss", *(f"loss/{task}" for task in sorted(config.data.tasks)))

    def units(self, indices: Sequence[int]) -> list[tuple[int, ...]]:
        """Each sample for itself."""
        return [(index,) for index in indices]

    def weight(self, batch: PackedBatch) -> int:
        """Its labels."""
        return batch.labels

    def measure(self, module: PackedPlm, batch: PackedBatch, into: Sums) -> torch.Tensor:
        """The summed cross entropy."""
        found = module(batch)
        total: torch.Tensor = found.sums.sum()
        if batch.labels:
            for task, loss, count in zip(batch.tasks, found.sums.tolist(), found.counts.tolist(), strict=True):
                into.add("loss", loss, count)
                into.add(f"loss/{task}", loss, count)
        return total


class PreferenceLoss:
    """Direct preference optimisation (arXiv 2305.18290): samples come in pairs, the preferred answer first.

    Both answers are branches of one clip. The reference is the same network without its adapter, so nothing is held
    twice. The loss of a pair is −log σ(β · margin); a reward is β times how much likelier an answer became.
    """

    names = ("loss", "reward_accuracy", "reward_margin", "reward_chosen", "reward_rejected", "chosen_loss")
    samples_a_unit = 2

    def __init__(self, beta: float) -> None:
        self._beta = beta

    def units(self, indices: Sequence[int]) -> list[tuple[int, ...]]:
        """The two answers of each pair; `preference_samples` puts them side by side."""
        return [(2 * index, 2 * index + 1) for index in indices]

    def weight(self, batch: PackedBatch) -> int:
        """Its pairs."""
        return len(batch.samples) // 2 if batch.labels else 0

    def measure(self, module: PackedPlm, batch: PackedBatch, into: Sums) -> torch.Tensor:
        """The summed loss of the pairs."""
        with torch.no_grad(), without_adapter(module.network):
            before = module(batch)
        now = module(batch)
        if not batch.labels:
            total: torch.Tensor = now.sums.sum()
            return total
        rewards = self._beta * (before.sums - now.sums)  # the sums are minus log-probabilities
        chosen, rejected = rewards[0::2], rewards[1::2]
        margins = chosen - rejected
        losses = -F.logsigmoid(margins)
        pairs = len(margins)
        into.add("loss", float(losses.detach().sum()), pairs)
        into.add("reward_accuracy", float((margins > 0).sum()), pairs)
        into.add("reward_margin", float(margins.detach().sum()), pairs)
        into.add("reward_chosen", float(chosen.detach().sum()), pairs)
        into.add("reward_rejected", float(rejected.detach().sum()), pairs)
        into.add("chosen_loss", float(now.sums.detach()[0::2].sum()), float(now.counts[0::2].sum()))
        return losses.sum()


def objective(config: TrainConfig) -> Objective:
    """What the recipe minimises."""
    return AnswerLoss(config) if config.dpo is None else PreferenceLoss(config.dpo.beta)


def preference_samples(samples: Sequence[Sample], drafts: Mapping[str, str] | None = None) -> list[Sample]:
    """For each sample whose row tells the draft that a person improved (`meta.draft`): the answer, then the draft.

    `drafts`, by the id of a sample, are of those that tell none.
    """
    found = []
    for sample in samples:
        draft = sample.meta.get("draft") or (drafts or {}).get(sample.id)
        if isinstance(draft, str) and draft.strip() and draft.strip() != sample.answer.strip():
            found += [replace(sample, id=f"{sample.id}#chosen"), replace(sample, id=f"{sample.id}#draft", answer=draft)]
    return found
