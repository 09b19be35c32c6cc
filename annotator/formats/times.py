"""Grid frames as times of their clip, for the forms that tell times: frame k is shown from k/6 s to (k+1)/6 s.

A span's end is inclusive in frames and exclusive in time: [start, end] is shown from start/6 s to (end+1)/6 s. Whole
milliseconds are a third of one off at most, so a time leads back to its frame.
"""

from __future__ import annotations

from typing import Final

GRID_RATE: Final = 6


def milliseconds(frame: int) -> int:
    """When a grid frame begins, to the nearest millisecond."""
    return (frame * 1000 + 3) // GRID_RATE


def seconds(frame: int) -> float:
    """When a grid frame begins, to a microsecond."""
    return round(frame / GRID_RATE, 6)


def span_of(start: float, end: float, total_frames: int | None = None) -> tuple[int, int]:
    """The span of the grid, end inclusive, whose edges are nearest to two times in seconds.

    ValueError when it holds no frame, or leaves a grid of `total_frames`.
    """
    if not 0 <= start < end < 1e7:
        raise ValueError(f"the times {start:g} s and {end:g} s are no span: 0 ≤ start < end")
    first, after = int(start * GRID_RATE + 0.5), int(end * GRID_RATE + 0.5)
    if after <= first:
        raise ValueError(f"{start:g} s to {end:g} s is shorter than a frame of the grid (1/{GRID_RATE} s)")
    if total_frames is not None and after > total_frames:
        raise ValueError(f"ends at {end:g} s, the clip at {total_frames / GRID_RATE:g} s")
    return first, after - 1


def clock(milliseconds_: int) -> str:
    """`HH:MM:SS.mmm`, as WebVTT writes it."""
    rest, millis = divmod(milliseconds_, 1000)
    minutes, secs = divmod(rest, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{secs:02d}.{millis:03d}"
