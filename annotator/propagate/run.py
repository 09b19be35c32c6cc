"""Whole tracks from all prompts of a subject: which stretches to follow which way, and how two answers become one.

Between two keyframes a subject is followed from both and the answers are blended; an absent span cuts that in two.
"""

from __future__ import annotations

from collections.abc import Collection, Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from annotator.masklet import geometry, rle
from annotator.propagate.plan import Lock, Stretch, plan, stretches
from annotator.propagate.protocol import BoolMask, Direction, MaskFrame, Session, Span
from annotator.records import PromptRecord


@dataclass(frozen=True, slots=True)
class Pass:
    """Pictures start … stop (both included, start > stop backward) that are followed in one go.

    `stretch` is what they are of; None for a keyframe. Of a stretch in the way `both` the forward pass is the first.
    """

    start: int
    stop: int
    direction: Direction
    stretch: Stretch | None = None

    def __len__(self) -> int:
        return abs(self.stop - self.start) + 1


@dataclass(frozen=True, slots=True)
class Halfway:
    """Where a track was left: `run_track` goes on from here in a session that was opened from its snapshot."""

    given: int
    """Frames that it had given; the snapshot was taken after the last of them."""
    first: Mapping[int, tuple[rle.Rle | None, float]]
    """By picture: mask and score of those that were given as not final and wait for the second pass."""


def passes(
    keyframes: Collection[int],
    absent: Sequence[Span],
    count: int,
    *,
    only: Collection[Stretch] | None = None,
    also: Collection[int] = (),
    without: Collection[int] = (),
    locks: Sequence[Lock] = (),
) -> list[Pass]:
    """What `run_track` does, in order; the same for the same arguments, so that a number of frames says how far it is.

    Keyframes beside the stretches first; those in `also` that are beside none of them at the end; none of a lock.
    """
    todo = stretches(keyframes, absent, count, locks) if only is None else list(only)
    shut = {*without, *(edge.picture for lock in locks for edge in lock.edges)}
    ordered = sorted(p for p in keyframes if p not in shut)
    beside = {p for s in todo for p in (s.left, s.right)} if only is not None else set(ordered)
    found = [Pass(picture, picture, "forward") for picture in ordered if picture in beside]
    # What comes after a keyframe is watched first; the way back from the first keyframe can wait.
    for stretch in sorted(todo, key=lambda s: (s.start == 0 and s.way == "backward", s.start)):
        if stretch.way != "backward":
            found.append(Pass(stretch.start, stretch.stop, "forward", stretch))
        if stretch.way != "forward":
            found.append(Pass(stretch.stop, stretch.start, "backward", stretch))
    return found + [Pass(p, p, "forward") for p in ordered if p in also and p not in beside]


def run_track(
    session: Session,
    subject: str,
    keyframes: Sequence[PromptRecord],
    absent: Sequence[Span],
    count: int,
    *,
    only: Collection[Stretch] | None = None,
    also: Collection[int] = (),
    without: Collection[int] = (),
    locks: Sequence[Lock] = (),
    halfway: Halfway | None = None,
) -> Generator[MaskFrame]:
    """Masks of the whole video but the `locks` (or of `only` these stretches, or pieces of them), the keyframes first
    but those in `without`; one picture for each `next()`.

    `keyframes` may hold prompts that say absent (see `plan`). A picture may come twice: first not `final`, then as the
    blend of both directions, which replaces it. Closing the iterator ends the work. With `halfway` the session must be
    opened from the snapshot that was taken there; what follows then is what would have followed. Raises PromptError.
    """
    chosen, spans = plan(keyframes, count, locks)
    spans = sorted({*spans, *absent})
    given, first = 0, dict[int, tuple[rle.Rle | None, float]]()
    if halfway is not None:
        given, first = halfway.given, dict(halfway.first)
    else:
        session.forget(subject)
        session.set_absent(subject, spans)
        for prompt in chosen:
            session.set_keyframe(subject, prompt.picture, prompt)
    if not chosen:
        for picture in sorted({p for a, b in spans for p in range(a, b + 1)})[given:]:
            yield MaskFrame(picture, None, 1.0)
        return
    pictures = [prompt.picture for prompt in chosen]
    for each in passes(pictures, spans, count, only=only, also=also, without=without, locks=locks):
        done = min(given, len(each))
        given -= done
        if done < len(each):
            yield from _follow(session, subject, each, done, first)


