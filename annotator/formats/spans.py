"""What all imports of captions share: one row for each foreign span, good or bad, and the dry run's report.

As with masks (`foreign`), a reader holds one row at a time, yields bad ones with their reason, and raises ForeignError
only for what makes the whole file unreadable. `spans` takes all or nothing.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from annotator.formats.foreign import ForeignError
from annotator.quality.text import MAX_CAPTION, caption_problems, is_out_of_frame

MAX_LINE = 1 << 20
"""Bytes of one line, or of one record that goes over several."""
MAX_ROWS = 1_000_000
MAX_NAME = 300
"""Characters of a video's name or a subject's."""
_KEPT_ERRORS = 1000


@dataclass(frozen=True, slots=True)
class ForeignSpan:
    """One caption: of `subject` in `video` (without suffix), in grid frames, end inclusive."""

    video: str
    subject: str
    start_frame: int
    end_frame: int
    caption: str


@dataclass(frozen=True, slots=True)
class SpanRow:
    """One entry of a foreign file: what it holds, or why it cannot be taken."""

    where: str
    span: ForeignSpan | None
    error: str | None = None


@dataclass(slots=True)
class SpanReport:
    """What an import would take: rows, captions by (video, subject), what is left out, and each bad row."""

    rows: int = 0
    bad: int = 0
    out_of_frame: int = 0
    """Captions of the system, which are not taken: they follow from the masks."""
    captions: dict[tuple[str, str], int] = field(default_factory=dict)
    errors: list[SpanRow] = field(default_factory=list)
    """The first thousand; `bad` counts them all."""


def bad_span(where: str, error: str) -> SpanRow:
    """A row that cannot be taken."""
    return SpanRow(where, None, error)


def checked(rows: Iterable[SpanRow], total_frames: Mapping[str, int] | None = None) -> Iterator[SpanRow]:
    """The rows by our rules: text, order, no two spans of a subject at one time, and the grid of each known video.

    `total_frames` by video; with it, a span of another video is a bad row. ForeignError for too many rows.
    """
    taken: dict[tuple[str, str], _Taken] = {}
    for count, row in enumerate(rows):
        if count >= MAX_ROWS:
            raise ForeignError(row.where, f"is beyond {MAX_ROWS} rows in one import: split the file")
        if row.span is None:
            yield row
            continue
        fault = _too_long(row.span)
        if fault is None:
            fault = _fault(row.span, taken.setdefault((row.span.video, row.span.subject), _Taken()), total_frames)
        yield row if fault is None else bad_span(row.where, fault)


def report(rows: Iterable[SpanRow], total_frames: Mapping[str, int] | None = None) -> SpanReport:
    """The dry run: reads to the end and takes nothing. ForeignError when the file as a whole cannot be read."""
    found = SpanReport()
    for row in checked(rows, total_frames):
        found.rows += 1
        if row.span is None:
            found.bad += 1
            if len(found.errors) < _KEPT_ERRORS:
                found.errors.append(row)
        elif is_out_of_frame(row.span.caption):
            found.out_of_frame += 1
        else:
            key = (row.span.video, row.span.subject)
            found.captions[key] = found.captions.get(key, 0) + 1
    return found


def spans(rows: Iterable[SpanRow], total_frames: Mapping[str, int] | None = None) -> list[ForeignSpan]:
    """All captions, without those out of frame; ForeignError at the first bad row, so that nothing is half taken."""
    found = []
    for row in checked(rows, total_frames):
        if row.span is None:
            raise ForeignError(row.where, row.error or "cannot be read")
        if not is_out_of_frame(row.span.caption):
            found.append(row.span)
    return found


def text_lines(path: Path) -> Iterator[tuple[int, str]]:
    """(number from 1, text) of each line without its end. ForeignError for one too long or not in UTF-8."""
    with path.open("rb") as stream:
        number = 0
        while data := stream.readline(MAX_LINE + 1):
            number += 1
            if len(data) > MAX_LINE:
                raise ForeignError(f"{path.name}, line {number}", f"is longer than {MAX_LINE} bytes")
            try:
                text = data.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError:
                raise ForeignError(f"{path.name}, line {number}", "is not UTF-8: save the file in UTF-8") from None
            if "\0" in text:
                raise ForeignError(f"{path.name}, line {number}", "holds a NUL: this is no text file in UTF-8")
            yield number, text.removesuffix("\n").removesuffix("\r")


class _Taken:
    """The spans of a subject so far, by start."""

    def __init__(self) -> None:
        self.spans: list[tuple[int, int]] = []

    def add(self, start: int, end: int) -> tuple[int, int] | None:
        """The span that it overlaps, or None and it is kept."""
        place = bisect_left(self.spans, (start, end))
        for other in self.spans[max(0, place - 1) : place + 1]:
            if other[0] <= end and start <= other[1]:
                return other
        insort(self.spans, (start, end))
        return None


def _too_long(span: ForeignSpan) -> str | None:
    """Asked first: the rules of texts remember the last ones they read, and a file may bring megabytes in each."""
    if len(span.caption) > MAX_CAPTION:
        return f"caption: {len(span.caption)} characters are too many: at most {MAX_CAPTION}."
    if max(len(span.video), len(span.subject)) > MAX_NAME:
        return f"the name of its video or subject has more than {MAX_NAME} characters"
    return None


def _fault(span: ForeignSpan, taken: _Taken, totals: Mapping[str, int] | None) -> str | None:
    if not 0 <= span.start_frame <= span.end_frame:
        return f"frames {span.start_frame} to {span.end_frame} are no span: 0 ≤ start_frame ≤ end_frame"
    if totals is not None:
        total = totals.get(span.video)
        if total is None:
            return f"video {span.video!r} is none of this import"
        if span.end_frame >= total:
            return f"ends at grid frame {span.end_frame}, the video at {total - 1}"
    problems = [p for p in caption_problems("caption", span.caption) if p.severity == "error"]
    if problems:
        return f"caption: {problems[0].message}"
    if other := taken.add(span.start_frame, span.end_frame):
        return f"frames {span.start_frame} to {span.end_frame} overlap {other[0]} to {other[1]} of the same subject"
    return None
