"""CVAT XML 1.1 for videos, one file a video: a track a masklet, with its box and its caption on every frame.

Frames are pictures of the video's 6 fps clip (= grid frames), 0-based. Boxes are xtl, ytl, xbr, ybr in pixels of the
clip, right and bottom edge exclusive, as points of the plane. Every frame is a keyframe, so that nothing is
interpolated; where the masklet is absent the box is the nearest one, `outside`. The mutable attributes `caption` and
`event` (`start-end` in grid frames, end inclusive; empty where nothing is told) say the events. Masks are not told:
CVAT's tracks hold them in no form that other readers know (COCO and DAVIS do).
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TextIO
from xml.sax.saxutils import escape

from annotator.formats.foreign import ForeignError, ForeignMask, Row, Shape, bad, box_of, label_of
from annotator.formats.released import ReleasedMasklet, ReleasedVideo, ReleaseFolder
from annotator.formats.spans import ForeignSpan, SpanRow, bad_span
from annotator.formats.xmlread import Node, nodes
from annotator.masklet.rle import Rle, to_box

LABEL = "subject"
_EVENT = re.compile(r"(\d{1,9})-(\d{1,9})")
_HEAD = """<?xml version="1.0" encoding="utf-8"?>
<annotations>
<version>1.1</version>
<meta><task><id>1</id><name>{name}</name><size>{size}</size><mode>interpolation</mode><overlap>0</overlap>
<labels><label><name>subject</name><type>any</type><attributes>
<attribute><name>masklet_id</name><mutable>False</mutable><input_type>number</input_type>\
<default_value>0</default_value><values>0;1000000;1</values></attribute>
<attribute><name>caption</name><mutable>True</mutable><input_type>text</input_type>\
<default_value></default_value><values></values></attribute>
<attribute><name>event</name><mutable>True</mutable><input_type>text</input_type>\
<default_value></default_value><values></values></attribute>
</attributes></label></labels>
<segments><segment><id>1</id><start>0</start><stop>{stop}</stop><url></url></segment></segments>
<original_size><width>{width}</width><height>{height}</height></original_size><source>{name}.mp4</source></task></meta>
"""


def write_cvat(release: ReleaseFolder, to: Path) -> list[str]:
    """`<split>/<video>.xml` with its clip `<split>/<video>.mp4`."""
    for split in release.splits:
        for video in release.videos(split):
            path = to / split / f"{video.name}.xml"
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(video.clip, path.with_suffix(".mp4"))
            with path.open("w", encoding="utf-8", newline="\n") as out:
                cvat(video, out)
    return ["CVAT's tracks tell boxes and captions, not masks: take coco, davis or sav for them."]


def cvat(video: ReleasedVideo, out: TextIO) -> None:
    """The document of a video."""
    about, total = video.masks.about, video.total_frames
    name = escape(video.name)
    out.write(_HEAD.format(name=name, size=total, stop=total - 1, width=about.width, height=about.height))
    for place, masklet in enumerate(video.masklets):
        out.write(f'<track id="{place}" label="{LABEL}" source="manual">\n')
        said = _captions(masklet, total)
        for frame, (box, visible) in enumerate(_boxes(video.masks.frames[masklet.number])):
            x1, y1, x2, y2 = box
            caption, event = said[frame]
            out.write(
                f'<box frame="{frame}" outside="{int(not visible)}" occluded="0" keyframe="1" '
                f'xtl="{x1:.2f}" ytl="{y1:.2f}" xbr="{x2:.2f}" ybr="{y2:.2f}" z_order="0">'
                f'<attribute name="masklet_id">{masklet.number}</attribute>'
                f'<attribute name="caption">{escape(caption)}</attribute>'
                f'<attribute name="event">{event}</attribute></box>\n'
            )
        out.write("</track>\n")
    out.write("</annotations>\n")


def _captions(masklet: ReleasedMasklet, total: int) -> list[tuple[str, str]]:
    said = [("", "")] * total
    for event in masklet.events:
        text = (event.caption, f"{event.grid_start}-{event.grid_end}")
        said[event.grid_start : event.grid_end + 1] = [text] * (event.grid_end + 1 - event.grid_start)
    return said


def _boxes(masks: Sequence[Rle | None]) -> Iterator[tuple[tuple[int, int, int, int], bool]]:
    """The box of each frame, and whether it is the masklet's own; else the one before, or the first."""
    found = [to_box(mask) if mask is not None else None for mask in masks]
    last = next((box for box in found if box is not None), (0, 0, 1, 1))
    for box in found:
        last = box if box is not None else last
        yield last, box is not None


@dataclass(slots=True)
class CvatBox:
    """One box of a track."""

    line: int
    track: str
    label: str
    given: dict[str, str]
    said: dict[str, str] = field(default_factory=dict)

    def number(self, name: str) -> float:
        """A number among its attributes. ValueError."""
        try:
            return float(self.given[name][:40])
        except (KeyError, ValueError):
            raise ValueError(f"{name}: {self.given.get(name, 'nothing')[:40]!r} is no number") from None

    @property
    def frame(self) -> int:
        """Its frame. ValueError."""
        text = self.given.get("frame", "")
        if not text.isascii() or not text.isdigit() or len(text) > 9:
            raise ValueError(f"frame: {text[:40]!r} is no frame number")
        return int(text)


@dataclass(slots=True)
class CvatVideo:
    """What the head of a file says of its video."""

    name: str
    height: int | None = None
    width: int | None = None
    size: int | None = None


