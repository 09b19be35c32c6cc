"""Where a person should look: what is flagged of made-up areas, scores and agreements, and what is not."""

from __future__ import annotations

import numpy as np
import pytest

from annotator.masklet import rle
from annotator.masklet.flags import LATE, MOST, Facts, Flag, facts_of, flags
from annotator.masklet.packed import PackedMasklet, pack


def facts(areas: np.ndarray, *, scores: np.ndarray | None = None, said: tuple[int, ...] = ()) -> Facts:
    """A track of these areas, sure where no scores are given."""
    count = len(areas)
    marks = np.zeros(count, dtype=np.bool_)
    marks[list(said)] = True
    sure = np.ones(count) if scores is None else scores
    return Facts(areas.astype(np.float64), sure, np.full(count, np.nan), marks)


def spans(found: list[Flag]) -> list[tuple[int, int, str]]:
    return [(flag.picture_start, flag.picture_end, flag.why) for flag in found]


def wobbling(count: int = 80, area: float = 2000, by: float = 0.03) -> np.ndarray:
    return area * (1 + by * np.random.default_rng(4).standard_normal(count))


def test_a_steady_walk_is_not_flagged() -> None:
    assert flags(facts(wobbling())) == []
    assert flags(facts(wobbling(by=0.15))) == [], "an outline that is always restless is usual"


def test_growing_shrinking_and_leaving_at_a_steady_pace_are_not_flagged() -> None:
    coming = 500 * 1.06 ** np.arange(60)
    assert flags(facts(coming)) == []
    assert flags(facts(coming[::-1])) == []
    leaving = np.concatenate([np.full(30, 4000.0), np.linspace(3300, 200, 6), np.zeros(20)])
    assert flags(facts(leaving)) == []
    assert flags(facts(leaving[::-1])) == []


def test_a_leak_is_flagged_until_it_is_mended() -> None:
    areas = wobbling()
    areas[30:42] *= 2.2
    assert spans(flags(facts(areas))) == [(29, 42, "area")]
    smaller = wobbling()
    smaller[30:42] *= 0.4
    assert spans(flags(facts(smaller))) == [(29, 42, "area")]


def test_a_leak_that_stays_is_flagged_where_it_begins() -> None:
    areas = wobbling()
    areas[30:] *= 2.2
    assert spans(flags(facts(areas))) == [(29, 30, "area")]


def test_a_jump_at_a_keyframe_is_what_a_person_wanted() -> None:
    areas = wobbling()
    areas[30:] *= 2.2
    assert flags(facts(areas, said=(30,))) == []
    assert flags(facts(areas, said=(29,))) == []


def test_presence_that_changes_by_itself_is_flagged_and_what_a_person_said_is_not() -> None:
    areas = wobbling()
    areas[30:50] = 0
    assert spans(flags(facts(areas))) == [(29, 30 + LATE, "area"), (49 - LATE, 50, "area")]
    assert flags(facts(areas, said=tuple(range(30, 50)))) == []


def test_two_directions_that_lead_to_different_masks_are_flagged() -> None:
    known = facts(wobbling())
    known.agreement[10:40] = 0.93
    known.agreement[18:21] = 0.2
    known.agreement[24:26] = 0.4
    assert spans(flags(known)) == [(18, 25, "disagreement")], "near ones are one"
    assert flags(known)[0].badness == pytest.approx(0.8)


def test_a_doubt_counts_when_it_holds() -> None:
    scores = np.ones(80)
    scores[[5, 6, 20, 40]] = 0.1
    assert flags(facts(wobbling(), scores=scores)) == [], "blur is over soon"
    scores[60:64] = 0.4
    assert spans(flags(facts(wobbling(), scores=scores))) == [(60, 63, "unsure")]
    assert flags(facts(wobbling(), scores=scores, said=tuple(range(60, 64)))) == []


def test_pictures_that_were_not_followed_are_no_doubt() -> None:
    areas, scores = wobbling(), np.ones(80)
    areas[30:50], scores[30:50] = np.nan, 0
    assert flags(facts(areas, scores=scores)) == []


def test_the_worst_are_kept_in_order() -> None:
    areas = np.full(4000, 2000.0)
    for number in range(80):
        areas[30 + 45 * number] *= 1.4 + number / 200
    found = flags(facts(areas))
    assert [flag.picture_start for flag in found] == [29 + 45 * number for number in range(80 - MOST, 80)]
    areas[30] = 200
    assert [flag.picture_start for flag in flags(facts(areas))][:2] == [29, 29 + 45 * 31], "a drop is as bad as a leak"


def test_a_single_picture_and_one_that_is_never_there() -> None:
    assert flags(facts(np.array([300.0]))) == []
    assert flags(facts(np.zeros(40))) == []


def test_facts_of_a_packed_masklet() -> None:
    mask = np.zeros((20, 30), np.uint8)
    mask[3:8, 4:10] = 1
    counts = rle.encode(mask).counts
    packed = PackedMasklet(pack(20, 30, [(0, counts, 0.9), (1, None, 0.5), (3, counts, 0.25)], 4))
    found = facts_of(packed, {3: 0.75}, np.zeros(4, dtype=np.bool_))
    assert np.array_equal(found.areas, [30, 0, np.nan, 30], equal_nan=True)
    assert np.array_equal(found.agreement, [np.nan, np.nan, np.nan, 0.75], equal_nan=True)
    assert found.scores.tolist() == pytest.approx([0.9, 0.5, 0, 0.25])
