"""What a release says about its rows: the videos, segments and masklets that they are of, and what there is of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from annotator.formats.shards import MaskletRecord, SegmentRecord, VideoRecord
from server.releases.load import MaskletWork, SegmentWork, SourceVideo
from server.releases.media import Media
from server.releases.rows import Released
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

    def tally(self, what: str, value: str) -> None:
        """Count a value of something."""
        values = self.tallies.setdefault(what, {})
        values[value] = values.get(value, 0) + 1


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


def tally_masklet(state: State, facts: Mapping[str, Any], rows: Sequence[Released]) -> None:
    """Count what the card tells of masklets."""
    captions = [row.record["caption"] for row in rows if row.subset == "rcap"]
    state.count("masklets")
    state.tally("events a masklet", str(min(len(captions), 12)))
    state.tally("mask size", _bucket(100 * facts.get("mean_area", 0.0), (1, 2, 5, 10, 20, 50), "%"))
    for caption in captions:
        state.tally("words a caption", _bucket(len(caption.split()), (5, 10, 15, 20, 30, 50), ""))
        state.tally("language", language_of(caption).value)


def tally_answer(state: State, record: Mapping[str, Any]) -> None:
    """Count what the card tells of questions."""
    metadata = record["metadata"]
    state.tally("question type", metadata["q_type"])
    state.tally("domain", metadata["domain"] or "–")
    state.tally("words an answer", _bucket(len(record["answer"].split()), (5, 10, 20, 30, 50, 100), ""))
    state.tally("seconds a segment", _bucket(metadata["source_end_time"] - metadata["source_start_time"],
                                             (2, 5, 10, 20, 30), ""))  # fmt: skip
    state.tally("language", language_of(record["question"], record["answer"]).value)


def _bucket(value: float, edges: Sequence[float], unit: str) -> str:
    for edge in edges:
        if value < edge:
            return f"< {edge}{unit}"
    return f"≥ {edges[-1]}{unit}"
