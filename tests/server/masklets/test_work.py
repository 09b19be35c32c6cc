"""Whatever was prompted, locked, followed in part, cancelled and copied before: masks follow from prompts and locks."""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotator.masklet import rle
from annotator.masklet.packed import PackedMasklet, pack
from annotator.propagate.plan import pictures_of, spans_of
from annotator.propagate.protocol import BoolMask, Direction, MaskFrame, Proposal, Span
from annotator.records import PromptRecord
from server.masklets import track
from server.masklets.said import Held, Said, held_in, layout, outdated
from server.masklets.track import Collected, frames_of
from server.masklets.work import Asked, Base, Frame, choose, work_of

COUNT = 24
SIDE = 6


def noise(*seed: Any) -> BoolMask:
    """A mask that tells everything it was made of from anything else; the first pixel is always on."""
    bits = np.unpackbits(np.frombuffer(hashlib.sha256(repr(seed).encode()).digest(), np.uint8))[: SIDE * SIDE]
    mask = bits.reshape(SIDE, SIDE).astype(np.bool_)
    mask[0, 0] = True
    return mask


class Chain:
    """A session whose answers depend on all that they may: the keyframe, the way from it, and who is absent on it."""

    def __init__(self) -> None:
        self.keyframes: dict[int, BoolMask] = {}
        self.absent: Sequence[Span] = ()

    def propose(self, picture: int, prompt: PromptRecord) -> list[Proposal]:
        raise AssertionError("keyframes have masks here")

    def set_keyframe(self, subject: str, picture: int, prompt: PromptRecord | BoolMask | None) -> None:
        assert isinstance(prompt, PromptRecord) and prompt.counts is not None
        self.keyframes[picture] = rle.decode(rle.Rle(SIDE, SIDE, prompt.counts)).astype(np.bool_)

    def set_absent(self, subject: str, ranges: Sequence[Span]) -> None:
        self.absent = ranges

    def forget(self, subject: str) -> None:
        self.keyframes, self.absent = {}, ()

    def track(self, subject: str, start: int, stop: int, direction: Direction) -> Generator[MaskFrame]:
        step = 1 if direction == "forward" else -1
        behind = [picture for picture in self.keyframes if (start - picture) * step >= 0]
        assert behind, "every stretch begins beside a keyframe"
        origin = max(behind) if step > 0 else min(behind)
        way: tuple[Any, ...] = ()
        for picture in range(origin, stop + step, step):
            mask: BoolMask | None
            if picture in self.keyframes:
                mask = self.keyframes[picture]
                way = (picture, rle.encode(mask).counts)
            elif any(first <= picture <= last for first, last in self.absent):
                mask, way = None, (*way, "absent", picture)
            else:
                found = noise(direction, picture, way)
                mask = found if found[1, 1] else None  # lost now and then
            if (picture - start) * step >= 0:
                yield MaskFrame(picture, mask, 0.5 + 0.4 * float(noise(picture, way)[0, 1]))

    def snapshot(self) -> bytes:
        return b""

    nbytes = 0

    def close(self) -> None: ...


@dataclass
class Version:
    said: Said
    left: list[Span]
    masks: PackedMasklet
    done: bool
    track_id: UUID = field(default_factory=uuid4)

    def frames(self) -> dict[int, Frame]:
        return {f.picture: (f.rle.counts if f.rle else None, f.score) for f in self.masks.range(0, COUNT) if f.known}


