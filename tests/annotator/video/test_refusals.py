"""What cannot be imported is refused at once, with a code and a message that says what to do, and leaves nothing."""

from __future__ import annotations

import struct
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest

from annotator.video.probe import Limits, VideoRefused, probe
from annotator.video.proxy import ProxyStopped, make_proxy
from tests.clips import write_clip, write_huge

SAMPLE_TABLES = (b"stts", b"ctts", b"stss", b"stsc", b"stco")


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """An MP4 with its index at the front."""
    path = tmp_path_factory.mktemp("good") / "good.mp4"
    write_clip(path, options={"bf": "2"}, container_options={"movflags": "+faststart"})
    return path.read_bytes()


@pytest.fixture
def refused(tmp_path: Path):
    """Writes bytes as a file and returns the refusal of probe, after checking that the proxy is refused alike."""

    def refuse(data: bytes, name: str = "clip.mp4", limits: Limits | None = None) -> VideoRefused:
        limits = limits or Limits()
        source = tmp_path / name
        source.write_bytes(data)
        with pytest.raises(VideoRefused) as by_probe:
            probe(source, limits)
        with pytest.raises(VideoRefused) as by_proxy:
            make_proxy(source, tmp_path / "proxy.mp4", limits=limits)
        assert by_proxy.value.code == by_probe.value.code
        assert [path.name for path in tmp_path.iterdir()] == [name]
        return by_probe.value

    return refuse


def test_empty(refused) -> None:
    refusal = refused(b"")
    assert refusal.code == "empty"
    assert "Upload it again" in refusal.message


@pytest.mark.parametrize(
    "data",
    [
        b"hello " * 1000,
        b"\x00" * 5000,
        b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n",
        b"ffconcat version 1.0\nfile /etc/passwd\n",
        b"\x89PNG\r\n\x1a\n" + b"\x00" * 100,
    ],
    ids=["text", "zeros", "playlist", "concat", "picture"],
)
def test_not_a_video(data: bytes, refused) -> None:
    refusal = refused(data)
    assert refusal.code == "not_video"
    assert "Choose an MP4" in refusal.message


def test_truncated_says_how_many_pictures_are_left(good: bytes, refused) -> None:
    refusal = refused(good[: len(good) * 2 // 3])
    assert refusal.code == "truncated"
    left = int(refusal.message.split("early: ")[1].split(" of 48")[0])
    assert 5 < left < 40


def test_truncated_without_its_index(tmp_path: Path, refused) -> None:
    write_clip(tmp_path / "late.mp4")
    data = (tmp_path / "late.mp4").read_bytes()
    (tmp_path / "late.mp4").unlink()
    refusal = refused(data[:-3000])
    assert refusal.code == "truncated"
    assert "0 pictures" in refusal.message
    assert refused(good_head := data[:100]).code == "truncated", good_head


def test_truncated_matroska(tmp_path: Path, refused) -> None:
    write_clip(tmp_path / "clip.mkv", format="matroska")
    data = (tmp_path / "clip.mkv").read_bytes()
    assert refused(data[:-4000], "clip.mkv").code == "truncated"


def test_sound_only(tmp_path: Path, refused) -> None:
    with av.open(str(tmp_path / "clip.mp4"), "w") as output:
        stream = output.add_stream("aac", rate=44100, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        frame.sample_rate = 44100
        output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    refusal = refused((tmp_path / "clip.mp4").read_bytes())
    assert refusal.code == "no_video_stream"
    assert "only sound" in refusal.message


def test_zero_pictures(good: bytes, refused) -> None:
    data = bytearray(good)
    struct.pack_into(">I", data, data.index(b"stsz") + 12, 0)
    for table in SAMPLE_TABLES:
        if table in data:
            struct.pack_into(">I", data, data.index(table) + 8, 0)
    assert refused(bytes(data)).code == "no_pictures"


def test_unknown_codec(good: bytes, refused) -> None:
    data = bytearray(good)
    place = data.index(b"avc1", data.index(b"stsd"))
    data[place : place + 4] = b"zzzz"
    refusal = refused(bytes(data))
    assert refusal.code == "codec"
    assert "Convert the file" in refusal.message


def test_undecodable_pictures(good: bytes, refused) -> None:
    data = bytearray(good)
    place = data.index(b"avcC") + 4
    data[place : place + 36] = b"\xff" * 36
    assert refused(bytes(data)).code == "codec"


@pytest.mark.parametrize("suffix", ["mov", "mkv"])
def test_20000_by_20000_is_refused_by_the_header(suffix: str, tmp_path: Path, refused) -> None:
    path = write_huge(tmp_path / f"clip.{suffix}")
    refusal = refused(path.read_bytes(), path.name)
    assert refusal.code == "too_large"
    assert "20000×20000" in refusal.message


def test_limits(good: bytes, refused) -> None:
    assert refused(good, limits=Limits(max_side=190)).code == "too_large"
    assert refused(good, limits=Limits(max_pixels=1000)).code == "too_large"
    assert refused(good, limits=Limits(max_seconds=1)).code == "too_long"
    assert refused(good, limits=Limits(max_pictures=47)).code == "too_long"


def test_a_length_that_the_header_hides_is_refused_while_decoding(tmp_path: Path) -> None:
    source = tmp_path / "clip.mp4"
    write_clip(source, container_options={"movflags": "frag_keyframe+empty_moov+default_base_moof"})
    with pytest.raises(VideoRefused) as refusal:
        make_proxy(source, tmp_path / "proxy.mp4", limits=Limits(max_pictures=20))
    assert refusal.value.code == "too_long"
    assert [path.name for path in tmp_path.iterdir()] == ["clip.mp4"]


def test_damage_in_the_middle_is_refused_with_the_count(good: bytes, tmp_path: Path) -> None:
    data = bytearray(good)
    start = data.index(b"mdat")
    middle = start + (len(data) - start) // 2
    data[middle : middle + 2000] = np.random.default_rng(0).integers(0, 256, 2000, dtype=np.uint8).tobytes()
    (tmp_path / "clip.mp4").write_bytes(data)
    with pytest.raises(VideoRefused) as refusal:
        make_proxy(tmp_path / "clip.mp4", tmp_path / "proxy.mp4", limits=Limits())
    assert refusal.value.code == "damaged"
    assert "pictures could be read" in refusal.value.message
    assert [path.name for path in tmp_path.iterdir()] == ["clip.mp4"]


def test_stopping_leaves_nothing(good: bytes, tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").write_bytes(good)
    seen: list[tuple[int, int | None]] = []
    with pytest.raises(ProxyStopped):
        make_proxy(
            tmp_path / "clip.mp4",
            tmp_path / "proxy.mp4",
            limits=Limits(),
            on_progress=lambda done, total: seen.append((done, total)),
            should_stop=lambda: len(seen) >= 10,
        )
    assert seen == [(i + 1, 48) for i in range(10)]
    assert [path.name for path in tmp_path.iterdir()] == ["clip.mp4"]


FULL_DISK = """
import resource, sys
from pathlib import Path
from annotator.video.probe import Limits
from annotator.video.proxy import make_proxy
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
folder = Path(sys.argv[1])
try:
    make_proxy(folder / "clip.mp4", folder / "proxy.mp4", limits=Limits())
except OSError as error:
    print("OSError", error.errno)
"""


@pytest.mark.parametrize("room", [0, 2000, 6000])
def test_a_disk_without_room_is_an_os_error_and_leaves_nothing(room: int, good: bytes, tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").write_bytes(good)
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path), str(room)],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.stdout.startswith("OSError"), done.stdout + done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["clip.mp4"]
