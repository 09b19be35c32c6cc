"""Writes the folder of a release from a snapshot: the same snapshot gives the same bytes, whatever machine and day."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import orjson

from annotator.formats.plm import (
    SUBSETS,
    FgqaMetadata,
    FgqaRecord,
    RecordWriter,
    Subset,
    dense_record,
    event_captions,
    fgqa_answers,
    localizable,
)
from annotator.quality.dense import fill_out_of_frame
from annotator.quality.text import caption_problems, text_problems
from annotator.records import SCHEMA_VERSION, Problem
from annotator.video.frames import FrameTable
from annotator.video.reader import PictureReader
from model.data.conversations import Boxes, render
from model.data.release import SUPPORTED_SCHEMA, file_sha256
from server.releases.card import card, datasets_yaml
from server.releases.media import (
    MaskletMedia,
    masklet_media,
    write_grid_clip,
    write_masklets,
    write_segment_clip,
)
from server.releases.preflight import check_rows
from server.releases.snapshot import MaskletItem, SegmentItem, Snapshot, SourceVideo
from server.storage import Storage, read_bytes

SPLITS = ("train", "test")
_SHUFFLE = b"vidgrain-order-1:"

Tell = Callable[[float, str], None]


class FaultyWork(Exception):
    """Accepted work that cannot be released; `faults` name the documents and what is wrong."""

    def __init__(self, faults: list[str]) -> None:
        more = f" (and {len(faults) - 10} more)" if len(faults) > 10 else ""
        super().__init__("Not released: " + "; ".join(faults[:10]) + more)
        self.faults = faults


def build_folder(snapshot: Snapshot, storage: Storage, folder: Path, tell: Tell) -> dict[str, Any]:
    """Write every file of the release into the empty `folder` and return the manifest, which is written last.

    `tell(fraction, message)` may raise to stop. Raises FaultyWork when a text, an event or a mask breaks a rule, or a
    row could not be read by the trainer.
    """
    builder = _Builder(snapshot, storage, folder)
    videos = snapshot.videos()
    for place, video in enumerate(videos):
        tell(0.8 * place / len(videos), f"video {place + 1} of {len(videos)}")
        builder.video(video)
    builder.refuse_faults()
    tell(0.8, "records")
    builder.close()
    tell(0.85, "checking every row")
    builder.preflight()
    builder.refuse_faults()
    tell(0.95, "manifest")
    return builder.manifest()


class _Builder:
    """The state of one build."""

    def __init__(self, snapshot: Snapshot, storage: Storage, folder: Path) -> None:
        self._snapshot = snapshot
        self._storage = storage
        self._folder = folder
        self._stack = ExitStack()
        self._writers: dict[tuple[str, Subset], RecordWriter] = {
            (split, subset): self._stack.enter_context(RecordWriter(folder / "records" / split, subset))
            for split in SPLITS
            for subset in SUBSETS
        }
        self._rows: dict[str, list[tuple[bytes, bytes]]] = {split: [] for split in SPLITS}
        self._documents: dict[str, str] = {}
        self._line_counts: dict[str, int] = {}
        self._caption_uid = 0
        self._dense_uid = 0
        self._faults: list[str] = []

    def video(self, video: SourceVideo) -> None:
        """All clips, masks and records of one source video."""
        masklets = [item for item in self._snapshot.masklets if item.video.name == video.name]
        segments = [item for item in self._snapshot.segments if item.video.name == video.name]
        table = FrameTable.from_json(orjson.loads(read_bytes(self._storage, video.frames_key)))
        with self._storage.local(video.proxy_key) as proxy, PictureReader(proxy, table) as reader:
            if masklets:
                clip = self._place("videos", "grid", f"{video.name}.mp4")
                write_grid_clip(self._storage, video, reader, clip)
                self._masklets(video, table, masklets)
            for segment in {item.segment: item for item in segments}.values():
                out = self._place("videos", "segments", f"{segment.segment}.mp4")
                write_segment_clip(self._storage, segment, reader, out)
            for item in segments:
                self._answers(item, table)

    def _masklets(self, video: SourceVideo, table: FrameTable, items: list[MaskletItem]) -> None:
        tracks = []
        for item in items:
            try:
                media, masks = masklet_media(self._storage, item, table)
                self._captions(item, media, len(table.grid()))
            except ValueError as error:
                self._fault(item.document, str(error))
                continue
            tracks.append((item, masks))
        write_masklets(video, table, tracks, self._place("masklets", f"{video.name}_manual.json"))

    def _captions(self, item: MaskletItem, media: MaskletMedia, total: int) -> None:
        problems: list[Problem] = []
        for key, event in sorted(item.body.events.items()):
            problems += caption_problems(f"events.{key}.caption", event.caption)
        if self._broken(item.document, problems):
            return
        dense = fill_out_of_frame(item.body.events.values(), media.presence)
        name = f"{item.video.name}.mp4"
        captions = event_captions(
            dense, first_uid=self._caption_uid, video=name, masklet_id=item.number, total_frames=total
        )
        self._caption_uid += len(captions)
        whole = dense_record(dense, uid=self._dense_uid, video=name, masklet_id=item.number, total_frames=total)
        self._dense_uid += 1
        clip = f"videos/grid/{name}"
        for record in captions:
            self._record(item, "rcap", record, clip, media.boxes)
        for record in localizable(captions):
            self._record(item, "rtloc", record, clip, media.boxes)
        self._record(item, "rdcap", whole, clip, media.boxes)

    def _answers(self, item: SegmentItem, table: FrameTable) -> None:
        segment_id = item.external_id or str(item.segment)
        for key, question, answer in fgqa_answers(item.body):
            if key not in item.answered:
                continue
            problems = text_problems(f"questions.{key}.text", question) + text_problems(f"answers.{key}.text", answer)
            if self._broken(item.document, problems):
                continue
            record = FgqaRecord(
                qa_id=f"{item.segment}.{key}",
                segment_id=segment_id,
                question=question,
                answer=answer,
                metadata=FgqaMetadata(
                    source_video_id=item.video.name,
                    source_dataset=item.source_dataset,
                    source_start_time=float(table.seconds(item.picture_start)),
                    source_end_time=end_seconds(table, item.picture_end),
                    what_description=item.what,
                    q_type=item.body.questions[key].q_type.value,
                    q_subtype=item.body.questions[key].subtype,
                    domain=item.domain,
                    is_audited=int(item.audited),
                ),
            )
            clip = f"videos/segments/{item.segment}.mp4"
            self._record(item, "fgqa", record, clip, None)

    def _record(
        self, item: MaskletItem | SegmentItem, subset: Subset, record: Mapping[str, Any], clip: str, boxes: Boxes | None
    ) -> None:
        split = item.video.split
        self._writers[split, subset].write(record)
        row = render(subset, record, clip, boxes)
        order = hashlib.sha256(_SHUFFLE + row["id"].encode()).digest()
        self._rows[split].append((order, orjson.dumps(row)))
        self._documents[row["id"]] = item.document

    def close(self) -> None:
        """Write what waits in memory: the last records, the shuffled conversations, the card."""
        self._stack.close()
        for split, rows in self._rows.items():
            if rows:
                path = self._place("conversations", f"{split}.jsonl")
                # The public loader does not shuffle, so the file is shuffled once, by a seed.
                path.write_bytes(b"".join(row + b"\n" for _, row in sorted(rows)))
                self._line_counts[f"conversations/{split}.jsonl"] = len(rows)
        (self._folder / "datasets.yaml").write_text(
            datasets_yaml(self._snapshot.project, [split for split in SPLITS if self._rows[split]]), "utf-8"
        )
        (self._folder / "README.md").write_text(
            card(self._snapshot.project, self._counts(), {split: len(self._rows[split]) for split in SPLITS}), "utf-8"
        )

    def preflight(self) -> None:
        """Read every row as a trainer does: its media, its pictures, its boxes, its roles."""
        for split in SPLITS:
            path = self._folder / "conversations" / f"{split}.jsonl"
            if path.exists():
                for row_id, fault in check_rows(path, self._folder):
                    self._fault(self._documents.get(row_id, "?"), f"row {row_id}: {fault}")

    def manifest(self) -> dict[str, Any]:
        """The manifest, written as manifest.json and returned."""
        snapshot = self._snapshot
        rows = {split: len(self._rows[split]) for split in SPLITS}
        splits = {split: [v.name for v in snapshot.videos() if v.split == split] for split in SPLITS}
        manifest = {
            "schema_version": SUPPORTED_SCHEMA,
            "record_schema_version": SCHEMA_VERSION,
            "release": snapshot.name,
            "release_id": str(snapshot.release_id),
            "project": snapshot.project,
            "code_version": snapshot.code_version,
            "counts": self._counts(),
            "splits": splits,
            "videos": [
                {
                    "video": v.name,
                    "sha256": v.sha256,
                    "split": v.split,
                    "source_width": v.source_width,
                    "source_height": v.source_height,
                }
                for v in snapshot.videos()
            ],
            "files": list(self._files()),
            "lineage": list(snapshot.lineage),
            # A worker without a line loops for ever: ranks × workers must not be more than the lines of the file.
            "loader": {"rows": rows, "max_ranks_times_workers": min([n for n in rows.values() if n], default=0)},
        }
        (self._folder / "manifest.json").write_bytes(orjson.dumps(manifest, option=orjson.OPT_INDENT_2) + b"\n")
        return manifest

    def _counts(self) -> dict[str, Any]:
        per_task: Counter[str] = Counter()
        for (_, subset), writer in self._writers.items():
            per_task[subset] += writer.rows
        return {
            "videos": len(self._snapshot.videos()),
            "masklets": len(self._snapshot.masklets),
            "captions": per_task["rcap"],
            "answers": per_task["fgqa"],
            **{subset: per_task[subset] for subset in SUBSETS},
        }

    def _files(self) -> Iterable[dict[str, Any]]:
        rows = dict(self._line_counts)
        for (split, subset), writer in self._writers.items():
            rows[f"records/{split}/{subset}.jsonl"] = rows[f"records/{split}/{subset}.parquet"] = writer.rows
        for path in sorted(self._folder.rglob("*")):
            name = path.relative_to(self._folder).as_posix()
            if path.is_file() and name != "manifest.json":
                entry = {"path": name, "sha256": file_sha256(path), "bytes": path.stat().st_size}
                yield entry | {"rows": rows.get(name)}

    def _place(self, *parts: str) -> Path:
        path = self._folder.joinpath(*parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def _broken(self, document: str, problems: list[Problem]) -> bool:
        errors = [problem for problem in problems if problem.severity == "error"]
        for problem in errors:
            self._fault(document, f"{problem.field}: {problem.message}")
        return bool(errors)

    def _fault(self, document: str, what: str) -> None:
        self._faults.append(what if what.startswith(f"document {document}") else f"document {document}: {what}")

    def refuse_faults(self) -> None:
        """Raise FaultyWork when anything was found."""
        if self._faults:
            self._stack.close()
            raise FaultyWork(self._faults)


def end_seconds(table: FrameTable, picture: int) -> float:
    """When a picture ends: at the next one's start, or for the last after the step before it."""
    if picture + 1 < len(table):
        return float(table.seconds(picture + 1))
    step = table.seconds(picture) - table.seconds(picture - 1) if picture else 0
    return float(table.seconds(picture) + step)
