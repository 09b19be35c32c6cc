"""A track that was interrupted anywhere and goes on elsewhere from its checkpoint gives what it would have given."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.masklet import rle
from annotator.propagate import snapshot
from annotator.propagate.checkpoint import Checkpoint
from annotator.propagate.plan import Stretch, plan, stretches
from annotator.propagate.protocol import MaskFrame, Propagator, PropagatorOptions, Session, SnapshotError
from annotator.propagate.registry import NAMES, open_propagator
from annotator.propagate.run import passes, run_track
from annotator.records import PromptRecord
from tests.annotator.propagate import scenes, tiny_sam2

cv2.setNumThreads(1)
COUNT, OF = 16, {"track": "t", "network": "n"}
Told = tuple[int, str | None, float, bool, float | None]


@pytest.fixture(scope="module")
def scene() -> scenes.Scene:
    """A disc that is behind a wall on the pictures 10 … 12, so that a follower loses it and looks for it."""
    return scenes.render([(40 + 6 * i, 70.0) for i in range(COUNT)], size=(192, 144), axes=(22, 18))


@pytest.fixture(scope="module", params=NAMES)
def propagator(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Propagator:
    """Each propagator of the registry."""
    if request.param == "flow":
        return open_propagator("flow", PropagatorOptions(work_side=192))
    checkpoint = tiny_sam2.write_checkpoint(tmp_path_factory.mktemp("tiny") / "tiny.pt")
    return open_propagator("sam2", tiny_sam2.options(checkpoint))


def told(frame: MaskFrame) -> Told:
    counts = None if frame.mask is None else rle.encode(frame.mask).counts
    return frame.picture, counts, frame.score, frame.final, frame.agreement


class Worker:
    """Follows a track and keeps what a checkpoint wants to know, as a worker does."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.frames: dict[int, tuple[str | None, float]] = {}
        self.settled: set[int] = set()
        self.agreement: dict[int, float] = {}
        self.given = 0

    def take(self, frame: MaskFrame) -> Told:
        picture, counts, score, final, agreement = found = told(frame)
        self.frames[picture] = counts, score
        if final:
            self.settled.add(picture)
        if agreement is not None:
            self.agreement[picture] = agreement
        self.given += 1
        return found

    def leave(self) -> bytes:
        left = Checkpoint(self.given, self.frames, self.settled, self.agreement, self.session.snapshot())
        return left.pack(144, 192, COUNT, OF)


TRACKS: dict[str, tuple[list[int | tuple[int]], list[Stretch] | None, list[int]]] = {
    "between, before and after": ([3, 9], None, []),
    "absent in the middle": ([1, (5,), 12], None, []),
    "some stretches only": ([2, 8, 14], [Stretch(3, 7, 2, 8, "both")], [14]),
    "no keyframe": ([(4,)], None, []),
}
"""By name: pictures of the prompts (in brackets: absent from there), the stretches to follow, further keyframes."""


def prompts_of(scene: scenes.Scene, pictures: list[int | tuple[int]]) -> list[PromptRecord]:
    return [
        PromptRecord(picture=p, counts=rle.encode(scene.truth[p]).counts)
        if isinstance(p, int)
        else PromptRecord(picture=p[0], absent=True)
        for p in pictures
    ]


@pytest.mark.parametrize("name", TRACKS)
def test_a_track_goes_on_exactly_from_any_picture(propagator: Propagator, scene: scenes.Scene, name: str) -> None:
    pictures, only, also = TRACKS[name]
    prompts = prompts_of(scene, pictures)

    def open_on(taken: bytes | None = None) -> Session:
        return propagator.open(scene, *scene.size, COUNT, taken)

    whole = Worker(open_on())
    expected, left = [], []
    for frame in run_track(whole.session, "dog", prompts, [], COUNT, only=only, also=also):
        expected.append(whole.take(frame))
        left.append(whole.leave())
    assert len({place for place, *_ in expected}) > 4
    for cut, data in enumerate(left, start=1):
        checkpoint = Checkpoint.unpack(data, OF)
        assert checkpoint.given == cut
        session = open_on(checkpoint.session)
        rest = run_track(session, "dog", prompts, [], COUNT, only=only, also=also, halfway=checkpoint.halfway(144, 192))
        again = Worker(session)
        again.frames, again.settled, again.agreement = checkpoint.frames, checkpoint.settled, checkpoint.agreement
        assert [again.take(frame) for frame in rest] == expected[cut:], f"interrupted after {cut} frames"
        assert (again.frames, again.settled, again.agreement) == (whole.frames, whole.settled, whole.agreement)


