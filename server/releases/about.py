"""What a release says about its rows: the videos, segments and masklets that they are of, and what there is of each."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from annotator.formats.shards import MaskletRecord, SegmentRecord, VideoRecord
from server.releases.load import MaskletWork, SegmentWork, SourceVideo
from server.releases.media import Media
from server.releases.rows import Answers, Released
from server.releases.rule import language_of


@dataclass
class State:
    """How far a build has come. Kept with the job after each shard."""

    position: int = 0
    shards: dict[str, int] = field(default_factory=dict)
    """Shards of each split."""
    caption_uid: int = 0
    dense_uid: int = 0
    problems: int = 0
    left_out: int = 0
    """Documents that were left out because of their problems."""
    counts: dict[str, int] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    """Conversations of each split."""
    tallies: dict[str, dict[str, int]] = field(default_factory=dict)
    """What is in the release, for its card: by q_type, domain, words of a caption, …"""

    def to_json(self) -> dict[str, Any]:
        """For the job's cursor."""
        return dict(self.__dict__)

    def count(self, what: str, more: int = 1) -> None:
        """Count something."""
        self.counts[what] = self.counts.get(what, 0) + more

    def tally(self, what: str, found: Iterable[str], more: int = 1) -> None:
        """Count values of something, or, of a Counter, those that were counted."""
        for value, times in Counter(found).items():
            values = self.tallies.setdefault(what, {})
            values[value] = values.get(value, 0) + times * more


def about_video(video: SourceVideo, licence: str, clip: str) -> VideoRecord:
    """The row of a source video; `clip` is empty where no grid clip is needed."""
    return VideoRecord(
        video=video.name,
        sha256=video.sha256,
        source_dataset=video.source_dataset,
        licence=licence,
        seconds=video.seconds,
        pictures=video.pictures,
        grid_frames=video.grid_length,
        width=video.width,
        height=video.height,
        source_width=video.source_width,
        source_height=video.source_height,
        clip=clip,
    )


def about_segment(work: SegmentWork, clip: Media) -> SegmentRecord:
    """The row of a segment."""
    return SegmentRecord(
        segment_id=work.external_id or str(work.segment),
        video=work.video.name,
        picture_start=work.picture_start,
        picture_end=work.picture_end,
        source_start_time=clip.facts["start_s"],
        source_end_time=clip.facts["end_s"],
        what_description=work.what,
        domain=work.domain,
        source_dataset=work.source_dataset,
        clip=clip.path,
    )


def about_masklet(work: MaskletWork, masks: Media) -> MaskletRecord:
    """The row of a masklet."""
    facts = masks.facts[str(work.number)]
    return MaskletRecord(
        video=work.video.name,
        masklet_id=work.number,
        label=work.label,
        total_frames=work.video.grid_length,
        presence=facts["presence"],
        boxes=facts["boxes"],
        edited_pictures=work.edited_pictures,
        masks=masks.path,
    )


class Ranges:
    """Ranges of a number, by their names: below each edge, and from the last one on."""

    def __init__(self, *edges: int, unit: str = "") -> None:
        self._edges = edges
        self._names = [*(f"< {edge}{unit}" for edge in edges), f"≥ {edges[-1]}{unit}"]

    def of(self, value: float) -> str:
        """The range that the value is in."""
        return self._names[bisect_right(self._edges, value)]

    def count(self, values: Iterable[float]) -> Counter[str]:
        """How many are in each range."""
        found: Counter[str] = Counter()
        for value, times in Counter(values).items():
            found[self.of(value)] += times
        return found


MASK_SIZE = Ranges(1, 2, 5, 10, 20, 50, unit="%")
CAPTION_WORDS = Ranges(5, 10, 15, 20, 30, 50)
ANSWER_WORDS = Ranges(5, 10, 20, 30, 50, 100)
SECONDS = Ranges(2, 5, 10, 20, 30)


def tally_masklet(state: State, facts: Mapping[str, Any], rows: Sequence[Released]) -> None:
    """Count what the card tells of masklets."""
    captions = [row.record["caption"] for row in rows if row.subset == "rcap"]
    state.count("masklets")
    state.tally("events a masklet", [str(min(len(captions), 12))])
    state.tally("mask size", [MASK_SIZE.of(100 * facts.get("mean_area", 0.0))])
    state.tally("words a caption", CAPTION_WORDS.count(len(caption.split()) for caption in captions))
    state.tally("language", [language_of(caption).value for caption in captions])


def tally_answers(state: State, rows: Sequence[Answers]) -> None:
    """Count what the card tells of the answers about some segments."""
    questions, answers = _all(rows, "question"), _all(rows, "answer")
    state.count("fgqa", len(answers))
    for each in rows:
        columns, count = each.columns, len(each.ids)
        state.tally("domain", [columns["metadata.domain"][0] or "–"], count)
        seconds = columns["metadata.source_end_time"][0] - columns["metadata.source_start_time"][0]
        state.tally("seconds a segment", [SECONDS.of(seconds)], count)
    state.tally("question type", _all(rows, "metadata.q_type"))
    state.tally("words an answer", ANSWER_WORDS.count(len(answer.split()) for answer in answers))
    both = zip(questions, answers, strict=True)
    state.tally("language", [language_of(*texts).value for texts in both])


def _all(rows: Sequence[Answers], column: str) -> list[str]:
    return list(chain.from_iterable(each.columns[column] for each in rows))