@dataclass
class Subject:
    """A masklet without a database: what the verbs do with rows, on plain values."""

    prompts: dict[int, PromptRecord] = field(default_factory=dict)
    locks: list[dict[str, Any]] = field(default_factory=list)
    versions: list[Version] = field(default_factory=list)

    @property
    def current(self) -> Version | None:
        return next((version for version in reversed(self.versions) if version.done), None)

    def held(self, locks: list[dict[str, Any]]) -> list[Held]:
        return held_in(locks, {v.track_id: spans_of(v.masks.presence()) for v in self.versions})

    @property
    def said(self) -> Said:
        return Said([self.prompts[picture] for picture in sorted(self.prompts)], self.held(self.locks))

    def is_locked(self, picture: int) -> bool:
        return any(lock["picture_start"] <= picture <= lock["picture_end"] for lock in self.locks)

    def lock(self, start: int, stop: int) -> None:
        current = self.current
        if current is None or any(self.is_locked(picture) for picture in range(start, stop + 1)):
            return
        now = layout(Said(self.said.prompts, current.said.locks), COUNT)
        stale = outdated(now, layout(current.said, COUNT), pictures_of(current.left, COUNT))
        if not stale[start : stop + 1].any():
            self.locks.append({"picture_start": start, "picture_end": stop, "track_id": str(current.track_id)})
            self.locks.sort(key=lambda lock: int(lock["picture_start"]))

    def track(self, asked: Asked, *, stop_after: int | None = None) -> Version | None:
        said = self.said
        if not layout(said, COUNT).keyframes:
            return None
        bases = [self.versions[-1], self.current] if self.versions else []
        work = work_of(
            said,
            COUNT,
            asked,
            [Base(v.said, pictures_of(v.left, COUNT), v.masks) for v in bases if v is not None],
            held={version.track_id: version.masks for version in self.versions},
            last=None if self.current is None else self.current.masks,
        )
        collected = Collected(uuid4(), work.standing | work.copied, set(work.copied))
        cancelled = False
        for number, frame in enumerate(frames_of(Chain(), said.prompts, COUNT, work)):
            if number == stop_after:
                cancelled = True
                break
            assert not self.is_locked(frame.picture), "what is locked is never followed"
            collected.add(frame)
        masks = PackedMasklet.open(pack(SIDE, SIDE, collected.final_frames(work.standing), COUNT))
        version = Version(said, collected.left(work, COUNT), masks, not cancelled)
        if not cancelled:
            need = np.ones(COUNT, dtype=np.bool_)
            need[sorted(work.copied)] = False
            assert spans_of(choose(layout(said, COUNT), need, asked).left) == version.left, "told beforehand"
        self.versions.append(version)
        return version

    def fresh(self) -> dict[int, Frame]:
        """The masks of a track that copies nothing but what is locked."""
        alone = replace(self, versions=list(self.versions))
        held = {version.track_id: version.masks for version in self.versions}
        work = work_of(self.said, COUNT, Asked(0, COUNT - 1), held=held)
        collected = Collected(uuid4(), dict(work.copied), set(work.copied))
        for frame in frames_of(Chain(), alone.said.prompts, COUNT, work):
            collected.add(frame)
        assert collected.left(work, COUNT) == []
        masks = PackedMasklet.open(pack(SIDE, SIDE, collected.final_frames(), COUNT))
        return Version(self.said, [], masks, done=True).frames()


PICTURE = st.integers(0, COUNT - 1)
SPAN = st.tuples(PICTURE, PICTURE).map(lambda span: (min(span), max(span)))
WHOLE = Asked(0, COUNT - 1)
ASKED = st.builds(
    lambda span, direction: Asked(*span, direction), SPAN, st.sampled_from(["forward", "backward", "both"])
)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("shown"), PICTURE, st.integers(0, 2)),
        st.tuples(st.just("shown"), PICTURE, st.integers(0, 2)),
        st.tuples(st.just("absent"), PICTURE),
        st.tuples(st.just("take"), PICTURE),
        st.tuples(st.just("lock"), SPAN),
        st.tuples(st.just("lock"), SPAN),
        st.tuples(st.just("unlock"), st.integers(0, 3)),
        st.tuples(st.just("track"), st.just(WHOLE), st.none()),
        st.tuples(st.just("track"), ASKED, st.none()),
        st.tuples(st.just("track"), st.one_of(st.just(WHOLE), ASKED), st.integers(0, 30)),
    ),
    max_size=16,
)


