"""COCO RLE strings of 1920 × 1080 masks: ours against pycocotools, in processor time, in turn, medians.

`rle-encode` and `rle-decode` are the masks of work: subjects of plain, ragged and thin shape and of several sizes, in
the row order in which propagators give them (pycocotools takes column order only, so its usual call copies first);
`rle-encode-columns` gives both sides column order, the best case of pycocotools. The extremes stand apart, because a
mean would hide them: `-lines` (134,000 runs of thin lines all over the picture) and `-noise` (a million runs), where a
compiled loop over runs has the advantage and the goal is to stay near it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from statistics import median
from time import process_time
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as coco

from annotator.masklet import rle
from tests.bench.measure import Measure

HEIGHT, WIDTH = 1080, 1920
GOAL = 1.0
NEAR = 0.7
ROUNDS = 25

Mask = NDArray[np.uint8]


def run() -> Iterator[Measure]:
    """Measure both ways, first on the masks of work, then on each extreme."""
    work = [body(), leaves(), bicycle(), ball()]
    yield _encode("rle-encode", GOAL, work)
    yield _encode("rle-encode-columns", GOAL, [np.asfortranarray(mask) for mask in work])
    yield _decode("rle-decode", GOAL, work)
    for name, mask in (("lines", lines()), ("noise", noise())):
        yield _encode(f"rle-encode-{name}", NEAR, [mask])
        yield _decode(f"rle-decode-{name}", NEAR, [mask])


def _encode(name: str, goal: float, masks: Sequence[Mask]) -> Measure:
    for mask in masks:
        assert rle.encode(mask).counts == _peer_encode(mask)["counts"].decode(), "the strings differ"
    return _measure(
        name, goal, [partial(rle.encode, mask) for mask in masks], [partial(_peer_encode, mask) for mask in masks]
    )


def _decode(name: str, goal: float, masks: Sequence[Mask]) -> Measure:
    """Both sides give uint8 in column order."""
    ours = [rle.encode(mask) for mask in masks]
    peer = [_peer_encode(mask) for mask in masks]
    return _measure(name, goal, [partial(rle.decode, item) for item in ours], [partial(coco.decode, i) for i in peer])


def _peer_encode(mask: Mask) -> dict[str, Any]:
    """How pycocotools is called: it refuses row order; asfortranarray copies nothing that is in column order."""
    found: dict[str, Any] = coco.encode(np.asfortranarray(mask))
    return found


def _measure(
    name: str, goal: float, ours: Sequence[Callable[[], object]], peer: Sequence[Callable[[], object]]
) -> Measure:
    """Masks a second of processor time: the number of masks over the sum of each one's median."""
    spent = [0.0, 0.0]
    for pair in zip(ours, peer, strict=True):
        times: list[list[float]] = [[], []]
        for _ in range(ROUNDS):
            for side, work in enumerate(pair):
                start = process_time()
                work()
                times[side].append(process_time() - start)
        for side in (0, 1):
            spent[side] += median(times[side])
    return Measure(name, goal, len(ours) / spent[0], len(peer) / spent[1], "masks/s")


def body() -> Mask:
    """A person's size and smoothness: head, trunk, limbs; about 2,000 runs."""
    mask = np.zeros((HEIGHT, WIDTH), dtype=np.uint8)
    cv2.ellipse(mask, (900, 520), (180, 330), 10, 0, 360, 1, -1)
    cv2.circle(mask, (960, 150), 95, 1, -1)
    for end in ((620, 900), (1180, 960), (640, 330), (1240, 420)):
        cv2.line(mask, (900, 520), end, 1, 70)
    return mask


def leaves() -> Mask:
    """Many parts with ragged borders over the whole picture; about 14,000 runs."""
    field = np.random.default_rng(1).random((HEIGHT, WIDTH), dtype=np.float32)
    smooth = cv2.GaussianBlur(field, (0, 0), 25)
    return (smooth > np.quantile(smooth, 0.8)).astype(np.uint8)


def bicycle() -> Mask:
    """Thin structures: wheels with spokes and a frame, 3 to 9 pixels wide; about 10,000 runs."""
    mask = np.zeros((HEIGHT, WIDTH), dtype=np.uint8)
    for centre in ((620, 660), (1240, 660)):
        cv2.circle(mask, centre, 230, 1, 9)
        for angle in np.linspace(0, np.pi, 16, endpoint=False):
            along = (230 * np.array([np.cos(angle), np.sin(angle)])).astype(int)
            cv2.line(mask, tuple(map(int, centre - along)), tuple(map(int, centre + along)), 1, 3)
    frame = np.array([[620, 660], [780, 340], [1130, 330], [920, 680], [780, 340]], dtype=np.int32)
    cv2.polylines(mask, [frame], False, 1, 9)
    return mask


def ball() -> Mask:
    """A small subject: 80 pixels across."""
    mask = np.zeros((HEIGHT, WIDTH), dtype=np.uint8)
    cv2.circle(mask, (200, 900), 40, 1, -1)
    return mask


def lines() -> Mask:
    """Sixty lines of three pixels from edge to edge."""
    rng = np.random.default_rng(0)
    mask = np.zeros((HEIGHT, WIDTH), dtype=np.uint8)
    for _ in range(60):
        cv2.polylines(mask, [rng.integers(0, [WIDTH, HEIGHT], (4, 2)).astype(np.int32)], False, 1, 3)
    return mask


def noise() -> Mask:
    """Every pixel by itself."""
    return (np.random.default_rng(0).random((HEIGHT, WIDTH)) < 0.5).astype(np.uint8)