def _follow(
    session: Session, subject: str, work: Pass, done: int, first: dict[int, tuple[rle.Rle | None, float]]
) -> Generator[MaskFrame]:
    """Masks of a pass without its first `done` pictures. In the way `both` the first pass fills `first` and is not
    final, the second takes from there and brings the blends."""
    start = work.start + done if work.direction == "forward" else work.start - done
    stretch = work.stretch
    with closing(session.track(subject, start, work.stop, work.direction)) as frames:
        for frame in frames:
            if stretch is None or stretch.way != "both" or stretch.left is None or stretch.right is None:
                yield frame
            elif work.direction == "forward":
                first[frame.picture] = (None if frame.mask is None else rle.encode(frame.mask)), frame.score
                yield replace(frame, final=False)
            else:
                encoded, score = first.pop(frame.picture)
                mask = None if encoded is None else rle.decode(encoded).view(np.bool_)
                weight = (frame.picture - stretch.left) / (stretch.right - stretch.left)
                yield blend(MaskFrame(frame.picture, mask, score), frame, weight)


def blend(forward: MaskFrame, backward: MaskFrame, weight: float) -> MaskFrame:
    """One answer from two: `weight` (0 … 1) is the share of `backward`, growing towards the right keyframe.

    Masks that agree are averaged by their signed distances, so that the outline glides from one to the other. Where
    they do not, the surer and nearer one holds; the disagreement lowers the score, which is how leaks are found.
    """
    picture = forward.picture
    trust = (1 - weight) * forward.score, weight * backward.score
    if forward.mask is None or backward.mask is None:
        # A tracker that has lost its subject is a worse witness than one that holds it.
        trust = (
            trust[0] * (1 if forward.mask is not None else 0.5),
            trust[1] * (1 if backward.mask is not None else 0.5),
        )
        nearer = forward if trust[0] >= trust[1] else backward
        agreed = forward.mask is None and backward.mask is None
        score = max(forward.score, backward.score) if agreed else 0.5 * nearer.score
        return MaskFrame(picture, nearer.mask, round(score, 4), agreement=float(agreed))
    agreement = geometry.iou(forward.mask, backward.mask)
    score = round((trust[0] + trust[1]) * (0.4 + 0.6 * agreement), 4)
    if agreement < 0.5:
        nearer = forward if trust[0] >= trust[1] else backward
        return MaskFrame(picture, nearer.mask, score, agreement=agreement)
    return MaskFrame(picture, _between(forward.mask, backward.mask, weight), score, agreement=agreement)


def _between(a: BoolMask, b: BoolMask, weight: float) -> BoolMask:
    x1, y1, x2, y2 = geometry.box(a | b) or (0, 0, 1, 1)
    part = np.s_[max(0, y1 - 2) : y2 + 2, max(0, x1 - 2) : x2 + 2]
    mixed = np.zeros(a.shape, dtype=np.bool_)
    mixed[part] = (1 - weight) * _depth(a[part]) + weight * _depth(b[part]) > 0
    return mixed


def _depth(mask: BoolMask) -> NDArray[np.float32]:
    """Signed distance to the outline, positive inside; smooth enough for averaging."""
    inside = cv2.distanceTransform(np.ascontiguousarray(mask).view(np.uint8), cv2.DIST_L2, 3)
    outside = cv2.distanceTransform(np.ascontiguousarray(~mask).view(np.uint8), cv2.DIST_L2, 3)
    return np.asarray(inside - outside, dtype=np.float32)
