"""Reads a proxy's pictures by number, exactly, in any order, in bounded memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import numpy as np
import numpy.typing as npt
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream
from PIL import Image

from annotator.video.frames import FrameTable

Picture = npt.NDArray[np.uint8]

GOPS_KEPT = 4
"""Decoded GOPs held at once: 12 pictures of 1280×720 are 17 MB."""


class ProxyMismatch(Exception):
    """The proxy does not hold the pictures that the frame table names; nothing may be annotated on it."""


class PictureReader:
    """Pictures of a proxy as RGB arrays. A context manager; belongs to one thread.

    Decodes whole GOPs (they are closed and short) and keeps the last few: stepping backward costs no more than forward.
    """

    def __init__(self, proxy: Path, table: FrameTable) -> None:
        self.table = table
        self.width, self.height = table.width, table.height
        self._keys = table.keys()
        self._gops: OrderedDict[int, list[VideoFrame]] = OrderedDict()
        self._packets: Iterator[Packet[VideoStream]] = iter(())
        self._held: Packet[VideoStream] | None = None
        self._scaler = VideoReformatter()  # set up once: a new one for each picture costs more than the picture
        self._next = -1  # the picture that `_packets` comes to
        self._container: InputContainer = av.open(f"file:{Path(proxy).resolve()}")
        self._stream = self._container.streams.video[0]
        self._stream.thread_type = "AUTO"
        if Fraction(self._stream.time_base or 0) != table.proxy_time_base:
            self._container.close()
            raise ProxyMismatch("the proxy's clock differs from the frame table's")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __len__(self) -> int:
        return len(self.table)

    def close(self) -> None:
        """Give back the file and the pictures held. May be called twice."""
        self._gops.clear()
        self._held = None
        self._packets = iter(())
        self._container.close()

    def frame(self, picture: int, *, alone: bool = False) -> VideoFrame:
        """The decoded picture as it is (yuv420p); shared with the reader's store, so copy before changing it.

        `alone` says that its neighbours are not wanted: a key picture is then decoded without its GOP.
        """
        key = self.table.key_before(picture)
        gop = self._gops.get(key)
        if gop is None and alone and picture == key:
            return self._decode(key, key + 1)[0]
        if gop is None:
            gop = self._gops[key] = self._decode(key, self._gop_end(key))
            while len(self._gops) > GOPS_KEPT:
                self._gops.popitem(last=False)
        self._gops.move_to_end(key)
        return gop[picture - key]

    def picture(self, picture: int) -> Picture:
        """uint8[height, width, 3] RGB of one picture; IndexError when there is no such picture."""
        return self.small(picture, self.width, self.height)

    def small(self, picture: int, width: int, height: int, *, alone: bool = False) -> Picture:
        """uint8[height, width, 3] RGB of one picture in another size; `alone` as in `frame`."""
        rgb = self._scaler.reformat(
            self.frame(picture, alone=alone), width=width, height=height, format="rgb24", threads=1
        )
        return rgb.to_ndarray().astype(np.uint8, copy=False)

    def pictures(self, start: int, stop: int, step: int = 1) -> Iterator[tuple[int, Picture]]:
        """(number, RGB) for `range(start, stop, step)`; any step but 0, -1 runs backward."""
        for number in range(start, stop, step):
            yield number, self.picture(number)

    def jpeg(self, picture: int, quality: int = 85) -> bytes:
        """One picture as JPEG."""
        buffer = BytesIO()
        Image.fromarray(self.picture(picture)).save(buffer, "JPEG", quality=quality)
        return buffer.getvalue()

    def _gop_end(self, key: int) -> int:
        after = int(np.searchsorted(self._keys, key, side="right"))
        return int(self._keys[after]) if after < len(self._keys) else len(self.table)

    def _decode(self, key: int, end: int) -> list[VideoFrame]:
        """The pictures from `key` to before `end`, within one GOP, checked against the table's times."""
        want = self.table.proxy_pts[key:end].tolist()
        context = self._stream.codec_context
        if key != self._next:
            self._container.seek(want[0], stream=self._stream)
            self._packets = self._container.demux(self._stream)
            self._held = None
        frames: list[VideoFrame] = []
        for packet in self._gop_packets(want[0], want[-1]):
            frames += context.decode(packet)
        frames += context.decode(None)
        context.flush_buffers()
        self._next = end
        if [frame.pts for frame in frames] != want:
            self._next = -1
            raise ProxyMismatch(f"the proxy's pictures {key} to {end - 1} are not those of the frame table")
        return frames

    def _gop_packets(self, first: int, last: int) -> Iterator[Packet[VideoStream]]:
        """The packets with times from `first` to `last`; without B pictures they come in this order."""
        while True:
            packet = self._held or next(self._packets, None)
            self._held = None
            if packet is None or not packet.size or packet.pts is None:
                return
            if packet.pts > last:
                self._held = packet
                return
            if packet.pts >= first:
                yield packet
            if packet.pts == last:
                return
