"""What a foreign file says of each subject of a video, on the video's own pictures and pixels, and the prompts of it.

Frames of the 6 fps grid become the pictures that the video's frame table names. Masks of another size are scaled by
nearest neighbour, the only way that keeps them masks; one that would vanish keeps the pixel at its middle.
"""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import orjson

from annotator.formats.foreign import ForeignError, ForeignMask, Row, Shape, bad, without_repeats
from annotator.formats.sources import Source
from annotator.masklet.rle import MAX_PIXELS, MAX_SIDE, Rle, decode, encode
from annotator.records import MAX_COUNTS, Box, PromptRecord

BETWEEN = 30
"""Pictures from one prompt to the next where masks are known on all of them."""
MAX_MASKS = 500_000
"""Masks, boxes and absences of one import."""
MAX_CHARACTERS = 256 << 20
"""Of all masks of one import."""
MAX_SUBJECTS = 1000
"""Of one import: they are made in one transaction. Detections that nobody joined to subjects are soon more."""
_SHAPE_DIFFERS = 0.02
"""Height to width may differ by so much: proxies have even sides."""

Value = str | Box | None
"""Counts of a mask of the video's size, a box, or None where the subject is absent."""


@dataclass(frozen=True, slots=True)
class Frames:
    """The video that masks must fit: its pixels, its pictures, and the picture of each frame of the 6 fps grid."""

    height: int
    width: int
    pictures: int
    grid: Sequence[int]


@dataclass(slots=True)
class Room:
    """What an import may still hold: one that wants more is refused before it fills the memory."""

    masks: int = MAX_MASKS
    characters: int = MAX_CHARACTERS
    subjects: int = MAX_SUBJECTS
    until: float = math.inf
    """When it must have been read, by `time.monotonic`."""

    def take(self, where: str, *, masks: int = 0, characters: int = 0, subjects: int = 0) -> None:
        """Raises ForeignError when there is no room left, or no time."""
        self.masks -= masks
        self.characters -= characters
        self.subjects -= subjects
        for left, most in (
            (self.masks, f"{MAX_MASKS} masks"),
            (self.characters, f"{MAX_CHARACTERS} characters of masks"),
            (self.subjects, f"{MAX_SUBJECTS} subjects"),
        ):
            if left < 0:
                raise ForeignError(where, f"holds more than {most} in one import: split the file")
        if time.monotonic() > self.until:
            raise ForeignError(where, "takes too long to read: split the file")


@dataclass(slots=True)
class Given:
    """One subject: what it is on the pictures that the file tells of, by picture."""

    subject: str
    label: str
    at: dict[int, Value] = field(default_factory=dict)

    def finish(self) -> Given:
        """Put the pictures in order."""
        self.at = dict(sorted(self.at.items()))
        return self

    @property
    def visible(self) -> bool:
        """Whether it is to be seen anywhere."""
        return any(value is not None for value in self.at.values())

    @property
    def digest(self) -> str:
        """SHA-256 of what was given: the same masks of the same subject have the same one, in whatever file."""
        plain = [[p, v.model_dump(mode="json") if isinstance(v, Box) else v] for p, v in self.at.items()]
        return hashlib.sha256(orjson.dumps([self.subject, plain])).hexdigest()

    def is_whole(self, pictures: int) -> bool:
        """Whether a mask or an absence is known on every picture, so that nothing has to be followed."""
        if any(isinstance(value, Box) for value in self.at.values()):
            return False
        last = max(self.at)
        end = pictures if self.at[last] is None else last + 1  # an absence holds until the next prompt, or the end
        return end == pictures and len(self.at) == last + 1

    def prompts(self, pictures: int) -> list[PromptRecord]:
        """The prompts that say it: all that was given, or of masks on all pictures those that they can follow from.

        An absence is said where it begins.
        """
        chosen = _kept(self.at, pictures) if self.is_whole(pictures) else self.at
        found: list[PromptRecord] = []
        for picture, value in chosen.items():
            if value is None and found and found[-1].absent:
                continue
            found.append(_prompt(picture, value))
        return found

    def masks(self, pictures: int) -> list[tuple[int, str | None, float]]:
        """Of masks on all pictures: (picture, counts, score) of each."""
        return [(p, v if isinstance(v := self.at.get(p), str) else None, 1.0) for p in range(pictures)]


def _prompt(picture: int, value: Value) -> PromptRecord:
    if value is None:
        return PromptRecord(picture=picture, absent=True)
    if isinstance(value, Box):
        return PromptRecord(picture=picture, box=value)
    return PromptRecord(picture=picture, counts=value)


