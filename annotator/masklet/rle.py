"""Masks as COCO compressed RLE, byte for byte as pycocotools writes it, in numpy.

A mask is read column by column as alternating runs of zeros and ones, beginning with zeros; `counts.py` writes the run
lengths as characters. Here are pixels ↔ runs; measures and set operations on runs stand in `regions.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from annotator.masklet.counts import RleError, Runs, to_runs, to_text

__all__ = [
    "MAX_PIXELS", "MAX_SIDE", "Edges", "Mask", "Rle", "RleError", "Runs", "area", "canonical", "decode", "edges_of",
    "empty", "encode", "from_edges", "from_runs", "runs_of", "spans_of", "to_box",
]  # fmt: skip

Mask = NDArray[np.uint8]
Edges = NDArray[np.int64]

MAX_SIDE = 16384
MAX_PIXELS = 1 << 26
"""Twice the largest video that is imported: what a hostile size may make us allocate."""

_SPARSE = 8  # fewer marks than one in so many pixels: sorting them is quicker than transposing the picture
_BLOCK = 1 << 18  # pixels looked at in one go: what a core's cache holds
_MANY = 1  # more edges than so many a word of 64 pixels: marking bytes is quicker than toggling bits
_DENSE = 8  # more marks than one in so many pixels: a plain search is quicker than one by words


@dataclass(frozen=True, slots=True)
class Rle:
    """A mask of `height` x `width` pixels as COCO's compressed `counts`. Not checked until it is decoded."""

    height: int
    width: int
    counts: str

    def to_coco(self) -> dict[str, Any]:
        """The dict that COCO and SA-V files hold: `{"size": [height, width], "counts": str}`."""
        return {"size": [self.height, self.width], "counts": self.counts}

    @staticmethod
    def from_coco(value: Mapping[str, Any]) -> Rle:
        """The opposite of `to_coco`, checked; uncompressed counts (a list of run lengths) too. Raises RleError."""
        try:
            height, width = value["size"]
            counts = value["counts"]
        except (KeyError, TypeError, ValueError) as error:
            raise RleError('an RLE needs "size": [height, width] and "counts"') from error
        if not (_is_whole(height) and _is_whole(width)):
            raise RleError("size must be two integers")
        if isinstance(counts, bytes):
            counts = counts.decode("ascii", "replace")
        if isinstance(counts, list):
            return _from_list(height, width, counts)
        if not isinstance(counts, str):
            raise RleError("counts must be a compressed string or a list of run lengths")
        rle = Rle(height, width, counts)
        runs_of(rle)
        return rle


def encode(mask: NDArray[np.uint8] | NDArray[np.bool_]) -> Rle:
    """RLE of a mask [height, width] in any memory order; every value other than 0 counts as set."""
    if mask.ndim != 2:
        raise ValueError(f"a mask has two dimensions, not {mask.ndim}")
    height, width = mask.shape
    if height == 0 or width == 0:
        raise ValueError("a mask needs at least one pixel")
    if mask.size > MAX_PIXELS:
        raise ValueError(f"a mask of {height} x {width} pixels: at most {MAX_PIXELS} can be read again")
    bits = mask.view(np.uint8) if mask.dtype in (np.bool_, np.uint8) else (mask != 0).view(np.uint8)
    try:
        return from_edges(height, width, _edges(bits))
    except _OtherValues:
        return from_edges(height, width, _edges((bits != 0).view(np.uint8)))


