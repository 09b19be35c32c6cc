"""Builds the shards of a release at constant memory: pinned items in, files in the storage out, one shard a step.

A step ends with a commit of what the shard named and of where to go on, so a build whose worker dies goes on at the
shard it was at; a shard made again has the same bytes.
"""

from __future__ import annotations

import gc
from collections.abc import Generator, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from annotator.formats.shards import Provenance, ShardWriter
from annotator.records import Problem
from server.releases.about import (
    State,
    about_masklet,
    about_segment,
    about_video,
    tally_answers,
    tally_masklet,
)
from server.releases.load import MaskletWork, SegmentWork, SourceVideo, Work, load, pseudonym
from server.releases.media import Made, Maker, Media, Wanted, known_media, wanted_media
from server.releases.rows import (
    Answers,
    Faulty,
    Released,
    answers_of,
    fault,
    masklet_rows,
    segment_rows,
    takes_masklet,
    text_faults,
)
from server.releases.select import pinned
from server.releases.shard import Ground, Shard, write_shard
from server.tables.releases import ReleaseMedia

BATCH = 500
"""Items that are read from the database at a time."""
SHARD_ROWS = 40_000
SHARD_BYTES = 48 * 2**20
"""A shard ends after the video with which it has so many rows, or conversations of so many bytes."""
BOXES = 100_000
"""Boxes of masklets that are read at a time: some 30 MB, and as many wait while rows are made of those before."""


