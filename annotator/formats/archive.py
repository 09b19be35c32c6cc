"""The files of a folder or zip that somebody else made, read one by one and never unpacked.

Names that lead outside, links that do, and entries that are larger than allowed are refused by name.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from types import TracebackType

from annotator.formats.foreign import ForeignError

MAX_FILES = 200_000
MAX_BYTES = 64 << 20
"""Of one file: far more than any mask needs."""
MAX_UNPACKED = 4 << 30
"""Of all that is read of one zip file."""
_TAKEN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class Archive:
    """A folder, or a .zip file. `names` are sorted paths with forward slashes, relative to it."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self._zip: zipfile.ZipFile | None = None
        self._folders: dict[str, dict[str, list[str]]] = {}
        self._root = path.resolve()
        self._left = MAX_UNPACKED
        if path.is_dir():
            self.names = sorted(self._walk())
            return
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:  # ValueError: names in no known letters
            raise ForeignError(path.name, f"is neither a folder nor a zip file: {error}") from None
        try:
            self.names = sorted(self._entries(self._zip))
        except BaseException:
            self._zip.close()
            raise

    def folders(self, suffix: str) -> dict[str, list[str]]:
        """The names that end in `suffix` (of any case), sorted, by folder ("" for the top)."""
        if suffix not in self._folders:
            found: dict[str, list[str]] = {}
            for name in self.names:
                if name.lower().endswith(suffix):
                    found.setdefault(name.rpartition("/")[0], []).append(name)
            self._folders[suffix] = found
        return self._folders[suffix]

    def read(self, name: str) -> bytes:
        """The bytes of one file, at most MAX_BYTES; of a zip no more than MAX_UNPACKED in all. Raises ForeignError."""
        where = f"{self.name}/{name}"
        try:
            if self._zip is None:
                with self._root.joinpath(name).open("rb") as stream:
                    data = stream.read(MAX_BYTES + 1)
            else:
                # Read up to the limit whatever the directory says: an entry may unpack to more than it declares.
                with self._zip.open(name) as stream:
                    data = stream.read(MAX_BYTES + 1)
        except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError) as error:
            raise ForeignError(where, f"cannot be read: {error}") from None
        if len(data) > MAX_BYTES:
            raise ForeignError(where, f"has more than {MAX_BYTES} bytes")
        self._left -= len(data) if self._zip is not None else 0
        if self._left < 0:
            raise ForeignError(self.name, f"unpacks to more than {MAX_UNPACKED} bytes: split it")
        return data

    def _walk(self) -> Iterator[str]:
        for count, path in enumerate(self._root.rglob("*")):
            if count >= MAX_FILES:
                raise ForeignError(self.name, f"has more than {MAX_FILES} files")
            name = path.relative_to(self._root).as_posix()
            if not path.resolve().is_relative_to(self._root):
                raise ForeignError(f"{self.name}/{name}", "is a link that leads outside the folder")
            if path.is_file():
                yield name

    def _entries(self, archive: zipfile.ZipFile) -> Iterator[str]:
        entries = archive.infolist()
        if len(entries) > MAX_FILES:
            raise ForeignError(self.name, f"has more than {MAX_FILES} files")
        seen: set[str] = set()
        for entry in entries:
            where = f"{self.name}/{entry.filename!r}"
            path = PurePosixPath(entry.filename)
            unsafe = path.is_absolute() or ".." in path.parts or "\\" in entry.orig_filename or ":" in entry.filename
            if unsafe or "\0" in entry.orig_filename:
                raise ForeignError(where, "has a name that leads outside the archive")
            if entry.external_attr >> 16 & 0o170000 == 0o120000:
                raise ForeignError(where, "is a link; an archive may hold files only")
            if entry.flag_bits & 0x1:
                raise ForeignError(where, "is encrypted")
            if entry.compress_type not in _TAKEN:
                raise ForeignError(where, "is compressed in another way than deflate: pack it again")
            if entry.filename in seen:
                raise ForeignError(where, "is in the archive twice")
            seen.add(entry.filename)
            if not entry.is_dir():
                yield entry.filename

    def close(self) -> None:
        """Closes the zip file."""
        if self._zip is not None:
            self._zip.close()

    def __enter__(self) -> Archive:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