def decode(rle: Rle) -> Mask:
    """The mask, uint8[height, width] of 0 and 1 in column order (Fortran). Raises RleError.

    Every edge is a bit that toggles; a running XOR over the bits, word by word, fills the runs, however many they are.
    """
    pixels = rle.height * rle.width
    runs = runs_of(rle)
    edges = np.cumsum(runs, dtype=np.int64)[:-1]
    words = np.zeros(pixels // 64 + 1, dtype=np.uint64)  # an empty last run has its edge at `pixels`
    if len(edges) > _MANY * len(words) and int(runs[1:].min()) > 0:
        marks = np.zeros(pixels, dtype=np.uint8)
        marks[edges] = 1
        words.view(np.uint8)[: -(-pixels // 8)] = np.packbits(marks, bitorder="little")
    else:
        np.bitwise_xor.at(words, edges >> 6, np.uint64(1) << (edges & 63).astype(np.uint64))
    spare = np.empty_like(words)
    for shift in (1, 2, 4, 8, 16, 32):
        words ^= np.left_shift(words, np.uint64(shift), out=spare)
    ends_set = np.right_shift(words, np.uint64(63), out=spare)
    words ^= np.uint64(0) - (np.bitwise_xor.accumulate(ends_set) ^ ends_set)
    flat = np.unpackbits(words.view(np.uint8), count=pixels, bitorder="little")
    return flat.reshape(rle.width, rle.height).T


def runs_of(rle: Rle) -> Runs:
    """Lengths of the runs, zeros first, int32[M]; they sum to height x width. Raises RleError for any other string."""
    _check_size(rle.height, rle.width)
    return to_runs(rle.counts, rle.height * rle.width)


def edges_of(rle: Rle) -> Edges:
    """Column-order positions at which the value changes, the first change being to 1: strictly rising, int64[E]."""
    pixels = rle.height * rle.width
    runs = runs_of(rle)
    edges = np.cumsum(runs, dtype=np.int64)[:-1]
    if len(edges) and int(runs[1:].min()) == 0:
        # Empty runs are legal: two changes at one place are none.
        place, times = np.unique(edges, return_counts=True)
        edges = place[(times % 2 == 1) & (place < pixels)]
    return edges


def from_edges(height: int, width: int, edges: Edges) -> Rle:
    """The opposite of `edges_of`; edges must rise strictly within 0 … height * width - 1."""
    bounds = np.empty(len(edges) + 2, dtype=np.int32)
    bounds[0], bounds[1:-1], bounds[-1] = 0, edges, height * width
    return Rle(height, width, to_text(np.diff(bounds)))


def from_runs(height: int, width: int, runs: Runs | Sequence[int]) -> Rle:
    """The RLE of run lengths, zeros first. Raises RleError when they do not cover the mask exactly."""
    _check_size(height, width)
    values = np.asarray(runs, dtype=np.int64)
    if not len(values) or int(values.min()) < 0 or int(values.max()) > height * width:
        raise RleError("runs must be positive and cover the mask exactly")
    if int(values.sum()) != height * width:
        raise RleError(f"runs cover {int(values.sum())} pixels, the mask has {height * width}")
    return Rle(height, width, to_text(values))


def canonical(rle: Rle) -> Rle:
    """The same mask without empty runs, as pycocotools encodes it: equal masks have equal strings. Raises RleError."""
    return from_edges(rle.height, rle.width, edges_of(rle))


def empty(height: int, width: int) -> Rle:
    """The RLE of a mask in which no pixel is set."""
    return Rle(height, width, to_text(np.array([height * width], dtype=np.int64)))


def area(rle: Rle) -> int:
    """Number of set pixels."""
    return int(runs_of(rle)[1::2].sum(dtype=np.int64))


def to_box(rle: Rle) -> tuple[int, int, int, int] | None:
    """(x1, y1, x2, y2) around the set pixels, x2 and y2 being exclusive pixel edges; None for an empty mask."""
    starts, stops = spans_of(rle)
    if not len(starts):
        return None
    last = stops - 1
    x1, x2 = int(starts[0]) // rle.height, int(last[-1]) // rle.height + 1
    if bool(np.any(starts // rle.height != last // rle.height)):
        return x1, 0, x2, rle.height  # a run that passes the foot of a column touches the bottom and the top row
    return x1, int((starts % rle.height).min()), x2, int((last % rle.height).max()) + 1


def spans_of(rle: Rle) -> tuple[Edges, Edges]:
    """Starts and exclusive stops of the runs of ones that are not empty, in column order."""
    edges = edges_of(rle)
    starts, stops = edges[0::2], edges[1::2]
    if len(stops) < len(starts):
        stops = np.append(stops, rle.height * rle.width)
    return starts, stops


class _OtherValues(Exception):
    """A mask holds other values than 0 and 1."""


def _edges(bits: Mask) -> Edges:
    """Edges of a mask of 0 and 1; raises _OtherValues for any other."""
    if not bits.flags.f_contiguous:
        edges = _edges_by_row(bits)
        if edges is not None:
            return edges
        # OpenCV walks in tiles and is several times quicker than a strided numpy copy.
        bits = np.asarray(cv2.transpose(np.ascontiguousarray(bits)), dtype=np.uint8).reshape(bits.shape[::-1]).T
    return _edges_by_column(bits)


def _edges_by_row(bits: Mask) -> Edges | None:
    """Edges of a mask in row order: a pixel is marked when it differs from the one before in its column.

    None when so many are marked that sorting them costs more than transposing the picture.
    """
    height, width = bits.shape
    step = max(1, _BLOCK // width)
    marks = np.empty((min(step, height), width), dtype=np.uint8)
    found: list[NDArray[np.int32]] = []
    total = 0
    for top in range(0, height, step):
        block = bits[top : top + step]
        rows = marks[: len(block)]
        np.bitwise_xor(block[1:], block[:-1], out=rows[1:])
        if top:
            np.bitwise_xor(block[0], bits[top - 1], out=rows[0])
        else:
            rows[0, 0] = bits[0, 0]
            np.bitwise_xor(bits[0, 1:], bits[-1, :-1], out=rows[0, 1:])  # a column goes on at the top of the next
        place = _marked(rows.reshape(-1)).astype(np.int32)
        total += len(place)
        if total * _SPARSE > bits.size:
            return None
        row = place // np.int32(width)
        found.append((place - row * np.int32(width)) * np.int32(height) + (row + np.int32(top)))
    edges = np.concatenate(found)
    edges.sort()
    return edges.astype(np.int64)


def _edges_by_column(bits: Mask) -> Edges:
    """Edges of a mask in column order."""
    flat = bits.T.reshape(-1)
    marks = np.empty(min(_BLOCK, len(flat)), dtype=np.uint8)
    found: list[Edges] = []
    for start in range(0, len(flat), _BLOCK):
        block = flat[start : start + _BLOCK]
        row = marks[: len(block)]
        np.bitwise_xor(block[1:], block[:-1], out=row[1:])
        row[0] = block[0] ^ flat[start - 1] if start else block[0]
        found.append(_marked(row) + start)
    return np.concatenate(found)


def _marked(marks: Mask) -> Edges:
    """Positions of the ones in a block [N]; where few are set, words of eight pixels are searched first.

    Raises _OtherValues: as the first pixel is 0 or 1 and neighbours differ by one bit at most, all pixels are 0 or 1.
    """
    if int(marks.max()) > 1:
        raise _OtherValues
    count = cv2.countNonZero(marks)
    if count * _DENSE > len(marks) or len(marks) % 8:
        return np.flatnonzero(marks.view(np.bool_))
    words = marks.view(np.uint64)
    at = np.flatnonzero(words != 0)
    inside = np.flatnonzero(words[at].view(np.bool_))
    at <<= 3
    return np.asarray(at[inside >> 3] + (inside & 7))


def _check_size(height: int, width: int) -> None:
    if not (0 < height <= MAX_SIDE and 0 < width <= MAX_SIDE and height * width <= MAX_PIXELS):
        raise RleError(
            f"a mask of {height} x {width} pixels: sides must be 1 to {MAX_SIDE}, and at most {MAX_PIXELS} pixels"
        )


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _from_list(height: int, width: int, counts: list[Any]) -> Rle:
    """Uncompressed run lengths of a file."""
    _check_size(height, width)
    if len(counts) > 2 * (height * width + 1):
        raise RleError(f"{len(counts)} runs are too many for {height * width} pixels")
    if not all(_is_whole(run) and 0 <= run <= height * width for run in counts):
        raise RleError(f"counts must be run lengths, whole numbers from 0 to {height * width}")
    return canonical(from_runs(height, width, counts))
