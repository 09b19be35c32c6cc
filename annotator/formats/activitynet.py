"""ActivityNet Captions JSON (arXiv 1705.00754), a file a split: `{video: {duration, timestamps, sentences}}`.

Times are seconds of the video's 6 fps clip, end exclusive: grid frames [start, end] are [start/6, (end+1)/6]. All
masklets of a video stand in one entry, in order of time; the list `masklet_ids`, which the format does not have and
its readers pass over, says whose each sentence is. Spans out of frame are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson

from annotator.formats.foreign import ForeignError, is_number, is_whole, read_json
from annotator.formats.released import ReleasedVideo, ReleaseFolder
from annotator.formats.spans import ForeignSpan, SpanRow, bad_span
from annotator.formats.times import seconds, span_of


def write_activitynet(release: ReleaseFolder, to: Path) -> list[str]:
    """`<split>.json`, and `<split>_ids.json` with the videos' names as the published files have them."""
    for split in release.splits:
        names: list[str] = []
        path = to / f"{split}.json"
        with path.open("wb") as out:
            for video in release.videos(split):
                out.write((b",\n" if names else b"{") + orjson.dumps(video.name) + b": " + orjson.dumps(entry(video)))
                names.append(video.name)
            out.write(b"}\n" if names else b"")
        if not names:
            path.unlink()
            continue
        (to / f"{split}_ids.json").write_bytes(orjson.dumps(names) + b"\n")
    return []


def entry(video: ReleasedVideo) -> dict[str, Any]:
    """What is said of one video."""
    told = [(event, masklet.number) for masklet in video.masklets for event in masklet.events]
    told.sort(key=lambda pair: (pair[0].grid_start, pair[0].grid_end, pair[1]))
    return {
        "duration": seconds(video.total_frames),
        "timestamps": [[seconds(event.grid_start), seconds(event.grid_end + 1)] for event, _ in told],
        "sentences": [event.caption for event, _ in told],
        "masklet_ids": [number for _, number in told],
    }


def activitynet_spans(path: Path) -> Iterator[SpanRow]:
    """The sentences as captions; without `masklet_ids` all are of subject 0. ForeignError when it is no such file."""
    for video, found in read_json(path).items():
        where = f"{path.name}: {video[:80]}"
        times, sentences = (
            (found.get("timestamps"), found.get("sentences")) if isinstance(found, dict) else (None, None)
        )
        if not isinstance(times, list) or not isinstance(sentences, list):
            raise ForeignError(where, 'needs "timestamps" and "sentences": it is no ActivityNet Captions file')
        subjects = found.get("masklet_ids", [0] * len(sentences))
        if not isinstance(subjects, list) or not len(times) == len(sentences) == len(subjects):
            yield bad_span(where, "timestamps, sentences and masklet_ids must be of one length")
            continue
        for place, row in enumerate(zip(times, sentences, subjects, strict=True)):
            yield _row(f"{where}.timestamps[{place}]", video, *row)


def _row(where: str, video: str, times: Any, sentence: Any, subject: Any) -> SpanRow:
    if not isinstance(times, Sequence) or len(times) != 2 or not all(map(is_number, times)):
        return bad_span(where, "must be two times in seconds")
    if not isinstance(sentence, str):
        return bad_span(where, "its sentence is no text")
    if not isinstance(subject, str) and not is_whole(subject):
        return bad_span(where, "its masklet_id is neither a number nor a text")
    try:
        start, end = span_of(*times)
    except ValueError as error:
        return bad_span(where, str(error))
    return SpanRow(where, ForeignSpan(video, str(subject)[:80], start, end, sentence.strip()))
