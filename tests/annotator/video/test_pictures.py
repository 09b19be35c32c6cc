"""The same numbered picture, whoever looks: a plain decode, the frame table, the proxy's reader in any order."""

from __future__ import annotations

import os
import random
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from annotator.video.cut import cut
from annotator.video.frames import FrameTable
from annotator.video.probe import Limits, probe
from annotator.video.proxy import make_proxy
from annotator.video.reader import PictureReader, ProxyMismatch
from annotator.video.thumbnails import make_thumbnails
from tests.clips import AWKWARD, SUFFIX, read_number, write_awkward, write_clip


@dataclass
class Imported:
    source: Path
    proxy: Path
    table: FrameTable
    expected: list[int]


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory):
    """Imports an awkward clip once for all tests of this file."""
    folder, done = tmp_path_factory.mktemp("awkward"), {}

    def get(name: str) -> Imported:
        if name not in done:
            source, expected = write_awkward(name, folder)
            proxy = folder / f"{name}.proxy.mp4"
            done[name] = Imported(source, proxy, make_proxy(source, proxy, limits=Limits()), expected)
        return done[name]

    return get


def test_no_clip_changes_the_priority_of_the_tests_and_of_what_they_start(tmp_path: Path) -> None:
    before = os.sched_getscheduler(0)
    write_awkward("av1", tmp_path)
    assert os.sched_getscheduler(0) == before


