"""The packed masklet: what goes in comes out, equal input gives equal bytes, damage is noticed."""

import hashlib
import io
import struct
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from annotator.masklet import packed, rle
from annotator.masklet.packed import PackedError, PackedMasklet, PackedWriter
from annotator.masklet.packing import PackedFile
from annotator.masklet.rle import Rle


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


# Streamed writing, ranges, and other versions


class Counted:
    """Ranges of bytes as an object store gives them, counting what is asked for."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.asked: list[tuple[int, int]] = []

    def __call__(self, offset: int, length: int) -> bytes:
        self.asked.append((offset, length))
        return self.data[offset : offset + length]


def long_track(count: int = 5000) -> bytes:
    stream = io.BytesIO()
    writer = PackedWriter(stream, 48, 48, count)
    for picture in range(0, count, 2):
        writer.append(picture, disc(3 + picture % 17) if picture % 10 else None, picture / count)
    writer.finish()
    return stream.getvalue()


def test_writing_picture_by_picture_gives_the_bytes_of_pack() -> None:
    frames = [(i, disc(3 + i % 17) if i % 10 else None, i / 5000) for i in range(0, 5000, 2)]
    assert long_track() == packed.pack(48, 48, frames, 5000)


def test_one_picture_of_a_long_track_reads_its_chunk_alone() -> None:
    data = long_track()
    source = Counted(data)
    track = PackedMasklet.open_ranges(source, len(data))
    assert track.digest == PackedMasklet.open(data).digest
    assert len(track) == 5000 and track.presence().sum() == 2000
    read = sum(length for _, length in source.asked)
    assert read < 5000 * 5 + 20 * 48 + 200, "opening reads head, index and tail only"
    assert track.frame(3332).rle == Rle(48, 48, disc(3 + 3332 % 17)) and track.frame(3333).rle is None
    assert sum(length for _, length in source.asked) - read <= 256 * 12 + 17 * 200
    asked = len(source.asked)
    assert [f.picture for f in track.range(3328, 3500)] == list(range(3328, 3500))
    assert len(source.asked) == asked, "a stretch within one chunk asks once"
    whole = PackedMasklet.open(data)
    assert list(track.range(0, 5000)) == list(whole.range(0, 5000))


def test_a_file_is_read_as_ranges_too(tmp_path: Path) -> None:
    path = tmp_path / "long.masklet"
    path.write_bytes(long_track())
    with path.open("rb") as stream:
        track = PackedMasklet.open_ranges(stream, path.stat().st_size)
        assert track.frame(4998).rle == Rle(48, 48, disc(3 + 4998 % 17))


def test_damage_is_found_in_the_chunk_where_it_is_and_the_others_stay_readable() -> None:
    data = long_track()
    first = 24 + 100  # within the first chunk
    broken = data[:first] + bytes([data[first] ^ 255]) + data[first + 1 :]
    with pytest.raises(PackedError, match="pictures from 0 on"):
        PackedMasklet.open(broken)
    track = PackedMasklet.open_ranges(Counted(broken), len(broken))
    assert track.frame(4998).rle is not None
    with pytest.raises(PackedError, match="pictures from 0 on"):
        track.frame(2)
    with pytest.raises(PackedError, match="pictures from 0 on"):
        track.verify()


def test_files_that_are_cut_off_foreign_or_newer_say_so() -> None:
    data = packed.pack(48, 48, FRAMES)
    for wrong, message in (
        (b"", "too short"),
        (b"\x89PNG\r\n\x1a\n" + bytes(200), "not a packed masklet"),
        (data[:8] + (3).to_bytes(4, "little") + data[12:], "version 3; this program reads versions 1 to 2"),
        (data[:30], "cut off"),
        (data[:-1], "cut off"),
        (data[:-40], "cut off"),
        (data + b"\n", "cut off"),
    ):
        with pytest.raises(PackedError, match=message):
            PackedMasklet.open(wrong)
        with pytest.raises(PackedError, match=message):
            PackedMasklet.open_ranges(Counted(wrong), len(wrong))
    with pytest.raises(PackedError):
        PackedMasklet.open_ranges(Counted(data), len(data) + 1)


def test_a_writer_that_did_not_finish_leaves_no_file_and_no_masklet(tmp_path: Path) -> None:
    stream = io.BytesIO()
    PackedWriter(stream, 48, 48).append(0, disc(5), 1.0)
    with pytest.raises(PackedError, match="cut off"):
        PackedMasklet.open(stream.getvalue() + bytes(100))
    with pytest.raises(RuntimeError), PackedFile(tmp_path / "a.masklet", 48, 48) as writer:
        writer.append(0, disc(5), 1.0)
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


def test_pictures_must_rise_and_stay_inside() -> None:
    writer = PackedWriter(io.BytesIO(), 48, 48, 5)
    writer.append(2, None, 0.5)
    for picture in (2, 0, -1):
        with pytest.raises(ValueError, match="must rise"):
            writer.append(picture, None, 0.5)
    with pytest.raises(ValueError, match="outside the video's 5"):
        writer.append(5, None, 0.5)
    for bad in ({"count": -1}, {"count": 1 << 40}, {"chunk": 0}):
        with pytest.raises(ValueError, match=r"masklet of|chunks of"):
            PackedWriter(io.BytesIO(), 48, 48, **bad)


def test_writing_and_reading_a_long_track_take_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "long.masklet"
    texts = [disc(3 + i) + "0" * 3000 for i in range(20)]  # as long as real ones
    tracemalloc.start()
    try:
        with PackedFile(path, 48, 48, 60_000) as writer:
            for picture in range(60_000):
                writer.append(picture, f"{picture}{texts[picture % 20]}", 1.0)
        written = tracemalloc.get_traced_memory()[1]
        tracemalloc.reset_peak()
        with path.open("rb") as stream:
            track = PackedMasklet.open_ranges(stream, path.stat().st_size)
            assert sum(1 for _ in track.range(0, 60_000)) == 60_000
        read = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert path.stat().st_size > 170 << 20
    assert written < 12 << 20 and read < 12 << 20


def first_version(height: int, width: int, frames: list[tuple[int, str | None, float]], count: int) -> bytes:
    """A file as version 1 of the format laid it out: one table, one text, one checksum at the end."""
    rows = np.zeros(count, dtype=[("offset", "<u8"), ("length", "<u4"), ("score", "<f4"), ("state", "<u4")])
    text = b""
    for picture, counts, score in frames:
        rows[picture] = (len(text), len(counts or ""), score, 2 if counts is not None else 1)
        text += (counts or "").encode()
    body = struct.pack("<8sIIIIQ", b"VGMSKLET", 1, height, width, count, len(text)) + rows.tobytes() + text
    return body + hashlib.sha256(body).digest()


def test_files_of_the_first_version_stay_readable_and_guarded() -> None:
    old = first_version(48, 48, FRAMES, 6)
    track, new = PackedMasklet.open(old), PackedMasklet.open(packed.pack(48, 48, FRAMES, 6))
    assert (track.version, new.version) == (1, 2)
    assert list(track.range(0, 6)) == list(new.range(0, 6))
    assert np.array_equal(track.presence(), new.presence()) and np.array_equal(track.scores(), new.scores())
    assert list(PackedMasklet.open_ranges(Counted(old), len(old)).range(0, 6)) == list(new.range(0, 6))
    for place in range(len(old)):
        with pytest.raises(PackedError):
            PackedMasklet.open(old[:place] + bytes([old[place] ^ 1]) + old[place + 1 :])
    with pytest.raises(PackedError):
        PackedMasklet.open(old[:-1])
