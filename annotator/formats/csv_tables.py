"""CSV: one table a subset and split (RFC 4180, UTF-8 with a byte order mark, so that spreadsheets read every script).

Frames are grid frames of the 6 fps clip, 0-based, end inclusive, as in the released records, whose names the columns
bear; `rdcap.csv` has one row a span. A text that a spreadsheet would take for a formula (it begins with = + - @, a tab
or a return, or with the mark itself) gets a leading apostrophe, which the reader takes away.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Final

from annotator.formats.foreign import ForeignError
from annotator.formats.plm import Subset
from annotator.formats.released import ReleaseFolder
from annotator.formats.spans import MAX_LINE, ForeignSpan, SpanRow, bad_span, text_lines

EVENT: Final = ("uid", "video", "masklet_id", "total_frames", "caption", "start_frame", "end_frame")
SPAN: Final = ("uid", "video", "masklet_id", "total_frames", "start_frame", "end_frame", "caption")
_METADATA: Final = (
    "source_video_id", "source_dataset", "source_start_time", "source_end_time", "what_description", "q_type",
    "q_subtype", "domain", "is_audited",
)  # fmt: skip
COLUMNS: Final[Mapping[Subset, tuple[str, ...]]] = {
    "fgqa": ("qa_id", "segment_id", "question", "answer", *_METADATA),
    "rcap": EVENT,
    "rtloc": EVENT,
    "rdcap": SPAN,
}
NEEDED: Final = ("video", "masklet_id", "start_frame", "end_frame", "caption")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "'")


def write_csv(release: ReleaseFolder, to: Path) -> list[str]:
    """`<split>/<subset>.csv` of each subset that has rows."""
    for split in release.splits:
        for subset, columns in COLUMNS.items():
            write_table(to / split / f"{subset}.csv", columns, _flat(subset, release.rows(split, subset)))
    return []


def write_table(path: Path, columns: tuple[str, ...], rows: Iterable[Mapping[str, Any]]) -> int:
    """A table, made with its first row; the number of its rows."""
    count, file, writer = 0, None, None
    try:
        for row in rows:
            if file is None or writer is None:
                path.parent.mkdir(parents=True, exist_ok=True)
                file = path.open("w", encoding="utf-8-sig", newline="")
                writer = csv.writer(file)
                writer.writerow(columns)
            writer.writerow([marked(row[column]) for column in columns])
            count += 1
    finally:
        if file is not None:
            file.close()
    return count


def marked(value: Any) -> Any:
    """A value of a cell: no text that a spreadsheet would run."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def unmarked(text: str) -> str:
    """The opposite of `marked`."""
    return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULA) else text


def table_rows(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """(place, cells by column) of each row. ForeignError for what is no table, or has a row too long for memory."""
    lines = _Lines(path)
    reader = csv.reader(lines, strict=True)
    try:
        header = next(reader, None)
        if not header or len(set(header)) != len(header):
            raise ForeignError(f"{path.name}, line 1", "must name the columns, each once")
        yield f"{path.name}, line 1", dict.fromkeys(header, "")
        lines.begin()
        for cells in reader:
            where = f"{path.name}, line {lines.started}"
            lines.begin()
            if not cells:
                continue
            if len(cells) != len(header):
                yield where, {}
                continue
            yield where, dict(zip(header, (unmarked(cell) for cell in cells), strict=True))
    except csv.Error as error:
        raise ForeignError(f"{path.name}, line {lines.number}", f"is not CSV: {error}") from None


def csv_spans(path: Path) -> Iterator[SpanRow]:
    """The captions of a `rcap`, `rtloc` or `rdcap` table. ForeignError for missing or unknown columns."""
    rows = table_rows(path)
    _, header = next(rows)
    if missing := [name for name in NEEDED if name not in header]:
        raise ForeignError(f"{path.name}, line 1", f"lacks the columns {', '.join(missing)}")
    if unknown := sorted(set(header) - set(EVENT)):
        raise ForeignError(f"{path.name}, line 1", f"has unknown columns: {', '.join(unknown)[:200]}")
    for where, cells in rows:
        if not cells:
            yield bad_span(where, f"has another number of cells than the {len(header)} columns")
            continue
        try:
            start, end = (_whole(name, cells[name]) for name in ("start_frame", "end_frame"))
        except ValueError as error:
            yield bad_span(where, str(error))
            continue
        video, subject = PurePosixPath(cells["video"]).stem, cells["masklet_id"]
        if not video or not subject:
            yield bad_span(where, f"{'masklet_id' if video else 'video'} is empty")
            continue
        yield SpanRow(where, ForeignSpan(video, subject, start, end, cells["caption"]))


class _Lines:
    """The lines of a file for the csv module, which joins those of one record: bounded together."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lines = text_lines(path)
        self._left = MAX_LINE
        self.number = 0
        self.started = 1
        """The line in which the record began."""

    def begin(self) -> None:
        """The next line begins a record."""
        self._left = MAX_LINE
        self.started = self.number + 1

    def __iter__(self) -> Iterator[str]:
        for number, text in self._lines:
            self.number = number
            self._left -= len(text)
            if self._left < 0:
                raise ForeignError(f"{self._path.name}, line {self.started}", "is a record that does not end")
            yield text + "\n"


def _whole(name: str, text: str) -> int:
    if not text.strip().isascii() or not text.strip().isdigit() or len(text) > 12:
        raise ValueError(f"{name}: {text[:40]!r} is no frame number")
    return int(text)


def _flat(subset: Subset, rows: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for row in rows:
        if subset == "fgqa":
            yield {**row, **row["metadata"]}
        elif subset == "rdcap":
            for span in row["dense_captions"]:
                yield {**row, **span}
        else:
            yield row
