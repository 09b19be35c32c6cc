"""Many sessions on one network: bounded memory, turns, parking, and what happens when the device is full.

Run with a tiny network of random weights through the real loader: behaviour is checked, not the quality of masks.
"""

from __future__ import annotations

import gc
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from annotator.propagate import sam2_steps
from annotator.propagate.protocol import AcceleratorFull, MaskFrame
from annotator.propagate.sam2 import Sam2Propagator
from annotator.propagate.sam2_memory import KEPT
from annotator.propagate.sam2_session import Sam2Session
from annotator.propagate.sam2_weights import Sam2Unavailable
from annotator.records import Point, PromptRecord
from tests.annotator.propagate import scenes, tiny_sam2

CLICK = PromptRecord(picture=9, points=[Point(x=50, y=50)])


@pytest.fixture
def open_session(propagator: Sam2Propagator, scene: scenes.Scene) -> Iterator[Callable[[], Sam2Session]]:
    opened: list[Sam2Session] = []

    def begin() -> Sam2Session:
        session = propagator.open(scene, *scene.size, scene.count)
        session.set_keyframe("dog", 0, scene.truth[0])
        opened.append(session)
        return session

    yield begin
    for session in opened:
        session.close()
    propagator.most_sessions = None


def same(a: list[MaskFrame], b: list[MaskFrame]) -> bool:
    return [(f.picture, f.score, f.mask is None or f.mask.tobytes()) for f in a] == [
        (f.picture, f.score, f.mask is None or f.mask.tobytes()) for f in b
    ]


def test_memory_stays_bounded_however_long_the_video(propagator: Sam2Propagator, scene: scenes.Scene) -> None:
    session = propagator.open(scene, *scene.size, scene.count)
    session.set_keyframe("dog", 4, scene.truth[4])
    session.set_keyframe("dog", 30, scene.truth[30])
    sizes: dict[str, list[int]] = {"forward": [], "backward": []}
    for start, stop, way in ((4, 29, "forward"), (30, 5, "backward")):
        for _ in session.track("dog", start, stop, way):
            keyframes, tracked = session.remembered("dog")
            assert keyframes == 2 and tracked <= KEPT + 1
            sizes[way].append(session.device_bytes)
    assert max(sizes["forward"]) == max(sizes["backward"]) == sizes["forward"][-1]
    assert len(set(sizes["forward"][18:])) == 1, "flat"
    assert len(session._features) == 1, "features of one picture only"
    session.close()
    assert session.nbytes == 0 and session not in propagator._used


