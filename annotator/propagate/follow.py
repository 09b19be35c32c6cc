"""Follows one subject from picture to picture: optical flow, a search with its shape over its colours, a fit of the
outline, and the decision whether it is there at all. A lost subject is looked for in the whole picture.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from annotator.masklet import geometry, rle
from annotator.propagate.appearance import Appearance, bins_of, histogram
from annotator.propagate.pixels import enlarge, shrink, shrink_mask
from annotator.propagate.protocol import BoolMask, Picture
from annotator.propagate.shape import SMALLEST, Field, Shape, fit_outline, form_of, sits

PATIENCE = 3
"""Pictures in a row that must look wrong before a subject counts as absent."""
_SEARCH_SCALES = (0.55, 0.75, 1.0, 1.3)
_SCALES = ("FinestScale", "PatchSize", "PatchStride")
"""What DISOpticalFlow chooses anew for a small picture, and keeps from then on."""
_NUMBERS = ("_area", "_prompted", "_largest", "_fit", "_rigid", "_doubts")


class View:
    """A picture with its reduced copy, grey values and colour bins; long side of the copy: `side`."""

    def __init__(self, picture: Picture, side: int) -> None:
        self.picture = picture
        height, width = picture.shape[:2]
        self.scale = min(1.0, side / max(height, width))
        size = (max(8, round(width * self.scale)), max(8, round(height * self.scale)))
        self.small: Picture = shrink(picture, *size)
        self.grey = cv2.cvtColor(self.small, cv2.COLOR_RGB2GRAY)
        self.bins = bins_of(self.small)

    def reduce(self, mask: BoolMask) -> BoolMask:
        """A mask of the picture on the copy's grid."""
        height, width = self.grey.shape
        return np.asarray(shrink_mask(mask, width, height) > 0.5, dtype=np.bool_)


