"""The packed masklet: what goes in comes out, equal input gives equal bytes, damage is noticed."""

import io
from pathlib import Path

import numpy as np
import pytest

from annotator.masklet import packed, rle
from annotator.masklet.packed import PackedError, PackedMasklet


def disc(x: int, size: int = 48) -> str:
    yy, xx = np.mgrid[:size, :size]
    return rle.encode((xx - x) ** 2 + (yy - 20) ** 2 < 80).counts


FRAMES = [(0, disc(10), 0.75), (1, disc(10), 0.875), (2, None, 0.25), (4, disc(30), 0.5)]


def test_frames_come_back_by_picture_and_by_range(tmp_path: Path) -> None:
    path = tmp_path / "track.masklet"
    digest = packed.write(path, 48, 48, FRAMES, count=6)
    track = PackedMasklet.open(path)
    assert (len(track), track.height, track.width, track.digest) == (6, 48, 48, digest)
    assert [p.name for p in tmp_path.iterdir()] == ["track.masklet"]
    for picture, counts, score in FRAMES:
        frame = track.frame(picture)
        assert frame.known and frame.score == score
        assert (frame.rle.counts if frame.rle else None) == counts
    assert not track.frame(3).known and not track.frame(5).known and track.frame(3).rle is None
    assert [f.picture for f in track.range(-3, 3)] == [0, 1, 2]
    assert [f.picture for f in track.range(4, 99)] == [4, 5]
    assert track.presence().tolist() == [True, True, False, False, True, False]
    assert track.known().tolist() == [True, True, True, False, True, False]
    assert track.scores().tolist() == pytest.approx([0.75, 0.875, 0.25, 0, 0.5, 0])
    for picture in (-1, 6):
        with pytest.raises(IndexError):
            track.frame(picture)


def test_equal_input_gives_equal_bytes_and_repeats_cost_nothing() -> None:
    first = packed.pack(48, 48, FRAMES)
    assert packed.pack(48, 48, [(0, None, 0.0), *reversed(FRAMES)]) == first, "the last one given for a picture counts"
    stream = io.BytesIO()
    packed.write(stream, 48, 48, FRAMES)
    assert stream.getvalue() == first
    resting = packed.pack(48, 48, [(i, disc(10), 1.0) for i in range(100)])
    assert len(resting) < 100 * 20 + len(disc(10)) + 100


def test_no_picture_at_all_is_a_track_too() -> None:
    assert len(PackedMasklet.open(packed.pack(4, 4, []))) == 0
    assert not PackedMasklet.open(packed.pack(4, 4, [], count=3)).known().any()


def test_every_damaged_byte_is_noticed() -> None:
    good = packed.pack(48, 48, FRAMES[:2])
    for place in range(len(good)):
        with pytest.raises(PackedError):
            PackedMasklet.open(good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :])
    for length in (0, 10, len(good) - 1):
        with pytest.raises(PackedError):
            PackedMasklet.open(good[:length])
    with pytest.raises(PackedError):
        PackedMasklet.open(good + b"x")


def test_pictures_outside_the_video_and_bad_sizes_are_refused() -> None:
    for picture in (-1, 3):
        with pytest.raises(ValueError, match="outside"):
            packed.pack(48, 48, [(picture, None, 0.0)], count=3)
    with pytest.raises(ValueError, match="sides"):
        packed.pack(0, 48, [])
