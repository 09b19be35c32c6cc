"""What is particular to SAM 2: the loader, bounded memory, the pictures it decodes, the lock held for one picture.

Run with a tiny network of random weights through the real loader: API and memory are checked, not the quality of masks.
"""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from annotator.propagate.protocol import PropagatorOptions
from annotator.propagate.sam2 import KEPT, Sam2Propagator
from annotator.propagate.sam2_weights import Sam2Unavailable, read_weights
from annotator.records import Point, PromptRecord
from tests.annotator.propagate import scenes, tiny_sam2


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_sam2.write_checkpoint(tmp_path_factory.mktemp("sam2") / "tiny.pt")


@pytest.fixture(scope="module")
def propagator(checkpoint: Path) -> Sam2Propagator:
    return Sam2Propagator(tiny_sam2.options(checkpoint))


@pytest.fixture(scope="module")
def scene() -> scenes.Scene:
    return scenes.render([(40 + i, 50.0) for i in range(48)], size=(128, 96), axes=(20, 14))


def test_memory_stays_bounded_however_long_the_video(propagator: Sam2Propagator, scene: scenes.Scene) -> None:
    session = propagator.open(scene, *scene.size, scene.count)
    session.set_keyframe("dog", 4, scene.truth[4])
    session.set_keyframe("dog", 30, scene.truth[30])
    most = 0
    for start, stop, way in ((4, 47, "forward"), (30, 0, "backward")):
        for _ in session.track("dog", start, stop, way):
            most = max(most, session.memory("dog"))
    assert KEPT < most <= KEPT + 1 + 2, "the outputs in reach and the two keyframes"
    assert len(session._features) == 1, "features of one picture only"
    session.close()
    assert session.memory("dog") == 0


def test_dropping_old_outputs_changes_no_mask(
    propagator: Sam2Propagator, scene: scenes.Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run() -> list[np.ndarray | None]:
        session = propagator.open(scene, *scene.size, scene.count)
        session.set_keyframe("dog", 0, scene.truth[0])
        return [frame.mask for frame in session.track("dog", 0, 40, "forward")]

    pruned = run()
    monkeypatch.setattr("annotator.propagate.sam2.KEPT", 10_000)
    kept = run()
    assert all(
        (a is None) == (b is None) and (a is None or np.array_equal(a, b)) for a, b in zip(pruned, kept, strict=True)
    )


def test_a_click_does_not_wait_for_a_whole_track(propagator: Sam2Propagator, scene: scenes.Scene) -> None:
    session = propagator.open(scene, *scene.size, scene.count)
    session.set_keyframe("dog", 0, scene.truth[0])
    frames = session.track("dog", 0, 47, "forward")
    next(frames), next(frames)
    other = propagator.open(scene, *scene.size, scene.count)
    found: list[object] = []
    click = PromptRecord(picture=9, points=[Point(x=50, y=50)])
    thread = threading.Thread(target=lambda: found.extend(other.propose(9, click)))
    thread.start()
    thread.join(timeout=60)
    assert found, "answered while the track of another session is open"
    assert next(frames).picture == 2


def test_the_loader_gives_the_networks_own_weights(
    propagator: Sam2Propagator, checkpoint: Path, tmp_path: Path
) -> None:
    import torch
    from safetensors.torch import save_file

    weights = read_weights(checkpoint)
    assert all(torch.equal(value, weights[name]) for name, value in propagator.model.state_dict().items())
    assert propagator.model.add_all_frames_to_correct_as_cond
    save_file({name: value.contiguous() for name, value in weights.items()}, tmp_path / "tiny.safetensors")
    again = read_weights(tmp_path / "tiny.safetensors")
    assert again.keys() == weights.keys() and all(torch.equal(again[name], weights[name]) for name in weights)


class Harmful:
    """Would run code if it were unpickled."""

    ran = False

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return exec, ("from tests.annotator.propagate import test_sam2; test_sam2.Harmful.ran = True",)


def test_a_checkpoint_never_runs_code(tmp_path: Path) -> None:
    import torch

    torch.save({"model": Harmful()}, tmp_path / "harmful.pt")
    with pytest.raises(Sam2Unavailable, match="tensors only"):
        read_weights(tmp_path / "harmful.pt")
    assert not Harmful.ran


def test_what_is_missing_is_named(checkpoint: Path, tmp_path: Path) -> None:
    (tmp_path / "text.pt").write_text("no checkpoint")
    (tmp_path / "text.safetensors").write_text("no checkpoint")
    (tmp_path / "empty.pt").touch()
    for name in ("text.pt", "text.safetensors", "empty.pt"):
        with pytest.raises(Sam2Unavailable, match=name):
            read_weights(tmp_path / name)
    with pytest.raises(Sam2Unavailable, match="no checkpoint at"):
        Sam2Propagator(PropagatorOptions(checkpoint=str(tmp_path / "absent.pt")))
    with pytest.raises(Sam2Unavailable, match="path of a checkpoint"):
        Sam2Propagator(PropagatorOptions())
    with pytest.raises(Sam2Unavailable, match="no SAM 2 of size 'huge'"):
        Sam2Propagator(PropagatorOptions(checkpoint=str(checkpoint), size="huge"))
    with pytest.raises(Sam2Unavailable, match="no SAM 2 checkpoint of size tiny"):
        Sam2Propagator(PropagatorOptions(checkpoint=str(checkpoint), size="tiny", device="cpu", image_size=64))


def test_a_closed_propagator_says_so(checkpoint: Path, scene: scenes.Scene) -> None:
    propagator = Sam2Propagator(tiny_sam2.options(checkpoint))
    session = propagator.open(scene, *scene.size, scene.count)
    propagator.close()
    with pytest.raises(Sam2Unavailable, match="closed"):
        session.propose(0, PromptRecord(picture=0, points=[Point(x=40, y=50)]))