def plain_decode(path: Path) -> list[tuple[int, Fraction, int]]:
    """(pts, time base, number) of each picture that PyAV shows, turned upright as the file says."""
    with av.open(str(path)) as container:
        return [
            (
                frame.pts,
                frame.time_base,
                read_number(np.rot90(frame.to_ndarray(format="rgb24"), frame.rotation // 90)),
            )
            for frame in container.decode(video=0)
        ]


def test_the_clips_are_as_awkward_as_they_say(tmp_path: Path) -> None:
    def packets(name: str) -> list[av.Packet]:
        path, _ = write_awkward(name, tmp_path)
        with av.open(str(path)) as container:
            return [packet for packet in container.demux(video=0) if packet.size]

    def leading(of: list[av.Packet]) -> int:
        key, count = 0, 0
        for packet in of:
            key = packet.pts if packet.is_keyframe else key
            count += packet.pts < key
        return count

    assert leading(packets("open_gop")) > 0
    assert leading(packets("constant_rate")) == 0
    assert any(packet.pts != packet.dts for packet in packets("b_frames"))
    assert len(set(np.diff([packet.pts for packet in packets("variable_rate")]).tolist())) > 4
    assert len(packets("trim_edit_list")) > 30
    assert packets("delay_edit_list")[0].pts > 0
    assert {SUFFIX.get(name, ".mp4") for name in AWKWARD} >= {".mp4", ".mkv", ".webm", ".ts", ".avi"}


@pytest.mark.parametrize("name", AWKWARD)
def test_table_plain_decode_and_proxy_agree_on_every_picture(name: str, imported) -> None:
    clip = imported(name)
    shown = plain_decode(clip.source)
    assert [number for _, _, number in shown] == clip.expected
    assert clip.table.source_pts.tolist() == [pts for pts, _, _ in shown]
    assert clip.table.source_time_base == shown[0][1]
    assert [number for _, _, number in plain_decode(clip.proxy)] == clip.expected

    first = shown[0][0]
    exact = [(pts - first) * base for pts, base, _ in shown]
    assert [clip.table.seconds(i) for i in range(len(clip.table))] == exact

    with PictureReader(clip.proxy, clip.table) as reader:
        assert [read_number(rgb) for _, rgb in reader.pictures(0, len(clip.table))] == clip.expected
        backward = [(i, read_number(rgb)) for i, rgb in reader.pictures(len(clip.table) - 1, -1, -1)]
        assert backward == list(enumerate(clip.expected))[::-1]
        order = [i for i in range(len(clip.table)) for _ in range(2)]
        random.Random(name).shuffle(order)
        assert [read_number(reader.picture(i)) for i in order] == [clip.expected[i] for i in order]


def test_sizes_are_upright_with_square_pixels(imported) -> None:
    def sizes(name: str) -> tuple[int, int, int, int]:
        table = imported(name).table
        return table.width, table.height, table.source_width, table.source_height

    assert sizes("rotated") == (128, 192, 128, 192)
    assert sizes("wide_pixels") == (256, 128, 256, 128)
    assert sizes("odd_size") == (196, 132, 195, 133)
    facts = probe(imported("rotated").source, Limits())
    assert (facts.source_width, facts.source_height, facts.pictures) == (128, 192, 48)


def test_large_pictures_are_scaled_to_1280(tmp_path: Path) -> None:
    write_clip(tmp_path / "large.mp4", 3, size=(1928, 1080))
    table = make_proxy(tmp_path / "large.mp4", tmp_path / "p.mp4", limits=Limits())
    assert (table.width, table.height, table.source_width, table.source_height) == (1280, 718, 1928, 1080)


@pytest.mark.parametrize("name", ["open_gop", "long_audio", "variable_rate"])
def test_proxy_is_what_a_browser_needs(name: str, imported) -> None:
    clip = imported(name)
    data = clip.proxy.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    with av.open(str(clip.proxy)) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        packets = [packet for packet in container.demux(stream) if packet.size]
    assert all(packet.pts == packet.dts for packet in packets)
    assert packets[0].pts == 0
    keys = [i for i, packet in enumerate(packets) if packet.is_keyframe]
    assert keys == clip.table.keys().tolist()
    assert max(b - a for a, b in zip(keys, [*keys[1:], len(packets)], strict=True)) <= 12


def test_sound_ends_with_the_pictures_and_lies_where_it_was(imported) -> None:
    with av.open(str(imported("long_audio").proxy)) as container:
        samples = sum(frame.samples for frame in container.decode(audio=0))
    assert abs(samples / 44100 - 48 / 25) < 0.06

    # The sound starts at 0, the pictures at 1.2 s: what lay before the first picture is not in the proxy.
    with av.open(str(imported("delay_edit_list").proxy)) as container:
        delayed = sum(frame.samples for frame in container.decode(audio=0))
    assert abs(delayed / 44100 - (3 - 1.2)) < 0.06


def test_sound_that_starts_late_is_preceded_by_silence(tmp_path: Path) -> None:
    source = tmp_path / "late.mp4"
    with av.open(str(source), "w") as output:
        video = output.add_stream("libx264", rate=25)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        audio = output.add_stream("aac", rate=48000, layout="stereo")
        for i in range(50):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 4 * i, np.uint8))
            frame.pts = i
            output.mux(video.encode(frame))
        output.mux(video.encode(None))
        tone = np.full((2, 1024), 0.5, np.float32) * np.sin(np.arange(1024) / 5).astype(np.float32)
        for i in range(40):
            sound = av.AudioFrame.from_ndarray(tone, "fltp", "stereo")
            sound.sample_rate, sound.pts, sound.time_base = 48000, 48000 + 1024 * i, Fraction(1, 48000)
            output.mux(audio.encode(sound))
        output.mux(audio.encode(None))
    make_proxy(source, tmp_path / "p.mp4", limits=Limits())
    with av.open(str(tmp_path / "p.mp4")) as container:
        heard = np.concatenate([frame.to_ndarray() for frame in container.decode(audio=0)], axis=1)
    assert np.abs(heard[:, 2000:45000]).max() < 0.05
    assert np.abs(heard[:, 50000:80000]).max() > 0.3


def test_reader_refuses_pictures_outside_and_a_strange_proxy(imported) -> None:
    one, other = imported("constant_rate"), imported("variable_rate")
    with PictureReader(one.proxy, one.table) as reader:
        for picture in (-1, len(one.table)):
            with pytest.raises(IndexError):
                reader.picture(picture)
    with pytest.raises(ProxyMismatch):
        PictureReader(one.proxy, other.table)
    strange = FrameTable.from_json(one.table.to_json() | {"proxy_pts": [3 * i for i in range(len(one.table))]})
    with PictureReader(one.proxy, strange) as reader, pytest.raises(ProxyMismatch):
        reader.picture(0)


