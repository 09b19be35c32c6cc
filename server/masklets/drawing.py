"""What a person draws on a picture, made a mask: brush, outline, another mask, and the cleaning of what is there.

Nothing is stored: the mask becomes a prompt when the person accepts it, as a candidate of a click does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated, Literal
from weakref import WeakKeyDictionary

import numpy as np
from anyio import CapacityLimiter, to_thread
from pydantic import BaseModel, ConfigDict, Field

from annotator.masklet import edit, rle
from annotator.masklet.edit import BoolMask
from annotator.masklet.polygon import PolygonError
from annotator.records import MAX_COUNTS
from server.errors import Unavailable, Unprocessable

PIXELS = 1 << 28
"""How many pixels all steps of one drawing may look at: about two seconds, of a video of whatever size."""
CLEANED = 16
"""How many steps of one drawing may clean the whole picture."""
AT_ONCE = 2
"""Drawings that are made at the same time, in threads of their own."""
WAITING = 16
"""Drawings that wait for these."""
MAX_POINTS = 10_000
"""Of all strokes and outlines of one drawing."""

_Coordinate = Annotated[float, Field(ge=-16384, le=32768, allow_inf_nan=False)]
_Counts = Annotated[str, Field(max_length=MAX_COUNTS)]


class DrawingRefused(Unprocessable):
    """This drawing cannot be made a mask."""


class DrawingsWait(Unavailable):
    """Too many people draw at this moment: try again."""


class DrawingStep(BaseModel):
    """One thing that was done: `add` and `erase` say with which of stroke (and radius), polygon or counts.

    Points are (x, y) in proxy pixels from the upper left corner, and may lie outside the picture. `fill_holes` fills
    holes of up to `max_area` pixels, or all; `remove_specks` drops parts of fewer than `min_area` pixels; `largest`
    keeps the largest part; `set` begins anew from counts.
    """

    model_config = ConfigDict(extra="forbid")

    verb: Literal["add", "erase", "set", "fill_holes", "remove_specks", "largest"]
    stroke: list[tuple[_Coordinate, _Coordinate]] | None = Field(default=None, min_length=1, max_length=4000)
    radius: float | None = Field(default=None, gt=0, le=512, allow_inf_nan=False)
    polygon: list[tuple[_Coordinate, _Coordinate]] | None = Field(default=None, min_length=3, max_length=4000)
    counts: _Counts | None = None
    max_area: int | None = Field(default=None, ge=1, le=1 << 28)
    min_area: int | None = Field(default=None, ge=1, le=1 << 28)


class DrawingIn(BaseModel):
    """Steps in their order, on a mask (`counts`) or on nothing."""

    model_config = ConfigDict(extra="forbid")

    picture: int = Field(ge=0)
    counts: _Counts | None = None
    steps: list[DrawingStep] = Field(max_length=200)


class DrawingOut(BaseModel):
    """The mask as COCO compressed RLE counts of the proxy's size; its area in pixels."""

    counts: str
    area: int


_FIELDS: dict[str, tuple[set[str], ...]] = {
    "add": ({"stroke", "radius"}, {"polygon"}, {"counts"}),
    "erase": ({"stroke", "radius"}, {"polygon"}, {"counts"}),
    "set": ({"counts"},),
    "fill_holes": (set(), {"max_area"}),
    "remove_specks": ({"min_area"},),
    "largest": (set(),),
}
"""What each verb is said with: one of these sets, whole and alone."""
_CLEANING = ("fill_holes", "remove_specks", "largest")


_places: WeakKeyDictionary[asyncio.AbstractEventLoop, CapacityLimiter] = WeakKeyDictionary()


async def draw_in_turn(wanted: DrawingIn, height: int, width: int) -> DrawingOut:
    """`draw`, in a thread, AT_ONCE at the same time. Raises DrawingsWait when too many wait, and what `draw` does."""
    places = _places.setdefault(asyncio.get_running_loop(), CapacityLimiter(AT_ONCE))
    if places.statistics().tasks_waiting >= WAITING:
        raise DrawingsWait
    return await to_thread.run_sync(draw, wanted, height, width, limiter=places)


