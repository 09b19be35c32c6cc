"""Import of one clip (probe, frame table, proxy, thumbnails) against a plain PyAV decode and encode of its pictures.

The peer uses the same encoder settings, threads and container, and keeps no table, checks nothing and writes no
thumbnails. Both sides run in turn, and the medians of their pictures a second are compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

import av

from annotator.video.encode import GOP, PROXY_OPTIONS
from annotator.video.probe import Limits, probe
from annotator.video.proxy import make_proxy
from annotator.video.reader import PictureReader
from annotator.video.samples import SAMPLES, render
from annotator.video.thumbnails import make_thumbnails
from tests.bench.measure import Measure

GOAL = 0.8
RUNS = 7


def run() -> Iterator[Measure]:
    """Measure on a rendered clip of 640 × 360."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        source = folder / "source.mp4"
        pictures = len(render(SAMPLES[0], source).times)
        ours: list[float] = []
        peer: list[float] = []
        for _ in range(RUNS):
            ours.append(pictures / _seconds(_import, source, folder))
            peer.append(pictures / _seconds(_plain, source, folder))
        yield Measure("ingest", GOAL, median(ours), median(peer), "pictures/s")


def _seconds(work: Callable[[Path, Path], None], source: Path, folder: Path) -> float:
    start = perf_counter()
    work(source, folder)
    return perf_counter() - start


def _import(source: Path, folder: Path) -> None:
    limits = Limits()
    probed = probe(source, limits)
    proxy = folder / "proxy.mp4"
    table = make_proxy(source, proxy, limits=limits, probed=probed)
    with PictureReader(proxy, table) as reader:
        make_thumbnails(reader, folder / "thumbnails.jpg")


def _plain(source: Path, folder: Path) -> None:
    with (
        av.open(str(source)) as container,
        av.open(str(folder / "plain.mp4"), "w", options={"movflags": "+faststart"}) as output,
    ):
        video = container.streams.video[0]
        video.thread_type = "AUTO"
        stream = output.add_stream("libx264", rate=video.average_rate, options=PROXY_OPTIONS)
        stream.width, stream.height, stream.pix_fmt = video.width, video.height, "yuv420p"
        stream.codec_context.time_base = Fraction(video.time_base)
        stream.codec_context.gop_size, stream.codec_context.max_b_frames = GOP, 0
        for frame in container.decode(video):
            frame.pict_type = 0
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
