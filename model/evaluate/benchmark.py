"""The shape of a benchmark: items to ask, and scores in two modes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any, Protocol

from model.data.release import Release, Split
from model.data.samples import Sample


@dataclass(frozen=True)
class Item:
    """One question to the model: the clip of `sample`, a prompt, and what a right answer is."""

    id: str
    sample: Sample
    prompt: str
    max_new_tokens: int
    gold: Mapping[str, Any]


@dataclass(frozen=True)
class Questions:
    """What a benchmark asks of a split, always in the same order, and what it cannot ask, counted by reason."""

    items: Sequence[Item]
    left_out: Mapping[str, int]

    def first(self, limit: int | None) -> Sequence[Item]:
        """At most `limit` items from the front; those of one sample are not parted, and of the first one all come."""
        if limit is None or len(self.items) <= limit:
            return self.items
        names = [item.sample.id for item in self.items]
        end = limit
        while end and names[end] == names[end - 1]:
            end -= 1
        return self.items[: end or sum(1 for _ in takewhile(lambda name: name == names[0], names))]


@dataclass(frozen=True)
class Scores:
    """Scores between 0 and 1: `compat` as the public scorer counts, `strict` with its defects mended."""

    compat: Mapping[str, float]
    strict: Mapping[str, float]
    counts: Mapping[str, int]
    marks: Mapping[str, str] = field(default_factory=dict)
    """What a reader must know before comparing, such as where the distractors come from."""
    items: Sequence[Mapping[str, Any]] = ()
    """Each item with its prediction and whether it was right."""


class Benchmark(Protocol):
    """One task of PLM-VideoBench."""

    @property
    def name(self) -> str:
        """Its key in the report."""

    @property
    def headline(self) -> str:
        """The score that the report leads with."""

    def questions(self, release: Release, split: Split) -> Questions:
        """What to ask of a split."""

    def score(self, items: Sequence[Item], answers: Sequence[str]) -> Scores:
        """Scores of the answers, one an item."""
