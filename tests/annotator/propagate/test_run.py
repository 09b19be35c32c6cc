"""Which stretches are followed in which direction, and how two directions become one answer."""

from __future__ import annotations

from collections.abc import Generator, Sequence

import numpy as np
import pytest

from annotator.masklet import rle
from annotator.propagate.plan import Stretch, affected, plan, stretches
from annotator.propagate.protocol import BoolMask, Direction, MaskFrame, PromptError, Proposal, Span
from annotator.propagate.run import blend, run_track
from annotator.records import PromptRecord


def disc(x: float, radius: float = 12, size: int = 100) -> BoolMask:
    yy, xx = np.mgrid[:size, :size]
    return np.asarray((xx - x) ** 2 + (yy - 50) ** 2 <= radius**2)


def test_prompts_become_keyframes_and_spans() -> None:
    click = [PromptRecord(picture=p, counts="x") for p in (3, 9)]
    gone = PromptRecord(picture=5, absent=True)
    again = PromptRecord(picture=9, counts="y")
    keyframes, spans = plan([*click, gone, again], 20)
    assert keyframes == [click[0], again], "the last prompt of a picture holds"
    assert spans == [(5, 8)]
    assert plan([PromptRecord(picture=0, absent=True)], 4) == ([], [(0, 3)])
    assert plan([], 4) == ([], [])
    with pytest.raises(PromptError, match="does not exist"):
        plan(click, 9)


def test_stretches_lie_between_keyframes() -> None:
    assert stretches([], [], 10) == []
    assert stretches([0], [], 1) == []
    assert stretches([4], [], 10) == [Stretch(0, 3, None, 4, "backward"), Stretch(5, 9, 4, None, "forward")]
    assert stretches([6, 2, 3], [], 7) == [Stretch(0, 1, None, 2, "backward"), Stretch(4, 5, 3, 6, "both")]


def test_an_absent_span_cuts_a_stretch() -> None:
    assert stretches([0, 9], [(3, 5)], 10) == [Stretch(1, 5, 0, None, "forward"), Stretch(6, 8, None, 9, "backward")]
    assert stretches([0, 9], [(3, 8)], 10) == [Stretch(1, 8, 0, None, "forward")]
    assert stretches([0, 9], [(1, 2), (5, 20)], 10) == [Stretch(1, 8, 0, None, "forward")]
    assert stretches([0], [(3, 5)], 10) == [Stretch(1, 9, 0, None, "forward")]


@pytest.mark.parametrize("keyframes", [[0], [9], [4], [2, 3], [0, 5, 9], list(range(10))])
@pytest.mark.parametrize("absent", [[], [(0, 1)], [(6, 8)], [(3, 3), (7, 9)]])
def test_every_picture_belongs_to_exactly_one_stretch(keyframes: list[int], absent: list[Span]) -> None:
    found = stretches(keyframes, absent, 10)
    pictures = sorted([p for s in found for p in range(s.start, s.stop + 1)] + keyframes)
    assert pictures == list(range(10))


def test_a_correction_touches_only_its_neighbours() -> None:
    before = stretches([0, 10, 20], [], 30)
    after = stretches([0, 5, 10, 20], [], 30)
    assert [(s.start, s.stop) for s in affected(before, after, {5})] == [(1, 4), (6, 9)]
    assert [(s.start, s.stop) for s in affected(before, before, {10})] == [(1, 9), (11, 19)]
    assert [(s.start, s.stop) for s in affected(before, before, {0})] == [(1, 9)]
    taken_back = affected(after, before, {5})
    assert [(s.start, s.stop) for s in taken_back] == [(1, 9)]


