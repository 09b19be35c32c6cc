"""What foreign files give on a video's own pictures: grids, sizes, what is whole, and the prompts that say it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from annotator.formats.foreign import ForeignError, ForeignMask, Row, Shape
from annotator.formats.given import MAX_SUBJECTS, Frames, Given, Room, fits, read, scaled
from annotator.formats.sources import Source
from annotator.masklet.rle import Rle, decode, encode
from annotator.propagate.plan import plan
from annotator.records import Box

MASK = encode(np.eye(8, dtype=np.uint8))


def source(given: dict[int, Rle | None], **more: object) -> Source:
    def rows(_: Shape) -> Iterator[Row]:
        for frame, mask in given.items():
            yield Row(f"x {frame}", ForeignMask("1", "cat", frame, mask))

    return Source("x", ("x",), 8, 8, rows, **more)  # type: ignore[arg-type]  # plain keywords


def frames(pictures: int, rate: Fraction = Fraction(24)) -> Frames:
    """A video of constant rate and the pictures of its grid: the last one at or before k/6 s."""
    grid = [k * rate // 6 for k in range(int((pictures - 1) / rate * 6) + 1)]
    return Frames(8, 8, pictures, [int(p) for p in grid])


@pytest.mark.parametrize(
    ("rate", "wanted"),
    [(Fraction(24), [0, 4, 8, 12]), (Fraction(30000, 1001), [0, 4, 9, 14]), (Fraction(25), [0, 4, 8, 12])],
)
def test_grid_frames_are_the_pictures_of_the_frame_table(rate: Fraction, wanted: list[int]) -> None:
    [given], wrong = read(source(dict.fromkeys(range(4), MASK), counts="grid"), frames(17, rate))
    assert list(given.at) == wanted and not wrong


def test_a_slow_video_shows_a_picture_on_several_grid_frames() -> None:
    video = Frames(8, 8, 3, [0, 0, 1, 1, 2, 2])
    other = encode(np.ones((8, 8), np.uint8))
    [given], wrong = read(source({0: MASK, 1: other, 2: other, 4: MASK}, counts="grid"), video)
    assert given.at == {0: MASK.counts, 1: other.counts, 2: MASK.counts} and not wrong
    assert given.is_whole(3)


def test_numbers_of_the_file_and_frames_beyond_the_video() -> None:
    [given], wrong = read(source({0: MASK, 1: MASK, 2: MASK}, numbers=(1, 6, 99), first=1), frames(20))
    assert list(given.at) == [0, 5] and [row.where for row in wrong] == ["x 2"]
    with pytest.raises(ForeignError, match="split the file"):
        read(source({0: MASK, 1: MASK}), frames(20), Room(masks=1))


def test_an_entry_beyond_the_pictures_that_the_file_names_is_a_bad_row() -> None:
    [given], wrong = read(source({0: MASK, 5: MASK}, numbers=(1, 6)), frames(20))
    assert list(given.at) == [1]
    assert [row.where for row in wrong] == ["x 5"] and "names 2 pictures" in (wrong[0].error or "")


def subjects(number: int, covered: int = 0) -> Source:
    """A mask each, on the first frame."""

    def rows(_: Shape) -> Iterator[Row]:
        for subject in range(number):
            yield Row(f"x {subject}", ForeignMask(str(subject), "", 0, MASK))

    return Source("x", ("x",), 8, 8, rows, covered=frozenset(range(covered)))


def test_what_an_import_may_hold() -> None:
    assert len(read(subjects(MAX_SUBJECTS), frames(20))[0]) == MAX_SUBJECTS
    with pytest.raises(ForeignError, match="1000 subjects in one import"):
        read(subjects(MAX_SUBJECTS + 1), frames(20))
    # What the file says by leaving it out takes room like what it says.
    assert len(read(subjects(3, covered=100), frames(100), Room(masks=300))[0]) == 3
    with pytest.raises(ForeignError, match="masks in one import"):
        read(subjects(3, covered=100), frames(100), Room(masks=299))
    with pytest.raises(ForeignError, match="characters of masks"):
        read(subjects(3), frames(20), Room(characters=3 * len(MASK.counts) - 1))
    with pytest.raises(ForeignError, match="takes too long"):
        read(subjects(1), frames(20), Room(until=time.monotonic() - 1))
    room = Room(subjects=5)
    read(subjects(3), frames(20), room)
    with pytest.raises(ForeignError, match="subjects"):
        read(subjects(3), frames(20), room)


def test_masks_larger_than_can_be_read_again() -> None:
    large = replace(source({}), height=8200, width=8200)
    assert "at most 67108864" in (fits(large, Frames(8192, 8192, 20, [0])) or "")
    endless = replace(source({}), height=480 * 10**9, width=640 * 10**9)
    assert "at most 67108864" in (fits(endless, Frames(480, 640, 20, [0])) or "")


def test_what_was_annotated_without_the_subject_is_absence() -> None:
    [given], _ = read(source({5: MASK}, covered=frozenset({0, 5, 10})), frames(20))
    assert given.at == {0: None, 5: MASK.counts, 10: None}
    [given], _ = read(source({2: MASK, 6: MASK}, spanned=True), frames(20))
    assert given.at == {p: MASK.counts if p in (2, 6) else None for p in range(2, 7)}


def test_whole_is_a_word_for_every_picture() -> None:
    def given(at: dict[int, str | Box | None]) -> Given:
        return Given("1", "", at)

    whole = dict.fromkeys(range(10), MASK.counts)
    assert given({**whole}).is_whole(10) and not given({**whole}).is_whole(11)
    assert given({**whole, 9: None}).is_whole(500), "an absence holds to the end"
    assert not given({p: v for p, v in whole.items() if p != 4}).is_whole(10)
    assert not given({**whole, 3: Box(x1=0, y1=0, x2=1, y2=1)}).is_whole(10)


def test_prompts_of_whole_masks_say_when_it_is_there_and_are_close_enough() -> None:
    shown = [(3, 3), (10, 140), (160, 199)]
    at: dict[int, str | Box | None] = {
        p: MASK.counts if any(a <= p <= b for a, b in shown) else None for p in range(200)
    }
    prompts = Given("1", "", at).prompts(200)
    keyframes, absent = plan(prompts, 200)
    assert absent == [(0, 2), (4, 9), (141, 159)], "exactly where it is absent"
    pictures = [k.picture for k in keyframes]
    assert {3, 10, 140, 160, 199} <= set(pictures)
    for a, b in shown:
        inside = [p for p in pictures if a <= p <= b]
        assert all(0 < after - before <= 30 for before, after in pairwise(inside))
    sparse = Given("1", "", {0: MASK.counts, 4: None, 8: None, 12: MASK.counts})
    assert [(p.picture, p.absent) for p in sparse.prompts(20)] == [(0, False), (4, True), (12, False)]


def test_scaling_takes_the_pixel_under_the_centre_and_loses_no_mask() -> None:
    rng = np.random.default_rng(1)
    for height, width, tall, wide in ((90, 160, 45, 80), (45, 80, 90, 160), (72, 100, 48, 67)):
        mask = rng.integers(0, 2, (height, width)).astype(np.uint8)
        found = decode(scaled(encode(mask), tall, wide))
        for y, x in rng.integers(0, (tall, wide), (50, 2)):
            at = int((y + 0.5) * height / tall), int((x + 0.5) * width / wide)
            assert found[y, x] == mask[at], (y, x)
    speck = np.zeros((80, 80), np.uint8)
    speck[10, 21] = 1
    tiny = decode(scaled(encode(speck), 8, 8))
    assert tiny.sum() == 1 and tiny[1, 2] == 1


def test_another_shape_or_length_is_another_video() -> None:
    assert fits(source({}), frames(20)) is None
    assert "another shape" in (fits(source({}), Frames(8, 12, 20, [0])) or "")
    assert "right video" in (fits(source({}, counts="grid", frames=30), frames(20)) or "")
    assert fits(source({}, counts="grid", frames=len(frames(20).grid) + 1), frames(20)) is None


def test_the_digest_is_of_the_masks() -> None:
    one = Given("1", "cat", {0: MASK.counts, 1: None})
    assert one.digest == Given("1", "another label", {0: MASK.counts, 1: None}).digest
    assert one.digest != Given("2", "cat", {0: MASK.counts, 1: None}).digest
    assert one.digest != Given("1", "cat", {0: MASK.counts}).digest
