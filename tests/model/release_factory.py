"""Writes small true releases: coloured squares that move, their boxes, events and questions, hashed in a manifest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from annotator.video.encode import add_h264, new_mp4
from annotator.video.picture import BT709
from model.data.conversations import render

WIDTH, HEIGHT, SIDE = 96, 64, 20
GRID_RATE, SEGMENT_RATE = Fraction(6), Fraction(12)
COLOURS = {"red": (200, 30, 30), "green": (30, 180, 40), "blue": (40, 60, 220), "white": (235, 235, 235)}
WAYS = {"right": 1, "left": -1}


def write_clip(path: Path, count: int, rate: Fraction, colour: str, way: str) -> dict[int, list[int] | None]:
    """A square that waits for half of the clip and then crosses it; returns its box in each picture."""
    path.parent.mkdir(parents=True, exist_ok=True)
    boxes: dict[int, list[int] | None] = {}
    with new_mp4(path, {"fflags": "+bitexact"}) as output:
        stream = add_h264(
            output,
            size=(WIDTH, HEIGHT),
            time_base=1 / rate,
            rate=rate,
            options={"preset": "ultrafast", "crf": "18"},
            matrix=BT709,
            threads=1,
            bitexact=True,
        )
        for index in range(count):
            moved = max(0.0, (index - count / 2) / (count / 2)) * (WIDTH - SIDE)
            x = round(moved if WAYS[way] > 0 else WIDTH - SIDE - moved)
            y = (HEIGHT - SIDE) // 2
            picture = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
            picture[y : y + SIDE, x : x + SIDE] = COLOURS[colour]
            boxes[index] = [x, y, x + SIDE, y + SIDE]
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = index, 1 / rate
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return boxes


def write_release(root: Path, *, train: int = 4, test: int = 2, pictures: int = 40) -> Path:
    """A release of `train` + `test` videos, each with one masklet of two events and one segment of two questions."""
    splits: dict[str, list[str]] = {"train": [], "test": []}
    uid = 0
    for number in range(train + test):
        split = "train" if number < train else "test"
        video = f"vid{number:03d}"
        splits[split].append(video)
        colour, way = list(COLOURS)[number % len(COLOURS)], list(WAYS)[number // 2 % len(WAYS)]
        clip, half = f"videos/grid/{video}.mp4", pictures // 2
        boxes = write_clip(root / clip, pictures, GRID_RATE, colour, way)
        spans = [(0, half - 1, f"A {colour} square waits."), (half, pictures - 1, f"A {colour} square moves {way}.")]
        common = {"video": f"{video}.mp4", "masklet_id": number, "total_frames": pictures}
        for start, end, caption in spans:
            record = {"uid": uid, **common, "caption": caption, "start_frame": start, "end_frame": end}
            uid += 1
            for task in ("rcap", "rtloc"):
                _append(root / f"records/{split}/{task}.jsonl", record)
                _append(root / f"conversations/{split}.jsonl", render(task, record, clip, boxes))
        dense = [{"start_frame": s, "end_frame": e, "caption": c} for s, e, c in spans]
        record = {"uid": number, **common, "dense_captions": dense}
        _append(root / f"records/{split}/rdcap.jsonl", record)
        _append(root / f"conversations/{split}.jsonl", render("rdcap", record, clip, boxes))
        segment = f"{video}-s0"
        write_clip(root / f"videos/segments/{segment}.mp4", 2 * pictures, SEGMENT_RATE, colour, way)
        asked = (("Object Attributes", "Which colour is it?", f"It is {colour}."),)
        asked += (("Movement Direction", "Which way does it go?", f"To the {way}."),)
        for index, (q_type, question, answer) in enumerate(asked):
            metadata = {"source_video_id": video, "source_dataset": "test", "q_type": q_type, "domain": "squares"}
            fgqa = {"qa_id": f"{segment}-q{index}", "segment_id": segment, "question": question, "answer": answer}
            fgqa_record: dict[str, Any] = {**fgqa, "metadata": metadata}
            _append(root / f"records/{split}/fgqa.jsonl", fgqa_record)
            _append(
                root / f"conversations/{split}.jsonl", render("fgqa", fgqa_record, f"videos/segments/{segment}.mp4")
            )
    write_manifest(root, splits)
    return root


def write_manifest(root: Path, splits: Mapping[str, Iterable[str]]) -> None:
    """Hash every file of the folder into manifest.json; also used by tests that change a release on purpose."""
    files = []
    for path in sorted(root.rglob("*")):
        if path.is_file() and path.name != "manifest.json":
            raw = path.read_bytes()
            rows = len(raw.splitlines()) if path.suffix == ".jsonl" else None
            entry = {"path": path.relative_to(root).as_posix(), "sha256": hashlib.sha256(raw).hexdigest()}
            files.append({**entry, "bytes": len(raw), "rows": rows})
    manifest = {
        "schema_version": 1,
        "release": "squares",
        "release_id": "squares-1",
        "files": files,
        "splits": {name: list(videos) for name, videos in splits.items()},
    }
    (root / "manifest.json").write_text(json.dumps(manifest, indent=1), encoding="utf-8")


def append_rows(root: Path, split: str, lines: Iterable[str]) -> None:
    """Add raw lines to a split's conversations and hash the release anew."""
    path = root / f"conversations/{split}.jsonl"
    with path.open("a", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)
    splits = json.loads((root / "manifest.json").read_text(encoding="utf-8"))["splits"]
    write_manifest(root, splits)


def _append(path: Path, row: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")
