"""Golden tests of the loader rules: which pictures, which box, in which order the picture is changed."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from model.data.frames import ClipError, read_frames
from model.data.regions import Boxes, draw_region
from model.data.sampling import sample_pictures
from tests.model.release_factory import write_clip


@pytest.mark.parametrize(
    ("count", "rate", "window", "expected"),
    [
        (5, 6.0, (None, None), [0, 1, 2, 3, 4]),
        (32, 6.0, (None, None), list(range(32))),
        (1, 6.0, (None, None), [0]),
        (63, 6.0, (None, None), list(range(0, 63, 2))),
        # 33 candidates one second apart, thinned to 32: round(i * 32 / 31) of them.
        (193, 6.0, (None, None), [6 * round(i * 32 / 31) for i in range(32)]),
        # 32 candidates exactly: each is taken.
        (192, 6.0, (None, None), list(range(0, 192, 6))),
        # A window from second 1 to 2 of a clip at 12 a second: pictures 12 to 24.
        (100, 12.0, (1.0, 2.0), list(range(12, 25))),
        # An end behind the last picture is the last picture.
        (20, 6.0, (1.0, 99.0), list(range(6, 20))),
        # 29.97 a second: one candidate each 30 pictures; int(40 * 29.97) = 1198 is the last of the window.
        (2000, 29.97, (0.0, 40.0), [30 * round(i * 39 / 31) for i in range(32)]),
    ],
)
def test_sampled_pictures(count: int, rate: float, window: tuple[float | None, float | None], expected: list) -> None:
    assert sample_pictures(count, rate, start_s=window[0], end_s=window[1]) == expected


def test_sampling_reaches_both_ends_and_never_runs_back() -> None:
    for count in range(1, 400, 7):
        pictures = sample_pictures(count, 6.0)
        assert len(pictures) == min(32, count)
        assert pictures[0] == 0 and pictures[-1] == (6 * ((count - 1) // 6) if count > 186 else count - 1)
        assert pictures == sorted(pictures)


@pytest.mark.parametrize("window", [(5.0, 4.0), (50.0, 60.0), (-1.0, 3.0)])
def test_an_empty_window_is_refused(window: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="holds no picture"):
        sample_pictures(60, 6.0, start_s=window[0], end_s=window[1])


def test_region_is_a_red_frame_four_pixels_wide() -> None:
    picture = np.full((40, 60, 3), 7, np.uint8)
    drawn = draw_region(picture, [10, 5, 30, 25])
    assert (picture == 7).all(), "the picture itself is left alone"
    red = (drawn == (255, 0, 0)).all(axis=-1)
    rows, columns = np.nonzero(red)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (5, 25, 10, 30)
    assert not red[9:22, 14:27].any() and red[5:9, 10:31].all() and red[5:26, 27:31].all()
    assert (drawn[~red] == 7).all()


@pytest.mark.parametrize("box", [[30, 5, 10, 25], [0, 9, 5, 2], [1, 2, 3]])
def test_an_upside_down_box_is_refused(box: list[int]) -> None:
    with pytest.raises(ValueError, match="x1 <= x2"):
        draw_region(np.zeros((40, 60, 3), np.uint8), box)


def test_boxes_belong_to_pictures_of_the_file_and_are_drawn_before_the_resize(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    write_clip(clip, 63, Fraction(6), "white", "right")
    plain = read_frames(clip, size=56)
    # Sampled are 0, 2, 4 …; a box on picture 3 is never seen, one on picture 4 is in the third frame.
    assert (read_frames(clip, size=56, boxes={3: [10, 10, 50, 50]}) == plain).all()
    marked = read_frames(clip, size=56, boxes={4: [10, 10, 50, 50], 6: None})
    changed = [index for index in range(32) if (marked[index] != plain[index]).any()]
    assert changed == [2]
    # 96 x 64 squashed to 56 x 56: the frame's left edge, 4 of 96 pixels, becomes about 2 of 56.
    row = marked[2][30].astype(int)
    red = np.nonzero((row[:, 0] > 150) & (row[:, 1] < 110))[0]
    assert 2 <= len(red) <= 8 and red.min() in (5, 6)


def test_frames_are_exactly_the_chosen_pictures(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    write_clip(clip, 70, Fraction(12), "blue", "left")
    with av.open(str(clip)) as container:
        every = [picture.to_ndarray(format="rgb24") for picture in container.decode(video=0)]
    assert len(every) == 70
    from PIL import Image

    expected = [
        np.asarray(Image.fromarray(every[i]).resize((56, 56), Image.Resampling.BICUBIC))
        for i in sample_pictures(70, 12.0)
    ]
    assert (read_frames(clip, size=56) == np.stack(expected)).all()


def test_a_broken_clip_is_named(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    write_clip(clip, 40, Fraction(6), "red", "right")
    clip.write_bytes(clip.read_bytes()[:600])
    with pytest.raises(ClipError, match=r"clip\.mp4"):
        read_frames(clip, size=56)
    (tmp_path / "text.mp4").write_text("no video at all")
    with pytest.raises(ClipError, match=r"text\.mp4"):
        read_frames(tmp_path / "text.mp4", size=56)


def test_boxes_are_held_as_arrays_and_read_as_they_were() -> None:
    told = {4: [10, 10.5, 50, 50], 2: None, 9: [0, 0, 1, 1]}
    boxes = Boxes(told)
    assert dict(boxes) == {2: None, 4: (10.0, 10.5, 50.0, 50.0), 9: (0.0, 0.0, 1.0, 1.0)}
    assert list(boxes) == [2, 4, 9] and boxes.get(3) is None and 3 not in boxes and 10 not in boxes
    assert not Boxes({}) and list(Boxes({}).items()) == []
    assert boxes.digest == Boxes({place: told[place] for place in sorted(told)}).digest
    assert len({Boxes(other).digest for other in (told, {**told, 2: [0, 0, 1, 1]}, {4: told[4]}, {})}) == 4
