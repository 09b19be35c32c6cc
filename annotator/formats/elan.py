"""ELAN .eaf (EAF 3.0, Max Planck Institute), one file a video: a tier a masklet, an aligned annotation an event.

Times are whole milliseconds of the video's 6 fps clip, which lies beside the file, end exclusive: grid frames
[start, end] are start/6 s to (end+1)/6 s. Spans out of frame have no annotation. The date is always the same, so that
the same release gives the same bytes.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import TextIO
from xml.sax.saxutils import escape, quoteattr

from annotator.formats.foreign import ForeignError
from annotator.formats.released import ReleasedVideo, ReleaseFolder
from annotator.formats.spans import MAX_ROWS, ForeignSpan, SpanRow, bad_span
from annotator.formats.times import milliseconds, span_of
from annotator.formats.xmlread import nodes

TIER = "masklet "
_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<ANNOTATION_DOCUMENT AUTHOR="" DATE="1970-01-01T00:00:00+00:00" FORMAT="3.0" VERSION="3.0"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
 xsi:noNamespaceSchemaLocation="http://www.mpi.nl/tools/elan/EAFv3.0.xsd">
<HEADER MEDIA_FILE="" TIME_UNITS="milliseconds">
<MEDIA_DESCRIPTOR MEDIA_URL={url} MIME_TYPE="video/mp4" RELATIVE_MEDIA_URL={url}/>
</HEADER>
"""
_FOOT = """<LINGUISTIC_TYPE GRAPHIC_REFERENCES="false" LINGUISTIC_TYPE_ID="event" TIME_ALIGNABLE="true"/>
<CONSTRAINT DESCRIPTION="Time subdivision of parent annotation's time interval, no time gaps allowed within this \
interval" STEREOTYPE="Time_Subdivision"/>
<CONSTRAINT DESCRIPTION="Symbolic subdivision of a parent annotation. Annotations refering to the same parent are \
ordered" STEREOTYPE="Symbolic_Subdivision"/>
<CONSTRAINT DESCRIPTION="1-1 association with a parent annotation" STEREOTYPE="Symbolic_Association"/>
<CONSTRAINT DESCRIPTION="Time alignable annotations within the parent annotation's time interval, gaps are allowed" \
STEREOTYPE="Included_In"/>
</ANNOTATION_DOCUMENT>
"""


def write_elan(release: ReleaseFolder, to: Path) -> list[str]:
    """`<split>/<video>.eaf` with its clip `<split>/<video>.mp4`."""
    for split in release.splits:
        for video in release.videos(split):
            path = to / split / f"{video.name}.eaf"
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(video.clip, path.with_suffix(".mp4"))
            with path.open("w", encoding="utf-8", newline="\n") as out:
                elan(video, out)
    return []


def elan(video: ReleasedVideo, out: TextIO) -> None:
    """The document of a video."""
    out.write(_HEAD.format(url=quoteattr(f"./{video.name}.mp4")))
    events = [(masklet.number, event) for masklet in video.masklets for event in masklet.events]
    edges = [(e.grid_start, 2 * n + 1) for n, (_, e) in enumerate(events)]
    edges += [(e.grid_end + 1, 2 * n + 2) for n, (_, e) in enumerate(events)]
    out.write("<TIME_ORDER>\n")
    for frame, slot in sorted(edges):
        out.write(f'<TIME_SLOT TIME_SLOT_ID="ts{slot}" TIME_VALUE="{milliseconds(frame)}"/>\n')
    out.write("</TIME_ORDER>\n")
    number = 0
    for masklet in video.masklets:
        out.write(f'<TIER LINGUISTIC_TYPE_REF="event" TIER_ID={quoteattr(f"{TIER}{masklet.number}")}>\n')
        for event in masklet.events:
            slots = f'TIME_SLOT_REF1="ts{2 * number + 1}" TIME_SLOT_REF2="ts{2 * number + 2}"'
            number += 1
            out.write(f'<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a{number}" {slots}>')
            out.write(f"<ANNOTATION_VALUE>{escape(event.caption)}</ANNOTATION_VALUE>")
            out.write("</ALIGNABLE_ANNOTATION></ANNOTATION>\n")
        out.write("</TIER>\n")
    out.write(_FOOT)


def elan_spans(path: Path) -> Iterator[SpanRow]:
    """The aligned annotations as captions: the tier is the subject, the medium's name the video. ForeignError."""
    video, tier, first = path.stem, "", True
    slots: dict[str, int | None] = {}
    edges: tuple[str, str] | None = None
    value = ""
    for node in nodes(path):
        where = f"{path.name}, line {node.line}"
        if first and node.tag != "ANNOTATION_DOCUMENT":
            raise ForeignError(where, f"begins with <{node.tag[:40]}>, not <ANNOTATION_DOCUMENT>: it is no ELAN file")
        first = False
        given = node.attributes
        match node.kind, node.tag:
            case "open", "MEDIA_DESCRIPTOR":
                video = PurePosixPath(given.get("RELATIVE_MEDIA_URL") or given.get("MEDIA_URL") or path.name).stem
            case "open", "TIME_SLOT":
                if len(slots) > 2 * MAX_ROWS:
                    raise ForeignError(where, f"has more than {2 * MAX_ROWS} time slots: split the file")
                slots[given.get("TIME_SLOT_ID", "")] = _milliseconds(given.get("TIME_VALUE", ""))
            case "open", "TIER":
                tier = given.get("TIER_ID", "").removeprefix(TIER)
            case "open", "ALIGNABLE_ANNOTATION":
                edges, value = (given.get("TIME_SLOT_REF1", ""), given.get("TIME_SLOT_REF2", "")), ""
            case "open", "REF_ANNOTATION":
                yield bad_span(where, "belongs to a dependent tier and has no times of its own")
            case "close", "ANNOTATION_VALUE":
                value = node.text
            case "close", "ALIGNABLE_ANNOTATION" if edges is not None:
                yield _row(where, video, tier, [slots.get(edge) for edge in edges], value)
                edges = None
            case _:
                pass


def _milliseconds(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 15 else None


def _row(where: str, video: str, tier: str, times: list[int | None], value: str) -> SpanRow:
    start, end = times
    if start is None or end is None:
        return bad_span(where, "has an edge without a time: align it in ELAN first")
    try:
        first, last = span_of(start / 1000, end / 1000)
    except ValueError as error:
        return bad_span(where, str(error))
    return SpanRow(where, ForeignSpan(video, tier, first, last, value.strip()))
