"""Dense captions cover the whole grid, whatever the events and the presence."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.quality.dense import SLACK, Gap, fill_out_of_frame, gaps
from annotator.records import OUT_OF_FRAME, EventRecord


def event(start, end, caption="does", name=None):
    return EventRecord(id=name or f"e{start}", grid_start=start, grid_end=end, caption=caption)


def test_absence_before_between_and_after_is_filled():
    presence = [False] * 3 + [True] * 4 + [False] * 2 + [True] * 3 + [False]
    dense = fill_out_of_frame([event(9, 11, "b"), event(3, 6, "a")], presence)
    assert [(e.grid_start, e.grid_end, e.caption) for e in dense] == [
        (0, 2, OUT_OF_FRAME), (3, 6, "a"), (7, 8, OUT_OF_FRAME), (9, 11, "b"), (12, 12, OUT_OF_FRAME),
    ]  # fmt: skip


def test_one_event_over_everything_needs_no_filling():
    assert len(fill_out_of_frame([event(0, 4)], [True, False, True, True, True])) == 1


def test_a_visible_gap_is_found_and_never_filled():
    assert gaps([event(0, 2), event(6, 9)], [True] * 10) == [Gap(3, 5)]
    with pytest.raises(ValueError, match="3–5"):
        fill_out_of_frame([event(0, 2), event(6, 9)], [True] * 10)


def test_a_flicker_beside_an_absence_is_forgiven_and_no_more():
    flicker = [True] * 5 + [True] * SLACK + [False] * 3
    assert gaps([event(0, 4)], flicker) == []
    assert fill_out_of_frame([event(0, 4)], flicker)[-1].grid_start == 5
    assert gaps([event(0, 4)], [True] * (5 + SLACK + 1) + [False] * 3) == [Gap(5, 5 + SLACK)]
    assert gaps([event(0, 4), event(6, 9)], [True] * 10) == [Gap(5, 5)], "between two events nothing is forgiven"


@pytest.mark.parametrize("events", [[event(0, 5), event(5, 9)], [event(0, 10)], [event(4, 3)]])
def test_overlap_outside_and_reversed_are_refused(events):
    with pytest.raises(ValueError, match="overlaps another one"):
        fill_out_of_frame(events, [True] * 10)


@given(st.lists(st.tuples(st.integers(1, 6), st.booleans()), min_size=1, max_size=12))
def test_the_result_is_contiguous_and_covers_the_grid(runs):
    """Any partition of the grid into events (present) and absences comes back whole, in order, each event as given."""
    presence, events = [], []
    for position, (length, present) in enumerate(runs):
        if present:
            events.append(event(len(presence), len(presence) + length - 1, f"caption {position}"))
        presence += [present] * length
    dense = fill_out_of_frame(reversed(events), presence)
    assert dense[0].grid_start == 0
    assert dense[-1].grid_end == len(presence) - 1
    assert all(b.grid_start == a.grid_end + 1 for a, b in itertools.pairwise(dense))
    assert [e.caption for e in dense if e.caption != OUT_OF_FRAME] == [e.caption for e in events]
