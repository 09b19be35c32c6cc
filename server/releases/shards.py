"""Builds the shards of a release at constant memory: pinned items in, files in the storage out, one shard a step.

A step ends with a commit of what the shard named and of where to go on, so a build whose worker dies goes on at the
shard it was at; a shard made again has the same bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import zstandard
from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from annotator.formats.shards import Provenance, ShardWriter
from annotator.records import Problem
from model.data.release import file_sha256
from server.releases.about import State, about_masklet, about_segment, about_video, tally_answer, tally_masklet
from server.releases.build import store_blob
from server.releases.load import MaskletWork, SegmentWork, SourceVideo, Work, load, pseudonym
from server.releases.media import Maker, Media, Wanted, known_media, use_media, wanted_media
from server.releases.rows import (
    Faulty,
    Released,
    answers_of,
    fault,
    masklet_rows,
    segment_rows,
    takes_masklet,
    text_faults,
)
from server.releases.rule import Rule
from server.releases.select import pinned
from server.storage import Storage
from server.tables.releases import ReleaseFile, ReleaseMedia, ReleasePart, ReleaseProblem

BATCH = 500
"""Items that are read from the database at a time."""
SHARD_ROWS = 40_000
SHARD_BYTES = 48 * 2**20
"""A shard ends after the video with which it has so many rows, or conversations of so many bytes."""
PART_LEVEL = 1
_SHUFFLE = b"vidgrain-order-1:"

Transaction = Callable[[], AbstractContextManager[Session]]


@dataclass(frozen=True)
class Ground:
    """What the steps of one build stand on. `read` and `write` open transactions, `write` fenced for the job."""

    release_id: UUID
    project_id: UUID
    rule: Rule
    licence: str
    key: bytes
    storage: Storage
    scratch: Path
    read: Transaction
    write: Transaction
    tell: Callable[[int], None]
    """Called with the position of the last item of each video; may raise to stop."""


class Builder:
    """Builds shard after shard from `state` on."""

    def __init__(self, ground: Ground, state: State) -> None:
        self._ground = ground
        self.state = state
        self._maker = Maker(ground.storage, ground.scratch, self._keep)
        self._last = state.position
        self._open(None)

    def shards(self) -> Iterator[State]:
        """The state after each shard, when all of it is stored and named. The caller keeps it before the next."""
        for batch in self._batches():
            known = self._known([want for group in batch for want in self._wanted(group)])
            for group in batch:
                video = group[0].video
                if self._split is not None and (self._split != video.split or self._is_full()):
                    yield self._close()
                self._video(video, group, known)
                self._last = group[-1].item.position
                self._ground.tell(self._last)
        if self._split is not None:
            yield self._close()

    def _batches(self) -> Iterator[list[list[Work]]]:
        """Whole videos, of some hundred items at a time."""
        held: list[Work] = []
        position = self.state.position
        while True:
            with self._ground.read() as session:
                items = pinned(session, self._ground.release_id, position, BATCH)
                works = load(session, self._ground.project_id, items) if items else []
            if not items:
                break
            position = items[-1].position
            groups = [list(group) for _, group in groupby([*held, *works], key=lambda work: work.video.id)]
            held = groups.pop()
            if groups:
                yield groups
        if held:
            yield [held]

    def _open(self, split: str | None) -> None:
        self._split = split
        number = self.state.shards.get(split, 0) if split else 0
        self._writer = ShardWriter(split or "", number)
        self._conversations: list[bytes] = []
        self._bytes = 0
        self._media: list[Media] = []
        self._used: list[str] = []
        self._problems: list[dict[str, Any]] = []

    def _is_full(self) -> bool:
        return self._writer.rows >= SHARD_ROWS or self._bytes >= SHARD_BYTES

    def _keep(self, row: ReleaseMedia) -> None:
        with self._ground.write() as session:
            session.merge(row)

    def _known(self, wanted: Sequence[Wanted]) -> dict[str, ReleaseMedia]:
        with self._ground.read() as session:
            return known_media(session, [want.key for want in wanted])

    # One video

    def _wanted(self, works: Sequence[Work]) -> list[Wanted]:
        return wanted_media(works[0].video, *_parted(works))

    def _video(self, video: SourceVideo, works: Sequence[Work], known: dict[str, ReleaseMedia]) -> None:
        """All rows of one source video. Work with a fault gives none, and what it shares with others is made anew."""
        if self._split is None:
            self._open(video.split)
        rule = self._ground.rule
        good = [work for work in works if self._is_wanted(work)]
        while good:
            media = {}
            wanted = self._wanted(good)
            if missing := [want for want in wanted if want.key not in known]:
                known = {**known, **self._known(missing)}
            for found in self._maker.media(video, wanted, known):
                if isinstance(found, Media):
                    media[found.path] = found
                else:
                    media[found[0]] = Media(found[0], "", 0, {"fault": found[1]})
            uids = self.state.caption_uid, self.state.dense_uid
            rows: list[tuple[Work, list[Released]]] = []
            faulty: list[Work] = []
            for work in good:
                try:
                    rows.append((work, self._rows(work, media)))
                except Faulty as error:
                    self._refuse(work, error.problems)
                    faulty.append(work)
            if not faulty:
                self._add(video, rows, media)
                self._used += [want.key for want in wanted]
                return
            self.state.caption_uid, self.state.dense_uid = uids
            good = [work for work in good if work not in faulty] if rule.leave_out_faulty else []

    def _is_wanted(self, work: Work) -> bool:
        rule = self._ground.rule
        wanted = takes_masklet(work, rule) if isinstance(work, MaskletWork) else bool(answers_of(work, rule))
        if not wanted:
            return False
        problems = text_faults(work, rule)
        if problems:
            self._refuse(work, problems)
        return not problems

    def _rows(self, work: Work, media: Mapping[str, Media]) -> list[Released]:
        if isinstance(work, SegmentWork):
            clip = media[f"videos/segments/{work.segment}.mp4"].facts
            if problem := clip.get("fault"):
                raise fault("segment", "clip", problem)
            return list(segment_rows(work, self._ground.rule, clip))
        clip = media[f"videos/grid/{work.video.name}.mp4"].facts
        masks = media[f"masklets/{work.video.name}_manual.json"].facts
        if problem := clip.get("fault") or masks.get("fault"):
            raise fault("masks", "clip", problem)
        facts = masks[str(work.number)]
        rows = masklet_rows(work, facts, clip, self.state.caption_uid, self.state.dense_uid)
        self.state.caption_uid += sum(row.subset == "rcap" for row in rows)
        self.state.dense_uid += 1
        return rows

    def _refuse(self, work: Work, problems: Sequence[Problem]) -> None:
        self.state.left_out += 1
        for problem in problems:
            self.state.problems += 1
            self._problems.append(
                {
                    "release_id": self._ground.release_id,
                    "position": self.state.problems,
                    "task_id": work.handed.task,
                    "document_id": work.handed.document,
                    "field": problem.field[:300],
                    "code": problem.code[:64],
                    "message": problem.message,
                }
            )

    def _add(self, video: SourceVideo, rows: Sequence[tuple[Work, list[Released]]], media: Mapping[str, Media]) -> None:
        state, writer = self.state, self._writer
        grid = f"videos/grid/{video.name}.mp4"
        writer.about("videos", about_video(video, self._ground.licence, grid if grid in media else ""))
        self._media += media.values()
        state.count("videos")
        segments: set[UUID] = set()
        for work, released in rows:
            origin = writer.document(self._provenance(work))
            state.count("documents")
            if isinstance(work, MaskletWork):
                masks = media[f"masklets/{video.name}_manual.json"]
                writer.about("masklets", about_masklet(work, masks))
                tally_masklet(state, masks.facts[str(work.number)], released)
            elif work.segment not in segments:
                segments.add(work.segment)
                writer.about("segments", about_segment(work, media[f"videos/segments/{work.segment}.mp4"]))
                state.count("segments")
            for row in released:
                writer.record(row.subset, row.conversation["id"], row.record, origin)
                self._converse(row)
                state.count(row.subset)
                if row.subset == "fgqa":
                    tally_answer(state, row.record)
        state.rows[video.split] = state.rows.get(video.split, 0) + sum(len(released) for _, released in rows)

    def _converse(self, row: Released) -> None:
        order = hashlib.sha256(_SHUFFLE + row.conversation["id"].encode()).digest()[:8].hex()
        line = order.encode() + b" " + orjson.dumps(row.conversation, option=orjson.OPT_APPEND_NEWLINE)
        self._conversations.append(line)
        self._bytes += len(line)

    def _provenance(self, work: Work) -> Provenance:
        handed = work.handed
        return Provenance(
            document=str(handed.document),
            revision=handed.revision,
            submission_sha256=handed.sha256,
            task=str(handed.task),
            video_sha256=work.video.sha256,
            guideline_version=handed.guideline_version,
            source_dataset=work.source_dataset if isinstance(work, SegmentWork) else work.video.source_dataset,
            licence=self._ground.licence,
            people=[{"step": step, "person": pseudonym(self._ground.key, who)} for step, who in handed.people],
        )

    # One shard

    def _close(self) -> State:
        """Write, store and name the open shard."""
        split = self._split
        assert split is not None
        ground, number = self._ground, self._writer.number
        files = [(file.path, file.rows) for file in self._writer.write(ground.scratch)]
        if self._media:
            files.append((self._index(split, number), len(self._media)))
        rows = [self._stored(path, count) for path, count in files]
        part = self._part(split, number)
        rows += [
            {"path": each.path, "sha256": each.sha256, "bytes": each.size, "rows": None, "media": True}
            for each in self._media
        ]
        with ground.write() as session:
            for start in range(0, len(rows), BATCH):
                named = rows[start : start + BATCH]
                session.execute(
                    delete(ReleaseFile).where(
                        ReleaseFile.release_id == ground.release_id,
                        ReleaseFile.path.in_([row["path"] for row in named]),
                    )
                )
                session.execute(insert(ReleaseFile), [{"release_id": ground.release_id, **row} for row in named])
            if part is not None:
                session.merge(part)
            if self._problems:
                first = self._problems[0]["position"]
                session.execute(
                    delete(ReleaseProblem).where(
                        ReleaseProblem.release_id == ground.release_id, ReleaseProblem.position >= first
                    )
                )
                session.execute(insert(ReleaseProblem), self._problems)
            use_media(session, self._used)
        if files:
            self.state.shards[split] = number + 1
        self.state.position = self._last
        self._open(None)
        return self.state

    def _stored(self, path: str, rows: int) -> dict[str, Any]:
        file = self._ground.scratch / path
        sha256, size = file_sha256(file), file.stat().st_size
        store_blob(self._ground.storage, file, sha256)
        file.unlink()
        return {"path": path, "sha256": sha256, "bytes": size, "rows": rows, "media": False}

    def _index(self, split: str, number: int) -> str:
        """The list of the shard's clips and masks: plain JSON lines, for whoever fetches a release needs it first."""
        path = f"media/{split}-{number:05d}.jsonl"
        file = self._ground.scratch / path
        file.parent.mkdir(parents=True, exist_ok=True)
        lines = [
            orjson.dumps(
                {"path": each.path, "sha256": each.sha256, "bytes": each.size}, option=orjson.OPT_APPEND_NEWLINE
            )
            for each in self._media
        ]
        file.write_bytes(b"".join(lines))
        return path

    def _part(self, split: str, number: int) -> ReleasePart | None:
        if not self._conversations:
            return None
        file = self._ground.scratch / "part.zst"
        small = zstandard.ZstdCompressionParameters.from_level(PART_LEVEL, window_log=18)
        self._conversations.sort()
        file.write_bytes(zstandard.ZstdCompressor(compression_params=small).compress(b"".join(self._conversations)))
        sha256 = file_sha256(file)
        store_blob(self._ground.storage, file, sha256)
        return ReleasePart(
            release_id=self._ground.release_id, split=split, number=number, sha256=sha256, rows=len(self._conversations)
        )


def _parted(works: Sequence[Work]) -> tuple[list[MaskletWork], list[SegmentWork]]:
    masklets = [work for work in works if isinstance(work, MaskletWork)]
    return masklets, [work for work in works if isinstance(work, SegmentWork)]
