"""Whole tracks from all prompts of a subject: which stretches to follow which way, and how two answers become one.

Between two keyframes a subject is followed from both and the answers are blended; an absent span cuts that in two.
"""

from __future__ import annotations

from collections.abc import Collection, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from annotator.masklet import geometry, rle
from annotator.propagate.protocol import BoolMask, MaskFrame, Session, Span, check_picture
from annotator.records import PromptRecord


@dataclass(frozen=True, slots=True)
class Stretch:
    """Pictures start … stop (both included) whose masks follow from the keyframes `left` and `right` beside them.

    `way` says from which keyframe they are followed: forward from left, backward from right, or both and blended.
    """

    start: int
    stop: int
    left: int | None
    right: int | None
    way: Literal["forward", "backward", "both"]


def plan(prompts: Sequence[PromptRecord], count: int) -> tuple[list[PromptRecord], list[Span]]:
    """A subject's prompts as keyframes (one a picture, the last one given) and absent spans.

    A prompt that says `absent` covers the pictures from its own up to the next prompt or the end. Raises PromptError.
    """
    by_picture = {prompt.picture: prompt for prompt in prompts}
    pictures = sorted(by_picture)
    if pictures and pictures[-1] >= count:
        check_picture(pictures[-1], count)
    keyframes, absent = [], []
    for picture, following in pairwise([*pictures, count]):
        if by_picture[picture].absent:
            absent.append((picture, following - 1))
        else:
            keyframes.append(by_picture[picture])
    return keyframes, absent


def stretches(keyframes: Collection[int], absent: Sequence[Span], count: int) -> list[Stretch]:
    """The stretches between, before and after the keyframes, in order; without a keyframe there is none."""
    ordered = sorted(keyframes)
    if not ordered:
        return []
    found: list[Stretch] = []
    if ordered[0] > 0:
        found.append(Stretch(0, ordered[0] - 1, None, ordered[0], "backward"))
    for left, right in pairwise(ordered):
        inside = [(a, b) for a, b in absent if a < right and b > left]
        if left + 1 == right:
            continue
        if not inside:
            found.append(Stretch(left + 1, right - 1, left, right, "both"))
            continue
        gone = min(max(b for _, b in inside), right - 1)
        found.append(Stretch(left + 1, gone, left, None, "forward"))
        if gone + 1 < right:
            found.append(Stretch(gone + 1, right - 1, None, right, "backward"))
    if ordered[-1] < count - 1:
        found.append(Stretch(ordered[-1] + 1, count - 1, ordered[-1], None, "forward"))
    return found


def affected(before: Collection[Stretch], after: Sequence[Stretch], changed: Collection[int]) -> list[Stretch]:
    """The stretches to follow anew when `before` became `after` and the keyframes on `changed` pictures differ.

    The pictures of an absent span that was changed within a stretch count as changed as well.
    """
    known, touched = set(before), set(changed)
    return [
        stretch
        for stretch in after
        if stretch not in known
        or touched & {stretch.left, stretch.right}
        or any(stretch.start <= picture <= stretch.stop for picture in touched)
    ]


def run_track(
    session: Session,
    subject: str,
    keyframes: Sequence[PromptRecord],
    absent: Sequence[Span],
    count: int,
    *,
    only: Collection[Stretch] | None = None,
) -> Generator[MaskFrame]:
    """Masks of the whole video (or of the stretches in `only`), the keyframes first; one picture for each `next()`.

    `keyframes` may hold prompts that say absent (see `plan`). A picture may come twice: first not `final`, then as the
    blend of both directions, which replaces it. Closing the iterator ends the work. Raises PromptError.
    """
    chosen, spans = plan(keyframes, count)
    spans = sorted({*spans, *absent})
    session.forget(subject)
    session.set_absent(subject, spans)
    for prompt in chosen:
        session.set_keyframe(subject, prompt.picture, prompt)
    pictures = [prompt.picture for prompt in chosen]
    todo = [s for s in stretches(pictures, spans, count) if only is None or s in only]
    if not chosen:
        for picture in sorted({p for first, last in spans for p in range(first, last + 1)}):
            yield MaskFrame(picture, None, 1.0)
        return
    beside = {p for s in todo for p in (s.left, s.right)} if only is not None else set(pictures)
    for picture in pictures:
        if picture in beside:
            with closing(session.track(subject, picture, picture, "forward")) as frames:
                yield from frames
    # What comes after a keyframe is watched first; the way back from the first keyframe can wait.
    for stretch in sorted(todo, key=lambda s: (s.start == 0 and s.way == "backward", s.start)):
        yield from follow(session, subject, stretch)


def follow(session: Session, subject: str, stretch: Stretch) -> Generator[MaskFrame]:
    """Masks of one stretch. In the way `both` the first pass is not final and the second brings the blends."""
    there: dict[int, tuple[str | None, float]] = {}
    size = (0, 0)
    if stretch.way in ("forward", "both"):
        with closing(session.track(subject, stretch.start, stretch.stop, "forward")) as frames:
            for frame in frames:
                if stretch.way == "both":
                    size = frame.mask.shape if frame.mask is not None else size
                    counts = None if frame.mask is None else rle.encode(frame.mask).counts
                    there[frame.picture] = counts, frame.score
                    yield replace(frame, final=False)
                else:
                    yield frame
    if stretch.way == "forward":
        return
    with closing(session.track(subject, stretch.stop, stretch.start, "backward")) as frames:
        for frame in frames:
            if stretch.way == "backward" or stretch.left is None or stretch.right is None:
                yield frame
                continue
            counts, score = there.pop(frame.picture)
            mask = None if counts is None else rle.decode(rle.Rle(*size, counts)).view(np.bool_)
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
