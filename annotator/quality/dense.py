"""Dense captions: events made contiguous over the whole grid, with the system's caption where the subject is absent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from annotator.records import OUT_OF_FRAME, EventRecord

SLACK = 2
"""Grid frames beside an absent span that may go without a caption: a third of a second, about the flicker of presence
when a subject slips in or out of the picture."""


@dataclass(frozen=True, slots=True)
class DenseEvent:
    """A span of the grid, end inclusive, with its caption."""

    grid_start: int
    grid_end: int
    caption: str


@dataclass(frozen=True, slots=True)
class Gap:
    """A span of the grid, end inclusive, in which the subject is visible and nobody captioned it."""

    grid_start: int
    grid_end: int


def in_order(events: Iterable[EventRecord]) -> list[EventRecord]:
    """Events by their place in time; the id decides between equals, so that the order never depends on storage."""
    return sorted(events, key=lambda event: (event.grid_start, event.grid_end, event.id))


def gaps(events: Iterable[EventRecord], presence: Sequence[bool]) -> list[Gap]:
    """Where the subject is visible (`presence[k]` of grid frame k) without an event, beyond the slack at an absence."""
    found: list[Gap] = []
    for start, end in _uncovered(events, len(presence)):
        runs = _runs(presence, start, end)
        for position, (run_start, run_end, present) in enumerate(runs):
            if not present:
                continue
            beside_absence = position > 0 or position + 1 < len(runs)
            if not (beside_absence and run_end - run_start + 1 <= SLACK):
                found.append(Gap(run_start, run_end))
    return found


def fill_out_of_frame(events: Iterable[EventRecord], presence: Sequence[bool]) -> list[DenseEvent]:
    """The events and `Out of frame.` between them: contiguous, without overlap, over the whole grid.

    `presence[k]` says whether the masklet is visible in grid frame k. ValueError when events overlap, leave the grid,
    or leave a visible span without a caption (`gaps`).
    """
    ordered = in_order(events)
    if open_gaps := gaps(ordered, presence):
        raise ValueError(f"grid frames {open_gaps[0].grid_start}–{open_gaps[0].grid_end} are visible without a caption")
    dense = [DenseEvent(event.grid_start, event.grid_end, event.caption) for event in ordered]
    dense += [DenseEvent(start, end, OUT_OF_FRAME) for start, end in _uncovered(ordered, len(presence))]
    return sorted(dense, key=lambda event: event.grid_start)


def _uncovered(events: Iterable[EventRecord], length: int) -> list[tuple[int, int]]:
    """Spans of the grid that no event covers; ValueError for overlapping events or one outside the grid."""
    spans = []
    free_from = 0
    for event in in_order(events):
        if not free_from <= event.grid_start <= event.grid_end < length:
            raise ValueError(f"event {event.id} overlaps another one, ends before it starts or leaves the grid")
        if event.grid_start > free_from:
            spans.append((free_from, event.grid_start - 1))
        free_from = event.grid_end + 1
    if free_from < length:
        spans.append((free_from, length - 1))
    return spans


def _runs(presence: Sequence[bool], start: int, end: int) -> list[tuple[int, int, bool]]:
    """Runs of equal presence in [start, end]: (first, last, present)."""
    runs: list[tuple[int, int, bool]] = []
    for frame in range(start, end + 1):
        present = bool(presence[frame])
        if runs and runs[-1][2] == present:
            runs[-1] = (runs[-1][0], frame, present)
        else:
            runs.append((frame, frame, present))
    return runs
