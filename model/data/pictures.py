"""The pictures of samples: counted from headers, decoded ahead in worker processes, kept in a folder."""

from __future__ import annotations

import json
import resource
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import mkdtemp
from types import TracebackType
from typing import IO, Any, Final, Self

import numpy as np

from model.data.conversations import SAMPLED_FRAMES
from model.data.frames import ClipError, Frames, count_frames, read_frames
from model.data.picture_cache import PictureCache
from model.data.samples import Sample
from model.data.tiles import ImageError, image_size, picture_count, read_image

PictureErrors: Final = (ClipError, ImageError)


@dataclass(frozen=True)
class View:
    """How pictures are made: squares of `size` pixels, `frames` of a video at most, tiles of an image or none (1)."""

    size: int
    frames: int = SAMPLED_FRAMES
    max_tiles: int = 1


@dataclass(frozen=True)
class Shown:
    """What a sample shows, in plain values, as it is sent to a worker process."""

    files: tuple[str, ...]
    video: bool
    boxes: tuple[tuple[int, tuple[float, ...] | None], ...]
    start_s: float | None
    end_s: float | None

    @classmethod
    def of(cls, sample: Sample) -> Self:
        """What `sample` shows; a text shows no file."""
        video = sample.media == "video"
        files = (sample.clip,) if video else sample.images
        boxes = sorted((sample.boxes or {}).items())
        return cls(
            files=tuple(map(str, files)),
            video=video,
            boxes=tuple((index, None if box is None else tuple(box)) for index, box in boxes),
            start_s=sample.start_s,
            end_s=sample.end_s,
        )


def count_pictures(shown: Shown, view: View) -> list[int]:
    """How many pictures each file gives, from headers alone; ClipError or ImageError when one cannot be read."""
    if shown.video:
        return [count_frames(Path(shown.files[0]), frames=view.frames, start_s=shown.start_s, end_s=shown.end_s)]
    sizes = (image_size(Path(file)) for file in shown.files)
    return [picture_count(*size, tile=view.size, max_tiles=view.max_tiles) for size in sizes]


def read_pictures(shown: Shown, view: View) -> Frames:
    """uint8[N, size, size, 3], decoded now; ClipError or ImageError when a file cannot be decoded."""
    if not shown.video:
        images = [read_image(Path(file), size=view.size, max_tiles=view.max_tiles) for file in shown.files]
        return np.concatenate(images) if images else np.zeros((0, view.size, view.size, 3), np.uint8)
    path = Path(shown.files[0])
    try:
        return read_frames(
            path,
            size=view.size,
            frames=view.frames,
            boxes=dict(shown.boxes),
            start_s=shown.start_s,
            end_s=shown.end_s,
        )
    except ValueError as error:
        raise ClipError(f"{path.name}: {error}") from error


