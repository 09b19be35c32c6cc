"""COCO compressed RLE, byte for byte as pycocotools writes it, in numpy.

A mask is read column by column as alternating runs of zeros and ones, beginning with zeros. From the fourth run on the
difference to the run before the last is stored; each number is written in groups of five bits, lowest first, with a
continuation bit, as characters from `0` on (the scheme of the COCO API, `maskApi.c`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.uint8]
Runs = NDArray[np.int64]

MAX_SIDE = 16384
_MAX_GROUPS = 7  # 35 bits: more than any run of a 16384 x 16384 mask needs
_FEW_RUNS = 6000  # below this many runs, slice assignment beats a vectorised fill


class RleError(ValueError):
    """The string is no RLE of a mask of this size."""


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
    def from_coco(value: dict[str, Any]) -> Rle:
        """The opposite of `to_coco`, checked. Raises RleError."""
        try:
            height, width = value["size"]
            counts = value["counts"]
        except (KeyError, TypeError, ValueError) as error:
            raise RleError('an RLE needs "size": [height, width] and "counts"') from error
        if isinstance(counts, bytes):
            counts = counts.decode("ascii", "replace")
        if not (isinstance(height, int) and isinstance(width, int) and isinstance(counts, str)):
            raise RleError("size must be two integers and counts a compressed string")
        rle = Rle(height, width, counts)
        runs_of(rle)
        return rle


def encode(mask: NDArray[np.uint8] | NDArray[np.bool_]) -> Rle:
    """RLE of a mask [height, width]; every value other than 0 counts as set. C-order arrays are the quickest."""
    if mask.ndim != 2:
        raise ValueError(f"a mask has two dimensions, not {mask.ndim}")
    height, width = mask.shape
    if height == 0 or width == 0:
        raise ValueError("a mask needs at least one pixel")
    bits = mask.view(np.uint8) if mask.dtype == np.bool_ else np.asarray(mask != 0).view(np.uint8)
    bounds = _bounds(bits)
    if bounds is None:
        return empty(height, width)
    x1, y1, x2, y2 = bounds
    # Transitions are searched in the bounding box alone, with one empty row below it. A change on that row is where
    # the run ends in the full column (or at the top of the next one, which is empty unless the box has full height).
    full = y2 - y1 == height
    padded = np.zeros((x2 - x1, y2 - y1 + (0 if full else 1)), dtype=np.uint8)
    padded[:, : y2 - y1] = _transposed(bits[y1:y2, x1:x2])
    flat = padded.reshape(-1)
    change = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    if flat[0]:
        change = np.concatenate(([0], change))
    if flat[-1] and x2 < width:
        change = np.append(change, len(flat))
    column, row = np.divmod(change, padded.shape[1])
    edges = (column + x1) * height + row + y1
    return _from_edges(height, width, edges)


def decode(rle: Rle) -> Mask:
    """The mask, uint8[height, width] of 0 and 1 in column order (Fortran). Raises RleError."""
    runs = runs_of(rle)
    flat = np.zeros(rle.height * rle.width, dtype=np.uint8)
    starts, stops = _spans(runs)
    if len(starts) <= _FEW_RUNS:
        for start, stop in zip(starts.tolist(), stops.tolist(), strict=True):
            flat[start:stop] = 1
    else:
        flat = np.repeat((np.arange(len(runs)) & 1).astype(np.uint8), runs)
    return flat.reshape(rle.width, rle.height).T


def runs_of(rle: Rle) -> Runs:
    """Lengths of the runs, zeros first, int64[M]; they sum to height x width. Raises RleError for any other string."""
    if not (0 < rle.height <= MAX_SIDE and 0 < rle.width <= MAX_SIDE):
        raise RleError(f"a mask of {rle.height} x {rle.width} pixels: sides must be 1 to {MAX_SIDE}")
    try:
        codes = np.frombuffer(rle.counts.encode("ascii"), dtype=np.uint8).astype(np.int64) - 48
    except UnicodeEncodeError as error:
        raise RleError("counts hold characters that no RLE has") from error
    if not len(codes):
        raise RleError("counts are empty")
    if int(codes.min()) < 0 or int(codes.max()) > 63:
        raise RleError("counts hold characters that no RLE has")
    last = np.flatnonzero((codes & 0x20) == 0)
    if not len(last) or last[-1] != len(codes) - 1:
        raise RleError("counts end in the middle of a number")
    first = np.concatenate(([0], last[:-1] + 1))
    size = last - first + 1
    if int(size.max()) > _MAX_GROUPS:
        raise RleError("counts hold a number that is too large")
    shift = 5 * (np.arange(len(codes)) - np.repeat(first, size))
    values = np.add.reduceat((codes & 0x1F) << shift, first)
    values -= np.where(codes[last] & 0x10, np.int64(1) << (5 * size), 0)
    values[1::2] = np.cumsum(values[1::2])
    values[2::2] = np.cumsum(values[2::2])
    if int(values.min()) < 0:
        raise RleError("counts hold a negative run")
    if int(values.sum()) != rle.height * rle.width:
        raise RleError(f"counts cover {int(values.sum())} pixels, the mask has {rle.height * rle.width}")
    return values


def from_runs(height: int, width: int, runs: Runs | Sequence[int]) -> Rle:
    """The RLE of run lengths, zeros first. Raises RleError when they do not cover the mask exactly."""
    values = np.asarray(runs, dtype=np.int64)
    if not len(values) or int(values.min()) < 0 or int(values.sum()) != height * width:
        raise RleError("runs must be positive and cover the mask exactly")
    return Rle(height, width, _to_string(values))


def empty(height: int, width: int) -> Rle:
    """The RLE of a mask in which no pixel is set."""
    return Rle(height, width, _to_string(np.array([height * width], dtype=np.int64)))


def area(rle: Rle) -> int:
    """Number of set pixels."""
    return int(runs_of(rle)[1::2].sum())


def to_box(rle: Rle) -> tuple[int, int, int, int] | None:
    """(x1, y1, x2, y2) around the set pixels, x2 and y2 being exclusive pixel edges; None for an empty mask."""
    starts, stops = _spans(runs_of(rle))
    if not len(starts):
        return None
    last = stops - 1
    x1, x2 = int(starts[0]) // rle.height, int(last[-1]) // rle.height + 1
    if bool(np.any(starts // rle.height != last // rle.height)):
        return x1, 0, x2, rle.height  # a run that passes the foot of a column touches the bottom and the top row
    return x1, int((starts % rle.height).min()), x2, int((last % rle.height).max()) + 1


def merge(rles: Sequence[Rle], *, intersect: bool = False) -> Rle:
    """Union (or intersection) of masks of one size, without decoding them."""
    if not rles:
        raise ValueError("merging needs at least one mask")
    height, width = _one_size(rles)
    position, depth = _depth([_spans(runs_of(rle)) for rle in rles])
    inside = depth >= (len(rles) if intersect else 1)
    change = np.flatnonzero(np.diff(inside.astype(np.int8), prepend=np.int8(0)))
    return _from_edges(height, width, position[change])


def intersection(a: Rle, b: Rle) -> int:
    """Number of pixels set in both masks, counted on the runs."""
    _one_size((a, b))
    position, depth = _depth([_spans(runs_of(a)), _spans(runs_of(b))])
    return int(np.diff(position)[depth[:-1] == 2].sum()) if len(position) else 0


def iou(a: Rle, b: Rle) -> float:
    """Intersection over union of two masks of one size; two empty masks give 1."""
    common = intersection(a, b)
    union = area(a) + area(b) - common
    return common / union if union else 1.0


def _bounds(bits: Mask) -> tuple[int, int, int, int] | None:
    """(x1, y1, x2, y2) of the set pixels, exclusive ends, or None."""
    rows = np.flatnonzero(bits.any(axis=1))
    if not len(rows):
        return None
    y1, y2 = int(rows[0]), int(rows[-1]) + 1
    columns = np.flatnonzero(bits[y1:y2].any(axis=0))
    return int(columns[0]), y1, int(columns[-1]) + 1, y2


def _transposed(bits: Mask) -> Mask:
    """[W, H] of an [H, W] mask; OpenCV walks in tiles and is several times quicker than a strided numpy copy."""
    if bits.flags.f_contiguous or bits.shape[0] == 1 or bits.shape[1] == 1:
        return bits.T
    return np.asarray(cv2.transpose(bits), dtype=np.uint8)


def _from_edges(height: int, width: int, edges: Runs) -> Rle:
    """RLE from the column-order positions at which the value changes, the first change being to 1."""
    total = height * width
    bounds = np.concatenate(([0], edges, [total] if not len(edges) or edges[-1] < total else [])).astype(np.int64)
    return Rle(height, width, _to_string(np.diff(bounds)))


def _to_string(runs: Runs) -> str:
    """COCO's variable-length characters of run lengths."""
    values = runs.copy()
    values[3:] -= runs[1:-2]
    # Groups of five bits needed so that the sign bit of the last one is right: |v| < 16 * 32^(n-1).
    magnitude = np.where(values < 0, ~values, values)
    groups = np.ones(len(values), dtype=np.int64)
    limit = 16
    while True:
        larger = magnitude >= limit
        if not larger.any():
            break
        groups += larger
        limit <<= 5
    if int(groups.max()) == 1:
        codes = values & 0x1F
    else:
        first = np.cumsum(groups) - groups
        place = np.arange(int(groups.sum())) - np.repeat(first, groups)
        codes = (np.repeat(values, groups) >> (5 * place)) & 0x1F
        codes |= np.where(place < np.repeat(groups, groups) - 1, 0x20, 0)
    return (codes + 48).astype(np.uint8).tobytes().decode("ascii")


def _spans(runs: Runs) -> tuple[Runs, Runs]:
    """Starts and exclusive stops of the runs of ones that are not empty, in column order."""
    ends = np.cumsum(runs)
    stops = ends[1::2]
    starts = ends[0::2][: len(stops)]
    solid = stops > starts
    return (starts, stops) if bool(solid.all()) else (starts[solid], stops[solid])


def _depth(spans: Sequence[tuple[Runs, Runs]]) -> tuple[Runs, Runs]:
    """Sorted distinct positions and, from each on, how many of the masks are set."""
    position = np.concatenate([part for span in spans for part in span])
    step = np.concatenate([part for starts, stops in spans for part in (np.ones_like(starts), -np.ones_like(stops))])
    if not len(position):
        return position, step
    order = np.argsort(position, kind="stable")
    position, depth = position[order], np.cumsum(step[order])
    final = np.concatenate((position[1:] != position[:-1], [True]))
    return position[final], depth[final]


def _one_size(rles: Sequence[Rle]) -> tuple[int, int]:
    sizes = {(rle.height, rle.width) for rle in rles}
    if len(sizes) != 1:
        raise ValueError(f"masks of different sizes: {sorted(sizes)}")
    return sizes.pop()
