"""The proxy's sound: the source's first audio stream as AAC, laid on the pictures' clock."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import av
import numpy as np
import numpy.typing as npt
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer

AAC_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
FRAME = 1024
"""Samples of an AAC frame."""
TOLERANCE = Fraction(1, 20)
"""Seconds by which timestamps may jitter before silence is put in or samples are dropped."""

Samples = npt.NDArray[np.float32]


class Sound:
    """Reads the source's sound by a second handle, so that it can follow the pictures without being held in memory."""

    def __init__(self, container: InputContainer, source: AudioStream, target: AudioStream, start: Fraction) -> None:
        self._container = container
        self._source = source
        self._target = target
        self._start = start
        self._resampler = AudioResampler(format="fltp", layout=target.layout.name, rate=target.rate)
        self._chunks = self._decoded()
        self._pending: Samples = np.zeros((target.layout.nb_channels, 0), np.float32)
        self._written = 0
        self._ended = False

    @classmethod
    def open(cls, container: InputContainer, output: OutputContainer, start: Fraction) -> Sound | None:
        """Add an AAC stream to `output`; `start` is the first picture's time in seconds. None without sound."""
        source = next((s for s in container.streams.audio if s.codec_context is not None and s.rate), None)
        if source is None:
            return None
        rate = source.rate if source.rate in AAC_RATES else 48000
        target = output.add_stream("aac", rate=rate, layout="mono" if source.channels == 1 else "stereo")
        target.bit_rate = 64_000 * target.layout.nb_channels
        return cls(container, source, target, start)

    def write(self, output: OutputContainer, until: Fraction, *, last: bool = False) -> None:
        """Mux the sound up to `until` seconds after the first picture; with `last`, end there."""
        end = int(until * self._target.rate)
        while not self._ended and self._written + self._pending.shape[1] < end:
            chunk = next(self._chunks, None)
            if chunk is None:
                self._ended = True
            else:
                self._pending = np.concatenate([self._pending, chunk], axis=1)
        if last:
            self._pending = self._pending[:, : max(0, end - self._written)]
        while self._pending.shape[1] >= FRAME or (last and self._pending.shape[1]):
            self._encode(output, self._pending[:, :FRAME])
            self._pending = self._pending[:, FRAME:]
        if last:
            output.mux(self._target.encode(None))

    def _encode(self, output: OutputContainer, samples: Samples) -> None:
        frame = AudioFrame.from_ndarray(np.ascontiguousarray(samples), "fltp", self._target.layout.name)
        frame.sample_rate = self._target.rate
        frame.time_base = Fraction(1, self._target.rate)
        frame.pts = self._written
        self._written += samples.shape[1]
        output.mux(self._target.encode(frame))

    def _decoded(self) -> Iterator[Samples]:
        """Samples in one row from the first picture on: gaps become silence, overlaps and earlier ones are dropped."""
        position = 0  # samples handed out so far
        rate = self._target.rate
        for packet in self._container.demux(self._source):
            try:
                frames = self._source.codec_context.decode(packet)
            except av.error.FFmpegError:
                continue  # a damaged piece of sound becomes silence by the next timestamp
            for frame in frames:
                at = position
                if frame.pts is not None and frame.time_base is not None:
                    exact = (frame.pts * frame.time_base - self._start) * rate
                    if abs(exact - position) > TOLERANCE * rate:
                        at = round(exact)
                frame.pts = None
                for out in self._resampler.resample(frame):
                    samples = out.to_ndarray().astype(np.float32, copy=False)
                    if at < position:
                        samples = samples[:, position - at :]
                    yield from _silence(len(samples), at - position)
                    position = max(position, at) + samples.shape[1]
                    at = position
                    yield samples


def _silence(channels: int, count: int) -> Iterator[Samples]:
    """`count` samples of silence in pieces of a second or so: a gap may be hours long."""
    while count > 0:
        piece = min(count, 48_000)
        yield np.zeros((channels, piece), np.float32)
        count -= piece