class Pictures:
    """Pictures of samples by way of a folder. Close it, or use it in `with`.

    `goes`: the folder is removed when this is closed; one that a killed process left there is taken over. `folder`
    None: a temporary one. `processes` 0: decode in a thread of this process.
    """

    def __init__(
        self,
        view: View,
        *,
        folder: Path | None = None,
        goes: bool = False,
        max_bytes: int = 1 << 33,
        processes: int = 1,
    ) -> None:
        _allow_many_open_files()
        self._view = view
        self._goes = goes or folder is None
        self._folder = Path(mkdtemp(prefix="vidgrain-pictures-")) if folder is None else folder
        self._max_bytes = max_bytes
        self._cache = PictureCache(self._folder, max_bytes)
        self._pool = ThreadPoolExecutor(max(1, processes), thread_name_prefix="pictures")
        self._in_processes = processes > 0
        self._worker = threading.local()
        self._workers: list[subprocess.Popen[bytes]] = []
        self._counts: dict[str, list[int]] = {}

    def counts(self, sample: Sample) -> list[int]:
        """Pictures of each of its files, without decoding; ClipError or ImageError when one cannot be read."""
        if sample.clip_key not in self._counts:
            self._counts[sample.clip_key] = count_pictures(Shown.of(sample), self._view)
        return self._counts[sample.clip_key]

    def ahead(self, sample: Sample) -> Future[Frames]:
        """Its pictures, soon; the future fails with ClipError or ImageError when they cannot be decoded."""
        return self._pool.submit(self.read, sample)

    def trouble(self, sample: Sample) -> Future[str | None]:
        """What is wrong with its pictures, or None, soon. They are in the folder then, and held by nobody."""
        return self._pool.submit(self._trouble, sample)

    def _trouble(self, sample: Sample) -> str | None:
        try:
            self.read(sample)
        except PictureErrors as error:
            return str(error)
        return None

    def read(self, sample: Sample) -> Frames:
        """uint8[N, size, size, 3], from the folder where they are there, else decoded."""
        shown, key = Shown.of(sample), self._key(sample)
        if not shown.files:
            return read_pictures(shown, self._view)
        if (kept := self._cache.get(key)) is not None:
            return kept
        if self._in_processes:
            self._decode_elsewhere(shown, key)
            if (kept := self._cache.get(key)) is not None:
                return kept
        # Nothing came of it: the worker ended, or the disk took nothing. Whatever is wrong with the file says so here.
        pictures = read_pictures(shown, self._view)
        with suppress(OSError):
            self._cache.put(key, pictures)
        return pictures

    def close(self) -> None:
        """End the workers; futures that have not begun are cancelled."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        for worker in self._workers:
            worker.kill()
        self._pool.shutdown(wait=True)
        for worker in self._workers:
            worker.communicate()
        if self._goes:
            shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _key(self, sample: Sample) -> str:
        """What the pictures depend on: what is shown and how."""
        media = f"{sample.media}:{sample.clip_key}"
        return sha256(f"{_MADE_BY}:{media}:{self._view}".encode()).hexdigest()

    def _decode_elsewhere(self, shown: Shown, key: str) -> None:
        """Have this thread's worker process decode into the folder. Failing is silent: the caller looks and decides."""
        worker = getattr(self._worker, "process", None)
        if worker is None or worker.poll() is not None:
            worker = self._start_worker()
        job = {"shown": asdict(shown), "view": asdict(self._view), "key": key}
        into, out = worker.stdin, worker.stdout
        assert into is not None and out is not None
        with suppress(OSError, ValueError):
            into.write(json.dumps(job).encode() + b"\n")
            into.flush()
            out.readline()

    def _start_worker(self) -> subprocess.Popen[bytes]:
        # A program of its own, not a fork: it loads no torch, holds no lock of ours, and ends when its input does.
        command = [sys.executable, "-m", "model.data.pictures", str(self._folder), str(self._max_bytes)]
        worker = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603 - our own module
        self._worker.process = worker
        self._workers.append(worker)
        return worker


def _allow_many_open_files() -> None:
    """As many as the system lets this process have: a step maps hundreds of files, and many shells allow 1,024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, _OPEN_FILES)
    if soft != resource.RLIM_INFINITY and soft < most:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


_OPEN_FILES: Final = 1 << 20
_MADE_BY: Final = "1"
"""Changes when the same file gives other pixels than before."""


def work(cache: PictureCache, lines: IO[bytes], answers: IO[bytes]) -> None:
    """The life of a worker process: a job a line in, `done` or the reason a line out."""
    for line in lines:
        job: Mapping[str, Any] = json.loads(line)
        try:
            cache.put(job["key"], read_pictures(_shown(job["shown"]), View(**job["view"])))
            answer = "done"
        except (*PictureErrors, OSError) as error:
            answer = str(error).replace("\n", " ")
        answers.write(answer.encode() + b"\n")
        answers.flush()


def _shown(fields: Mapping[str, Any]) -> Shown:
    boxes = tuple((int(index), None if box is None else tuple(box)) for index, box in fields["boxes"])
    return Shown(tuple(fields["files"]), fields["video"], boxes, fields["start_s"], fields["end_s"])


if __name__ == "__main__":
    # Ctrl-C reaches every process of the terminal. The trainer decides what becomes of it; we end with our input.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    work(PictureCache(Path(sys.argv[1]), int(sys.argv[2])), sys.stdin.buffer, sys.stdout.buffer)
