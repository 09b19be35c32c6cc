"""For the forms that know pictures and no videos: a clip as JPEG files, and JSON too long for memory."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import av
import orjson
from PIL import Image

from annotator.formats.released import FormError, ReleasedVideo

QUALITY = 95


def write_pictures(video: ReleasedVideo, folder: Path) -> list[str]:
    """`00000.jpg` … of each grid frame; the names. FormError when the clip does not have one picture a grid frame."""
    folder.mkdir(parents=True, exist_ok=True)
    names: list[str] = []
    try:
        with av.open(f"file:{video.clip}") as container:
            container.streams.video[0].thread_type = "AUTO"
            for frame in container.decode(video=0):
                name = f"{len(names):05d}.jpg"
                # 4:4:4, so that the edges of small subjects keep their colour
                picture = Image.fromarray(frame.to_ndarray(format="rgb24"))
                picture.save(folder / name, quality=QUALITY, subsampling=0)
                names.append(name)
    except (av.FFmpegError, IndexError, OSError) as error:
        raise FormError(f"{video.clip.name}: cannot be decoded: {error}") from None
    if len(names) != video.total_frames:
        raise FormError(f"{video.clip.name}: has {len(names)} pictures, its records {video.total_frames} grid frames")
    return names


class JsonLists:
    """A JSON object of a few long lists, written entry by entry: each list waits in a file of its own until the end."""

    def __init__(self, path: Path, head: Mapping[str, Any], lists: Iterable[str]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._head = head
        self._files: dict[str, IO[bytes]] = {name: path.with_name(f"{path.name}.{name}").open("w+b") for name in lists}
        self.counts = dict.fromkeys(self._files, 0)

    def add(self, name: str, entry: Mapping[str, Any]) -> int:
        """Write an entry, with the next number from 1 as its `id`; the number."""
        self.counts[name] += 1
        self._files[name].write(
            (b",\n" if self.counts[name] > 1 else b"") + orjson.dumps({"id": self.counts[name], **entry})
        )
        return self.counts[name]

    def __enter__(self) -> JsonLists:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Put the lists together; without entries in any there is no file."""
        if kind is None and any(self.counts.values()):
            with self._path.open("wb") as out:
                out.write(orjson.dumps(self._head).removesuffix(b"}"))
                for name, file in self._files.items():
                    out.write(b',\n"' + name.encode() + b'": [\n')
                    file.seek(0)
                    shutil.copyfileobj(file, out)
                    out.write(b"\n]")
                out.write(b"}\n")
        for name, file in self._files.items():
            file.close()
            self._path.with_name(f"{self._path.name}.{name}").unlink(missing_ok=True)
