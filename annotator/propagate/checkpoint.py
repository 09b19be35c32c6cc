"""A track in the middle of its work as bytes: its masks so far and its session, so that any other worker goes on.

Nothing of it is run: plain values, a packed masklet and a session's snapshot, under one checksum.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from annotator.masklet.packed import PackedError, PackedMasklet, pack
from annotator.masklet.rle import Rle
from annotator.propagate import snapshot
from annotator.propagate.protocol import SnapshotError
from annotator.propagate.run import Halfway

_KIND = "track"


@dataclass(frozen=True)
class Checkpoint:
    """What a track had given, and the session as it was after the last of it."""

    given: int
    """Frames that were given, those that are not final as well."""
    frames: dict[int, tuple[str | None, float]]
    """The last word on each picture: RLE counts (None: absent) and the score, of four decimals."""
    settled: set[int]
    """Pictures whose last word is final."""
    agreement: dict[int, float]
    """`MaskFrame.agreement` of the pictures that were followed from both sides."""
    session: bytes
    """`Session.snapshot()`."""

    def pack(self, height: int, width: int, count: int, of: Mapping[str, str]) -> bytes:
        """The bytes of a checkpoint. `of` says what it is one of; `unpack` takes it for nothing else."""
        frames = ((picture, *self.frames[picture]) for picture in sorted(self.frames))
        masks = pack(height, width, frames, count)
        header = {
            "kind": _KIND,
            "of": dict(of),
            "given": self.given,
            "settled": sorted(self.settled),
            "agreement": [[picture, share] for picture, share in sorted(self.agreement.items())],
            "masks": len(masks),
        }
        return snapshot.pack(header, masks + self.session)

    @staticmethod
    def unpack(data: bytes, of: Mapping[str, str]) -> Checkpoint:
        """What `pack` gave. Raises SnapshotError when it is damaged, or of anything but `of`."""
        header, payload = snapshot.unpack(data)
        if header.get("kind") != _KIND:
            raise SnapshotError("this is no checkpoint of a track")
        differing = sorted(name for name, value in of.items() if header["of"].get(name) != value)
        if differing:
            raise SnapshotError(f"the checkpoint is of another {', '.join(differing)}")
        try:
            masks = PackedMasklet.open(payload[: header["masks"]])
            # The file keeps 32 bits of a score; four decimals come back exactly.
            frames = {
                frame.picture: (frame.rle.counts if frame.rle else None, round(frame.score, 4))
                for frame in masks.range(0, masks.count)
                if frame.known
            }
            return Checkpoint(
                given=int(header["given"]),
                frames=frames,
                settled=set(header["settled"]),
                agreement={int(picture): float(share) for picture, share in header["agreement"]},
                session=payload[header["masks"] :],
            )
        except (PackedError, KeyError, TypeError, ValueError) as error:
            raise SnapshotError(f"the checkpoint cannot be read: {error}") from error

    def halfway(self, height: int, width: int) -> Halfway:
        """From where `run_track` goes on."""
        first = {
            picture: (None if counts is None else Rle(height, width, counts), score)
            for picture, (counts, score) in self.frames.items()
            if picture not in self.settled
        }
        return Halfway(self.given, first)