def test_what_travels_to_the_device_is_uint8_of_the_pictures_asked_for(
    propagator: Sam2Propagator, scene: scenes.Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    sent: list[Any] = []
    real = torch.from_numpy

    def from_numpy(array: np.ndarray) -> Any:
        sent.append((array.dtype, array.shape))
        return real(array)

    session = propagator.open(scene, *scene.size, scene.count)
    session.set_keyframe("dog", 0, scene.truth[0])
    frames = session.track("dog", 0, 47, "forward")
    monkeypatch.setattr("torch.from_numpy", from_numpy)
    before = scene.decoded
    for _ in range(4):
        next(frames)
    assert scene.decoded - before == 4
    assert sent == [(np.uint8, (tiny_sam2.SIDE, tiny_sam2.SIDE, 3))] * 4


@contextmanager
def before_each_picture(propagator: Sam2Propagator, act: Callable[[], None]) -> Iterator[None]:
    """Runs `act` inside the network, before the picture is encoded."""
    handle = propagator.model.image_encoder.register_forward_pre_hook(lambda *_: act())
    try:
        yield
    finally:
        handle.remove()


def test_a_step_runs_without_gradients_and_in_bfloat16_on_cuda_only(checkpoint: Path, scene: scenes.Scene) -> None:
    import torch

    seen: list[tuple[bool, bool]] = []
    for device in ("cpu", "cuda"):
        if device == "cuda" and not torch.cuda.is_available():
            continue
        propagator = Sam2Propagator(replace(tiny_sam2.options(checkpoint), device=device))
        session = propagator.open(scene, *scene.size, scene.count)
        session.set_keyframe("dog", 0, scene.truth[0])
        frames = session.track("dog", 0, 3, "forward")
        with before_each_picture(
            propagator,
            lambda: seen.append((torch.is_inference_mode_enabled(), torch.is_autocast_enabled("cuda"))),
        ):
            assert len(list(frames)) == 4
        assert seen == [(True, device == "cuda")] * 4
        assert not torch.is_inference_mode_enabled(), "not outside the step, where the caller's own code runs"
        seen.clear()


def test_a_click_goes_before_propagation_and_waits_for_one_step(
    propagator: Sam2Propagator, open_session: Callable[[], Sam2Session]
) -> None:
    """Two propagations at work; the click comes while one of them is inside the network and the other waits."""
    order: list[str] = []
    names: dict[int, str] = {}
    inside, go = threading.Event(), threading.Event()

    def step() -> None:
        order.append(names[threading.get_ident()])
        if len(order) == 1:
            inside.set()
            assert go.wait(60)

    def start(name: str, work: Callable[[], object]) -> threading.Thread:
        def named() -> None:
            names[threading.get_ident()] = name
            work()

        thread = threading.Thread(target=named)
        thread.start()
        return thread

    def wait_for(waiting: int) -> None:
        for _ in range(600):
            if propagator.turns.waiting == waiting:
                return
            threading.Event().wait(0.1)
        raise AssertionError(f"nobody waits: {propagator.turns.waiting}")

    first, second, clicked = open_session(), open_session(), open_session()
    with before_each_picture(propagator, step):
        threads = [start("first", lambda: list(first.track("dog", 0, 6, "forward")))]
        assert inside.wait(60)
        threads.append(start("second", lambda: list(second.track("dog", 0, 6, "forward"))))
        wait_for(1)
        threads.append(start("click", lambda: clicked.propose(9, CLICK)))
        wait_for(2)
        go.set()
        for thread in threads:
            thread.join(120)
    assert order[:2] == ["first", "click"]
    rest = order[2:]
    assert rest.count("second") == 7 and rest.count("first") == 6
    assert "first" in rest[:3] and "second" in rest[:3], "tracks take turns"


def test_an_idle_session_is_parked_for_room_and_for_age(checkpoint: Path, scene: scenes.Scene) -> None:
    def begin(propagator: Sam2Propagator) -> tuple[Sam2Session, Any]:
        session = propagator.open(scene, *scene.size, scene.count)
        session.set_keyframe("dog", 0, scene.truth[0])
        frames = session.track("dog", 0, 20, "forward")
        for _ in range(12):
            next(frames)
        return session, frames

    roomy = Sam2Propagator(tiny_sam2.options(checkpoint))
    expected = list(begin(roomy)[1])
    one = begin(roomy)[0].device_bytes
    gc.collect()
    for limits, parked in (
        ({"session_bytes": int(2.5 * one)}, [True, True, False, False]),
        ({"session_seconds": 0.0}, [True, True, True, False]),
        ({}, [False] * 4),
    ):
        propagator = Sam2Propagator(replace(tiny_sam2.options(checkpoint), **limits))  # type: ignore[arg-type]
        opened = [begin(propagator) for _ in range(4)]
        propagator._tidied = 0.0
        opened[3][0].propose(9, CLICK)
        assert [session.device_bytes == 0 for session, _ in opened] == parked
        assert propagator.held() == sum(session.device_bytes for session, _ in opened)
        for _, frames in opened:
            assert same(expected, list(frames)), "parked or not, it goes on exactly"


def test_a_full_device_parks_idle_sessions_says_so_and_loses_nothing(
    propagator: Sam2Propagator, open_session: Callable[[], Sam2Session], caplog: pytest.LogCaptureFixture
) -> None:
    import torch

    expected = list(open_session().track("dog", 0, 8, "forward"))
    sessions = [open_session() for _ in range(5)]
    tracks = [session.track("dog", 0, 8, "forward") for session in sessions]
    got = [[next(track) for _ in range(3)] for track in tracks]

    def full() -> None:
        if sum(session.device_bytes > 0 for session in sessions) > 2:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB")

    with before_each_picture(propagator, full), caplog.at_level(logging.WARNING):
        got[4] += tracks[4]
    assert [session.device_bytes > 0 for session in sessions] == [False, False, False, True, True], "least used first"
    assert propagator.most_sessions == 2
    assert "idle sessions parked in host memory" in caplog.text
    told = [session.fell_back for session in sessions]
    assert told[:4] == [None] * 4 and told[4] is not None and told[4].sessions == 2, "said by the one that met it"
    propagator._tidied = 0.0
    got[0] += tracks[0]
    assert sum(session.device_bytes > 0 for session in sessions) == 2, "fewer from now on"
    for frames, track in zip(got, tracks, strict=True):
        assert same(expected, frames + list(track))


def test_a_device_that_is_full_for_one_session_says_what_to_set(
    propagator: Sam2Propagator, open_session: Callable[[], Sam2Session], scene: scenes.Scene
) -> None:
    import torch

    expected = list(open_session().track("dog", 0, 8, "forward"))
    session = open_session()
    frames = session.track("dog", 0, 8, "forward")
    got = [next(frames), next(frames)]

    def full() -> None:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB")

    with before_each_picture(propagator, full):
        with pytest.raises(AcceleratorFull, match=r"VIDGRAIN_SAM2_IMAGE_SIZE.*Tried to allocate"):
            next(frames)
        with pytest.raises(AcceleratorFull):
            session.set_keyframe("dog", 5, PromptRecord(picture=5, points=[Point(x=45, y=50)]))
    assert propagator.turns.waiting == 0
    assert same(expected, got + list(session.track("dog", 2, 8, "forward"))), "nothing was changed or lost"


def test_a_subject_that_the_network_does_not_see_is_absent_and_followed_on(
    open_session: Callable[[], Sam2Session], scene: scenes.Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its masks are the network's, when it is there the network's presence score says, with patience both ways."""
    real = sam2_steps.advance
    seen: list[int] = []

    def advance(model: Any, memory: Any, picture: int, *, reverse: bool) -> tuple[Any, float]:
        real(model, memory, picture, reverse=reverse)
        seen.append(picture)
        return scene.truth[picture], -5.0 if picture in {5, 6, 7, 8, 9, 20} else 5.0

    monkeypatch.setattr(sam2_steps, "advance", advance)
    frames = list(open_session().track("dog", 0, 24, "forward"))
    assert seen == list(range(1, 25)), "it is looked for while it is away"
    away = [frame.picture for frame in frames if frame.mask is None]
    assert away == [*range(5, 12), 20], "back on the third picture that shows it again; a blink is one picture"
    doubted = [frame.picture for frame in frames if frame.score < 0.6]
    assert doubted == [5, 6, 10, 11, 20], "where picture and state disagree somebody should look"


def test_a_closed_propagator_says_so(checkpoint: Path, scene: scenes.Scene) -> None:
    propagator = Sam2Propagator(tiny_sam2.options(checkpoint))
    session = propagator.open(scene, *scene.size, scene.count)
    propagator.close()
    with pytest.raises(Sam2Unavailable, match="closed"):
        session.propose(0, PromptRecord(picture=0, points=[Point(x=40, y=50)]))
    with pytest.raises(Sam2Unavailable, match="closed"):
        propagator.open(scene, *scene.size, scene.count)