def test_reader_holds_few_pictures_and_gives_arrays_of_its_own(imported) -> None:
    clip = imported("constant_rate")
    with PictureReader(clip.proxy, clip.table) as reader:
        first = reader.picture(0)
        first[:] = 0
        assert read_number(reader.picture(0)) == 0
        for _ in reader.pictures(0, len(clip.table)):
            assert sum(len(gop) for gop in reader._gops.values()) <= 48
        jpeg = reader.jpeg(5, quality=90)
    from io import BytesIO

    from PIL import Image

    assert read_number(np.asarray(Image.open(BytesIO(jpeg)))) == 5


@pytest.mark.parametrize("name", ["b_frames", "variable_rate", "rotated"])
def test_cut_writes_exactly_these_pictures_at_a_constant_rate(name: str, imported, tmp_path: Path) -> None:
    clip = imported(name)
    chosen = [*clip.table.grid().tolist(), 3, 3, 47, 0]
    with PictureReader(clip.proxy, clip.table) as reader:
        cut(reader, chosen, Fraction(6), tmp_path / "one.mp4")
    shown = plain_decode(tmp_path / "one.mp4")
    assert [number for _, _, number in shown] == [clip.expected[i] for i in chosen]
    assert [pts * base for pts, base, _ in shown] == [Fraction(k, 6) for k in range(len(chosen))]
    with PictureReader(clip.proxy, clip.table) as reader:
        cut(reader, chosen, Fraction(6), tmp_path / "two.mp4")
    assert (tmp_path / "one.mp4").read_bytes() == (tmp_path / "two.mp4").read_bytes()
    with av.open(str(tmp_path / "one.mp4")) as container:
        assert container.streams.video[0].average_rate == 6
        assert container.streams.video[0].frames == len(chosen)


def test_cut_refuses_nothing_and_what_is_not_there(imported, tmp_path: Path) -> None:
    clip = imported("constant_rate")
    with PictureReader(clip.proxy, clip.table) as reader:
        with pytest.raises(ValueError):
            cut(reader, [], Fraction(6), tmp_path / "x.mp4")
        with pytest.raises(ValueError):
            cut(reader, [0], Fraction(0), tmp_path / "x.mp4")
        with pytest.raises(IndexError):
            cut(reader, [0, 48], Fraction(6), tmp_path / "x.mp4")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("count", [1, 5, 100])
def test_thumbnails_show_the_pictures_they_name(count: int, imported, tmp_path: Path) -> None:
    from PIL import Image

    clip = imported("rotated")
    with PictureReader(clip.proxy, clip.table) as reader:
        sheet = make_thumbnails(reader, tmp_path / "sheet.jpg", count, height=60)
    image = np.asarray(Image.open(tmp_path / "sheet.jpg"))
    assert image.shape[:2] == (sheet.rows * sheet.height, sheet.columns * sheet.width)
    assert (sheet.height, sheet.width) == (60, 40)
    assert len(sheet.pictures) == min(count, 48) == len(set(sheet.pictures))
    assert sheet.pictures == sorted(sheet.pictures)
    for place, picture in enumerate(sheet.pictures):
        y, x = place // sheet.columns * sheet.height, place % sheet.columns * sheet.width
        assert read_number(image[y : y + sheet.height, x : x + sheet.width]) == clip.expected[picture]


def test_real_clips(tmp_path: Path) -> None:
    folder = os.environ.get("VIDGRAIN_TEST_CLIPS")
    if not folder:
        pytest.skip("VIDGRAIN_TEST_CLIPS names no folder of real clips")
    clips = sorted(Path(folder).glob("*.mp4"))
    assert clips, f"{folder} holds no .mp4"
    for clip in clips:
        table = make_proxy(clip, tmp_path / "p.mp4", limits=Limits())
        with av.open(str(clip)) as container:
            assert table.source_pts.tolist() == [frame.pts for frame in container.decode(video=0)]