def _kept(at: dict[int, Value], pictures: int) -> dict[int, Value]:
    """The ends of each run of visible pictures, some between, and where the subject is absent."""
    shown = np.array([at.get(p) is not None for p in range(pictures)], dtype=np.int8)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], shown, [0])))).reshape(-1, 2)
    kept = {0} | {int(stop) for _, stop in edges if stop < pictures}
    for start, stop in edges:
        steps = -(-(int(stop) - 1 - int(start)) // BETWEEN)
        kept |= {int(p) for p in np.linspace(start, stop - 1, steps + 1).round()}
    return {picture: at.get(picture) for picture in sorted(kept)}


def counted(source: Source, frames: Frames) -> Source:
    """The source with what its frames count, where only the video tells it."""
    on_grid = source.either and source.frames == len(frames.grid) and source.frames != frames.pictures
    return replace(source, counts="grid") if on_grid else source


def fits(source: Source, frames: Frames) -> str | None:
    """Why the masks of a source are not of this video, or None: another shape, or another number of frames."""
    ours, theirs = frames.width * source.height, frames.height * source.width
    if not source.height or not source.width or abs(ours - theirs) > _SHAPE_DIFFERS * max(ours, theirs):
        size = f"{source.width} x {source.height}"
        return f"has masks of {size} pixels, the video {frames.width} x {frames.height}: another shape"
    if max(source.height, source.width) > MAX_SIDE or source.height * source.width > MAX_PIXELS:
        return f"has masks of {source.width} x {source.height} pixels: at most {MAX_PIXELS} are taken"
    if source.counts == "grid" and source.frames is not None and abs(source.frames - len(frames.grid)) > 1:
        return f"has {source.frames} frames at 6 a second, the video {len(frames.grid)}: is it the right video?"
    if source.counts == "pictures" and source.frames not in (None, frames.pictures):
        ours_too = f"{frames.pictures} pictures, {len(frames.grid)} at 6 a second"
        return f"has {source.frames} frames, the video {ours_too}: is it the right video, and all of it?"
    return None


def read(source: Source, frames: Frames, room: Room | None = None) -> tuple[list[Given], list[Row]]:
    """The subjects of a source on the video's pictures, in the order of the file, and its bad rows.

    Raises ForeignError when the file as a whole cannot be read, or there is no `room` for what it holds.
    """
    room = room or Room()
    last = len(frames.grid) if source.counts == "grid" else frames.pictures
    shape = Shape(source.height, source.width, last + (1 if source.counts == "grid" else source.first))
    found: dict[str, Given] = {}
    wrong: list[Row] = []
    seen: set[int] = set()
    for row in without_repeats(source.rows(shape)):
        room.take(source.where, masks=1)
        if row.mask is None:
            wrong.append(row)
            continue
        number = source.number(row.mask.frame)
        if number is None:
            message = f"is entry {row.mask.frame} of a video of which the file names {len(source.numbers)} pictures"
            wrong.append(bad(row.where, message))
            continue
        seen.add(number)
        if not 0 <= number < last:
            if source.counts == "grid" and row.mask.rle is None:
                continue  # one grid frame more than ours, and nothing on it
            wrong.append(bad(row.where, f"is frame {number}, the video has the frames 0 … {last - 1}"))
            continue
        picture = int(frames.grid[number]) if source.counts == "grid" else number
        value = _value(row.mask, source, frames)
        if isinstance(value, str):
            if len(value) > MAX_COUNTS:
                wrong.append(bad(row.where, f"has a mask of {len(value)} characters; at most {MAX_COUNTS} are taken"))
                continue
            room.take(source.where, characters=len(value))
        given = found.get(row.mask.subject)
        if given is None:
            room.take(source.where, subjects=1)
            given = found[row.mask.subject] = Given(row.mask.subject, row.mask.label)
        given.at.setdefault(picture, value)  # slow videos show one picture on several grid frames
    covered = range(min(seen), max(seen) + 1) if source.spanned and seen else [f - source.first for f in source.covered]
    inside = [picture for picture in covered if 0 <= picture < frames.pictures]
    for given in found.values():
        missing = [picture for picture in inside if picture not in given.at]
        room.take(source.where, masks=len(missing))
        given.at.update(dict.fromkeys(missing))
    return [given.finish() for given in found.values()], wrong


def _value(mask: ForeignMask, source: Source, frames: Frames) -> Value:
    tall, wide = frames.height / source.height, frames.width / source.width
    if mask.rle is not None:
        same = (source.height, source.width) == (frames.height, frames.width)
        return mask.rle.counts if same else scaled(mask.rle, frames.height, frames.width).counts
    if mask.box is None:
        return None
    x1, y1, x2, y2 = mask.box
    return Box(x1=x1 * wide, y1=y1 * tall, x2=x2 * wide, y2=y2 * tall)


def scaled(mask: Rle, height: int, width: int) -> Rle:
    """A mask at another size, by nearest neighbour: each pixel is the one under its centre."""
    pixels = decode(mask)
    rows = ((2 * np.arange(height) + 1) * mask.height) // (2 * height)
    columns = ((2 * np.arange(width) + 1) * mask.width) // (2 * width)
    small = np.ascontiguousarray(pixels[np.ix_(rows, columns)])
    if pixels.any() and not small.any():
        ys, xs = np.nonzero(pixels)
        small[int(ys.mean()) * height // mask.height, int(xs.mean()) * width // mask.width] = 1
    return encode(small)