def play(subject: Subject, step: tuple[Any, ...]) -> None:
    match step:
        case ("shown", picture, variant) if not subject.is_locked(picture):
            counts = rle.encode(noise("prompt", picture, variant)).counts
            subject.prompts[picture] = PromptRecord(picture=picture, counts=counts)
        case ("absent", picture) if not subject.is_locked(picture):
            subject.prompts[picture] = PromptRecord(picture=picture, absent=True)
        case ("take", picture) if not subject.is_locked(picture):
            subject.prompts.pop(picture, None)
        case ("lock", (start, stop)):
            subject.lock(start, stop)
        case ("unlock", number) if number < len(subject.locks):
            del subject.locks[number]
        case ("track", asked, stop_after):
            _check_track(subject, asked, stop_after)
        case _:
            pass


def _check_track(subject: Subject, asked: Asked, stop_after: int | None) -> None:
    before = subject.current.frames() if subject.current is not None else {}
    version = subject.track(asked, stop_after=stop_after)
    if version is None:
        return
    frames, right, left = version.frames(), subject.fresh(), pictures_of(version.left, COUNT)
    for picture in range(COUNT):
        if not left[picture]:
            assert frames[picture] == right[picture], "what is not left to do is as if followed alone"
        elif not asked.is_whole(COUNT) and not asked.start <= picture <= asked.stop:
            assert frames.get(picture) == before.get(picture), "what was not asked for stays"
    for lock in subject.locks:
        named = next(v for v in subject.versions if str(v.track_id) == lock["track_id"]).frames()
        for picture in range(lock["picture_start"], lock["picture_end"] + 1):
            assert frames[picture] == named[picture], "what is locked stays, bit for bit"
    if version.done and asked.is_whole(COUNT):
        assert version.left == []


@settings(deadline=None)
@given(STEPS)
def test_masks_follow_from_prompts_and_locks_alone(steps: list[tuple[Any, ...]]) -> None:
    subject = Subject()
    play(subject, ("shown", 3, 0))
    for step in [*steps, ("track", WHOLE, None)]:
        play(subject, step)
    for version in subject.versions:
        again = layout(subject.said, COUNT)
        if version.said == subject.said and not version.left:
            assert not outdated(again, layout(version.said, COUNT), pictures_of([], COUNT)).any()


def test_a_correction_is_followed_between_its_neighbours_alone() -> None:
    subject = Subject()
    for picture in (2, 12, 22):
        play(subject, ("shown", picture, 0))
    play(subject, ("track", WHOLE, None))
    play(subject, ("lock", (14, 18)))
    play(subject, ("track", WHOLE, None))
    play(subject, ("shown", 7, 0))
    work = work_of(
        subject.said,
        COUNT,
        WHOLE,
        [Base(v.said, pictures_of(v.left, COUNT), v.masks) for v in subject.versions[-1:]],
        held={v.track_id: v.masks for v in subject.versions},
    )
    assert [(s.start, s.stop, s.left, s.right) for s in work.only] == [(3, 6, 2, 7), (8, 11, 7, 12)]
    assert sorted(work.copied) == [p for p in range(COUNT) if not 3 <= p <= 11]


@pytest.mark.parametrize("step", [0.0005, 0.004, 0.03, 0.1, 0.2, 0.6])
def test_no_mask_waits_longer_than_a_quarter_of_a_second(step: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """However fast frames come: at most 32 together, and none that is older when it is told. One that is slower than
    that is told at once."""
    moment = 100.0
    monkeypatch.setattr(track, "time", SimpleNamespace(monotonic=lambda: moment))
    collected = Collected(uuid4(), {}, _since=moment, _added=moment)
    waiting: list[float] = []
    told: list[int] = []
    for picture in range(200):
        moment += step
        collected.add(MaskFrame(picture, noise(picture), 1.0))
        waiting.append(moment)
        batch: Any = collected.batch()
        if batch is not None:
            assert moment - waiting[0] <= 0.25 and len(waiting) == len(batch["frames"]) <= 32
            assert batch["given"] == picture + 1
            told += [frame["picture"] for frame in batch["frames"]]
            waiting.clear()
        assert step < 0.25 or not waiting
        assert not waiting or moment - waiting[0] < 0.25
    rest: Any = collected.batch(rest=True) or {"frames": []}
    assert told + [frame["picture"] for frame in rest["frames"]] == list(range(200)), "each once, in order"
