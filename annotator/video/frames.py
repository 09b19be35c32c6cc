"""The frame table: one row per displayed picture of a video, in exact rationals. The one truth about frames."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

GRID_RATE = Fraction(6)
"""Pictures a second that are annotated: PLM-STC's convention."""

Ordinals = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class FrameTable:
    """Every displayed picture of a video in presentation order; a picture's number is its row.

    `source_pts` are the source's own timestamps (in `source_time_base` seconds) of the pictures that are displayed
    after edit lists and discards. `proxy_pts` (in `proxy_time_base` seconds) start at 0 and rise strictly. `width`,
    `height` are the proxy's pixels; `source_width`, `source_height` the source's after rotation, with square pixels.
    """

    source_pts: Ordinals
    source_time_base: Fraction
    proxy_pts: Ordinals
    proxy_time_base: Fraction
    proxy_key: npt.NDArray[np.bool_]
    width: int
    height: int
    source_width: int
    source_height: int
    _grids: dict[Fraction, Ordinals] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        """Raise ValueError when the rows contradict each other; a table is often read back from a document."""
        count = len(self.proxy_pts)
        if count == 0 or len(self.source_pts) != count or len(self.proxy_key) != count:
            raise ValueError("a frame table needs the same number of source pts, proxy pts and key flags, at least one")
        if self.proxy_pts[0] != 0 or not self.proxy_key[0]:
            raise ValueError("a frame table starts at proxy pts 0 with a key picture")
        if np.any(np.diff(self.proxy_pts) <= 0):
            raise ValueError("proxy pts must rise strictly")
        if min(self.width, self.height, self.source_width, self.source_height) <= 0:
            raise ValueError("a frame table needs sizes above 0")
        if self.proxy_time_base <= 0 or self.source_time_base <= 0:
            raise ValueError("time bases must be above 0")

    def __len__(self) -> int:
        return len(self.proxy_pts)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FrameTable) and self.to_json() == other.to_json()

    __hash__ = None  # type: ignore[assignment]  # equal by content, and the arrays are large

    def seconds(self, picture: int) -> Fraction:
        """Seconds from the first picture to `picture`, exact."""
        return int(self.proxy_pts[self.checked(picture)]) * self.proxy_time_base

    def checked(self, picture: int) -> int:
        """`picture` itself; IndexError when the video has no such picture. Negative numbers are none."""
        if not 0 <= picture < len(self):
            raise IndexError(f"picture {picture} is outside the video, whose pictures are 0 to {len(self) - 1}")
        return int(picture)

    def grid(self, rate: Fraction = GRID_RATE) -> Ordinals:
        """Pictures on the annotation grid, int64[K]: entry k is the last picture at or before k/rate seconds.

        K counts the k with k/rate <= the last picture's time. Where the video has fewer pictures a second than `rate`,
        a picture is repeated.
        """
        rate = Fraction(rate)
        if rate <= 0:
            raise ValueError("the grid's rate must be above 0")
        if rate not in self._grids:
            up = self.proxy_time_base.numerator * rate.numerator
            down = self.proxy_time_base.denominator * rate.denominator
            # Python's integers: pts × numerators may pass 64 bits. The first grid frame at or after each picture:
            first = np.array([-(-pts * up // down) for pts in self.proxy_pts.tolist()], dtype=np.int64)
            count = int(self.proxy_pts[-1]) * up // down + 1
            grid = np.searchsorted(first, np.arange(count), side="right").astype(np.int64) - 1
            grid.flags.writeable = False
            self._grids[rate] = grid
        return self._grids[rate]

    def picture_to_grid(self, picture: int, rate: Fraction = GRID_RATE) -> int:
        """Grid index of the last grid picture at or before `picture` (the first of its repeats)."""
        grid = self.grid(rate)
        on_grid = grid[np.searchsorted(grid, self.checked(picture), side="right") - 1]
        return int(np.searchsorted(grid, on_grid, side="left"))

    def key_before(self, picture: int) -> int:
        """The key picture from which `picture` is decoded."""
        keys = self.keys()
        return int(keys[np.searchsorted(keys, self.checked(picture), side="right") - 1])

    def keys(self) -> Ordinals:
        """The proxy's key pictures, int64[…], rising."""
        return np.flatnonzero(self.proxy_key).astype(np.int64)

    def to_json(self) -> dict[str, Any]:
        """The table as plain JSON values: integers, time bases as "1/15360", key pictures as a list of numbers."""
        return {
            "source_pts": self.source_pts.tolist(),
            "source_time_base": _rational(self.source_time_base),
            "proxy_pts": self.proxy_pts.tolist(),
            "proxy_time_base": _rational(self.proxy_time_base),
            "proxy_key": self.keys().tolist(),
            "width": self.width,
            "height": self.height,
            "source_width": self.source_width,
            "source_height": self.source_height,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> FrameTable:
        """Inverse of `to_json`; raises ValueError or KeyError on anything else."""
        keys = np.zeros(len(data["proxy_pts"]), dtype=np.bool_)
        numbers = np.asarray(data["proxy_key"], dtype=np.int64)
        if numbers.size and not (numbers.min() >= 0 and numbers.max() < len(keys)):
            raise ValueError("a key picture is outside the frame table")
        keys[numbers] = True
        return cls(
            source_pts=_column(data["source_pts"]),
            source_time_base=_fraction(data["source_time_base"]),
            proxy_pts=_column(data["proxy_pts"]),
            proxy_time_base=_fraction(data["proxy_time_base"]),
            proxy_key=keys,
            width=int(data["width"]),
            height=int(data["height"]),
            source_width=int(data["source_width"]),
            source_height=int(data["source_height"]),
        )


def _column(values: list[int]) -> Ordinals:
    if not all(type(value) is int for value in values):
        raise ValueError("timestamps are integers")
    return np.array(values, dtype=np.int64)


def _rational(value: Fraction) -> str:
    return f"{value.numerator}/{value.denominator}"


@lru_cache(maxsize=64)
def _fraction(text: str) -> Fraction:
    numerator, _, denominator = text.partition("/")
    return Fraction(int(numerator), int(denominator))
