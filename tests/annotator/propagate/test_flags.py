"""Flags of real tracks of rendered clips: a leak onto another subject is flagged, a steady walk is not."""

from __future__ import annotations

import numpy as np

from annotator.masklet import geometry, rle
from annotator.masklet.flags import Flag, facts_of, flags
from annotator.masklet.packed import PackedMasklet, pack
from annotator.propagate.flow import FlowPropagator
from annotator.propagate.protocol import PropagatorOptions
from annotator.propagate.run import run_track
from annotator.records import PromptRecord
from tests.annotator.propagate import scenes


def follow(scene: scenes.Scene, *keyframes: int) -> tuple[list[Flag], list[float]]:
    """The flags of a track from the true masks of some pictures, and J by picture."""
    prompts = []
    for picture in keyframes:
        mask = scene.truth[picture]
        assert mask is not None
        prompts.append(PromptRecord(picture=picture, counts=rle.encode(mask).counts))
    session = FlowPropagator(PropagatorOptions()).open(scene, *scene.size, scene.count)
    frames = {f.picture: f for f in run_track(session, "subject", prompts, [], scene.count) if f.final}
    agreement = {f.picture: f.agreement for f in frames.values() if f.agreement is not None}
    stored = [(p, None if f.mask is None else rle.encode(f.mask).counts, f.score) for p, f in frames.items()]
    packed = PackedMasklet(pack(scene.size[1], scene.size[0], stored, scene.count))
    said = np.zeros(scene.count, dtype=np.bool_)
    said[list(keyframes)] = True
    nothing = np.zeros(scene.size[::-1], dtype=np.bool_)
    right = []
    for picture, truth in enumerate(scene.truth):
        mask = frames[picture].mask
        right.append(geometry.iou(nothing if mask is None else mask, nothing if truth is None else truth))
    return flags(facts_of(packed, agreement, said)), right


def overtaken() -> scenes.Scene:
    """A slow subject that a twin of its own colours overtakes, so close that the follower goes along with the twin."""
    t = np.linspace(0, 1, 30)
    slow: list[scenes.Pose] = [(200 + 40 * a, 135, 0, 0.7) for a in t]
    return scenes.play(slow, others=[(60 + 340 * a, 140, 0, 0.8) for a in t])


def test_a_steady_walk_is_not_flagged() -> None:
    scene = scenes.case("slow motion", 30)
    for keyframes in ((0,), (0, 15)):
        found, right = follow(scene, *keyframes)
        assert min(right) > 0.8, "the case is no case otherwise"
        assert found == []


def test_a_mask_that_goes_over_to_another_subject_is_flagged_there() -> None:
    found, right = follow(overtaken(), 0)
    first = next(picture for picture, j in enumerate(right) if j < 0.5)
    assert right[-1] < 0.1, "the case is no case otherwise"
    assert any(f.why == "area" and f.picture_start <= first <= f.picture_end for f in found)


def test_where_the_directions_disagree_is_flagged() -> None:
    scene = scenes.case("exit and return", 36)
    found, right = follow(scene, 0, 29)
    wrong = {picture for picture, j in enumerate(right) if j < 0.5}
    told = {p for f in found if f.why == "disagreement" for p in range(f.picture_start, f.picture_end + 1)}
    assert wrong, "the case is no case otherwise"
    assert wrong <= told
    assert len(told) < 15, "most of the clip, where the subject is out of sight, is fine"
