"""Record shards of a release: `records/<split>/<table>-00000.jsonl.zst` and `.parquet` with the same rows.

A shard ends after a whole video, so all rows about a video lie in shards of one number. Beside PLM's four subsets there
are three tables that say what the rows are about (`videos`, `segments`, `masklets`), and `provenance/<split>/` has, for
each PLM row in the same order, where it comes from and under which licence it may be used. The same rows give the same
bytes: fixed codec, level and row groups, no time stamp.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain
from pathlib import Path
from typing import Any, Final, Literal, TypedDict, get_args

import orjson
import pyarrow as pa
import pyarrow.json as pj
import pyarrow.parquet as pq
import zstandard

from annotator.formats.plm import SCHEMAS, SUBSETS, Subset, read_parquet

About = Literal["videos", "segments", "masklets"]
Table = Literal["fgqa", "rcap", "rtloc", "rdcap", "videos", "segments", "masklets"]
TABLES: Final[tuple[Table, ...]] = get_args(Table)

MAX_LINE: Final = 64 * 2**20
"""Bytes of one record; a longer line is no record of ours."""
_HEADER: Final = 18
"""Bytes of the longest header of a zstd frame, which says how long its content is."""
_LEVEL = 3
_ROW_GROUP = 20_000
_TURNED = 2000
"""Rows that are held as such."""


class VideoRecord(TypedDict):
    """A source video: what its clips, frames and masks are measured in."""

    video: str
    """The name that records carry, with `.mp4` in the STC subsets and without in `metadata.source_video_id`."""
    sha256: str
    source_dataset: str
    licence: str
    seconds: float
    pictures: int
    grid_frames: int
    width: int
    """Pixels of the clips, masks and boxes."""
    height: int
    source_width: int
    source_height: int
    clip: str
    """Path of the 6 fps file whose picture k is grid frame k; empty where the release needs none."""


class SegmentRecord(TypedDict):
    """A segment that questions are about; `picture_end` is inclusive."""

    segment_id: str
    video: str
    picture_start: int
    picture_end: int
    source_start_time: float
    source_end_time: float
    what_description: str
    domain: str
    source_dataset: str
    clip: str


class MaskletRecord(TypedDict):
    """A masklet on its video's grid; its masks lie in the SA-V file at `masks`."""

    video: str
    masklet_id: int
    label: str
    total_frames: int
    presence: list[list[int]]
    """Runs of grid frames in which it is visible: [first, last], both inclusive."""
    boxes: list[list[float] | None]
    """For each grid frame [x1, y1, x2, y2] in pixels of the clip, or null where it is absent."""
    edited_pictures: int
    masks: str


class Provenance(TypedDict):
    """Where rows come from: one document, handed in once, and what may be done with it."""

    document: str
    revision: int
    submission_sha256: str
    task: str
    video_sha256: str
    guideline_version: int
    source_dataset: str
    licence: str
    people: list[dict[str, str]]
    """[{"step", "person"}, …], earliest first; people by pseudonym."""


_TEXT, _INT, _FLOAT = pa.string(), pa.int32(), pa.float64()


def _schema(**columns: pa.DataType) -> pa.Schema:
    return pa.schema(list(columns.items()))


ABOUT_SCHEMAS: Final[Mapping[About, pa.Schema]] = {
    "videos": _schema(
        video=_TEXT, sha256=_TEXT, source_dataset=_TEXT, licence=_TEXT, seconds=_FLOAT, pictures=_INT, grid_frames=_INT,
        width=_INT, height=_INT, source_width=_INT, source_height=_INT, clip=_TEXT,
    ),
    "segments": _schema(
        segment_id=_TEXT, video=_TEXT, picture_start=_INT, picture_end=_INT, source_start_time=_FLOAT,
        source_end_time=_FLOAT, what_description=_TEXT, domain=_TEXT, source_dataset=_TEXT, clip=_TEXT,
    ),
    "masklets": _schema(
        video=_TEXT, masklet_id=_INT, label=_TEXT, total_frames=_INT, presence=pa.list_(pa.list_(_INT)),
        boxes=pa.list_(pa.list_(_FLOAT)), edited_pictures=_INT, masks=_TEXT,
    ),
}  # fmt: skip
TABLE_SCHEMAS: Final[Mapping[Table, pa.Schema]] = dict([*SCHEMAS.items(), *ABOUT_SCHEMAS.items()])
PROVENANCE_SCHEMA: Final = _schema(
    document=_TEXT, revision=_INT, submission_sha256=_TEXT, task=_TEXT, video_sha256=_TEXT, guideline_version=_INT,
    source_dataset=_TEXT, licence=_TEXT, people=pa.list_(pa.struct([("step", _TEXT), ("person", _TEXT)])),
)  # fmt: skip


@dataclass(frozen=True)
class ShardFile:
    """A file of a shard: its path relative to the release's folder, and how many rows it has."""

    path: str
    rows: int