class Follower:
    """State of one subject in one direction of travel. Not safe for use by two threads."""

    def __init__(self, side: int) -> None:
        self.side = side
        self.appearance = Appearance()
        self._flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
        self._view: View | None = None
        self._mask: BoolMask | None = None
        self._shapes: list[Shape] = []
        self._speed = np.zeros(2)
        self._area = 0.0  # of the subject lately, coarse pixels
        self._prompted = 0.0  # its area when a person last said what it is
        self._largest = 0.0  # the largest area that a person said it has anywhere
        self._fit = 1.0  # response of the shape at the prompt: what "sits well" means for this subject
        self._form: Field | None = None  # outline without place and size, when last trusted
        self._rigid = 0.0  # how little that form has changed lately, 0 … 1
        self._doubts = 0
        self._sighting: tuple[float, float] | None = None

    @property
    def lost(self) -> bool:
        """True while the subject counts as absent."""
        return self._mask is None

    def learn(self, view: View, mask: BoolMask, weight: float = 1.0) -> None:
        """Teaches how the subject looks on a picture where a person said what it is."""
        small = view.reduce(mask)
        if small.sum() < SMALLEST:
            small = _at_least_a_disc(small, mask, view.scale)
        self.appearance.learn(view.bins, small, weight)
        self._largest = max(self._largest, float(small.sum()))
        shape = Shape.of(small)
        if shape is not None:
            self._shapes.append(shape)

    def place(self, view: View, mask: BoolMask) -> None:
        """Says where the subject is on this picture; following goes on from here."""
        small = view.reduce(mask)
        self._view, self._mask = view, mask
        self._area = self._prompted = max(float(small.sum()), 1.0)
        self._largest = max(self._largest, self._prompted)
        self._speed[:] = 0
        self._doubts = 0
        self._form, self._rigid = form_of(mask), 0.85
        shape = Shape.of(small)
        if shape is not None:
            self._shapes = [*self._shapes[-3:], shape]
            self._fit = max(0.3, sits(self.appearance.table()[view.bins], small))

    def lose(self) -> None:
        """A person says that the subject is absent: from here on it is looked for."""
        self._mask, self._doubts, self._sighting = None, 0, None

    def step(self, view: View) -> tuple[BoolMask | None, float]:
        """The mask on the next picture (None: absent) and how sure it is, 0 … 1."""
        previous, self._view = self._view, view
        if self._mask is None or previous is None:
            return self._search(view)
        mask, doubt = self._advance(previous, view, self._mask)
        mask, changed = self._keep_form(view, mask)
        small = view.reduce(mask)
        area = float(small.sum())
        if area < max(SMALLEST * 0.7, 0.06 * self._area):
            self.lose()
            return None, 0.6
        likeness = self.appearance.likeness(view.bins, small)
        fit = sits(self.appearance.table()[view.bins], small)
        sure = float(np.clip(0.5 * likeness / 0.8 + 0.5 * min(1.0, fit / (0.75 * self._fit)), 0, 1))
        if abs(np.log(area / self._area)) > np.log(1.8) or area > 2.5 * self._largest:
            sure *= 0.6  # a sudden or great change of area is the mark of a leak
        sure *= (1 - 0.3 * doubt) * (0.7 if changed else 1.0)
        if likeness < 0.5 or fit < 0.2 * self._fit:
            self._doubts += 1
            if self._doubts >= PATIENCE:
                self.lose()
                return None, 0.5
        else:
            self._doubts = 0
            back = self._area < area < self._largest
            self._area += (0.3 if back else 0.08 if area > self._area else 0.03) * (area - self._area)
            if sure > 0.75:
                self.appearance.refresh(view.bins, small, 0.04)
        self._mask = mask
        return mask, sure

    def to_state(self) -> dict[str, Any]:
        """All that later pictures follow from, but the picture seen last: plain values and arrays."""
        mask = None if self._mask is None else rle.encode(np.ascontiguousarray(self._mask)).to_coco()
        return {
            "appearance": self.appearance.to_state(),
            "mask": mask,
            "shapes": [[shape.mask, shape.kernel, shape.offset] for shape in self._shapes],
            "speed": self._speed,
            "form": self._form,
            "sighting": self._sighting,
            "flow": [getattr(self._flow, f"get{name}")() for name in _SCALES],
            **{name: getattr(self, name) for name in _NUMBERS},
        }

    def load_state(self, state: dict[str, Any], view: View) -> None:
        """What `to_state` gave; `view` is the picture that was seen last."""
        self.appearance.load_state(state["appearance"])
        self._view = view
        self._mask = None if state["mask"] is None else rle.decode(rle.Rle.from_coco(state["mask"])).view(np.bool_)
        self._shapes = [Shape(mask, kernel, (offset[0], offset[1])) for mask, kernel, offset in state["shapes"]]
        self._speed, self._form = state["speed"], state["form"]
        self._sighting = None if state["sighting"] is None else (state["sighting"][0], state["sighting"][1])
        for name, value in zip(_SCALES, state["flow"], strict=True):
            getattr(self._flow, f"set{name}")(value)
        for name in _NUMBERS:
            setattr(self, name, state[name])

    @property
    def nbytes(self) -> int:
        """Bytes of the picture seen last, which are most of it."""
        return 0 if self._view is None else self._view.picture.nbytes + self._view.small.nbytes + self._view.bins.nbytes

    def _advance(self, previous: View, view: View, mask: BoolMask) -> tuple[BoolMask, float]:
        """The mask moved and fitted to the next picture, and how far flow and search disagree (0 … 1)."""
        small = previous.reduce(mask)
        table = self.appearance.table()
        shift, doubt = self._shift(previous, view, small, table)
        height, width = mask.shape
        full_shift = np.round(shift / view.scale).astype(int)
        x1, y1, x2, y2 = geometry.box(mask) or (0, 0, width, height)
        margin = 0.35 * max(x2 - x1, y2 - y1) + 6 / view.scale
        window = _clip(
            (
                x1 + full_shift[0] - margin,
                y1 + full_shift[1] - margin,
                x2 + full_shift[0] + margin,
                y2 + full_shift[1] + margin,
            ),
            width,
            height,
        )
        if window is None:
            return np.zeros_like(mask), doubt
        left, top, right, bottom = window
        side = 0.7 * self.side
        scale = min(1.0, side / max(right - left, bottom - top))
        size = (max(8, round((right - left) * scale)), max(8, round((bottom - top) * scale)))
        now = shrink(view.picture[top:bottom, left:right], *size)
        before = shrink(_moved(previous.picture, window, full_shift), *size)
        prior = shrink_mask(_moved(mask.view(np.uint8), window, full_shift), *size)
        ratio = table[bins_of(now)]
        warped = self._warp(now, before, prior)
        still, moving = sits(ratio, prior > 0.5), sits(ratio, warped > 0.5)
        prior = warped if moving > still - 0.15 * self._fit else prior
        smallest = 0.12 if self._rigid > 0.8 else 0.03
        fitted = fit_outline(now, ratio, prior, smallest=smallest)
        # The area of a subject changes slowly: a fit that runs out is held tighter, one that shrinks may reach further.
        # One that is smaller than a person said it is somewhere was half hidden or turned away: it may grow back.
        reach = max(min(self._area, 1.7 * self._largest), min(1.5 * self._area, 0.9 * self._largest))
        share = view.scale * view.scale / (scale * scale)
        growth = float(fitted.sum()) * share / reach
        whole = x1 > 0 and y1 > 0 and x2 < width and y2 < height  # one that goes out of the picture does not grow back
        if whole and growth < 1 and float(fitted.sum()) * share < 0.75 * self._largest:
            wider = fit_outline(now, ratio, prior, 2.2, smallest)
            fitted = wider if float(wider.sum()) * share < reach else fitted
        elif growth > 1.2:
            fitted = fit_outline(now, ratio - 0.9, prior, 0.6, smallest)
        elif growth < 0.8:
            fitted = fit_outline(now, ratio, prior, 1.7, smallest)
        self._speed = 0.5 * self._speed + 0.5 * shift
        full = np.zeros_like(mask)
        full[top:bottom, left:right] = enlarge(fitted, right - left, bottom - top)
        return full, doubt

    def _keep_form(self, view: View, mask: BoolMask) -> tuple[BoolMask, bool]:
        """A rigid subject that suddenly has another outline has caught something else, or is half hidden: what its old
        outline explains is kept. Gives the mask and whether the form changed."""
        form = form_of(mask)
        if form is None or self._form is None:
            return mask, False
        alike = float(np.minimum(form, self._form).sum() / np.maximum(form, self._form).sum())
        if self._rigid < 0.8 or alike > self._rigid - 0.12:
            self._rigid += 0.1 * (alike - self._rigid)
            self._form = (0.9 * self._form + 0.1 * form).astype(np.float32)
            return mask, False
        small = view.reduce(mask)
        shape = self._shapes[-1].scaled(float(np.sqrt(self._area / max(1, self._shapes[-1].mask.sum()))))
        found = geometry.box(small)
        self._rigid -= 0.01  # a subject that stays different was not rigid after all
        if shape is None or found is None:
            return mask, True
        ratio = self.appearance.table()[view.bins]
        response = shape.response(ratio)
        reach = np.zeros_like(response)
        reach[found[1] : found[3], found[0] : found[2]] = 1
        y, x = (int(place) for place in np.unravel_index(int(np.argmax(response * reach)), response.shape))
        if response[y, x] < 0.6 * self._fit:
            return mask, True
        return mask & _grown(shape.at(x, y, view.grey.shape), mask.shape), True

    def _shift(self, previous: View, view: View, small: BoolMask, table: Field) -> tuple[NDArray[np.float64], float]:
        """Coarse displacement of the subject, and the disagreement of the two ways to find it."""
        flow = self._flow.calc(previous.grey, view.grey, None)
        by_flow = np.median(flow[small], axis=0).astype(np.float64) if small.any() else np.zeros(2)
        shape = Shape.of(small)
        if shape is None:
            return by_flow, 0.0
        ratio = table[view.bins]
        at_rim = bool(small[[0, -1]].any() or small[:, [0, -1]].any())
        response = shape.response_at_rim(ratio) if at_rim else shape.response(ratio)
        x1, y1, x2, y2 = geometry.box(small) or (0, 0, 1, 1)
        pad_x, pad_y = shape.offset[0] - shape.mask.shape[1] / 2, shape.offset[1] - shape.mask.shape[0] / 2
        centre = np.array([(x1 + x2) / 2 + pad_x, (y1 + y2) / 2 + pad_y])
        extent = max(4.0, 0.5 * (x2 - x1 + y2 - y1))
        height, width = response.shape
        expected = centre + 0.5 * (self._speed + by_flow)
        y, x = np.ogrid[:height, :width]
        distance = ((x - expected[0]) ** 2 + (y - expected[1]) ** 2) / (1.2 * extent + np.hypot(*self._speed)) ** 2
        scored = response - self._fit * 0.6 * distance.astype(np.float32)
        best_y, best_x = np.unravel_index(int(np.argmax(scored)), scored.shape)
        by_shape = np.array([best_x, best_y], dtype=np.float64) - centre
        at = np.clip(np.round(centre + by_flow).astype(int), 0, [width - 1, height - 1])
        gap = float(np.hypot(*(by_shape - by_flow))) / extent
        gain = float(response[best_y, best_x] - response[at[1], at[0]])
        if gain > 0.12 * self._fit:
            return by_shape, min(1.0, gap)
        return by_flow, 0.0

    def _warp(self, now: Picture, before: Picture, prior: Field) -> Field:
        """The prior carried along by dense flow between the two windows."""
        flow = self._flow.calc(cv2.cvtColor(now, cv2.COLOR_RGB2GRAY), cv2.cvtColor(before, cv2.COLOR_RGB2GRAY), None)
        flow = cv2.blur(flow, (5, 5))
        height, width = prior.shape
        x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
        return np.asarray(cv2.remap(prior, x + flow[..., 0], y + flow[..., 1], cv2.INTER_LINEAR), dtype=np.float32)

    def _search(self, view: View) -> tuple[BoolMask | None, float]:
        """Looks for a lost subject in the whole picture; it must be seen twice in a row at about the same place."""
        whole = histogram(view.bins, np.ones(view.bins.shape, dtype=np.bool_))
        ratio = self.appearance.search_table(whole)[view.bins]
        best: tuple[float, Shape, int, int] | None = None
        # It may have turned around out of sight: the last shape is looked for mirrored as well.
        last = self._shapes[-1:]
        for shape in [*last, *(mirrored for known in last if (mirrored := known.mirrored()) is not None)]:
            for scale in _SEARCH_SCALES:
                scaled = shape.scaled(scale)
                if scaled is None:
                    continue
                response = scaled.response(ratio)
                y, x = (int(place) for place in np.unravel_index(int(np.argmax(response)), response.shape))
                value = float(response[y, x]) * (1.0 if scale >= 0.75 else 0.9)
                if best is None or value > best[0]:
                    best = value, scaled, x, y
        if best is None or best[0] < max(0.55 * self._fit, 0.5):
            self._sighting = None
            return None, 0.9
        value, shape, x, y = best
        seen, self._sighting = self._sighting, (float(x), float(y))
        extent = float(np.hypot(*shape.mask.shape))
        if seen is None or np.hypot(seen[0] - x, seen[1] - y) > 0.6 * extent:
            return None, 0.6
        mask = self._settle(view, shape, x, y)
        small = view.reduce(mask)
        if small.sum() < SMALLEST or self.appearance.likeness(view.bins, small) < 0.6:
            return None, 0.6
        self._mask, self._doubts, self._sighting = mask, 0, None
        # What comes into sight is often but a part: it is expected to become as large as it was.
        self._area = max(self._area, self._prompted)
        self._speed[:] = 0
        return mask, 0.6

    def _settle(self, view: View, shape: Shape, x: int, y: int) -> BoolMask:
        """The outline of a subject that was found again, begun from the shape with its centre at (x, y)."""
        guess = shape.at(x, y, view.grey.shape).astype(np.float32)
        ratio = self.appearance.table()[view.bins]
        for looseness in (3.0, 2.0):
            guess = fit_outline(view.small, ratio, guess, looseness).astype(np.float32)
        full_height, full_width = view.picture.shape[:2]
        return enlarge(guess > 0.5, full_width, full_height)