def draw(wanted: DrawingIn, height: int, width: int) -> DrawingOut:
    """The mask that the steps lead to. DrawingRefused names the step and field that cannot be, or an empty result."""
    _check(wanted.steps, height, width)
    mask = np.zeros((height, width), dtype=np.bool_)
    if wanted.counts is not None:
        mask = _mask(wanted.counts, height, width, "counts")
    for at, step in enumerate(wanted.steps):
        mask = _done(mask, step, f"steps.{at}")
    if not mask.any():
        message = "Nothing of the mask is left: draw more, or say that the subject is absent instead."
        raise DrawingRefused(message, field="steps")
    drawn = rle.encode(mask)
    if len(drawn.counts) > MAX_COUNTS:
        message = f"The mask is too ragged to be kept ({len(drawn.counts)} characters of at most {MAX_COUNTS})."
        raise DrawingRefused(f"{message} Remove its specks.", field="steps")
    return DrawingOut(counts=drawn.counts, area=int(mask.sum()))


def _check(steps: Sequence[DrawingStep], height: int, width: int) -> None:
    """Raises DrawingRefused where a step is said with the wrong fields, or they would take too long."""
    looked, cleaned, points = 0.0, 0, 0
    for at, step in enumerate(steps):
        given = step.model_fields_set - {"verb"}
        given = {name for name in given if getattr(step, name) is not None}
        ways = _FIELDS[step.verb]
        if given not in ways:
            said = ", or with ".join(" and ".join(sorted(way, reverse=True)) or "nothing more" for way in ways)
            raise DrawingRefused(f"“{step.verb}” is said with {said}.", field=f"steps.{at}")
        points += len(step.stroke or step.polygon or ())
        if points > MAX_POINTS:
            message = f"At most {MAX_POINTS} points are taken at once: draw less, or with fewer points."
            raise DrawingRefused(message, field=f"steps.{at}")
        cleaned += step.verb in _CLEANING
        if cleaned > CLEANED:
            raise DrawingRefused(f"At most {CLEANED} steps may clean the mask at once.", field=f"steps.{at}")
        looked += _cost(step, height, width)
        if looked > PIXELS:
            field = f"steps.{at}.stroke" if step.stroke is not None else f"steps.{at}"
            message = "This is too much for a picture of this size, or a stroke too long for its radius: draw less."
            raise DrawingRefused(message, field=field)


def _cost(step: DrawingStep, height: int, width: int) -> float:
    """About how many pixels a step looks at, in steps as slow as a brush's."""
    picture = float(height * width)
    if step.verb in _CLEANING:
        return 2 * picture
    if step.stroke is None or step.radius is None:
        return picture
    return picture / 8 + _looked_at(step.stroke, step.radius, height, width)


def _looked_at(stroke: Sequence[tuple[float, float]], radius: float, height: int, width: int) -> float:
    """About how many pixels the brush looks at: those of the box around each straight piece, inside the picture."""
    line = np.asarray(stroke, dtype=np.float64)
    start, stop = (line[:-1], line[1:]) if len(line) > 1 else (line, line)
    size = np.array([width, height])
    low = np.clip(np.minimum(start, stop) - radius, 0, size)
    high = np.clip(np.maximum(start, stop) + radius, 0, size)
    return float(np.sum(np.prod(high - low + 1, axis=1)))


def _done(mask: BoolMask, step: DrawingStep, at: str) -> BoolMask:
    """The mask after one step that passed `_check`."""
    if step.verb == "fill_holes":
        return edit.fill_holes(mask, step.max_area)
    if step.verb == "remove_specks":
        assert step.min_area is not None
        return edit.remove_specks(mask, step.min_area)
    if step.verb == "largest":
        return edit.largest_part(mask)
    drawn = _drawn(step, mask.shape, at)
    if step.verb == "set":
        return drawn
    return mask | drawn if step.verb == "add" else edit.subtract(mask, drawn)


def _drawn(step: DrawingStep, shape: tuple[int, ...], at: str) -> BoolMask:
    height, width = shape
    if step.counts is not None:
        return _mask(step.counts, height, width, f"{at}.counts")
    if step.polygon is not None:
        try:
            return edit.outline(shape, step.polygon)
        except (edit.NoArea, PolygonError) as error:
            raise DrawingRefused(_sentence(error), field=f"{at}.polygon") from error
    assert step.stroke is not None
    assert step.radius is not None
    drawn = edit.stroke_mask(shape, step.stroke, step.radius)
    if step.verb == "add" and not drawn.any():
        raise DrawingRefused("The stroke is outside the picture: draw it inside.", field=f"{at}.stroke")
    return drawn


def _mask(counts: str, height: int, width: int, field: str) -> BoolMask:
    try:
        return rle.decode(rle.Rle(height, width, counts)).view(np.bool_)
    except rle.RleError as error:
        message = f"This is no mask of {width} × {height} pixels: {error}."
        raise DrawingRefused(message, field=field) from error


def _sentence(error: Exception) -> str:
    return f"{str(error)[:1].upper()}{str(error)[1:]}."