class ShardWriter:
    """One shard of one split, held in memory (some tens of MB) until it is written as a whole."""

    def __init__(self, split: str, number: int) -> None:
        self.split = split
        self.number = number
        self.rows = 0
        """Rows of PLM's subsets."""
        self._tables = {table: _Rows(TABLE_SCHEMAS[table]) for table in TABLES}
        self._ids: dict[Subset, list[str]] = {subset: [] for subset in SUBSETS}
        self._origin: dict[Subset, list[int]] = {subset: [] for subset in SUBSETS}
        self._provenance: list[Provenance] = []

    def about(self, table: About, row: Mapping[str, Any]) -> None:
        """Add a row of one of the tables that say what the records are about."""
        self._tables[table].add(row)

    def document(self, provenance: Provenance) -> int:
        """Say where the following rows come from; the number is given with each of them."""
        self._provenance.append(provenance)
        return len(self._provenance) - 1

    def record(self, subset: Subset, row_id: str, row: Mapping[str, Any], origin: int) -> None:
        """Add a released record; `origin` is the number of its document."""
        self._tables[subset].add(row)
        self._ids[subset].append(row_id)
        self._origin[subset].append(origin)
        self.rows += 1

    def records(
        self, subset: Subset, row_ids: Sequence[str], lines: Sequence[bytes], columns: _Columns, origin: int
    ) -> None:
        """Add released records of one document that are JSON (without its line break) and columns already; a field of
        an object is a column like `metadata.domain`."""
        self._tables[subset].extend(lines, columns)
        self._ids[subset] += row_ids
        self._origin[subset] += [origin] * len(lines)
        self.rows += len(lines)

    def write(self, folder: Path) -> list[ShardFile]:
        """Write the shard's files below `folder`; tables without rows get none."""
        found: list[ShardFile] = []
        for table, rows in self._tables.items():
            if not rows.count:
                continue
            path = shard_path("records", self.split, table, self.number)
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.with_name(f"{target.name}.jsonl.zst").write_bytes(
                zstandard.ZstdCompressor(level=_LEVEL).compress(rows.lines())
            )
            write_parquet(target.with_name(f"{target.name}.parquet"), rows.columns())
            found += [ShardFile(f"{path}.jsonl.zst", rows.count), ShardFile(f"{path}.parquet", rows.count)]
        documents = pa.Table.from_batches([_batch(self._provenance, PROVENANCE_SCHEMA)]) if self._provenance else None
        for subset, ids in self._ids.items():
            if ids and documents is not None:
                origins = documents.take(pa.array(self._origin[subset], pa.int64()))
                path = shard_path("provenance", self.split, subset, self.number) + ".parquet"
                target = folder / path
                target.parent.mkdir(parents=True, exist_ok=True)
                write_parquet(target, origins.add_column(0, "row", pa.array(ids, pa.string())))
                found.append(ShardFile(path, len(ids)))
        return found


class _Rows:
    """The rows of a table, as JSON lines and as Arrow columns; turned into both some thousand at a time."""

    def __init__(self, schema: pa.Schema) -> None:
        self.count = 0
        self._schema = schema
        self._names = dict.fromkeys(schema.names).keys()
        self._pending: list[Mapping[str, Any]] = []
        self._made: list[bytes] = []
        self._columns: dict[str, list[Any]] = {name: [] for name in _leaves(schema)}
        self._lines: list[bytes] = []
        self._batches: list[pa.RecordBatch] = []

    def add(self, row: Mapping[str, Any]) -> None:
        if self._made:
            self._turn()
        self.count += 1
        self._pending.append(row)
        if len(self._pending) >= _TURNED:
            self._turn()

    def extend(self, lines: Sequence[bytes], columns: _Columns) -> None:
        if columns.keys() != self._columns.keys():
            raise ValueError(f"rows have {', '.join(columns)}, not {', '.join(self._columns)}")
        if self._pending:
            self._turn()
        self.count += len(lines)
        self._made += lines
        for name, values in columns.items():
            self._columns[name] += values
        if len(self._made) >= _TURNED:
            self._turn()

    def lines(self) -> bytes:
        self._turn()
        return b"".join(self._lines)

    def columns(self) -> pa.Table:
        self._turn()
        return pa.Table.from_batches(self._batches, self._schema).combine_chunks()

    def _turn(self) -> None:
        rows, self._pending = self._pending, []
        for row in rows:
            if row.keys() != self._names:  # pyarrow would leave out what it does not know
                raise ValueError(f"a row has {', '.join(row)}, not {', '.join(self._names)}")
        if rows:
            self._lines.append(b"".join([orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows]))
            self._batches.append(_batch(rows, self._schema))
        if self._made:
            self._lines += [b"\n".join(self._made), b"\n"]
            self._batches.append(_joined(self._columns, self._schema))
            self._made = []
            self._columns = {name: [] for name in self._columns}


_Columns = Mapping[str, list[Any]]


def _leaves(schema: pa.Schema) -> list[str]:
    """The names of a table's columns; of an object, those of its fields, as `metadata.domain`."""
    found = []
    for column in schema:
        nested = list(column.type) if pa.types.is_struct(column.type) else []
        found += [f"{column.name}.{field.name}" for field in nested] or [column.name]
    return found


