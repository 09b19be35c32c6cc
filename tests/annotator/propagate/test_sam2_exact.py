"""Bit for bit on a CPU: ours is the package's predictor, whatever is pruned, interleaved, closed, or begun again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from annotator.masklet import edit
from annotator.propagate.protocol import MaskFrame
from annotator.propagate.sam2 import Sam2Propagator
from annotator.propagate.sam2_session import Sam2Session
from tests.annotator.propagate import scenes, upstream


@pytest.fixture(scope="module")
def peer(checkpoint: Path) -> Any:
    return upstream.predictor(checkpoint)


def begin(propagator: Sam2Propagator, scene: scenes.Scene, *keyframes: int) -> Sam2Session:
    session = propagator.open(scene, *scene.size, scene.count)
    for picture in keyframes:
        session.set_keyframe("dog", picture, scene.truth[picture])
    return session


def equal(a: list[MaskFrame], b: list[MaskFrame]) -> bool:
    return len(a) == len(b) and all(
        (x.picture, x.score) == (y.picture, y.score)
        and (x.mask is y.mask if x.mask is None or y.mask is None else np.array_equal(x.mask, y.mask))
        for x, y in zip(a, b, strict=True)
    )


def as_upstream(frames: list[MaskFrame], theirs: dict[int, dict[str, np.ndarray]], subject: str) -> int:
    """Asserts that the tracked masks are the package's (without its pinholes); how many had pixels."""
    drawn = 0
    for frame in frames:
        mask = edit.fill_holes(theirs[frame.picture][subject], max_area=64)
        assert np.array_equal(frame.mask if frame.mask is not None else np.zeros_like(mask), mask), frame.picture
        drawn += bool(mask.any())
    return drawn


@pytest.mark.parametrize(("start", "stop"), [(0, 40), (47, 5)])
def test_our_path_is_the_packages(
    propagator: Sam2Propagator, peer: Any, scene: scenes.Scene, start: int, stop: int
) -> None:
    """One keyframe, further than anything that is pruned; forward and in reverse."""
    session = begin(propagator, scene, start)
    frames = list(session.track("dog", start, stop, "forward" if stop > start else "backward"))
    state = upstream.state_of(peer, scene, *scene.size, scene.count)
    theirs = upstream.masks(peer, state, {"dog": {start: scene.truth[start]}}, start, stop)
    assert as_upstream(frames[1:], theirs, "dog") > 30
    memory = session._memories["dog"]
    assert 0 < len(memory.tracked) < 20 < len(state["output_dict_per_obj"][0]["non_cond_frame_outputs"])
    for picture, output in memory.tracked.items():
        whole = state["output_dict_per_obj"][0]["non_cond_frame_outputs"][picture]
        assert np.array_equal(output["obj_ptr"], whole["obj_ptr"])
        if output["maskmem_features"] is not None:
            assert np.array_equal(output["maskmem_features"].float(), whole["maskmem_features"].float())


def test_with_several_keyframes_each_stretch_is_the_packages(
    propagator: Sam2Propagator, peer: Any, scene: scenes.Scene
) -> None:
    keyframes = (4, 20, 31)
    session = begin(propagator, scene, *keyframes)
    frames = {f.picture: f for f in session.track("dog", 4, 47, "forward")}
    back = {f.picture: f for f in session.track("dog", 31, 0, "backward")}
    prompts = {"dog": {p: scene.truth[p] for p in keyframes}}
    for start, stop, ours in ((4, 19, frames), (20, 30, frames), (31, 47, frames), (31, 21, back), (4, 0, back)):
        state = upstream.state_of(peer, scene, *scene.size, scene.count)
        theirs = upstream.masks(peer, state, prompts, start, stop)
        step = 1 if stop > start else -1
        stretch = [ours[p] for p in range(start + step, stop + step, step)]
        assert as_upstream(stretch, theirs, "dog") > 0


def test_several_subjects_are_the_packages_several_objects(
    propagator: Sam2Propagator, peer: Any, scene: scenes.Scene
) -> None:
    """In lockstep, which is also how the encoder is asked once for all of them."""
    session = begin(propagator, scene, 0)
    other = np.roll(scene.truth[0], 30, axis=0)
    session.set_keyframe("cat", 0, other)
    state = upstream.state_of(peer, scene, *scene.size, scene.count)
    theirs = upstream.masks(peer, state, {"dog": {0: scene.truth[0]}, "cat": {0: other}}, 0, 20)
    encoded = 0

    def count(*_: object) -> None:
        nonlocal encoded
        encoded += 1

    hook = propagator.model.image_encoder.register_forward_pre_hook(count)
    try:
        pairs = list(zip(session.track("dog", 0, 20, "forward"), session.track("cat", 0, 20, "forward"), strict=True))
    finally:
        hook.remove()
    assert as_upstream([dog for dog, _ in pairs[1:]], theirs, "dog") > 0
    assert as_upstream([cat for _, cat in pairs[1:]], theirs, "cat") > 0
    assert encoded == 21


