"""A small release folder, written by the product's own writers without a server: what forms are made from in tests."""

from __future__ import annotations

import hashlib
from pathlib import Path
from uuid import UUID

import av
import numpy as np
import orjson

from annotator.formats.plm import SCHEMAS, dense_record, event_captions, localizable
from annotator.formats.sav import SavMasklet, SavVideo, to_sav, write_sav
from annotator.formats.shards import arrow_rows, write_parquet
from annotator.masklet.rle import encode, to_box
from annotator.quality.dense import DenseEvent
from model.data.conversations import render

HEIGHT, WIDTH, FRAMES = 48, 64, 9
TEXTS = ("A dog runs & jumps <left>.", "개가 “멈춰” 앉는다, then looks up.", "=It turns; 'slowly' --> right.")


def square(left, top=10, size=12):
    """A mask with a square, by its left edge."""
    picture = np.zeros((HEIGHT, WIDTH), dtype=np.uint8)
    picture[top : top + size, left : left + size] = 1
    return encode(picture)


def masks_of(number, frames=FRAMES):
    """Masklet 2 is there all the time, 5 only from frame 3 on (and overlaps 2 at the end)."""
    if number == 2:
        return [square(2 + 3 * k) for k in range(frames)]
    return [None if k < 3 else square(40 - k, 14, 8) for k in range(frames)]


def dense_of(number, frames=FRAMES):
    """Events of a masklet, with the span out of frame."""
    if number == 2:
        return [DenseEvent(0, 3, TEXTS[0]), DenseEvent(4, frames - 1, TEXTS[1])]
    return [DenseEvent(0, 2, "Out of frame."), DenseEvent(3, frames - 1, TEXTS[2])]


def colour(name, frame):
    """The plain colour of a picture of a clip, RGB."""
    return (40 + 20 * frame, 200 - 15 * frame, 30 + len(name) % 7 * 20)


def write_clip(path, name, frames=FRAMES, rate=6):
    """An mp4 whose pictures have each their own colour."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx264", rate=rate, options={"preset": "ultrafast", "crf": "4"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for frame in range(frames):
            picture = np.full((HEIGHT, WIDTH, 3), colour(name, frame), dtype=np.uint8)
            output.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        output.mux(stream.encode(None))


def question(qa_id, number, video, text="What does it do?", answer="It runs away, fast."):
    """A released question."""
    return {
        "qa_id": qa_id, "segment_id": f"seg-{number}", "question": text, "answer": answer,
        "metadata": {
            "source_video_id": video, "source_dataset": "drawn", "source_start_time": 0.5, "source_end_time": 2.0,
            "what_description": "running", "q_type": "Pose", "q_subtype": "", "domain": "pets", "is_audited": 1,
        },
    }  # fmt: skip


SGQA = {"metadata": {**question("", 0, "")["metadata"], "source_video_id": "v0000000000000003", "q_subtype": "SGQA"}}
VIDEOS = {"train": ("v0000000000000001", "v0000000000000002"), "test": ("v0000000000000003",)}


def segment_of(number):
    """The name of a segment's clip."""
    return str(UUID(int=number))


def write_records(folder: Path, records) -> None:
    """Whole files, as releases had them before there were shards."""
    folder.mkdir(parents=True)
    for subset, rows in records.items():
        if rows:
            data = b"".join(orjson.dumps(row) + b"\n" for row in rows)
            (folder / f"{subset}.jsonl").write_bytes(data)
            write_parquet(folder / f"{subset}.parquet", arrow_rows(data, SCHEMAS[subset]))


def write_release(root: Path) -> Path:
    """Two training videos and one held out, two masklets each; two segments with three questions."""
    uid = dense_uid = 0
    conversations = {"train": [], "test": []}
    for split, videos in VIDEOS.items():
        records = {subset: [] for subset in ("rcap", "rtloc", "rdcap", "fgqa")}
        for video in videos:
            name, clip = f"{video}.mp4", f"videos/grid/{video}.mp4"
            write_clip(root / clip, video)
            for number in (2, 5):
                dense, masks = dense_of(number), masks_of(number)
                boxes = {k: None if m is None else [float(e) for e in to_box(m)] for k, m in enumerate(masks)}
                about = {"video": name, "masklet_id": number, "total_frames": FRAMES}
                captions = event_captions(dense, first_uid=uid, **about)
                uid += len(captions)
                whole = dense_record(dense, uid=dense_uid, **about)
                dense_uid += 1
                for subset, rows in (("rcap", captions), ("rtloc", localizable(captions)), ("rdcap", [whole])):
                    for row in rows:
                        records[subset].append(row)
                        conversations[split].append(render(subset, row, clip, boxes))
            (root / "masklets").mkdir(exist_ok=True)
            write_sav(
                root / "masklets" / f"{video}_manual.json",
                to_sav(
                    SavVideo(video, 1.5, 36, HEIGHT, WIDTH, split),
                    [SavMasklet(number, masks_of(number), 2) for number in (2, 5)],
                    FRAMES,
                ),
            )
        number = 7 if split == "train" else 8
        segment = segment_of(number)
        write_clip(root / f"videos/segments/{segment}.mp4", segment, frames=5, rate=24)
        for key in ("q1", "q2") if split == "train" else ("q1",):
            row = question(f"{segment}.{key}", number, videos[0], text=f"How does {key} move?")
            records["fgqa"].append(row)
            sample = render("fgqa", row, f"videos/segments/{segment}.mp4", None)
            if split == "test":
                sample["meta"]["distractors"] = ["It runs away, slowly.", "It sits down."]
            conversations[split].append(sample)
        if split == "test":
            records["fgqa"].append(question(f"{segment}.q9", number, videos[0], "What do I hold?", "A leash.") | SGQA)
        write_records(root / "records" / split, records)
    (root / "conversations").mkdir()
    for split, rows in conversations.items():
        rows.sort(key=lambda row: hashlib.sha256(row["id"].encode()).digest())
        (root / "conversations" / f"{split}.jsonl").write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
    (root / "README.md").write_text("# Drawn\n", "utf-8")
    return write_manifest(root)


MEDIA = ("videos", "masklets")


def write_manifest(root: Path) -> Path:
    """The manifest of what lies in the folder; clips and masks stand in an index, as since version 2."""
    index = root / "media" / "train.jsonl"
    index.parent.mkdir(exist_ok=True)
    media = [entry for room in MEDIA for entry in _entries(root / room, root)]
    index.write_bytes(b"".join(orjson.dumps(entry) + b"\n" for entry in media))
    files = [entry for room in sorted(root.iterdir()) if room.name not in MEDIA for entry in _entries(room, root)]
    manifest = {"schema_version": 2, "release": "Drawn 1", "files": files, "media": ["media/train.jsonl"],
                "project": {"name": "Drawn", "kind": "stc"}}  # fmt: skip
    (root / "manifest.json").write_bytes(orjson.dumps(manifest))
    return root


def _entries(room, root):
    found = room.rglob("*") if room.is_dir() else [room]
    paths = sorted(p for p in found if p.is_file() and p.name != "manifest.json")
    for path in paths:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        yield {"path": path.relative_to(root).as_posix(), "sha256": digest, "bytes": path.stat().st_size, "rows": None}
