"""What a backup says about itself: the manifest, its own hash, and the errors of a folder that is none or was changed.

manifest.json            what is here, with hashes; written last
manifest.sha256          the hash of manifest.json, as `sha256sum -c` reads it
tables/users.jsonl.gz    one JSON array a row, in the order of the manifest's columns
objects.jsonl.gz         key, size and hash of every object
objects/<key>            the objects, unless they were only listed
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Literal

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from server.errors import Conflict, Unprocessable

FORMAT: Literal["vidgrain-backup"] = "vidgrain-backup"
VERSION = 1
NAME = "manifest.json"
HASH_NAME = "manifest.sha256"
OBJECTS_NAME = "objects.jsonl.gz"
OBJECTS_FOLDER = "objects"
CHUNK = 1 << 20

ColumnKind = Literal["uuid", "moment", "json", "boolean", "integer", "number", "text", "bytes"]


class NoBackup(Unprocessable):
    """This folder holds no whole backup."""


class BackupChanged(Unprocessable):
    """A file of the backup is not as it was written."""


class FolderTaken(Conflict):
    """A backup goes into a new or empty folder."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ColumnEntry(_Strict):
    """A column of a table, by a kind that both databases know."""

    name: str
    kind: ColumnKind


class TableEntry(_Strict):
    """A table's file. The tables are in an order in which none points to a later one."""

    name: str
    rows: int
    bytes: int
    sha256: str
    columns: list[ColumnEntry]

    @property
    def path(self) -> str:
        """The file's place in the folder."""
        return f"tables/{self.name}.jsonl.gz"


class ObjectsEntry(_Strict):
    """The objects. `vanished` were listed but deleted before they could be read."""

    count: int
    bytes: int
    copied: bool
    vanished: int
    list_sha256: str


class ObjectEntry(_Strict):
    """One line of the list of objects."""

    key: str
    size: int
    sha256: str


class Manifest(_Strict):
    """The whole backup."""

    format: Literal["vidgrain-backup"]
    version: int
    program: str
    revision: str
    made_at: str
    database: str
    tables: list[TableEntry]
    objects: ObjectsEntry

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(table.rows for table in self.tables)


def new_folder(folder: Path) -> None:
    """Make the folder of a new backup, for its owner only: it holds password hashes. FolderTaken unless empty."""
    folder.mkdir(parents=True, exist_ok=True)
    if next(folder.iterdir(), None) is not None:
        raise FolderTaken(f"{folder} is not empty: a backup goes into a folder of its own.", field="folder")
    folder.chmod(0o700)
    (folder / "tables").mkdir()


def write(folder: Path, manifest: Manifest) -> None:
    """Write the manifest and its hash; only now is the folder a backup."""
    data = orjson.dumps(manifest.model_dump(), option=orjson.OPT_INDENT_2) + b"\n"
    for name, content in ((NAME, data), (HASH_NAME, _hash_line(data))):
        with (folder / name).open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())


def _hash_line(data: bytes) -> bytes:
    return f"{hashlib.sha256(data).hexdigest()}  {NAME}\n".encode()


def read(folder: Path) -> Manifest:
    """The manifest of a whole backup. Raises NoBackup or BackupChanged."""
    try:
        data = (folder / NAME).read_bytes()
        said = (folder / HASH_NAME).read_bytes()
    except OSError as error:
        raise NoBackup(
            f"{folder} holds no whole backup: {Path(error.filename).name} is missing or can not be read.",
            field="folder",
        ) from error
    if said != _hash_line(data):
        raise BackupChanged(f"{NAME} or {HASH_NAME} is not as it was written.", field=NAME)
    try:
        found = Manifest.model_validate_json(data)
    except ValidationError as error:
        raise NoBackup(f"{NAME} is of another program or version.", field=NAME) from error
    if found.version != VERSION:
        raise NoBackup(f"{NAME} has version {found.version}; this program reads {VERSION}.", field=NAME)
    return found


def check_file(folder: Path, name: str, sha256: str, size: int | None = None) -> None:
    """Raise BackupChanged, naming the file, unless it is there with this hash."""
    path = folder / name
    hashed = hashlib.sha256()
    length = 0
    try:
        with path.open("rb") as file:
            while piece := file.read(CHUNK):
                hashed.update(piece)
                length += len(piece)
    except OSError as error:
        raise BackupChanged(f"{name} is missing or can not be read.", field=name) from error
    if hashed.hexdigest() != sha256 or size not in (None, length):
        raise BackupChanged(f"{name} is not as it was written.", field=name)
