"""What every propagator promises (annotator.propagate.protocol), on the one without weights and on a tiny SAM 2."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pytest

from annotator.masklet import rle
from annotator.propagate.protocol import (
    MaskFrame,
    PromptError,
    Propagator,
    PropagatorOptions,
    Session,
    SnapshotError,
    TrackOutdated,
)
from annotator.propagate.registry import NAMES, PropagatorName, open_propagator
from annotator.propagate.run import run_track
from annotator.records import Box, Point, PromptRecord
from tests.annotator.propagate import scenes, tiny_sam2

cv2.setNumThreads(1)
COUNT = 14


def _flow(folder: Path) -> Propagator:
    return open_propagator("flow", PropagatorOptions(work_side=192))


def _sam2(folder: Path) -> Propagator:
    return open_propagator("sam2", tiny_sam2.options(tiny_sam2.write_checkpoint(folder / "tiny.pt")))


OPENED: dict[PropagatorName, Callable[[Path], Propagator]] = {"flow": _flow, "sam2": _sam2}
"""How each name is opened here: with a network small enough for a test, through the registry."""


def test_every_name_of_the_registry_is_held_to_this_suite() -> None:
    assert tuple(OPENED) == NAMES


@pytest.fixture(scope="module", params=NAMES)
def propagator(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Propagator:
    """Each propagator of the registry."""
    return OPENED[request.param](tmp_path_factory.mktemp(request.param))


@pytest.fixture
def scene() -> scenes.Scene:
    return scenes.render([(50 + 6 * i, 70.0) for i in range(COUNT)], size=(192, 144), axes=(24, 18))


@pytest.fixture
def open_session(propagator: Propagator, scene: scenes.Scene) -> Callable[..., Session]:
    return lambda snapshot=None: propagator.open(scene, *scene.size, scene.count, snapshot)


@pytest.fixture
def session(open_session: Callable[..., Session]) -> Session:
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


def test_a_track_may_be_closed_and_taken_up_anywhere(open_session: Callable[..., Session], scene: scenes.Scene) -> None:
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
    open_session: Callable[..., Session], scene: scenes.Scene
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
    session.forget("dog")
    session.close()
    assert scene.picture(0) is not None, "the reader belongs to the caller"


def prompt_of(picture: int, **values: object) -> PromptRecord:
    return PromptRecord.model_validate({"picture": picture, **values})


BAD_PROMPTS = {
    "only negative": ("points", "positive click", prompt_of(0, points=[Point(x=60, y=70, positive=False)])),
    "nothing": ("points", "positive click", prompt_of(0)),
    "outside": ("points", "outside the picture", prompt_of(0, points=[Point(x=600, y=70)])),
    "box without area": ("box", "empty or outside", prompt_of(0, box=Box(x1=60, y1=10, x2=60, y2=20))),
    "box reversed": ("box", "empty or outside", prompt_of(0, box=Box(x1=60, y1=10, x2=50, y2=20))),
    "box outside": ("box", "empty or outside", prompt_of(0, box=Box(x1=400, y1=10, x2=500, y2=20))),
    "damaged mask": ("counts", "cannot be read", prompt_of(0, counts="nonsense!")),
    "empty mask": ("counts", "is empty", prompt_of(0, counts=rle.empty(144, 192).counts)),
}


@pytest.mark.parametrize("kind", BAD_PROMPTS)
def test_a_bad_prompt_is_refused_by_its_field_and_changes_nothing(
    session: Session, scene: scenes.Scene, kind: str
) -> None:
    session.set_keyframe("dog", 0, scene.truth[0])
    before = session.snapshot()
    field, message, prompt = BAD_PROMPTS[kind]
    for act in (lambda: session.propose(0, prompt), lambda: session.set_keyframe("dog", 0, prompt)):
        with pytest.raises(PromptError, match=message) as caught:
            act()
        assert caught.value.field == field
    assert session.snapshot() == before


def test_what_cannot_be_is_refused_by_its_field_and_changes_nothing(session: Session, scene: scenes.Scene) -> None:
    session.set_keyframe("dog", 5, scene.truth[5])
    before = session.snapshot()
    good = PromptRecord(picture=0, points=[Point(x=60, y=70)])
    mask = scene.truth[0]
    assert mask is not None

    def refused(field: str, message: str, act: Callable[[], object]) -> None:
        with pytest.raises(PromptError, match=message) as caught:
            act()
        assert caught.value.field == field

    for gone in (-1, COUNT):
        refused("picture", "does not exist", partial(session.propose, gone, good))
        refused("picture", "does not exist", partial(session.set_keyframe, "dog", gone, mask))
        refused("picture", "does not exist", partial(session.set_keyframe, "dog", gone, None))
        refused("stop", "does not exist", partial(session.track, "dog", 5, gone, "forward"))
        refused("start", "does not exist", partial(session.track, "dog", gone, 5, "forward"))
        refused("ranges", "does not exist", partial(session.set_absent, "dog", [(0, 1), (2, gone)]))
    refused("ranges", "ends before", lambda: session.set_absent("dog", [(4, 3)]))
    refused("mask", "is empty", lambda: session.set_keyframe("dog", 0, np.zeros((144, 192), bool)))
    refused("mask", "pixels", lambda: session.set_keyframe("dog", 0, np.ones((10, 10), bool)))
    refused("picture", "no keyframe on picture 4", lambda: session.set_keyframe("dog", 4, None))
    refused("subject", "no such subject", lambda: session.set_keyframe("cat", 5, None))
    refused("subject", "no such subject", lambda: session.track("cat", 5, 8, "forward"))
    refused("start", "no keyframe", lambda: session.track("dog", 2, 8, "forward"))
    refused("stop", "never comes", lambda: session.track("dog", 8, 6, "forward"))
    assert session.snapshot() == before


@pytest.mark.parametrize(("start", "stop", "way"), [(2, COUNT - 1, "forward"), (11, 0, "backward")])
@pytest.mark.parametrize("done", [0, 1, 4])
def test_a_snapshot_goes_on_exactly_on_another_worker(
    open_session: Callable[..., Session], scene: scenes.Scene, start: int, stop: int, way: str, done: int
) -> None:
    first = open_session()
    first.set_keyframe("dog", start, scene.truth[start])
    first.set_absent("dog", [(7, 7)])
    expected = list(first.track("dog", start, stop, way))
    frames = first.track("dog", start, stop, way)
    got = [next(frames) for _ in range(done)]
    frames.close()
    taken = first.snapshot()
    first.close()
    step = 1 if way == "forward" else -1
    second = open_session(taken)
    got += second.track("dog", start + done * step, stop, way)
    assert same(expected, got)


def test_prompts_in_any_order_give_the_same_masks(open_session: Callable[..., Session], scene: scenes.Scene) -> None:
    keyframes = {p: np.roll(scene.truth[p], p, axis=0) for p in (3, 6, 10)}
    tracks = []
    for order in ((3, 6, 10), (10, 3, 6)):
        session = open_session()
        session.set_keyframe("dog", 6, scene.truth[6])
        for picture in order:
            session.set_keyframe("dog", picture, keyframes[picture])
            list(session.track("dog", picture, picture, "forward"))
        tracks.append([*session.track("dog", 3, COUNT - 1, "forward"), *session.track("dog", 10, 0, "backward")])
    assert same(*tracks)


def test_a_track_across_keyframes_is_the_same_from_any_of_them(session: Session, scene: scenes.Scene) -> None:
    for picture in (2, 6):
        session.set_keyframe("dog", picture, scene.truth[picture])
    whole = list(session.track("dog", 2, COUNT - 1, "forward"))
    assert same(whole[5:], list(session.track("dog", 7, COUNT - 1, "forward")))
    assert same(whole[4:], list(session.track("dog", 6, COUNT - 1, "forward")))


def test_a_snapshot_of_anything_else_is_refused(open_session: Callable[..., Session], scene: scenes.Scene) -> None:
    session = open_session()
    session.set_keyframe("dog", 2, scene.truth[2])
    list(session.track("dog", 2, 5, "forward"))
    taken = session.snapshot()
    middle = len(taken) // 2
    for damaged in (b"", b"nonsense", taken[:-1], taken[:middle] + bytes([taken[middle] ^ 1]) + taken[middle + 1 :]):
        with pytest.raises(SnapshotError, match="damaged"):
            open_session(damaged)


def test_a_snapshot_is_for_its_own_video(propagator: Propagator, session: Session, scene: scenes.Scene) -> None:
    session.set_keyframe("dog", 2, scene.truth[2])
    with pytest.raises(SnapshotError, match="another video"):
        propagator.open(scene, *scene.size, scene.count - 1, session.snapshot())


@pytest.mark.parametrize("change", ["keyframe", "taken back", "absent", "forgotten", "tracked anew", "closed"])
def test_a_change_ends_the_tracks_of_its_subject_and_no_others(
    open_session: Callable[..., Session], scene: scenes.Scene, change: str
) -> None:
    session, alone = open_session(), open_session()
    for subject in ("dog", "cat"):
        session.set_keyframe(subject, 2, scene.truth[2])
    alone.set_keyframe("cat", 2, scene.truth[2])
    dog, cat = session.track("dog", 2, 9, "forward"), session.track("cat", 2, 9, "forward")
    next(dog), next(dog)
    got = [next(cat), next(cat)]
    match change:
        case "keyframe":
            session.set_keyframe("dog", 8, scene.truth[8])
        case "taken back":
            session.set_keyframe("dog", 2, None)
        case "absent":
            session.set_absent("dog", [(5, 6)])
        case "forgotten":
            session.forget("dog")
        case "tracked anew":
            session.track("dog", 2, 4, "forward").close()
        case _:
            session.close()
    with pytest.raises(TrackOutdated, match="dog was changed"):
        next(dog)
    if change != "closed":
        assert same(list(alone.track("cat", 2, 9, "forward")), got + list(cat))


class Halting:
    """A video whose next picture is delivered only when `go` is set."""

    def __init__(self, scene: scenes.Scene) -> None:
        self.scene, self.go, self.asked = scene, threading.Event(), threading.Event()
        self.go.set()

    def picture(self, picture: int, /) -> np.ndarray:
        self.asked.set()
        assert self.go.wait(60)
        return self.scene.picture(picture)


def test_a_prompt_of_another_thread_waits_for_the_step_that_is_under_way(
    propagator: Propagator, scene: scenes.Scene
) -> None:
    reader = Halting(scene)
    session = propagator.open(reader, *scene.size, scene.count)
    session.set_keyframe("dog", 2, scene.truth[2])
    frames = session.track("dog", 2, COUNT - 1, "forward")
    next(frames), next(frames)
    reader.go.clear()
    reader.asked.clear()
    got: list[MaskFrame] = []
    inside = threading.Thread(target=lambda: got.append(next(frames)))
    inside.start()
    assert reader.asked.wait(60)
    prompted = threading.Thread(target=session.set_keyframe, args=("dog", 6, scene.truth[6]))
    prompted.start()
    prompted.join(0.2)
    assert prompted.is_alive(), "the prompt waits"
    reader.go.set()
    inside.join(60)
    prompted.join(60)
    assert [frame.picture for frame in got] == [4] and not prompted.is_alive()
    with pytest.raises(TrackOutdated):
        next(frames)
    assert np.array_equal(next(session.track("dog", 6, 7, "forward")).mask, scene.truth[6])


def test_closing_gives_the_memory_back(session: Session, scene: scenes.Scene) -> None:
    assert session.nbytes == 0
    session.set_keyframe("dog", 2, scene.truth[2])
    list(session.track("dog", 2, 8, "forward"))
    assert session.nbytes > 0
    session.close()
    assert session.nbytes == 0


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
