"""What every propagator promises (annotator.propagate.protocol), on the one without weights and on a tiny SAM 2."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from annotator.masklet import rle
from annotator.propagate.protocol import MaskFrame, PromptError, Propagator, PropagatorOptions, Session
from annotator.propagate.registry import NAMES, open_propagator
from annotator.propagate.run import run_track
from annotator.records import Box, Point, PromptRecord
from tests.annotator.propagate import scenes, tiny_sam2

cv2.setNumThreads(1)
COUNT = 14


@pytest.fixture(scope="module", params=NAMES)
def propagator(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Propagator:
    """Each propagator of the registry."""
    if request.param == "flow":
        return open_propagator("flow", PropagatorOptions(work_side=192))
    checkpoint = tiny_sam2.write_checkpoint(tmp_path_factory.mktemp("sam2") / "tiny.pt")
    return open_propagator("sam2", tiny_sam2.options(checkpoint))


@pytest.fixture
def scene() -> scenes.Scene:
    return scenes.render([(50 + 6 * i, 70.0) for i in range(COUNT)], size=(192, 144), axes=(24, 18))


@pytest.fixture
def open_session(propagator: Propagator, scene: scenes.Scene) -> Callable[[], Session]:
    return lambda: propagator.open(scene, *scene.size, scene.count)


@pytest.fixture
def session(open_session: Callable[[], Session]) -> Session:
    return open_session()


def same(a: list[MaskFrame], b: list[MaskFrame]) -> bool:
    return len(a) == len(b) and all(
        x.picture == y.picture
        and x.score == y.score
        and (x.mask is None) == (y.mask is None)
        and (x.mask is None or np.array_equal(x.mask, y.mask))
        for x, y in zip(a, b, strict=True)
    )


@pytest.mark.parametrize("kind", ["click", "clicks", "box", "box and clicks"])
def test_prompts_give_candidates_best_first(session: Session, scene: scenes.Scene, kind: str) -> None:
    x, y = scene.centre(3)
    points = [Point(x=x, y=y), Point(x=x + 8, y=y), Point(x=5, y=5, positive=False)]
    prompt = PromptRecord(
        picture=3,
        points={"click": points[:1], "box": []}.get(kind, points),
        box=Box(x1=x - 26, y1=y - 22, x2=x + 26, y2=y + 22) if "box" in kind else None,
    )
    found = session.propose(3, prompt)
    assert found
    for proposal in found:
        assert proposal.mask.dtype == np.bool_ and proposal.mask.shape == (144, 192)
        assert 0 <= proposal.score <= 1
    assert [p.score for p in found] == sorted((p.score for p in found), reverse=True)
    assert all(np.array_equal(a.mask, b.mask) for a, b in zip(found, session.propose(3, prompt), strict=True))


def test_a_mask_that_was_accepted_is_its_own_answer(session: Session, scene: scenes.Scene) -> None:
    accepted = PromptRecord(picture=3, counts=rle.encode(scene.truth[3]).counts, points=[Point(x=1, y=1)])
    found = session.propose(3, accepted)
    assert len(found) == 1 and np.array_equal(found[0].mask, scene.truth[3])
    session.set_keyframe("dog", 3, accepted)
    (first,) = session.track("dog", 3, 3, "forward")
    assert np.array_equal(first.mask, scene.truth[3]) and first.score == 1.0


def test_a_click_as_keyframe_holds_the_best_candidate(session: Session, scene: scenes.Scene) -> None:
    x, y = scene.centre(3)
    prompt = PromptRecord(picture=3, points=[Point(x=x, y=y)])
    session.set_keyframe("dog", 3, prompt)
    (first,) = session.track("dog", 3, 3, "backward")
    assert np.array_equal(first.mask, session.propose(3, prompt)[0].mask)


@pytest.mark.parametrize(("start", "stop", "way"), [(5, COUNT - 1, "forward"), (5, 0, "backward"), (8, 11, "forward")])
def test_each_picture_comes_once_in_order(
    session: Session, scene: scenes.Scene, start: int, stop: int, way: str
) -> None:
    session.set_keyframe("dog", 5, scene.truth[5])
    frames = list(session.track("dog", start, stop, way))
    step = 1 if way == "forward" else -1
    assert [f.picture for f in frames] == list(range(start, stop + step, step))
    for frame in frames:
        assert frame.mask is None or (frame.mask.shape == (144, 192) and frame.mask.dtype == np.bool_)
        assert frame.mask is None or frame.mask.any(), "no mask is None, never an empty array"
        assert 0 <= frame.score <= 1 and frame.final
    assert any(f.mask is not None for f in frames[1:])


def test_a_correction_on_a_tracked_picture_holds_and_changes_what_follows(
    session: Session, scene: scenes.Scene
) -> None:
    wrong = np.roll(scene.truth[0], 40, axis=0)
    session.set_keyframe("dog", 0, wrong)
    before = list(session.track("dog", 0, COUNT - 1, "forward"))
    session.set_keyframe("dog", 6, scene.truth[6])
    after = list(session.track("dog", 0, COUNT - 1, "forward"))
    assert np.array_equal(after[0].mask, wrong)
    assert np.array_equal(after[6].mask, scene.truth[6])
    assert not same(before[7:], after[7:])


def test_absent_spans_are_absent_and_tracking_goes_on(session: Session, scene: scenes.Scene) -> None:
    session.set_keyframe("dog", 0, scene.truth[0])
    session.set_absent("dog", [(3, 5)])
    frames = list(session.track("dog", 0, COUNT - 1, "forward"))
    assert [f.picture for f in frames if f.mask is None and f.score == 1.0] == [3, 4, 5]
    assert any(f.mask is not None for f in frames[6:]), "the subject is found again"
    session.set_absent("dog", [])
    assert list(session.track("dog", 0, 5, "forward"))[3].mask is not None


def test_a_track_may_be_closed_and_taken_up_anywhere(open_session: Callable[[], Session], scene: scenes.Scene) -> None:
    whole, parts = open_session(), open_session()
    for session in (whole, parts):
        session.set_keyframe("dog", 2, scene.truth[2])
    expected = list(whole.track("dog", 2, COUNT - 1, "forward"))
    frames = parts.track("dog", 2, COUNT - 1, "forward")
    got = [next(frames) for _ in range(4)]
    frames.close()
    got += parts.track("dog", 6, COUNT - 1, "forward")
    assert same(expected, got)
    assert same(expected[5:], list(parts.track("dog", 7, COUNT - 1, "forward")))


def test_subjects_do_not_touch_each_other_and_prompts_rebuild_everything(
    open_session: Callable[[], Session], scene: scenes.Scene
) -> None:
    alone, both = open_session(), open_session()
    for session in (alone, both):
        session.set_keyframe("dog", 2, scene.truth[2])
    both.set_keyframe("cat", 4, np.roll(scene.truth[4], 30, axis=0))
    dog, cat = both.track("dog", 2, 9, "forward"), both.track("cat", 4, 9, "forward")
    got = [next(dog)]
    for frame in dog:
        next(cat, None)
        got.append(frame)
    assert same(list(alone.track("dog", 2, 9, "forward")), got)


def test_only_the_pictures_that_are_asked_for_are_decoded(session: Session, scene: scenes.Scene) -> None:
    assert scene.decoded == 0
    session.set_keyframe("dog", 2, scene.truth[2])
    frames = session.track("dog", 2, COUNT - 1, "forward")
    next(frames), next(frames)
    frames.close()
    assert scene.decoded <= 5


def test_a_keyframe_can_be_taken_back_and_a_subject_forgotten(session: Session, scene: scenes.Scene) -> None:
    session.set_keyframe("dog", 2, scene.truth[2])
    expected = list(session.track("dog", 2, 8, "forward"))
    session.set_keyframe("dog", 5, np.roll(scene.truth[5], 50, axis=0))
    session.set_keyframe("dog", 5, None)
    assert same(expected, list(session.track("dog", 2, 8, "forward")))
    session.forget("dog")
    with pytest.raises(PromptError, match="no keyframe"):
        session.track("dog", 2, 8, "forward")
    session.close()
    assert scene.picture(0) is not None, "the reader belongs to the caller"


def test_what_cannot_be_is_refused(session: Session, scene: scenes.Scene) -> None:
    good = PromptRecord(picture=0, points=[Point(x=60, y=70)])
    for picture in (-1, COUNT):
        with pytest.raises(PromptError, match="does not exist"):
            session.propose(picture, good)
        with pytest.raises(PromptError, match="does not exist"):
            session.set_keyframe("dog", picture, scene.truth[0])
        with pytest.raises(PromptError, match="does not exist"):
            session.track("dog", 0, picture, "forward")
    bad = {
        "positive click": PromptRecord(picture=0, points=[Point(x=60, y=70, positive=False)]),
        "outside the picture": PromptRecord(picture=0, points=[Point(x=600, y=70)]),
        "empty or outside": PromptRecord(picture=0, box=Box(x1=60, y1=10, x2=50, y2=20)),
        "cannot be read": PromptRecord(picture=0, counts="nonsense!"),
    }
    for message, prompt in bad.items():
        with pytest.raises(PromptError, match=message):
            session.propose(0, prompt)
    with pytest.raises(PromptError, match="is empty"):
        session.set_keyframe("dog", 0, np.zeros((144, 192), bool))
    with pytest.raises(PromptError, match="pixels"):
        session.set_keyframe("dog", 0, np.ones((10, 10), bool))
    session.set_keyframe("dog", 5, scene.truth[5])
    with pytest.raises(PromptError, match="no keyframe"):
        session.track("dog", 2, 8, "forward")
    with pytest.raises(PromptError, match="never comes"):
        session.track("dog", 8, 6, "forward")


def test_a_whole_track_covers_every_picture(session: Session, scene: scenes.Scene) -> None:
    prompts = [PromptRecord(picture=p, counts=rle.encode(scene.truth[p]).counts) for p in (3, 8)]
    prompts.append(PromptRecord(picture=11, absent=True))
    frames = list(run_track(session, "dog", prompts, [(0, 0)], scene.count))
    final = {f.picture: f for f in frames if f.final}
    assert sorted(final) == list(range(COUNT))
    assert len([f for f in frames if f.final]) == COUNT, "one final answer for each picture"
    assert [f.picture for f in frames if not f.final] == [4, 5, 6, 7]
    for picture in (3, 8):
        assert np.array_equal(final[picture].mask, scene.truth[picture])
    assert [p for p in sorted(final) if final[p].mask is None and final[p].score == 1] == [0, 11, 12, 13]