def test_dropping_old_outputs_changes_no_bit(
    propagator: Sam2Propagator, scene: scenes.Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run() -> tuple[list[MaskFrame], int]:
        session = begin(propagator, scene, 0, 45)
        frames = [*session.track("dog", 0, 44, "forward"), *session.track("dog", 45, 1, "backward")]
        return frames, session.remembered("dog")[1]

    pruned, few = run()
    monkeypatch.setattr("annotator.propagate.sam2_memory.Memory.prune", lambda *_: None)
    whole, many = run()
    assert equal(pruned, whole) and few < 18 < many


@pytest.mark.parametrize(("start", "stop", "way"), [(0, 26, "forward"), (40, 14, "backward")])
def test_closed_at_any_step_and_begun_again_is_uninterrupted(
    propagator: Sam2Propagator, scene: scenes.Scene, start: int, stop: int, way: Any
) -> None:
    """Closed after every picture: then taken up in the same session, parked meanwhile, or in a new one."""
    step = 1 if way == "forward" else -1
    expected = list(begin(propagator, scene, start).track("dog", start, stop, way))
    session = begin(propagator, scene, start)
    got: list[MaskFrame] = []
    for picture in range(start, stop + step, step):
        before = scene.decoded
        frames = session.track("dog", picture, stop, way)
        got.append(next(frames))
        frames.close()
        assert scene.decoded - before <= 1, "goes on from memory, not from the keyframe"
        if picture % 3 == 1:
            assert session.park()
        elif picture % 3 == 2:
            taken = session.snapshot()
            session.close()
            session = propagator.open(scene, *scene.size, scene.count, taken)
    assert equal(expected, got)


def test_interleaved_sessions_are_as_alone(propagator: Sam2Propagator, scene: scenes.Scene) -> None:
    alone = [list(begin(propagator, scene, k).track("dog", k, k + 12, "forward")) for k in (0, 9, 30)]
    tracks = [begin(propagator, scene, k).track("dog", k, k + 12, "forward") for k in (0, 9, 30)]
    together: list[list[MaskFrame]] = [[], [], []]
    for _ in range(13):
        for frames, track in zip(together, tracks, strict=True):
            frames.append(next(track))
    assert all(equal(a, b) for a, b in zip(alone, together, strict=True))


def test_a_correction_holds_where_the_packages_default_loses_it(
    propagator: Sam2Propagator, checkpoint: Path, scene: scenes.Scene
) -> None:
    wrong = np.roll(scene.truth[0], 40, axis=0)
    session = begin(propagator, scene)
    session.set_keyframe("dog", 0, wrong)
    list(session.track("dog", 0, 12, "forward"))
    session.set_keyframe("dog", 6, scene.truth[6])
    corrected = list(session.track("dog", 0, 12, "forward"))
    assert np.array_equal(corrected[6].mask, scene.truth[6])
    fresh = begin(propagator, scene, 6)
    fresh.set_keyframe("dog", 0, wrong)
    assert equal(corrected, list(fresh.track("dog", 0, 12, "forward"))), "nothing outdated is left in memory"

    theirs = upstream.predictor(checkpoint, "++model.add_all_frames_to_correct_as_cond=false")
    state = upstream.state_of(theirs, scene, *scene.size, scene.count)
    upstream.masks(theirs, state, {"dog": {0: wrong}}, 0, 12)
    again = upstream.masks(theirs, state, {"dog": {6: scene.truth[6]}}, 0, 12)
    truth = scene.truth[6]
    assert truth is not None
    overlap = (again[6]["dog"] & truth).sum() / (again[6]["dog"] | truth).sum()
    assert overlap < 0.9, "the trap is still there: this package tracks over a correction"


def test_a_snapshot_of_another_network_keeps_the_prompts(
    propagator: Sam2Propagator, checkpoint: Path, scene: scenes.Scene
) -> None:
    import torch

    from tests.annotator.propagate import tiny_sam2

    other = Sam2Propagator(tiny_sam2.options(checkpoint))
    with torch.no_grad():
        other.model.memory_attention.layers[0].linear1.weight.add_(0.01)
    other.fingerprint = "another"
    session = begin(other, scene, 3)
    list(session.track("dog", 3, 9, "forward"))
    moved = propagator.open(scene, *scene.size, scene.count, session.snapshot())
    assert moved.remembered("dog") == (0, 0)
    expected = list(begin(propagator, scene, 3).track("dog", 3, 9, "forward"))
    assert equal(expected, list(moved.track("dog", 3, 9, "forward")))