def cvat_video(path: Path) -> CvatVideo:
    """The head of a file. Raises ForeignError."""
    found = CvatVideo(path.stem)
    inside: list[str] = []
    for node in _cvat_nodes(path):
        if node.kind == "open":
            inside.append(node.tag)
            if node.tag in ("track", "image"):
                break
            continue
        inside.pop()
        if node.tag == "source" and node.text.strip():
            found.name = PurePosixPath(node.text.strip()).stem
        elif inside[-1:] == ["original_size"] and node.tag in ("width", "height") and node.text.strip().isdigit():
            setattr(found, node.tag, int(node.text.strip()[:9]))
        elif inside[-1:] == ["task"] and node.tag == "size" and node.text.strip().isdigit():
            found.size = int(node.text.strip()[:9])
        elif node.tag == "meta":
            break
    return found


def cvat_boxes(path: Path) -> Iterator[CvatBox | SpanRow]:
    """The boxes of all tracks, in the order of the file; a bad row for each other shape. Raises ForeignError."""
    track: dict[str, str] = {}
    box: CvatBox | None = None
    name = ""
    for node in _cvat_nodes(path):
        where = f"{path.name}, line {node.line}"
        match node.kind, node.tag:
            case "open", "track":
                track = node.attributes
            case "open", "image":
                raise ForeignError(where, "is CVAT for images: export the task as “CVAT for video 1.1”")
            case "open", "box" if track:
                box = CvatBox(node.line, track.get("id", ""), label_of(track.get("label")), node.attributes)
            case "open", ("polygon" | "polyline" | "points" | "mask" | "ellipse" | "cuboid" | "skeleton"):
                yield bad_span(where, f"is a {node.tag}; boxes are read")
            case "open", "attribute":
                name = node.attributes.get("name", "")
            case "close", "attribute" if box is not None:
                box.said[name] = node.text
            case "close", "box" if box is not None:
                yield box
                box = None
            case "close", "track":
                track = {}
            case _:
                pass


def cvat_rows(path: Path, shape: Shape, *, keys_only: bool = False) -> Iterator[Row]:
    """The boxes as what masklets are imported from; `outside` is absent. The subject is `masklet_id`, else the track.
    `keys_only`: without the boxes that the tool interpolated.

    Raises ForeignError for a file that is none, or of another size than the video.
    """
    about = cvat_video(path)
    if (about.height, about.width) != (shape.height, shape.width):
        problem = f"is {about.width} x {about.height}, the video has {shape.width} x {shape.height} pixels"
        raise ForeignError(f"{path.name}: original_size", problem)
    for found in cvat_boxes(path):
        if isinstance(found, SpanRow):
            yield bad(found.where, found.error or "")
            continue
        where = f"{path.name}, line {found.line}"
        subject = found.said.get("masklet_id", "").strip()[:80] or found.track
        try:
            frame = found.frame
            if not frame < shape.frames:
                raise ValueError(f"frame {frame}: the video has the frames 0 … {shape.frames - 1}")
            if keys_only and found.given.get("keyframe") == "0":
                continue
            if found.given.get("outside") == "1":
                yield Row(where, ForeignMask(subject, found.label, frame, None))
                continue
            x1, y1, x2, y2 = (found.number(edge) for edge in ("xtl", "ytl", "xbr", "ybr"))
            box = box_of(x1, y1, x2 - x1, y2 - y1, shape)
            yield Row(where, ForeignMask(subject, found.label, frame, None, box))
        except ValueError as error:
            yield bad(where, str(error))


def cvat_spans(path: Path) -> Iterator[SpanRow]:
    """The attribute `caption` of each track as captions: by `event`, else by the runs of one caption in view.

    Frames are taken for grid frames. Raises ForeignError for a file that is none.
    """
    video = cvat_video(path).name
    waiting: ForeignSpan | None = None
    since = 0
    for found in cvat_boxes(path):
        if isinstance(found, SpanRow):
            yield found
            continue
        where = f"{path.name}, line {found.line}"
        subject = found.said.get("masklet_id", "").strip()[:80] or found.track
        caption = found.said.get("caption", "").strip()
        try:
            frame = found.frame
        except ValueError as error:
            yield bad_span(where, str(error))
            continue
        event = _EVENT.fullmatch(found.said.get("event", ""))
        if event is None and found.given.get("outside") == "1":
            caption = ""  # the tool repeats the attributes on the box that ends a track: nothing is told from there on
        start, end = (int(event[1]), int(event[2])) if event else (frame, frame)
        if waiting and (waiting.subject, waiting.caption) == (subject, caption):
            same = start == waiting.start_frame if event else waiting.end_frame <= frame
            if same:
                waiting = ForeignSpan(video, subject, waiting.start_frame, max(end, waiting.end_frame), caption)
                continue
        if waiting and waiting.caption:
            yield SpanRow(f"{path.name}, line {since}", waiting)
        waiting, since = ForeignSpan(video, subject, start, end, caption), found.line
    if waiting and waiting.caption:
        yield SpanRow(f"{path.name}, line {since}", waiting)


def _cvat_nodes(path: Path) -> Iterator[Node]:
    first = True
    for node in nodes(path):
        if first and node.tag != "annotations":
            where = f"{path.name}, line {node.line}"
            raise ForeignError(where, f"begins with <{node.tag[:40]}> and not <annotations>: it is no CVAT file")
        first = False
        yield node