def test_no_picture_is_followed_twice(propagator: Propagator, scene: scenes.Scene) -> None:
    class Counted:
        """The scene; notes which pictures are asked for."""

        def __init__(self) -> None:
            self.asked: list[int] = []

        def picture(self, picture: int, /) -> np.ndarray:
            self.asked.append(picture)
            return scene.picture(picture)

    session = propagator.open(scene, *scene.size, COUNT)
    prompts = prompts_of(scene, [0])
    frames = run_track(session, "dog", prompts, [], COUNT)
    worker = Worker(session)
    for _ in range(10):
        worker.take(next(frames))
    checkpoint = Checkpoint.unpack(worker.leave(), OF)
    counted = Counted()
    second = propagator.open(counted, *scene.size, COUNT, checkpoint.session)
    rest = list(run_track(second, "dog", prompts, [], COUNT, halfway=checkpoint.halfway(144, 192)))
    assert [frame.picture for frame in rest] == list(range(10, COUNT))
    assert set(counted.asked) <= set(range(9, COUNT)), "what was followed before was looked at again"


def test_a_checkpoint_of_anything_else_is_refused(scene: scenes.Scene) -> None:
    data = Checkpoint(1, {3: ("abc", 0.5)}, {3}, {}, b"session").pack(144, 192, COUNT, OF)
    assert Checkpoint.unpack(data, OF).frames == {3: ("abc", 0.5)}
    for other, why in (({"track": "u", "network": "n"}, "another track"), ({**OF, "work": "w"}, "another work")):
        with pytest.raises(SnapshotError, match=why):
            Checkpoint.unpack(data, other)
    middle = len(data) // 2
    for damaged in (b"", b"nonsense", data[:-1], data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]):
        with pytest.raises(SnapshotError, match="damaged"):
            Checkpoint.unpack(damaged, OF)
    with pytest.raises(SnapshotError, match="no checkpoint of a track"):
        Checkpoint.unpack(snapshot.pack({"kind": "click"}), OF)
    with pytest.raises(SnapshotError, match="cannot be read"):
        Checkpoint.unpack(snapshot.pack({"kind": "track", "of": OF, "masks": 3, "given": 1}, b"abc"), OF)


@given(st.lists(st.floats(0, 1).map(lambda x: round(x, 4)), min_size=1, max_size=30))
def test_scores_come_back_exactly(scores: list[float]) -> None:
    frames: dict[int, tuple[str | None, float]] = {picture: (None, score) for picture, score in enumerate(scores)}
    data = Checkpoint(1, frames, set(frames), {}, b"").pack(8, 8, 40, OF)
    assert Checkpoint.unpack(data, OF).frames == frames


@given(
    st.lists(st.integers(0, 40), min_size=1, max_size=5, unique=True),
    st.lists(st.integers(0, 40), max_size=3, unique=True),
    st.sets(st.integers(0, 20)),
)
def test_the_passes_are_the_stretches_and_the_keyframes_once(
    keyframes: list[int], absent: list[int], left_out: set[int]
) -> None:
    prompts = [PromptRecord(picture=p, absent=True) for p in absent if p not in keyframes]
    prompts += [PromptRecord(picture=p, counts="x") for p in keyframes]
    chosen, spans = plan(prompts, 41)
    pictures = [prompt.picture for prompt in chosen]
    todo = [s for n, s in enumerate(stretches(pictures, spans, 41)) if n not in left_out]
    found = passes(pictures, spans, 41, only=todo, also=pictures)
    assert sorted(p.start for p in found if p.stretch is None) == pictures
    followed = [s for s in found if s.stretch is not None]
    assert {s.stretch for s in followed} == set(todo)
    assert len(followed) == sum(2 if s.way == "both" else 1 for s in todo)
    for each in followed:
        assert each.stretch is not None
        assert {each.start, each.stop} == {each.stretch.start, each.stretch.stop}


@pytest.mark.parametrize("damage", ["no such array", "a shape of minus one", "of objects"])
def test_a_snapshot_holds_no_array_that_it_does_not_have(damage: str) -> None:
    described = {
        "no such array": ["<f4", [9], 0],
        "a shape of minus one": ["<f4", [-1], 0],
        "of objects": ["|O", [1], 0],
    }
    with pytest.raises(SnapshotError):
        snapshot.take_arrays({"array": described[damage]}, b"1234")
    into = bytearray()
    plain = snapshot.put_arrays({"a": [np.eye(3, dtype=np.float32), np.float64(2.5)], "b": (1, None)}, into)
    back = snapshot.take_arrays(plain, bytes(into))
    assert np.array_equal(back["a"][0], np.eye(3)) and back["a"][1:] == [2.5] and back["b"] == [1, None]
