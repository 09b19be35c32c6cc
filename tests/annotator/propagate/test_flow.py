"""The propagator without weights on rendered clips with known masks."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from annotator.masklet import rle
from annotator.masklet.geometry import iou, j_and_f
from annotator.propagate.flow import FlowPropagator, FlowSession
from annotator.propagate.protocol import MaskFrame, PropagatorOptions
from annotator.propagate.run import run_track
from annotator.records import Box, Point, PromptRecord
from annotator.video.samples.fox import FoxScene
from tests.annotator.propagate import scenes

cv2.setNumThreads(1)
FLOORS = {
    "slow motion": 0.97,
    "rotation": 0.94,
    "scale": 0.91,
    "similar neighbour": 0.97,
    "camera pan": 0.96,
    "occlusion": 0.8,
}
"""What the mean J&F of a case may not fall below; raise it when the propagator gets better."""


def open_on(scene: scenes.Scene) -> FlowSession:
    return FlowPropagator(PropagatorOptions(work_side=256)).open(scene, *scene.size, scene.count)


def agreement(frames: list[MaskFrame], scene: scenes.Scene) -> list[float]:
    """J of the pictures on which the subject is there, a missing mask counting 0."""
    return [
        iou(f.mask, scene.truth[f.picture]) if f.mask is not None else 0.0
        for f in frames
        if scene.truth[f.picture] is not None
    ]


@pytest.mark.parametrize("picture", [0, 9, 23])
def test_a_click_finds_the_subject(picture: int) -> None:
    scene = scenes.wandering(24)
    x, y = scene.centre(picture)
    found = open_on(scene).propose(picture, PromptRecord(picture=picture, points=[Point(x=x, y=y)]))
    assert iou(found[0].mask, scene.truth[picture]) > 0.9
    assert len(found) > 1, "there is something to cycle through"


@pytest.mark.parametrize("seconds", [2.0, 2.5, 25 / 6])
def test_a_click_offers_a_subject_of_limbs_as_a_whole(seconds: float) -> None:
    """A fox from the side: a disc around the click holds as much of what is around it as of it."""
    picture, masks = FoxScene().draw(seconds)
    truth = masks["fox"].astype(np.bool_)
    places = np.argwhere(truth)
    y, x = places[np.argmin(((places - places.mean(axis=0)) ** 2).sum(axis=1))]
    prompt = PromptRecord(picture=0, points=[Point(x=float(x), y=float(y))])
    found = open_on(scenes.Scene([picture], [truth])).propose(0, prompt)
    assert max(iou(candidate.mask, truth) for candidate in found[:3]) > 0.9


def test_a_box_finds_the_subject() -> None:
    scene = scenes.wandering(24)
    y, x = np.nonzero(scene.truth[5])
    box = Box(x1=x.min() - 3, y1=y.min() - 3, x2=x.max() + 3, y2=y.max() + 3)
    found = open_on(scene).propose(5, PromptRecord(picture=5, box=box))
    assert iou(found[0].mask, scene.truth[5]) > 0.9


def two_halves() -> scenes.Scene:
    """A red half and an orange half that touch: a click takes both, a negative click one of them."""
    frame = scenes.texture(3, 320, 240, (90, 120, 90), 14)
    truth = np.zeros((240, 320), bool)
    truth[80:160, 100:160] = True
    other = np.roll(truth, 60, axis=1)
    frame[truth] = scenes.texture(4, 320, 240, (200, 60, 50), 12)[truth]
    frame[other] = scenes.texture(5, 320, 240, (225, 120, 40), 12)[other]
    return scenes.Scene([frame], [truth])


def test_a_negative_click_cuts_its_part_off() -> None:
    scene = two_halves()
    session = open_on(scene)
    points = [Point(x=125, y=120), Point(x=190, y=120, positive=False)]
    mask = session.propose(0, PromptRecord(picture=0, points=points))[0].mask
    assert not mask[120, 190] and mask[120, 125]
    assert iou(mask, scene.truth[0]) > 0.85
    together = [Point(x=125, y=120), Point(x=190, y=120)]
    mask = session.propose(0, PromptRecord(picture=0, points=together))[0].mask
    assert mask[120, 190] and mask[120, 125]


def test_a_negative_click_in_a_box_cuts_its_part_off_and_adds_nothing() -> None:
    scene = two_halves()
    session = open_on(scene)
    box = Box(x1=96, y1=76, x2=224, y2=164)
    whole = session.propose(0, PromptRecord(picture=0, box=box))[0].mask
    assert whole[120, 190] and whole[120, 125]
    refused = PromptRecord(picture=0, box=box, points=[Point(x=190, y=120, positive=False)])
    for proposal in session.propose(0, refused):
        assert not proposal.mask[120, 190]
    mask = session.propose(0, refused)[0].mask
    assert iou(mask, scene.truth[0]) > 0.85
    assert (mask & ~whole).sum() < 0.02 * whole.sum()


def test_nothing_that_stands_out_still_gives_an_answer() -> None:
    flat = scenes.Scene([np.full((120, 160, 3), 128, np.uint8)], [None])
    session = open_on(flat)
    assert session.propose(0, PromptRecord(picture=0, points=[Point(x=80, y=60)]))[0].mask.any()
    assert session.propose(0, PromptRecord(picture=0, points=[Point(x=0, y=0)]))[0].mask.any()
    assert session.propose(0, PromptRecord(picture=0, box=Box(x1=40, y1=30, x2=90, y2=80)))[0].mask.any()
    assert session.propose(0, PromptRecord(picture=0, box=Box(x1=159, y1=119, x2=400, y2=400)))[0].mask.any()


@pytest.mark.parametrize("size", [(320, 240), (318, 178), (64, 48), (33, 150)])
def test_a_mask_is_as_large_as_the_picture(size: tuple[int, int]) -> None:
    scene = scenes.render([(size[0] / 2, size[1] / 2)] * 3, size=size, axes=(size[0] // 5, size[1] // 5))
    session = open_on(scene)
    session.set_keyframe("dog", 0, scene.truth[0])
    frames = list(session.track("dog", 0, 2, "forward"))
    assert [f.mask.shape for f in frames if f.mask is not None] == [(size[1], size[0])] * 3
    assert min(agreement(frames, scene)) > 0.75


def test_a_subject_is_followed_both_ways() -> None:
    scene = scenes.wandering()
    session = open_on(scene)
    session.set_keyframe("dog", 20, scene.truth[20])
    for stop, way in ((39, "forward"), (0, "backward")):
        seen = agreement(list(session.track("dog", 20, stop, way)), scene)
        assert np.mean(seen) > 0.85 and min(seen) > 0.7


def test_a_subject_that_leaves_is_absent_and_found_again() -> None:
    scene = scenes.leaving()
    session = open_on(scene)
    session.set_keyframe("dog", 0, scene.truth[0])
    frames = list(session.track("dog", 0, scene.count - 1, "forward"))
    gone = [f for f in frames if scene.truth[f.picture] is None]
    assert len(gone) > 20
    assert sum(f.mask is None for f in gone) >= len(gone) - 3
    assert np.mean(agreement(frames[-6:], scene)) > 0.8
    assert np.mean(agreement(frames[:10], scene)) > 0.85


def test_a_subject_that_was_hidden_is_found_behind_the_post() -> None:
    scene = scenes.behind_a_post()
    session = open_on(scene)
    session.set_keyframe("dog", 0, scene.truth[0])
    frames = list(session.track("dog", 0, scene.count - 1, "forward"))
    assert np.mean(agreement(frames[-10:], scene)) > 0.8
    hidden = [f for f in frames if scene.truth[f.picture] is None]
    assert sum(f.mask is None for f in hidden) >= len(hidden) - 2


def test_keyframes_on_both_sides_beat_one() -> None:
    scene = scenes.behind_a_post()
    prompts = [PromptRecord(picture=p, counts=rle.encode(scene.truth[p]).counts) for p in (0, scene.count - 1)]
    one = {f.picture: f for f in run_track(open_on(scene), "dog", prompts[:1], [], scene.count)}
    two = {f.picture: f for f in run_track(open_on(scene), "dog", prompts, [], scene.count)}
    first, second = (agreement(list(found.values()), scene) for found in (one, two))
    assert np.mean(second) > np.mean(first)
    assert np.mean(second) > 0.8


def test_doubt_shows_in_the_score() -> None:
    """A subject that is suddenly replaced by ground must not stay at full score for long."""
    scene = scenes.wandering(24)
    empty = scenes.texture(1, 320, 240, (120, 130, 110), 28)
    cut = scenes.Scene([*scene.frames[:10], *[empty] * 8], [*scene.truth[:10], *[None] * 8])
    session = open_on(cut)
    session.set_keyframe("dog", 0, cut.truth[0])
    frames = list(session.track("dog", 0, 17, "forward"))
    assert min(f.score for f in frames[:10]) > 0.75
    assert all(f.mask is None or f.score < 0.75 for f in frames[10:])
    assert frames[-1].mask is None


@pytest.mark.parametrize(("name", "floor"), FLOORS.items())
def test_one_keyframe_holds_through_a_case(name: str, floor: float) -> None:
    """Mean J&F over 36 pictures of a case of `python -m tests.bench flow`, from the true mask on the first one."""
    scene = scenes.case(name, 36)
    session = open_on(scene)
    session.set_keyframe("dog", 0, scene.truth[0])
    nothing = np.zeros(scene.size[::-1], bool)
    seen = [
        j_and_f(
            nothing if f.mask is None else f.mask, truth if (truth := scene.truth[f.picture]) is not None else nothing
        )
        for f in session.track("dog", 1, scene.count - 1, "forward")
    ]
    assert np.mean(seen) > floor


def test_what_goes_out_over_the_rim_leaves_nothing_behind() -> None:
    """Followed backward from a picture where it is half in sight: it goes out, and no piece of ground stays for it."""
    scene = scenes.case("exit and return")
    session = open_on(scene)
    session.set_keyframe("dog", 59, scene.truth[59])
    frames = {f.picture: f.mask for f in session.track("dog", 58, 44, "backward")}
    for picture in (58, 57, 56):
        mask, truth = frames[picture], scene.truth[picture]
        assert mask is not None and truth is not None and iou(mask, truth) > 0.8, picture
    assert [p for p in range(44, 52) if frames[p] is not None] == []
