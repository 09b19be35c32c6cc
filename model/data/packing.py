"""Samples of one forward pass without padding: a clip once, its questions as branches behind it.

A row of tokens is a forest. A *tree* is a trunk (chat header and the tokens of the pictures) and its branches
(question and answer of one sample each). A token sees its own branch and its trunk, up to itself, and its position
counts as if its sample stood alone. So a branch cannot tell its siblings from nothing, and the loss of each sample is
exactly that of the sample by itself, while the trunk is computed once for all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Literal

import torch

from model.data.samples import Sample
from model.data.tokens import NO_LABEL, Tokens

Layout = Literal["shared", "separate", "padded"]
"""shared: one tree a clip; separate: one tree a sample; padded: one row a sample, as the public trainers do."""


@dataclass(frozen=True)
class Example:
    """A sample ready for the network: its tokens, and its pictures as uint8[N, size, size, 3] (shared by siblings)."""

    sample: Sample
    tokens: Tokens
    frames: torch.Tensor


@dataclass(frozen=True)
class Tree:
    """Where a tree lies in its row: `trunk` tokens from `start`, then the branches one after the other."""

    start: int
    trunk: int
    branches: tuple[int, ...] = ()

    @property
    def end(self) -> int:
        """The place behind its last token."""
        return self.start + self.trunk + sum(self.branches)

    def spans(self) -> list[tuple[int, int]]:
        """[start, end) of the trunk and of each branch."""
        edges = [self.start, self.start + self.trunk]
        for length in self.branches:
            edges.append(edges[-1] + length)
        return list(pairwise(edges))


@dataclass(frozen=True)
class PackedBatch:
    """What one forward pass reads. Places are indices into the flattened `ids`.

    `ids`, `positions`: int64[R, S], one row unless the layout is `padded`. `pictures`: those of each tree,
    uint8[n, size, size, 3], which may still be files that are mapped and not read; their features belong, in order, at
    `picture_places`: int64[sum of n * tokens a picture]. For each label, int64[L]: the place whose output predicts it,
    the token to predict, and the sample (an index of `samples`) whose loss it is.
    """

    ids: torch.Tensor
    positions: torch.Tensor
    pictures: tuple[torch.Tensor, ...]
    picture_places: torch.Tensor
    label_places: torch.Tensor
    label_targets: torch.Tensor
    label_samples: torch.Tensor
    samples: tuple[str, ...]
    tasks: tuple[str, ...]
    trees: tuple[Tree, ...] | None
    """None: every row is one sample and plainly causal."""
    tokens: int
    """Tokens computed that are no padding."""
    sample_tokens: int
    """Tokens that the same samples have one by one: what sharing saves is the difference."""

    @property
    def labels(self) -> int:
        """Tokens that the loss counts."""
        return len(self.label_targets)

    def to(self, device: torch.device) -> PackedBatch:
        """The same batch on a device; its pictures are read, and travel as bytes, now."""
        moved: dict[str, Any] = {name: getattr(self, name).to(device, non_blocking=True) for name in _TENSORS}
        return replace(self, **moved, pictures=tuple(shown.to(device, non_blocking=True) for shown in self.pictures))

    def without_labels(self) -> PackedBatch:
        """The same forward pass with no loss: what a rank computes that has run out of samples before the others."""
        none = self.label_places[:0]
        return replace(self, label_places=none, label_targets=none, label_samples=none)


_TENSORS = ("ids", "positions", "picture_places", "label_places", "label_targets", "label_samples")


def pack(examples: Sequence[Example], layout: Layout, *, picture_ids: Iterable[int], pad_id: int) -> PackedBatch:
    """The batch of some samples. `picture_ids` are the tokens that stand for a picture's features."""
    rows = _Rows(frozenset(picture_ids))
    for numbers in _groups(examples) if layout == "shared" else [[number] for number in range(len(examples))]:
        rows.add_tree(numbers, examples)
        if layout == "padded":
            rows.end_row()
    return rows.batch(examples, pad_id, padded=layout == "padded")


def tree_tokens(lengths: Sequence[int], trunk: int) -> int:
    """Tokens of the tree that samples of these lengths make which have their first `trunk` tokens in common."""
    return trunk + sum(length - trunk for length in lengths)


def _groups(examples: Sequence[Example]) -> list[list[int]]:
    """Which examples make one tree: the same pictures behind the same tokens, in the order of their first one."""
    found: dict[object, list[int]] = {}
    for number, example in enumerate(examples):
        tokens = example.tokens
        alone = tokens.trunk == 0
        key = number if alone else (example.sample.clip_key, tuple(tokens.ids[: tokens.trunk]))
        found.setdefault(key, []).append(number)
    return list(found.values())


class _Rows:
    """The lists of a batch while it is made."""

    def __init__(self, picture_ids: frozenset[int]) -> None:
        self._picture_ids = picture_ids
        self._rows: list[list[int]] = []
        self._ids: list[int] = []
        self._positions: list[int] = []
        self._positions_of_rows: list[list[int]] = []
        self._labels: list[tuple[int, int, int, int]] = []
        self._pictures: list[torch.Tensor] = []
        self._trees: list[Tree] = []

    def add_tree(self, numbers: Sequence[int], examples: Sequence[Example]) -> None:
        first = examples[numbers[0]]
        trunk = first.tokens.trunk if len(numbers) > 1 else len(first.tokens.ids)
        start = len(self._ids)
        if len(first.frames):
            self._pictures.append(first.frames)
        self._append(first.tokens.ids[:trunk], 0)
        branches = []
        for number in numbers:
            tokens = examples[number].tokens
            branch = tokens.ids[trunk:]
            place = len(self._ids)
            self._append(branch, trunk)
            if branch:
                branches.append(len(branch))
            for position, label in enumerate(tokens.labels):
                if label != NO_LABEL and position > 0:
                    # The output one before predicts a token; before the first of a branch stands the trunk's last.
                    before = position - 1
                    at = start + before if before < trunk else place + before - trunk
                    self._labels.append((len(self._rows), at, label, number))
        self._trees.append(Tree(start, trunk, tuple(branches)))

    def end_row(self) -> None:
        if self._ids:
            self._rows.append(self._ids)
            self._positions_of_rows.append(self._positions)
            self._ids, self._positions = [], []

    def batch(self, examples: Sequence[Example], pad_id: int, *, padded: bool) -> PackedBatch:
        self.end_row()
        width = max(map(len, self._rows), default=0)
        computed = sum(map(len, self._rows))
        ids = torch.tensor([[*row, *[pad_id] * (width - len(row))] for row in self._rows])
        positions = torch.tensor([[*row, *range(len(row), width)] for row in self._positions_of_rows])
        labels = torch.tensor(self._labels, dtype=torch.long).reshape(-1, 4)
        shown = torch.isin(ids.flatten(), torch.tensor(sorted(self._picture_ids)))
        return PackedBatch(
            ids=ids,
            positions=positions,
            pictures=tuple(self._pictures),
            picture_places=shown.nonzero()[:, 0],
            label_places=labels[:, 0] * width + labels[:, 1],
            label_targets=labels[:, 2],
            label_samples=labels[:, 3],
            samples=tuple(example.sample.id for example in examples),
            tasks=tuple(example.sample.task for example in examples),
            trees=None if padded else tuple(self._trees),
            tokens=computed,
            sample_tokens=sum(len(example.tokens.ids) for example in examples),
        )

    def _append(self, ids: Sequence[int], first_position: int) -> None:
        self._ids += ids
        self._positions += range(first_position, first_position + len(ids))
