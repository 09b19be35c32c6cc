"""The propagator over a real file: encoded, made a proxy, read by the exact reader."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from annotator.masklet import rle
from annotator.masklet.geometry import iou
from annotator.propagate.protocol import PropagatorOptions
from annotator.propagate.registry import open_propagator
from annotator.propagate.run import run_track
from annotator.records import PromptRecord
from annotator.video.probe import Limits
from annotator.video.proxy import make_proxy
from annotator.video.reader import PictureReader
from tests.annotator.propagate import scenes


def test_a_track_over_a_proxy_in_both_directions(tmp_path: Path) -> None:
    scene = scenes.wandering(30)
    source = tmp_path / "source.mp4"
    with av.open(str(source), "w") as container:
        stream = container.add_stream("libx264", rate=Fraction(15))
        stream.width, stream.height = scene.size
        stream.pix_fmt = "yuv420p"
        stream.codec_context.thread_count = 1
        for pixels in scene.frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode())
    proxy = tmp_path / "proxy.mp4"
    table = make_proxy(source, proxy, limits=Limits(), on_progress=lambda done, total: None, should_stop=lambda: False)
    prompts = [PromptRecord(picture=p, counts=rle.encode(scene.truth[p]).counts) for p in (8, 22)]
    with PictureReader(proxy, table) as reader:
        session = open_propagator("flow", PropagatorOptions()).open(reader, table.width, table.height, len(table))
        final = {f.picture: f.mask for f in run_track(session, "dog", prompts, [], len(table)) if f.final}
    assert sorted(final) == list(range(30))
    seen = [iou(final[p], scene.truth[p]) for p in range(30) if final[p] is not None]
    assert len(seen) == 30 and np.mean(seen) > 0.85
    assert pytest.approx(1.0) == iou(final[8], scene.truth[8])