def _joined(columns: _Columns, schema: pa.Schema) -> pa.RecordBatch:
    """Columns by their names as Arrow has them. ValueError where they are not of one length."""
    found = []
    for column in schema:
        if pa.types.is_struct(column.type):
            parts = [_column(columns[f"{column.name}.{field.name}"], field.type) for field in column.type]
            found.append(pa.StructArray.from_arrays(parts, fields=list(column.type)))
        else:
            found.append(_column(columns[column.name], column.type))
    return pa.RecordBatch.from_arrays(found, schema=schema)


def _batch(rows: Sequence[Mapping[str, Any]], schema: pa.Schema) -> pa.RecordBatch:
    """Rows as columns."""
    columns = [_column([row[column.name] for row in rows], column.type) for column in schema]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _column(values: list[Any], kind: pa.DataType) -> pa.Array:
    """Values as Arrow has them. Lists and objects are taken apart here: pyarrow looks at each by itself, which takes
    several times as long. KeyError for an object without one of its fields, ValueError for one with others."""
    if pa.types.is_struct(kind):
        if any(len(value) != kind.num_fields for value in values):
            raise ValueError(f"an object has other fields than {', '.join(field.name for field in kind)}")
        parts = [_column([value[field.name] for value in values], field.type) for field in kind]
        return pa.StructArray.from_arrays(parts, fields=list(kind))
    if pa.types.is_list(kind):
        lists = [value or () for value in values]
        ends = pa.array([0, *accumulate(map(len, lists))], pa.int32())
        absent = pa.array([value is None for value in values]) if None in values else None
        return pa.ListArray.from_arrays(
            ends, _column(list(chain.from_iterable(lists)), kind.value_type), type=kind, mask=absent
        )
    return pa.array(values, kind)


def shard_path(room: str, split: str, table: str, number: int) -> str:
    """`records/train/rcap-00003`, without the ending."""
    return f"{room}/{split}/{table}-{number:05d}"


def arrow_rows(jsonl: bytes, schema: pa.Schema) -> pa.Table:
    """The rows of JSON lines as Arrow columns. pa.ArrowInvalid for a field or type that the schema does not have."""
    return pj.read_json(
        pa.BufferReader(jsonl),
        read_options=pj.ReadOptions(use_threads=False, block_size=min(len(jsonl) + 1, 2 * MAX_LINE)),
        parse_options=pj.ParseOptions(explicit_schema=schema, unexpected_field_behavior="error"),
    )


def write_parquet(path: Path, table: pa.Table) -> None:
    """Write a table as every reader of Parquet takes it; the same rows give the same bytes."""
    with pq.ParquetWriter(path, table.schema, compression="zstd", compression_level=_LEVEL, version="2.6") as out:
        out.write_table(table, row_group_size=_ROW_GROUP)


# Reading


def shards(folder: Path, split: str, table: str) -> list[Path]:
    """The JSONL files of a table in order; also of releases from before there were shards."""
    room = folder / "records" / split
    found = sorted(room.glob(f"{table}-*.jsonl.zst"))
    whole = room / f"{table}.jsonl"
    return found or ([whole] if whole.is_file() else [])


def read_table(folder: Path, split: str, table: str) -> Iterator[dict[str, Any]]:
    """The rows of a table of a release's folder, one at a time. ValueError names a line that is no record."""
    for path in shards(folder, split, table):
        yield from read_lines(path)


def read_provenance(folder: Path, split: str, subset: Subset) -> Iterator[dict[str, Any]]:
    """For each row of a subset, in the same order: its id (`row`) and its Provenance."""
    for path in sorted((folder / "provenance" / split).glob(f"{subset}-*.parquet")):
        yield from read_parquet(path)


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a JSONL file, zstd or plain, at constant memory. ValueError names the line that is no object."""
    for number, line in enumerate(_lines(path), start=1):
        try:
            row = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            raise ValueError(f"{path.name}, line {number}: {error}") from None
        if not isinstance(row, dict):
            raise ValueError(f"{path.name}, line {number}: not an object")
        yield row


def _lines(path: Path) -> Iterable[bytes]:
    with path.open("rb") as raw:
        opened: Any = raw
        number = size = promised = 0
        try:
            if path.suffix == ".zst":
                promised = zstandard.frame_content_size(raw.read(_HEADER))
                raw.seek(0)
                opened = io.BufferedReader(zstandard.ZstdDecompressor().stream_reader(raw), buffer_size=2**20)
            while line := opened.readline(MAX_LINE + 1):
                number += 1
                size += len(line)
                if len(line) > MAX_LINE:
                    raise ValueError(f"{path.name}, line {number}: longer than {MAX_LINE >> 20} MiB, no record is")
                if line.strip():
                    yield line
        except zstandard.ZstdError as error:
            raise ValueError(f"{path.name}, after line {number}: the file is damaged ({error})") from None
        if size < promised:  # the decoder takes the end of a file for the end of its data
            raise ValueError(f"{path.name}, after line {number}: the file is damaged (it ends early)")