def test_masks_that_agree_glide_and_others_choose() -> None:
    left, right = MaskFrame(5, disc(40), 0.9), MaskFrame(5, disc(46), 0.9)
    middle = blend(left, right, 0.5)
    assert middle.mask is not None
    centre = np.argwhere(middle.mask).mean(axis=0)[1]
    assert 42 < centre < 44 and 0.8 < middle.mask.sum() / disc(43).sum() < 1.2
    far = MaskFrame(5, disc(80), 0.9)
    assert np.array_equal(blend(left, far, 0.3).mask, left.mask)
    assert np.array_equal(blend(left, far, 0.7).mask, far.mask)
    assert blend(left, far, 0.5).score < 0.5 < blend(left, left, 0.5).score, "disagreement shows"
    gone = MaskFrame(5, None, 0.9)
    assert blend(gone, right, 0.2).mask is None and blend(gone, right, 0.8).mask is not None
    assert blend(gone, gone, 0.2) == MaskFrame(5, None, 0.9, agreement=1.0)


class Shifting:
    """A session whose subject stands still: each track repeats the mask of the keyframe that it came from."""

    def __init__(self) -> None:
        self.keyframes: dict[int, BoolMask] = {}
        self.absent: Sequence[Span] = ()
        self.tracked: list[tuple[int, int, str]] = []
        self.closed = 0

    def propose(self, picture: int, prompt: PromptRecord) -> list[Proposal]:
        raise AssertionError("keyframes have masks here")

    def set_keyframe(self, subject: str, picture: int, prompt: PromptRecord | BoolMask | None) -> None:
        assert isinstance(prompt, PromptRecord) and prompt.counts is not None
        self.keyframes[picture] = rle.decode(rle.Rle(100, 100, prompt.counts)).astype(bool)

    def set_absent(self, subject: str, ranges: Sequence[Span]) -> None:
        self.absent = ranges

    def forget(self, subject: str) -> None:
        self.keyframes.clear()

    def track(self, subject: str, start: int, stop: int, direction: Direction) -> Generator[MaskFrame]:
        self.tracked.append((start, stop, direction))
        step = 1 if direction == "forward" else -1
        origin = (
            max(p for p in self.keyframes if p <= start) if step > 0 else min(p for p in self.keyframes if p >= start)
        )
        try:
            for picture in range(start, stop + step, step):
                gone = any(a <= picture <= b for a, b in self.absent)
                mask = self.keyframes.get(picture, self.keyframes[origin])
                yield MaskFrame(picture, None if gone and picture not in self.keyframes else mask, 0.9)
        finally:
            self.closed += 1

    def close(self) -> None: ...


def prompts(*places: tuple[int, float]) -> list[PromptRecord]:
    return [PromptRecord(picture=p, counts=rle.encode(disc(x)).counts) for p, x in places]


def test_between_two_keyframes_the_first_pass_is_replaced_by_the_blend() -> None:
    session = Shifting()
    frames = list(run_track(session, "dog", prompts((2, 40), (8, 46)), [], 10))
    assert [f.picture for f in frames] == [2, 8, 3, 4, 5, 6, 7, 7, 6, 5, 4, 3, 9, 1, 0]
    assert [f.final for f in frames] == [True] * 2 + [False] * 5 + [True] * 8
    final = {f.picture: f.mask for f in frames if f.final}
    middle = [np.argwhere(final[p])[:, 1].mean() for p in range(2, 9)]
    assert middle == sorted(middle) and middle[0] == 40 and middle[-1] == 46


def test_only_the_stretches_that_are_asked_for_are_followed() -> None:
    session = Shifting()
    marks = prompts((0, 40), (5, 43), (9, 46))
    only = affected(stretches([0, 9], [], 10), stretches([0, 5, 9], [], 10), {5})[:1]
    frames = list(run_track(session, "dog", marks, [], 10, only=only))
    assert {f.picture for f in frames} == {0, 1, 2, 3, 4, 5}


def test_closing_a_run_closes_the_track_inside() -> None:
    session = Shifting()
    frames = run_track(session, "dog", prompts((0, 40)), [], 10)
    next(frames), next(frames), next(frames)
    frames.close()
    assert session.closed == len(session.tracked) == 2


def test_without_any_keyframe_only_absence_is_known() -> None:
    frames = list(run_track(Shifting(), "dog", [PromptRecord(picture=3, absent=True)], [(0, 1)], 5))
    assert [(f.picture, f.mask) for f in frames] == [(0, None), (1, None), (3, None), (4, None)]
    assert list(run_track(Shifting(), "dog", [], [], 5)) == []
