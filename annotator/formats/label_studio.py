"""Label Studio JSON: a task a video with its masklets and events, a task a segment with its questions and answers.

Frames count from 1 here: frame n is picture n - 1 of the 6 fps clip (= grid frame), and its `time` is n/6 s. Boxes are
x, y, width, height in percent of the picture. A masklet is one `videorectangle` with a key for each frame on which it
is visible; the last of each run has `enabled: false`, which ends it there, so that nothing is interpolated. An event is
`timelinelabels` with one range, both ends inclusive, whose `parentID` is its masklet, and a `textarea` of the same id
with the caption. `<kind>.config.xml` is the labelling interface that fits. Masks are not told: the tool has none in
videos.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import orjson

from annotator.formats.foreign import ForeignError, is_whole, read_array
from annotator.formats.released import ReleasedSegment, ReleasedVideo, ReleaseFolder
from annotator.formats.spans import ForeignSpan, SpanRow, bad_span
from annotator.formats.times import seconds
from annotator.masklet.rle import to_box
from annotator.records import QuestionType

VIDEOS_CONFIG = """<View>
  <Video name="video" value="$video" framerate="6" timelineHeight="120"/>
  <VideoRectangle name="box" toName="video"/>
  <Labels name="label" toName="video"><Label value="subject"/></Labels>
  <TimelineLabels name="time" toName="video"><Label value="event"/></TimelineLabels>
  <TextArea name="caption" toName="video" perRegion="true" editable="true" required="true"/>
</View>
"""
QUESTIONS_CONFIG = """<View>
  <Video name="video" value="$video"/>
  <Header value="$question"/>
  <TextArea name="answer" toName="video" editable="true"/>
  <Choices name="q_type" toName="video" choice="single">
{choices}
  </Choices>
</View>
""".format(choices="\n".join(f'    <Choice value="{kind.value}"/>' for kind in QuestionType))


def write_label_studio(release: ReleaseFolder, to: Path) -> list[str]:
    """`<split>/videos.json` and `<split>/questions.json` with their clips, and the two interfaces."""
    told = False
    for split in release.splits:
        folder = to / split
        kept = _Media(folder)
        videos = (_video_task(video, kept) for video in release.videos(split))
        if _write(folder / "videos.json", videos):
            told = True
            (to / "videos.config.xml").write_text(VIDEOS_CONFIG, "utf-8")
        tasks = (task for segment in release.segments(split) for task in _question_tasks(segment, kept))
        if _write(folder / "questions.json", tasks):
            (to / "questions.config.xml").write_text(QUESTIONS_CONFIG, "utf-8")
    return ["Label Studio tells boxes and captions of videos, not masks: take coco, davis or sav for them."] * told


class _Media:
    """Copies clips beside the tasks; what it gives is the path in the task, relative to the file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "media"

    def path(self, clip: Path) -> str:
        self._folder.mkdir(parents=True, exist_ok=True)
        target = self._folder / clip.name
        if not target.exists():
            shutil.copyfile(clip, target)
        return f"media/{clip.name}"


def _write(path: Path, tasks: Iterable[Mapping[str, Any]]) -> int:
    count = 0
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as out:
        for count, task in enumerate(tasks, start=1):
            out.write((b"[\n" if count == 1 else b",\n") + orjson.dumps({"id": count, **task}))
        out.write(b"\n]\n")
    if not count:
        path.unlink()
    return count


def _video_task(video: ReleasedVideo, media: _Media) -> dict[str, Any]:
    return {
        "data": {"video": media.path(video.clip), "video_name": video.name, "split": video.split},
        "annotations": [{"id": 1, "was_cancelled": False, "ground_truth": False, "result": video_results(video)}],
    }


def video_results(video: ReleasedVideo) -> list[dict[str, Any]]:
    """The regions of a video: each masklet, then its events with their captions."""
    found: list[dict[str, Any]] = []
    for masklet in video.masklets:
        key = f"m{masklet.number}"
        if not (sequence := _sequence(video, masklet.number)):
            continue  # never visible on the grid: the format has no region without a key
        value = {
            "framesCount": video.total_frames,
            "duration": seconds(video.total_frames),
            "sequence": sequence,
            "labels": ["subject"],
        }
        found.append(_result(key, "box", "videorectangle", value) | {"meta": {"text": [str(masklet.number)]}})
        for event in masklet.events:
            name = f"{key}-{event.grid_start}-{event.grid_end}"
            ranges = [{"start": event.grid_start + 1, "end": event.grid_end + 1}]
            time = _result(name, "time", "timelinelabels", {"ranges": ranges, "timelinelabels": ["event"]})
            found.append(time | {"parentID": key})
            text = {"ranges": ranges, "text": [event.caption]}
            found.append(_result(name, "caption", "textarea", text) | {"parentID": key})
    return found


