"""Which samples share a forward pass: trees cut to a budget of tokens, and spread evenly over batches and ranks.

Pure arithmetic on lengths that are known before anything is decoded, so that every rank comes to the same plan alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heapreplace

from model.data.packing import Layout

Batches = list[list[int]]
"""Sample indices of each forward pass."""


@dataclass(frozen=True)
class Measured:
    """How long sample `index` is: `tokens` in all, of which the first `trunk` are those of all samples of `clip`."""

    index: int
    clip: str
    trunk: int
    tokens: int


Unit = Sequence[Measured]
"""Samples that must share a forward pass: one, or the two answers of a pair."""


@dataclass(frozen=True)
class _Piece:
    indices: tuple[int, ...]
    tokens: int


def plan(units: Sequence[Unit], layout: Layout, *, budget: int, ranks: int) -> list[Batches]:
    """The batches of each rank for the units of one step: as many on each rank, all of nearly the same size.

    No batch has more than `budget` tokens, unless one unit alone has more. Where there are fewer pieces than ranks,
    some batches are empty.
    """
    pieces = _pieces(units, layout, budget)
    least = -(-sum(min(piece.tokens, budget) for piece in pieces) // budget)
    count = max(1, -(-least // ranks)) * ranks
    bins = _spread(pieces, count)
    while not all(_fits(group, budget) for group in bins):
        count += ranks
        bins = _spread(pieces, count)
    batches = [[index for piece in group for index in piece.indices] for group in bins]
    return [batches[rank::ranks] for rank in range(ranks)]


def _pieces(units: Sequence[Unit], layout: Layout, budget: int) -> list[_Piece]:
    """What cannot be parted: a unit, or a clip with as many of its units as the budget holds."""
    if layout != "shared":
        widest = max((one.tokens for unit in units for one in unit), default=0)
        size = [widest * len(unit) if layout == "padded" else sum(one.tokens for one in unit) for unit in units]
        return [_Piece(_indices(unit), tokens) for unit, tokens in zip(units, size, strict=True)]
    pieces = []
    growing: dict[tuple[str, int], _Piece] = {}
    for unit in units:
        first, *others = unit
        key = (first.clip, first.trunk)
        branches = sum(one.tokens - one.trunk for one in unit)
        begun = growing.get(key) if first.trunk else None
        if begun is not None and begun.tokens + branches <= budget:
            growing[key] = _Piece((*begun.indices, *_indices(unit)), begun.tokens + branches)
            continue
        if key in growing:
            pieces.append(growing.pop(key))
        alone = first.tokens + sum(one.tokens - one.trunk for one in others)
        growing[key] = _Piece(_indices(unit), alone)
    return [*pieces, *growing.values()]


def _indices(unit: Unit) -> tuple[int, ...]:
    return tuple(one.index for one in unit)


def _spread(pieces: Sequence[_Piece], count: int) -> list[list[_Piece]]:
    """The pieces in `count` bins of nearly equal size: the largest first, each into the emptiest bin."""
    bins: list[list[_Piece]] = [[] for _ in range(count)]
    filled = [(0, number) for number in range(count)]  # a heap: the emptiest bin first
    for piece in sorted(pieces, key=lambda piece: (-piece.tokens, piece.indices)):
        tokens, emptiest = filled[0]
        bins[emptiest].append(piece)
        heapreplace(filled, (tokens + piece.tokens, emptiest))
    return bins


def _fits(group: Sequence[_Piece], budget: int) -> bool:
    return len(group) <= 1 or sum(piece.tokens for piece in group) <= budget
