"""Which stretches there are beside keyframes, absent spans and locks, and which of them a change touches."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotator.propagate.plan import Lock, Stretch, affected, locked, pictures_of, pieces, plan, spans_of, stretches
from annotator.propagate.protocol import PromptError, Span
from annotator.records import PromptRecord


def shown(picture: int) -> PromptRecord:
    return PromptRecord(picture=picture, counts="x")


def gone(picture: int) -> PromptRecord:
    return PromptRecord(picture=picture, absent=True)


def lock(start: int, stop: int, first: int | None, last: int | None) -> Lock:
    edges = [None if picture is None else PromptRecord(picture=picture, counts="lock") for picture in (first, last)]
    return Lock(start, stop, *edges)


def all_of(prompts: list[PromptRecord], count: int, locks: list[Lock]) -> tuple[list[int], list[Span], list[Stretch]]:
    keyframes, absent = plan(prompts, count, locks)
    pictures = [keyframe.picture for keyframe in keyframes]
    return pictures, absent, stretches(pictures, absent, count, locks)


def test_the_edges_of_a_lock_are_keyframes_of_the_stretches_beside_it() -> None:
    pictures, absent, found = all_of([shown(2), shown(29)], 40, [lock(10, 19, 10, 19)])
    assert (pictures, absent) == ([2, 10, 19, 29], [])
    assert found == [
        Stretch(0, 1, None, 2, "backward"),
        Stretch(3, 9, 2, 10, "both"),
        Stretch(20, 28, 19, 29, "both"),
        Stretch(30, 39, 29, None, "forward"),
    ]


def test_a_lock_that_shows_nothing_is_an_absent_span_that_a_forward_track_passes() -> None:
    pictures, absent, found = all_of([shown(0)], 30, [lock(10, 19, None, None)])
    assert (pictures, absent) == ([0], [(10, 19)])
    assert found == [Stretch(1, 9, 0, None, "forward"), Stretch(20, 29, 0, None, "forward")]
    _, _, found = all_of([shown(0), shown(29)], 30, [lock(10, 19, None, None)])
    assert found == [Stretch(1, 9, 0, None, "forward"), Stretch(20, 28, None, 29, "backward")]


def test_the_empty_ends_of_a_lock_are_absent() -> None:
    pictures, absent, found = all_of([shown(0)], 30, [lock(10, 19, 12, 15)])
    assert (pictures, absent) == ([0, 12, 15], [(10, 11), (16, 19)])
    assert found == [Stretch(1, 9, 0, None, "forward"), Stretch(20, 29, 15, None, "forward")]


def test_absence_ends_where_a_locked_mask_begins() -> None:
    assert plan([gone(3)], 30, [lock(10, 19, 12, 19)])[1] == [(3, 11), (10, 11)]
    assert plan([gone(3)], 30, [lock(10, 19, None, None)])[1] == [(3, 29), (10, 19)]
    assert plan([gone(16)], 30, [lock(10, 19, 10, 15)])[1] == [(16, 19), (16, 29)]


def test_a_lock_wins_over_prompts_inside_of_it() -> None:
    keyframes, absent = plan([shown(10), shown(12), shown(17), gone(11)], 30, [lock(10, 19, 10, 15)])
    assert [(k.picture, k.counts) for k in keyframes] == [(10, "lock"), (12, "x"), (15, "lock")]
    assert absent == [(11, 11), (16, 19)]


def test_a_lock_outside_the_video_is_refused() -> None:
    with pytest.raises(PromptError, match="does not exist"):
        plan([shown(0)], 10, [lock(5, 10, None, None)])


def test_pieces_are_followed_as_the_whole_would_be() -> None:
    wanted = np.zeros(20, dtype=np.bool_)
    wanted[[4, 5, 9, 15]] = True
    whole = Stretch(3, 12, 2, 13, "both")
    assert pieces(whole, wanted) == [Stretch(4, 5, 2, 13, "both"), Stretch(9, 9, 2, 13, "both")]
    assert pieces(Stretch(6, 8, 5, None, "forward"), wanted) == []


def test_a_change_inside_a_lock_that_is_passed_touches_what_comes_after() -> None:
    locks = [lock(10, 14, None, None), lock(20, 24, None, None)]
    _, _, before = all_of([shown(0)], 30, locks)
    later = before[2]
    assert later == Stretch(25, 29, 0, None, "forward")
    assert affected(before, before, {12}) == before[1:]
    assert affected(before, before, {22}) == [later]
    assert affected(before, before, {0}) == before


Given = tuple[int, list[PromptRecord], list[Lock]]


@st.composite
def layouts(draw: st.DrawFn) -> Given:
    """A video of a few pictures with prompts and locks that lie apart."""
    count = draw(st.integers(2, 40))
    kinds = draw(st.dictionaries(st.integers(0, count - 1), st.booleans(), min_size=1, max_size=8))
    prompts = [gone(picture) if absent else shown(picture) for picture, absent in sorted(kinds.items())]
    edges = sorted(draw(st.sets(st.integers(0, count - 1), max_size=6)))
    locks = []
    for start, stop in zip(edges[::2], edges[1::2], strict=False):
        inside = sorted(draw(st.sets(st.integers(start, stop), max_size=2)))
        locks.append(lock(start, stop, inside[0] if inside else None, inside[-1] if inside else None))
    return count, prompts, locks


@settings(deadline=None)
@given(layouts())
def test_every_picture_is_locked_a_keyframe_or_in_one_stretch(given: Given) -> None:
    count, prompts, locks = given
    pictures, _, found = all_of(prompts, count, locks)
    if not pictures:
        assert found == []
        return
    shut = locked(locks, count)
    followed = [p for s in found for p in range(s.start, s.stop + 1)]
    free = [p for p in pictures if not shut[p]]
    assert sorted(followed + free) == np.flatnonzero(~shut).tolist()
    for stretch in found:
        assert {stretch.left, stretch.right} <= {None, *pictures}
        assert (stretch.left is not None) == (stretch.way != "backward")
        assert (stretch.right is not None) == (stretch.way != "forward")
        first, last = stretch.rests_on
        between = {p for p in pictures if first <= p <= last} - {stretch.left, stretch.right}
        assert not between, "the nearest keyframes are the ones that it follows from"


@settings(deadline=None)
@given(layouts(), st.data())
def test_a_correction_touches_only_what_lies_between_its_neighbours(given: Given, data: st.DataObject) -> None:
    count, prompts, locks = given
    free = np.flatnonzero(~locked(locks, count)).tolist()
    pictures, absent, before = all_of(prompts, count, locks)
    if not free or not pictures:
        return
    picture = data.draw(st.sampled_from(free))
    kept = [p for p in prompts if p.picture != picture]
    after_pictures, after_absent, after = all_of([*kept, shown(picture)], count, locks)
    was, now = pictures_of(absent, count), pictures_of(after_absent, count)
    changed = {picture, *np.flatnonzero(was != now).tolist()}
    others = (set(pictures) | set(after_pictures)) - {picture}
    left = max((p for p in others if p < picture), default=-1)
    right = min((p for p in others if p > picture), default=count)
    for stretch in affected(before, after, changed):
        assert left < stretch.start <= stretch.stop < right


@settings(deadline=None)
@given(st.lists(st.booleans(), max_size=30))
def test_spans_are_the_runs(values: list[bool]) -> None:
    pictures = np.array(values, dtype=np.bool_)
    spans = spans_of(pictures)
    assert [p for a, b in spans for p in range(a, b + 1)] == np.flatnonzero(pictures).tolist()
    assert all(b + 1 < c for (_, b), (c, _) in pairwise(spans))


_SPANS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 12)).map(lambda at: (at[0], at[0] + at[1])), max_size=8)


@given(st.sets(st.integers(0, 40), min_size=2), _SPANS)
def test_absent_spans_between_keyframes_also_where_they_overlap(keyframes: set[int], absent: list[Span]) -> None:
    """A lock's empty end may lie within the absence that somebody said before it."""
    found = stretches(keyframes, absent, 60)
    for left, right in pairwise(sorted(keyframes)):
        inside = [b for a, b in absent if a < right and b > left]
        if left + 1 == right:
            continue
        if not inside:
            assert Stretch(left + 1, right - 1, left, right, "both") in found
        else:
            assert Stretch(left + 1, min(max(inside), right - 1), left, None, "forward") in found
