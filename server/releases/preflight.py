"""Reads every row of a conversation file the way a trainer does, so that a bad row is found before it is released.

The public loader logs a bad row and skips it: a bad export would train on nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av

from annotator.formats.plm import read_jsonl
from model.data.rejects import check_row


@dataclass(frozen=True)
class _Clip:
    pictures: int
    width: int
    height: int


def check_rows(conversations: Path, folder: Path) -> Iterator[tuple[str, str]]:
    """(row's id, what is wrong) for every row that a trainer could not use. Each clip is decoded once, whole."""
    clips: dict[str, _Clip | str] = {}
    for row in read_jsonl(conversations):
        row_id = str(row.get("id", "?"))
        if reason := check_row(row):
            yield row_id, reason
            continue
        video = row["video"]
        if video not in clips:
            clips[video] = _decode(folder / video)
        clip = clips[video]
        if isinstance(clip, str):
            yield row_id, f"{video}: {clip}"
        elif fault := _boxes(row.get("bbox_map"), clip):
            yield row_id, fault


def _decode(path: Path) -> _Clip | str:
    if not path.is_file():
        return "the file is missing"
    try:
        with av.open(f"file:{path.resolve()}") as container:
            stream = container.streams.video[0]
            pictures = sum(1 for _ in container.decode(stream))
            return _Clip(pictures, stream.width, stream.height)
    except (av.FFmpegError, IndexError) as error:
        return f"cannot be decoded: {error}"


def _boxes(boxes: dict[str, Any] | None, clip: _Clip) -> str | None:
    if boxes is None:
        return None
    if [int(key) for key in boxes] != list(range(clip.pictures)):
        return f"bbox_map has {len(boxes)} entries, its file {clip.pictures} pictures"
    for key, box in boxes.items():
        if box is None:
            continue
        x1, y1, x2, y2 = box
        if not (0 <= x1 < x2 <= clip.width and 0 <= y1 < y2 <= clip.height):
            return f"bbox_map.{key}: {box} is not inside a picture of {clip.width} × {clip.height}"
    return None
