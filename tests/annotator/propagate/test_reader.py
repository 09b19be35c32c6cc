"""Propagators over a real file: encoded, made a proxy, read by the exact reader."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from annotator.masklet import rle
from annotator.masklet.geometry import iou
from annotator.propagate.protocol import PropagatorOptions
from annotator.propagate.registry import open_propagator
from annotator.propagate.run import run_track
from annotator.propagate.sam2 import Sam2Propagator
from annotator.records import PromptRecord
from annotator.video.reader import PictureReader
from tests.annotator.propagate import scenes
from tests.annotator.propagate.proxies import write_proxy


def test_a_track_over_a_proxy_in_both_directions(tmp_path: Path) -> None:
    scene = scenes.wandering(30)
    proxy, table = write_proxy(tmp_path, scene.frames)
    prompts = [PromptRecord(picture=p, counts=rle.encode(scene.truth[p]).counts) for p in (8, 22)]
    with PictureReader(proxy, table) as reader:
        session = open_propagator("flow", PropagatorOptions()).open(reader, table.width, table.height, len(table))
        final = {f.picture: f.mask for f in run_track(session, "dog", prompts, [], len(table)) if f.final}
    assert sorted(final) == list(range(30))
    seen = [iou(final[p], scene.truth[p]) for p in range(30) if final[p] is not None]
    assert len(seen) == 30 and np.mean(seen) > 0.85
    assert pytest.approx(1.0) == iou(final[8], scene.truth[8])


@pytest.mark.parametrize(("start", "stop", "way"), [(0, 47, "forward"), (47, 0, "backward")])
def test_either_direction_decodes_each_group_of_pictures_once(
    propagator: Sam2Propagator, tmp_path: Path, start: int, stop: int, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = scenes.render([(40 + i, 50.0) for i in range(48)], size=(128, 96), axes=(20, 14))
    proxy, table = write_proxy(tmp_path, scene.frames)
    decoded: list[tuple[int, int]] = []
    real = PictureReader._decode

    def decode(self: PictureReader, key: int, end: int) -> object:
        decoded.append((key, end))
        return real(self, key, end)

    monkeypatch.setattr(PictureReader, "_decode", decode)
    with PictureReader(proxy, table) as reader:
        session = propagator.open(reader, table.width, table.height, len(table))
        session.set_keyframe("dog", start, scene.truth[start])
        assert len(list(session.track("dog", start, stop, way))) == 48
    keys = table.keys().tolist()
    assert sorted(decoded) == list(zip(keys, [*keys[1:], 48], strict=True))