class Builder:
    """Builds shard after shard from `state` on. One is written, and the next items are read, while rows are made."""

    def __init__(self, ground: Ground, state: State) -> None:
        self._ground = ground
        self.state = state
        self._maker = Maker(ground.storage, ground.scratch, self._keep)
        self._last = state.position
        self._people: dict[UUID, str] = {}
        self._shard: Shard | None = None

    def shards(self) -> Generator[State]:
        """The state after each shard, when all of it is stored and named. The caller keeps it before the next."""
        written: Future[State] | None = None
        with _little_garbage(), ThreadPoolExecutor(1, "release-shard") as writing:
            for video in self._videos():
                shard, split = self._shard, video.works[0].video.split
                if shard is not None and (shard.split != split or _is_full(shard)):
                    if written is not None:
                        yield written.result()
                    written = writing.submit(write_shard, self._ground, self._close(shard))
                self._video(video)
                self._last = video.works[-1].item.position
                self._ground.tell(self._last)
            if written is not None:
                yield written.result()
            if self._shard is not None:
                yield write_shard(self._ground, self._close(self._shard))

    def _videos(self) -> Iterator[_Video]:
        """All videos; the next ones are read, and their media looked for, while rows are made of these."""
        with ThreadPoolExecutor(1, "release-read") as reading:
            batches = self._batches()
            following = reading.submit(next, batches, None)
            while batch := following.result():
                following = reading.submit(next, batches, None)
                yield from batch

    def _batches(self) -> Iterator[list[_Video]]:
        """Whole videos, of some hundred items at a time."""
        held: list[Work] = []
        after = self.state.position
        while works := self._load(after):
            after = works[-1].item.position
            groups = [list(group) for _, group in groupby([*held, *works], key=lambda work: work.video.id)]
            held = groups.pop()
            yield from self._with_media(groups)
        if held:
            yield from self._with_media([held])

    def _with_media(self, groups: Sequence[list[Work]]) -> Iterator[list[_Video]]:
        for batch in _of_boxes(groups):
            wanted = [self._wanted(group) for group in batch]
            known = self._known([want for each in wanted for want in each])
            yield [_Video(works, wants, known) for works, wants in zip(batch, wanted, strict=True)]

    def _load(self, after: int) -> list[Work]:
        with self._ground.read() as session:
            items = pinned(session, self._ground.release_id, after, BATCH)
            return load(session, self._ground.project_id, items) if items else []

    def _keep(self, row: ReleaseMedia) -> None:
        with self._ground.write() as session:
            session.merge(row)

    def _known(self, wanted: Sequence[Wanted]) -> dict[str, Made]:
        with self._ground.read() as session:
            known = known_media(session, [want.key for want in wanted])
        return self._maker.whole(known)

    # One video

    def _wanted(self, works: Sequence[Work]) -> list[Wanted]:
        return wanted_media(works[0].video, *_parted(works))

    def _video(self, it: _Video) -> None:
        """All rows of one source video. Work with a fault gives none, and what it shares with others is made anew."""
        works, wanted, known = it.works, it.wanted, it.known
        video, rule = works[0].video, self._ground.rule
        shard = self._shard
        if shard is None:
            number = self.state.shards.get(video.split, 0)
            shard = self._shard = Shard(video.split, ShardWriter(video.split, number), self.state.problems)
        good = [work for work in works if self._is_wanted(shard, work)]
        while good:
            media = {}
            if len(good) < len(works):
                wanted = self._wanted(good)
            if missing := [want for want in wanted if want.key not in known]:
                known = {**known, **self._known(missing)}
            for found in self._maker.media(video, wanted, known):
                if isinstance(found, Media):
                    media[found.path] = found
                else:
                    media[found[0]] = Media(found[0], "", 0, {"fault": found[1]})
            uids = self.state.caption_uid, self.state.dense_uid
            rows: list[tuple[Work, Answers | list[Released]]] = []
            faulty: list[Work] = []
            for work in good:
                try:
                    rows.append((work, self._rows(work, media)))
                except Faulty as error:
                    self._refuse(shard, work, error.problems)
                    faulty.append(work)
            if not faulty:
                self._add(shard, video, rows, media)
                shard.used += [want.key for want in wanted]
                return
            self.state.caption_uid, self.state.dense_uid = uids
            good = [work for work in good if work not in faulty] if rule.leave_out_faulty else []

    def _is_wanted(self, shard: Shard, work: Work) -> bool:
        rule = self._ground.rule
        wanted = takes_masklet(work, rule) if isinstance(work, MaskletWork) else bool(answers_of(work, rule))
        if not wanted:
            return False
        problems = text_faults(work, rule)
        if problems:
            self._refuse(shard, work, problems)
        return not problems

    def _rows(self, work: Work, media: Mapping[str, Media]) -> Answers | list[Released]:
        if isinstance(work, SegmentWork):
            clip = media[f"videos/segments/{work.segment}.mp4"].facts
            if problem := clip.get("fault"):
                raise fault("segment", "clip", problem)
            return segment_rows(work, self._ground.rule, clip)
        clip = media[f"videos/grid/{work.video.name}.mp4"].facts
        masks = media[f"masklets/{work.video.name}_manual.json"].facts
        if problem := clip.get("fault") or masks.get("fault"):
            raise fault("masks", "clip", problem)
        facts = masks[str(work.number)]
        rows = masklet_rows(work, facts, clip, self.state.caption_uid, self.state.dense_uid)
        self.state.caption_uid += sum(row.subset == "rcap" for row in rows)
        self.state.dense_uid += 1
        return rows

    def _refuse(self, shard: Shard, work: Work, problems: Sequence[Problem]) -> None:
        self.state.left_out += 1
        for problem in problems:
            self.state.problems += 1
            shard.problems.append(
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

    def _add(
        self,
        shard: Shard,
        video: SourceVideo,
        rows: Sequence[tuple[Work, Answers | list[Released]]],
        media: Mapping[str, Media],
    ) -> None:
        state, writer = self.state, shard.writer
        grid = f"videos/grid/{video.name}.mp4"
        writer.about("videos", about_video(video, self._ground.licence, grid if grid in media else ""))
        shard.media += [Media(each.path, each.sha256, each.size, {}) for each in media.values()]
        state.count("videos")
        state.count("documents", len(rows))
        segments: set[UUID] = set()
        answers: list[Answers] = []
        before = writer.rows
        for work, released in rows:
            origin = writer.document(self._provenance(work))
            if isinstance(work, MaskletWork):
                assert isinstance(released, list)
                masks = media[f"masklets/{video.name}_manual.json"]
                writer.about("masklets", about_masklet(work, masks))
                tally_masklet(state, masks.facts[str(work.number)], released)
                for row in released:
                    writer.record(row.subset, row.id, row.record, origin)
                    state.count(row.subset)
                shard.converse([row.id for row in released], [row.line() for row in released])
            else:
                assert isinstance(released, Answers)
                if work.segment not in segments:
                    segments.add(work.segment)
                    writer.about("segments", about_segment(work, media[f"videos/segments/{work.segment}.mp4"]))
                    state.count("segments")
                writer.records("fgqa", released.ids, released.records, released.columns, origin)
                shard.converse(released.ids, released.told)
                answers.append(released)
        if answers:
            tally_answers(state, answers)
        state.rows[video.split] = state.rows.get(video.split, 0) + writer.rows - before

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
            people=[{"step": step, "person": self._named(who)} for step, who in handed.people],
        )

    def _named(self, who: UUID) -> str:
        name = self._people.get(who)
        if name is None:
            name = self._people[who] = pseudonym(self._ground.key, who)
        return name

    # One shard

    def _close(self, shard: Shard) -> Shard:
        """From here on rows go into the next shard."""
        writer = shard.writer
        if writer.rows:
            self.state.shards[shard.split] = writer.number + 1
        self.state.position = self._last
        shard.state = deepcopy(self.state)
        self._shard = None
        return shard


@dataclass(frozen=True)
class _Video:
    """One source video's works, the media they need, and what was made of these before."""

    works: list[Work]
    wanted: list[Wanted]
    known: dict[str, Made]


@contextmanager
def _little_garbage() -> Iterator[None]:
    """Rows make no cycles, so garbage is looked for seldom, and never in what is there already: a fifth of a build's
    time otherwise."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(200_000, 50, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def _is_full(shard: Shard) -> bool:
    return shard.writer.rows >= SHARD_ROWS or shard.size >= SHARD_BYTES


def _of_boxes(groups: Sequence[list[Work]]) -> Iterator[list[list[Work]]]:
    """The videos in batches whose masklets have at most some BOXES boxes."""
    batch: list[list[Work]] = []
    boxes = 0
    for group in groups:
        more = sum(work.video.grid_length for work in group if isinstance(work, MaskletWork))
        if batch and boxes + more > BOXES:
            yield batch
            batch, boxes = [], 0
        batch.append(group)
        boxes += more
    if batch:
        yield batch


def _parted(works: Sequence[Work]) -> tuple[list[MaskletWork], list[SegmentWork]]:
    masklets = [work for work in works if isinstance(work, MaskletWork)]
    return masklets, [work for work in works if isinstance(work, SegmentWork)]