def _grown(small: BoolMask, size: tuple[int, ...]) -> BoolMask:
    """A coarse mask at full size, a little larger than itself."""
    wide = cv2.dilate(small.view(np.uint8), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3)))
    return enlarge(wide.view(np.bool_), size[1], size[0])


def _clip(edges: tuple[float, float, float, float], width: int, height: int) -> tuple[int, int, int, int] | None:
    x1, y1, x2, y2 = max(0, int(edges[0])), max(0, int(edges[1])), min(width, int(edges[2])), min(height, int(edges[3]))
    return (x1, y1, x2, y2) if x2 - x1 >= 4 and y2 - y1 >= 4 else None


def _moved(array: NDArray[np.uint8], window: tuple[int, int, int, int], shift: NDArray[np.int_]) -> NDArray[np.uint8]:
    """`array` in the window displaced by -shift; beyond the picture its border is repeated (masks: nothing)."""
    left, top, right, bottom = window
    height, width = array.shape[:2]
    x1, y1, x2, y2 = left - int(shift[0]), top - int(shift[1]), right - int(shift[0]), bottom - int(shift[1])
    inner = array[
        max(0, min(y1, height - 1)) : max(1, min(y2, height)), max(0, min(x1, width - 1)) : max(1, min(x2, width))
    ]
    pads = (
        min(max(0, -y1), y2 - y1 - 1),
        max(0, y2 - max(height, y1 + 1)),
        min(max(0, -x1), x2 - x1 - 1),
        max(0, x2 - max(width, x1 + 1)),
    )
    if not any(pads):
        return inner
    kind = cv2.BORDER_CONSTANT if array.ndim == 2 else cv2.BORDER_REPLICATE
    padded = cv2.copyMakeBorder(inner, *pads, kind, value=0)
    return np.asarray(padded, dtype=np.uint8)


def _at_least_a_disc(small: BoolMask, mask: BoolMask, scale: float) -> BoolMask:
    """A tiny subject keeps a few coarse pixels, so that there is something to learn."""
    found = geometry.box(mask)
    if found is None:
        return small
    grown = small.astype(np.uint8)
    centre = (int((found[0] + found[2]) / 2 * scale), int((found[1] + found[3]) / 2 * scale))
    cv2.circle(grown, centre, 2, 1, -1)
    return grown.view(np.bool_)
