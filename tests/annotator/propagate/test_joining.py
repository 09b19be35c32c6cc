"""Prompts and masks that come out of splitting and merging fit each other, whatever went in."""

from __future__ import annotations

import numpy as np
import pytest

from annotator.masklet import regions, rle
from annotator.masklet.packed import PackedMasklet, pack
from annotator.propagate.joining import Joined, JoiningError, Whole, merge, split
from annotator.propagate.plan import pictures_of, plan
from annotator.records import PromptRecord

COUNT, HEIGHT, WIDTH = 40, 12, 16


def a_mask(rng: np.random.Generator) -> str:
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    x, y = rng.integers(0, WIDTH - 3), rng.integers(0, HEIGHT - 3)
    mask[y : y + 3, x : x + 3] = 1
    return rle.encode(mask).counts


def a_subject(rng: np.random.Generator) -> Whole:
    """Random keyframes and absences, and masks that could have followed from them: trackers lose and find subjects."""
    pictures = sorted(rng.choice(COUNT, size=rng.integers(1, 7), replace=False).tolist())
    shown = {picture for picture in pictures if rng.random() < 0.6} or {pictures[0]}
    prompts = [PromptRecord(picture=p, absent=p not in shown) for p in pictures]
    _, spans = plan(prompts, COUNT)
    silent = pictures_of(spans, COUNT)
    frames: list[tuple[int, str | None, float]] = []
    there = True
    for picture in range(COUNT):
        there = there if rng.random() < 0.85 else not there
        visible = picture in shown or (there and not silent[picture])
        frames.append((picture, a_mask(rng) if visible else None, round(float(rng.random()), 3)))
    return Whole(prompts, PackedMasklet(pack(HEIGHT, WIDTH, frames, COUNT)))


def counts_of(whole: Whole) -> list[str | None]:
    return [frame.rle.counts if frame.rle else None for frame in whole.masks.range(0, COUNT)]


def as_whole(joined: Joined) -> Whole:
    return Whole(joined.prompts, PackedMasklet(pack(HEIGHT, WIDTH, joined.frames, COUNT)))


def check_fits(joined: Joined) -> None:
    """Keyframes hold the masks of their pictures, and nothing is visible where a person said absent."""
    keyframes, spans = plan(joined.prompts, COUNT)
    assert [p.picture for p in joined.prompts] == sorted({p.picture for p in joined.prompts})
    masks = {picture: counts for picture, counts, _ in joined.frames}
    assert sorted(masks) == list(range(COUNT))
    silent = pictures_of(spans, COUNT)
    assert not [p for p in masks if silent[p] and masks[p] is not None]
    for prompt in keyframes:
        assert masks[prompt.picture] is not None
        assert prompt.counts in (None, masks[prompt.picture])
    if any(masks.values()):
        assert keyframes, "what is visible follows from something"


@pytest.mark.parametrize("seed", range(60))
def test_split_and_merged_again(seed: int) -> None:
    rng = np.random.default_rng(seed)
    whole, picture = a_subject(rng), int(rng.integers(1, COUNT))
    there = whole.masks.presence()
    if not there[:picture].any() or not there[picture:].any():
        with pytest.raises(JoiningError):
            split(whole, picture)
        return
    before, after = split(whole, picture)
    check_fits(before)
    check_fits(after)
    counts = counts_of(whole)
    assert counts_of(as_whole(before)) == counts[:picture] + [None] * (COUNT - picture)
    assert counts_of(as_whole(after)) == [None] * picture + counts[picture:]
    again = merge(as_whole(before), as_whole(after))
    check_fits(again)
    assert counts_of(as_whole(again)) == counts
    assert {p.picture for p in whole.prompts if not p.absent} <= {p.picture for p in again.prompts if not p.absent}


@pytest.mark.parametrize("seed", range(60))
def test_merged_masks_are_the_union_on_every_picture(seed: int) -> None:
    rng = np.random.default_rng(1000 + seed)
    first, second = a_subject(rng), a_subject(rng)
    joined = merge(first, second)
    check_fits(joined)
    expected = []
    for a, b in zip(counts_of(first), counts_of(second), strict=True):
        both = [rle.Rle(HEIGHT, WIDTH, counts) for counts in (a, b) if counts is not None]
        expected.append(regions.merge(both).counts if both else None)
    assert counts_of(as_whole(joined)) == expected
    absent = [pictures_of(plan(one.prompts, COUNT)[1], COUNT) for one in (first, second)]
    silent = pictures_of(plan(joined.prompts, COUNT)[1], COUNT)
    unseen = np.array([counts is None for counts in expected])
    assert silent[(absent[0] | absent[1]) & unseen].all(), "what a person said of either holds where neither is seen"


def test_pictures_that_were_not_followed() -> None:
    counts = a_mask(np.random.default_rng(0))
    part = Whole([PromptRecord(picture=0)], PackedMasklet(pack(HEIGHT, WIDTH, [(0, counts, 1.0)], COUNT)))
    whole = a_subject(np.random.default_rng(1))
    for do in (lambda: split(part, 3), lambda: merge(part, whole), lambda: merge(whole, part)):
        with pytest.raises(JoiningError, match="picture 1 was not followed"):
            do()
