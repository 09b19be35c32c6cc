"""The order of training: a seeded stream of samples in which those of one clip stand beside each other."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from model.data.samples import Sample


class SampleOrder:
    """An endless stream of sample indices, epoch after epoch, each a new shuffle of everything.

    Whatever a step reads follows from its number, the seed and the samples alone: not from how many ranks read it, how
    it is laid out, or what was read before. So the number of samples read is all that a resumed run has to know.

    Clips are shuffled and the samples of one clip kept together, so that a step computes a clip once. `weights` say how
    often an epoch holds each sample of a kind: 2 twice, 0.5 every other one, drawn anew for each epoch; 1 unless named.
    """

    def __init__(self, samples: Sequence[Sample], seed: int, weights: Mapping[str, float] | None = None) -> None:
        self._seed: Final = seed
        self._by_task: defaultdict[str, list[int]] = defaultdict(list)
        for index, sample in enumerate(samples):
            self._by_task[sample.task].append(index)
        self._clips: Final = [sample.clip_key for sample in samples]
        self._weights: Final = dict(weights or {})
        if negative := [task for task, weight in self._weights.items() if weight < 0]:
            raise ValueError(f"weights of {', '.join(negative)} are below zero")
        self.epoch_samples: Final = sum(self._taken(task) for task in self._by_task)
        """Samples of one epoch."""
        if self.epoch_samples < 1:
            raise ValueError("there is nothing to train on")
        self._epoch = -1
        self._stream: list[int] = []

    def batch(self, step: int, size: int) -> list[int]:
        """Indices of the `size` samples of optimizer step `step`, counted from 0."""
        return self.take(step * size, size)

    def take(self, position: int, count: int) -> list[int]:
        """Indices of `count` samples of the stream, from the one after the first `position`."""
        return [self._at(place) for place in range(position, position + count)]

    def _at(self, position: int) -> int:
        epoch, place = divmod(position, self.epoch_samples)
        if epoch != self._epoch:
            self._stream = self._shuffled(random.Random(f"{self._seed}:{epoch}"))  # noqa: S311 - an order, no secret
            self._epoch = epoch
        return self._stream[place]

    def _shuffled(self, chance: random.Random) -> list[int]:
        groups: defaultdict[tuple[int, str], list[int]] = defaultdict(list)
        for task in sorted(self._by_task):
            every = self._by_task[task]
            taken = self._taken(task)
            rounds = [every] * (taken // len(every)) + [chance.sample(every, taken % len(every))]
            for number, indices in enumerate(rounds):
                for index in indices:
                    groups[number, self._clips[index]].append(index)
        order = list(groups.values())
        chance.shuffle(order)
        return [index for group in order for index in group]

    def _taken(self, task: str) -> int:
        return round(self._weights.get(task, 1.0) * len(self._by_task[task]))