def _sequence(video: ReleasedVideo, number: int) -> list[dict[str, Any]]:
    about, masks = video.masks.about, video.masks.frames[number]
    boxes = [to_box(mask) if mask is not None else None for mask in masks]
    found = []
    for frame, box in enumerate(boxes):
        if box is None:
            continue
        x1, y1, x2, y2 = box
        found.append(
            {
                "frame": frame + 1,
                "enabled": frame + 1 < len(boxes) and boxes[frame + 1] is not None,
                "rotation": 0,
                "x": 100 * x1 / about.width,
                "y": 100 * y1 / about.height,
                "width": 100 * (x2 - x1) / about.width,
                "height": 100 * (y2 - y1) / about.height,
                "time": seconds(frame + 1),
            }
        )
    return found


def _question_tasks(segment: ReleasedSegment, media: _Media) -> Iterator[dict[str, Any]]:
    for row in segment.questions:
        result = [
            _result(f"{row['qa_id']}-answer", "answer", "textarea", {"text": [row["answer"]]}),
            _result(f"{row['qa_id']}-type", "q_type", "choices", {"choices": [row["metadata"]["q_type"]]}),
        ]
        yield {
            "data": {"video": media.path(segment.clip), "question": row["question"], "qa_id": row["qa_id"],
                     "segment_id": row["segment_id"], **row["metadata"]},
            "annotations": [{"id": 1, "was_cancelled": False, "ground_truth": False, "result": result}],
        }  # fmt: skip


def _result(key: str, control: str, kind: str, value: dict[str, Any]) -> dict[str, Any]:
    return {"id": key, "type": kind, "from_name": control, "to_name": "video", "origin": "manual", "value": value}


def label_studio_spans(path: Path) -> Iterator[SpanRow]:
    """The timeline ranges of the first annotation of each task that was not cancelled, with their captions.

    The subject is the region that `parentID` names (its `meta` text where there is one), else 0. Ranges are taken for
    grid frames from 1. Raises ForeignError for a file that is none.
    """
    for place, task in enumerate(read_array(path)):
        where = f"{path.name}: [{place}]"
        data = task.get("data") if isinstance(task, dict) else None
        if not isinstance(data, dict) or not isinstance(task.get("annotations"), list):
            raise ForeignError(where, 'needs "data" and "annotations": it is no Label Studio JSON export')
        name = data.get("video_name") or data.get("video")
        annotations = [a for a in task["annotations"] if isinstance(a, dict) and not a.get("was_cancelled")]
        if not isinstance(name, str) or not annotations:
            yield bad_span(where, "is of no video" if annotations else "has no annotation that counts")
            continue
        result = annotations[0].get("result")
        if not isinstance(result, list) or not all(isinstance(item, dict) for item in result):
            yield bad_span(f"{where}.annotations", "has no list of results")
            continue
        video = name if data.get("video_name") else PurePosixPath(name).stem
        yield from _result_rows(where, video, result)


def _result_rows(where: str, video: str, result: list[dict[str, Any]]) -> Iterator[SpanRow]:
    captions = {str(item.get("id")): _text(item) for item in result if item.get("type") == "textarea"}
    subjects = {str(item.get("id"))[:80]: _subject(item) for item in result if item.get("type") == "videorectangle"}
    for number, item in enumerate(result):
        if item.get("type") != "timelinelabels":
            continue
        place = f"{where}.result[{number}]"
        value = item.get("value")
        ranges = value.get("ranges") if isinstance(value, dict) else None
        if not isinstance(ranges, list) or not ranges:
            yield bad_span(place, "has no ranges")
            continue
        caption = captions.get(str(item.get("id")))
        if caption is None:
            yield bad_span(place, "has no caption: a textarea of the same id")
            continue
        parent = str(item.get("parentID") or "0")[:80]
        for span in ranges:
            start, end = (span.get("start"), span.get("end")) if isinstance(span, dict) else (None, None)
            if not (is_whole(start) and is_whole(end)) or min(int(start), int(end)) < 1 or max(start, end) > 1e9:
                yield bad_span(place, "its range is no pair of frame numbers from 1")
                continue
            yield SpanRow(
                place, ForeignSpan(video, subjects.get(parent, parent), int(start) - 1, int(end) - 1, caption)
            )


def _text(item: Mapping[str, Any]) -> str | None:
    value = item.get("value")
    text = value.get("text") if isinstance(value, dict) else None
    parts = text if isinstance(text, list) else [text]
    said = [part for part in parts if isinstance(part, str)]
    return " ".join(said).strip() if len(said) == len(parts) else None


def _subject(item: Mapping[str, Any]) -> str:
    meta = item.get("meta")
    text = meta.get("text") if isinstance(meta, dict) else None
    return str(text[0])[:80] if isinstance(text, list) and text else str(item.get("id"))[:80]
