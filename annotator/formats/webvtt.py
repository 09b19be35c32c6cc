"""WebVTT (W3C), one file a masklet: a cue an event, from start/6 s to (end+1)/6 s of the video's 6 fps clip.

Cue times are milliseconds, end exclusive, as players take them. The cue's identifier is `<masklet>:<start>-<end>` in
grid frames, end inclusive; text is escaped, since `&` and `<` begin markup there, and `-->` may stand in no cue.
Spans out of frame have no cue. What names video and masklet is the file: `<video>.<masklet>.vtt`.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from annotator.formats.foreign import ForeignError
from annotator.formats.released import ReleaseFolder
from annotator.formats.spans import MAX_LINE, ForeignSpan, SpanRow, bad_span, text_lines
from annotator.formats.times import clock, milliseconds, span_of
from annotator.quality.dense import DenseEvent

_TIMES = re.compile(r"\s*(\S+)[ \t]+-->[ \t]+(\S+)(?:[ \t].*)?")
_CLOCK = re.compile(r"(?:(\d{2,5}):)?([0-5]\d):([0-5]\d)\.(\d{3})")
_TAG = re.compile(r"<[^<>]*>")  # not past the next one: a line of `<` alone must cost no square of its length


def write_webvtt(release: ReleaseFolder, to: Path) -> list[str]:
    """`<split>/<video>.<masklet>.vtt` of each masklet."""
    for split in release.splits:
        for video in release.videos(split):
            for masklet in video.masklets:
                path = to / split / f"{video.name}.{masklet.number}.vtt"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(webvtt(masklet.number, masklet.events), "utf-8")
    return []


def webvtt(number: int, events: Iterable[DenseEvent]) -> str:
    """The document of a masklet."""
    cues = ["WEBVTT\n"]
    for event in events:
        start, end = clock(milliseconds(event.grid_start)), clock(milliseconds(event.grid_end + 1))
        text = html.escape(event.caption, quote=False)
        cues.append(f"{number}:{event.grid_start}-{event.grid_end}\n{start} --> {end}\n{text}\n")
    return "\n".join(cues)


def webvtt_spans(path: Path) -> Iterator[SpanRow]:
    """The cues as captions, of the video and subject that the file's name says. ForeignError when it is no WebVTT.

    Markup within a cue (`<v Ann>`, `<b>`) is taken away, lines are joined; notes, styles and regions are passed over.
    """
    video, subject = _named(path)
    for first, block in _blocks(path):
        shown = block[:2] if first > 1 else []
        times = next((place for place, line in enumerate(shown) if "-->" in line), None)
        where = f"{path.name}, line {first + (times or 0)}"
        if times is None:
            if first == 1:
                yield bad_span(where, "has a cue right under WEBVTT: put an empty line between them")
            elif not block[0].startswith(("NOTE", "STYLE", "REGION")):
                yield bad_span(where, 'is neither a cue (no "-->") nor a note')
            continue
        match = _TIMES.fullmatch(block[times])
        moments = [_seconds(text) for text in match.groups()] if match else []
        if len(moments) != 2 or moments[0] is None or moments[1] is None:
            yield bad_span(where, "has no times HH:MM:SS.mmm --> HH:MM:SS.mmm")
            continue
        text = " ".join(html.unescape(_TAG.sub("", line)) for line in block[times + 1 :])
        try:
            start, end = span_of(moments[0], moments[1])
        except ValueError as error:
            yield bad_span(where, str(error))
            continue
        yield SpanRow(where, ForeignSpan(video, subject, start, end, text))


def _named(path: Path) -> tuple[str, str]:
    video, _, subject = path.name.removesuffix(".vtt").rpartition(".")
    return (video, subject) if video and subject.isdigit() else (path.name.removesuffix(".vtt"), "0")


def _blocks(path: Path) -> Iterator[tuple[int, list[str]]]:
    """(number of its first line, lines) of each block between empty lines, after the head."""
    block: list[str] = []
    first, size = 1, 0
    for number, line in text_lines(path):
        if number == 1 and not re.match(r"WEBVTT(?:[ \t]|$)", line):
            raise ForeignError(f"{path.name}, line 1", "does not begin with WEBVTT: it is no WebVTT file")
        if line:
            if not block:
                first, size = number, 0
            size += len(line)
            if size > MAX_LINE:
                raise ForeignError(f"{path.name}, line {first}", "is a cue that does not end")
            block.append(line)
        elif block:
            if first > 1 or any("-->" in text for text in block):  # a head with a cue in it is said, not lost
                yield first, block
            block = []
    if block and (first > 1 or any("-->" in text for text in block)):
        yield first, block
    elif not block and first == 1 and size == 0:
        raise ForeignError(path.name, "is empty")


def _seconds(text: str) -> float | None:
    match = _CLOCK.fullmatch(text)
    if match is None:
        return None
    return int(match[1] or 0) * 3600 + int(match[2]) * 60 + int(match[3]) + int(match[4]) / 1000
