"""Which videos are near-duplicates: the same film encoded, scaled or cut anew, which no split may part.

Each key picture of a proxy (two a second) has a perceptual hash of 128 bits: the signs of its low frequencies (pHash,
Zauner 2010) and of its gradients (dHash). Two pictures look alike when both halves differ in few bits; two videos do
when half of the shorter one's pictures have a picture in the other that looks alike.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import av
import cv2
import numpy as np
from numpy.typing import NDArray

VERSION: Final = 1
MAX_PICTURES: Final = 2400
"""Key pictures that are looked at: twenty minutes."""
LOW_BITS: Final = 8
EDGE_BITS: Final = 12
"""How many of 64 bits may differ."""
SHARE: Final = 0.5
FLAT: Final = 4.0
"""Standard deviation of grey values (0 to 255) below which a picture is no evidence: black, fades, title cards."""
_CROWD: Final = 400
"""Pictures that share bits and are more than this must share more of them; with 48 they tell nothing."""

Hashes = NDArray[np.uint64]
"""uint64[N, 2]: low frequencies, gradients."""


class Unreadable(ValueError):
    """The proxy cannot be decoded."""


def print_of(proxy: Path) -> str:
    """The hashes of a video's key pictures, 32 hexadecimal digits each. Raises Unreadable."""
    found = []
    try:
        with av.open(f"file:{proxy}") as container:
            stream = container.streams.video[0]
            stream.codec_context.skip_frame = "NONKEY"
            for place, frame in enumerate(container.decode(stream)):
                if place >= MAX_PICTURES:
                    break
                grey = np.asarray(frame.reformat(width=64, height=64, format="gray").to_ndarray(), dtype=np.uint8)
                if grey.std() >= FLAT:
                    found.append(_hash(grey))
    except (av.FFmpegError, IndexError) as error:
        raise Unreadable(str(error)) from error
    return "".join(found)


def hashes_of(text: str) -> Hashes:
    """The hashes that `print_of` wrote."""
    return np.frombuffer(bytes.fromhex(text), dtype=">u8").astype(np.uint64).reshape(-1, 2)


def _hash(grey: NDArray[np.uint8]) -> str:
    small = cv2.resize(grey, (32, 32), interpolation=cv2.INTER_AREA).astype(np.float32)
    low = cv2.dct(small)[:8, :8].ravel()
    signs = low > np.median(low[1:])
    edges = cv2.resize(grey, (9, 8), interpolation=cv2.INTER_AREA).astype(np.int16)
    rises = (edges[:, 1:] > edges[:, :-1]).ravel()
    return np.packbits(signs).tobytes().hex() + np.packbits(rises).tobytes().hex()


def pairs(prints: Sequence[Hashes], new: Sequence[int]) -> dict[tuple[int, int], float]:
    """Near-duplicates: (new one, other one) by place in `prints`, with the share of the shorter one's pictures that
    look alike. Only pairs of which one is new are looked at."""
    owners = np.concatenate([np.full(len(each), place) for place, each in enumerate(prints)] or [np.zeros(0, int)])
    if not len(owners):
        return {}
    everything = np.concatenate(prints)
    is_new = np.isin(owners, np.array(sorted(new), dtype=owners.dtype))
    total = len(prints)
    mine, theirs = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for left, right in _candidates(everything[:, 0], np.flatnonzero(is_new)):
        alike = (
            (owners[left] != owners[right])  # a still scene is like itself a thousand times
            & (np.bitwise_count(everything[left, 0] ^ everything[right, 0]) <= LOW_BITS)
            & (np.bitwise_count(everything[left, 1] ^ everything[right, 1]) <= EDGE_BITS)
        )
        a, b = left[alike], right[alike]
        mine.append(np.unique(a * total + owners[b]))  # a picture, and the video in which it has one that looks alike
        theirs.append(np.unique(b * total + owners[a]))
    ours, others = np.unique(np.concatenate(mine)), np.unique(np.concatenate(theirs))
    keys, of_ours = np.unique(owners[ours // total] * total + ours % total, return_counts=True)
    _, of_others = np.unique(others % total * total + owners[others // total], return_counts=True)
    lengths = np.array([len(each) for each in prints])
    one, other = np.divmod(keys, total)
    shares = np.where(lengths[one] <= lengths[other], of_ours / lengths[one], of_others / lengths[other])
    return {
        (a, b): share
        for a, b, share in zip(one.tolist(), other.tolist(), shares.tolist(), strict=True)
        if share >= SHARE
    }


def _candidates(low: NDArray[np.uint64], new: NDArray[np.intp]) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Pictures (new, any) that share one of four stretches of 16 bits, as few that look alike do not. Where too many
    share it, those that share 32 bits from there on, or else 48: a large site has many pictures of everything."""
    for shift in (0, 16, 32, 48):
        turned = (low >> np.uint64(shift)) | (low << np.uint64(-shift % 64))
        asking = new
        for bits in (16, 32, 48):
            if not len(asking):
                break
            keys = turned & np.uint64((1 << bits) - 1)
            order = np.argsort(keys, kind="stable")
            ordered = keys[order]
            starts = np.searchsorted(ordered, keys[asking], side="left")
            counts = np.searchsorted(ordered, keys[asking], side="right") - starts
            few = counts <= _CROWD
            mine, first, some = asking[few], starts[few], counts[few]
            asking = asking[~few]
            for begin in range(0, len(mine), 4096):
                part, place = some[begin : begin + 4096], first[begin : begin + 4096]
                left = np.repeat(mine[begin : begin + 4096], part)
                within = np.arange(part.sum()) - np.repeat(np.cumsum(part) - part, part)
                yield left, order[np.repeat(place, part) + within]


def groups(count: int, alike: Mapping[tuple[int, int], float]) -> list[list[int]]:
    """The places 0 … count-1 in groups that hang together by pairs, each in order (union-find)."""
    parent = list(range(count))

    def root(place: int) -> int:
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    for a, b in alike:
        parent[max(root(a), root(b))] = min(root(a), root(b))
    found: dict[int, list[int]] = defaultdict(list)
    for place in range(count):
        found[root(place)].append(place)
    return list(found.values())
