"""Clicks and boxes to masks without weights: GrabCut around the prompt at several scales, ranked by how sharply the
result stands out from what surrounds it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from annotator.masklet import edit, geometry
from annotator.propagate.appearance import bins_of, histogram, log_ratio, mix
from annotator.propagate.pixels import sharpen, shrink
from annotator.propagate.protocol import BoolMask, Picture, Proposal
from annotator.records import Box, Point, PromptRecord

CLICK_SIDE = 144
"""Long side in pixels to which the window around a click is reduced before GrabCut."""
BOX_SIDE = 192
SCALES = (0.03, 0.055, 0.1, 0.17, 0.28)
"""Radius of the guess around a click, as a share of the picture's long side."""
_SAME = 0.88  # candidates of this IoU are one candidate


@dataclass(frozen=True, slots=True)
class Window:
    """A part of a picture and its reduced copy: x1, y1, x2, y2 in picture pixels; `image` is the copy."""

    x1: int
    y1: int
    x2: int
    y2: int
    image: Picture

    @property
    def scale(self) -> tuple[float, float]:
        """Pixels of the copy for one picture pixel, in x and y."""
        height, width = self.image.shape[:2]
        return width / (self.x2 - self.x1), height / (self.y2 - self.y1)

    def inside(self, x: float, y: float) -> tuple[int, int]:
        """The pixel of the copy that shows the picture's (x, y), clipped to the copy."""
        scale_x, scale_y = self.scale
        height, width = self.image.shape[:2]
        return (
            min(max(int((x - self.x1) * scale_x), 0), width - 1),
            min(max(int((y - self.y1) * scale_y), 0), height - 1),
        )

    def enlarge(self, mask: BoolMask, picture: Picture) -> BoolMask:
        """A mask of the copy at full resolution, its outline drawn to the edges of the picture."""
        full = np.zeros(picture.shape[:2], dtype=np.bool_)
        full[self.y1 : self.y2, self.x1 : self.x2] = sharpen(
            mask.astype(np.float32), picture[self.y1 : self.y2, self.x1 : self.x2]
        )
        return full


def propose(picture: Picture, prompt: PromptRecord) -> list[Proposal]:
    """Candidate masks, best first, at least one. The prompt has a box or a positive click (see `check_prompt`)."""
    if prompt.box is not None:
        found = _from_box(picture, prompt.box, prompt.points)
    else:
        found = _from_clicks(picture, prompt.points)
    distinct: list[Proposal] = []
    found = [p for p in found if p.mask.any()] or [Proposal(_plain(picture, prompt), 0.0)]
    for proposal in sorted(found, key=lambda p: -p.score):
        if all(geometry.iou(proposal.mask, other.mask) < _SAME for other in distinct):
            distinct.append(proposal)
    return distinct


def window_of(picture: Picture, edges: tuple[float, float, float, float], side: int) -> Window:
    """The part of the picture inside x1, y1, x2, y2, reduced so that its long side has at most `side` pixels."""
    x1, y1, x2, y2 = edges
    height, width = picture.shape[:2]
    left, top = max(0, int(x1)), max(0, int(y1))
    right, bottom = min(width, max(int(np.ceil(x2)), left + 2)), min(height, max(int(np.ceil(y2)), top + 2))
    left, top = min(left, right - 2) if right >= 2 else 0, min(top, bottom - 2) if bottom >= 2 else 0
    part = picture[top:bottom, left:right]
    scale = min(1.0, side / max(part.shape[:2]))
    size = (max(2, round(part.shape[1] * scale)), max(2, round(part.shape[0] * scale)))
    return Window(left, top, right, bottom, np.asarray(shrink(part, *size), dtype=np.uint8))


def grab_cut(image: Picture, trimap: NDArray[np.uint8], rounds: int) -> BoolMask:
    """GrabCut from a trimap of cv2.GC_* labels; the trimap's own guess when one of the two sides has no pixel."""
    labels = trimap.copy()
    front = (labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD)
    if front.sum() < 8 or (~front).sum() < 8:
        return np.asarray(front, dtype=np.bool_)
    cv2.setRNGSeed(7)  # k-means inside GrabCut: the same prompt must give the same mask
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(image, labels, None, models[0], models[1], rounds, cv2.GC_INIT_WITH_MASK)
    return np.asarray((labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD), dtype=np.bool_)


def _from_clicks(picture: Picture, points: list[Point]) -> list[Proposal]:
    height, width = picture.shape[:2]
    wanted = [point for point in points if point.positive]
    long_side = max(width, height)
    xs, ys = [p.x for p in wanted], [p.y for p in wanted]
    centre = (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2
    spread = max(max(xs) - min(xs), max(ys) - min(ys)) / 2
    radii = [scale * long_side for scale in SCALES]
    # Several clicks say how large the subject is at least.
    radii = [r for r in radii if r > 0.8 * spread] or [spread * 1.1]
    proposals: list[Proposal] = []
    windows = []
    for radius in radii:
        reach = 2.1 * (radius + 0.35 * spread)
        edges = (centre[0] - reach, centre[1] - reach, centre[0] + reach, centre[1] + reach)
        windows.append((window_of(picture, edges, CLICK_SIDE), radius))
    for by_colours in (False, True):
        raw: list[tuple[Window, BoolMask, BoolMask, float]] = []
        for window, radius in windows:
            mask = _cut_around(window, points, radius, spread, by_colours=by_colours)
            if mask.any():
                full = np.zeros((height, width), dtype=np.bool_)
                enlarged = cv2.resize(mask.view(np.uint8), (window.x2 - window.x1, window.y2 - window.y1))
                full[window.y1 : window.y2, window.x1 : window.x2] = enlarged > 0
                raw.append((window, mask, full, _distinctness(window.image, mask, _open_sides(window, picture))))
        for index, (window, mask, full, score) in enumerate(raw):
            # A mask that two neighbouring scales agree on is a thing, one that grows with its guess is a leak.
            agreement = max(
                (
                    geometry.iou(full[::4, ::4], raw[other][2][::4, ::4])
                    for other in (index - 1, index + 1)
                    if 0 <= other < len(raw)
                ),
                default=0.5,
            )
            proposals.append(Proposal(window.enlarge(mask, picture), round(0.65 * score + 0.35 * agreement, 4)))
    return proposals


def _cut_around(window: Window, points: list[Point], radius: float, spread: float, *, by_colours: bool) -> BoolMask:
    """GrabCut in one window: sure around the clicks, likely within `radius`, open beyond it, background at the rim.

    With `by_colours`, likely is what is coloured as around the clicks and connected with them instead: a subject whose
    guess takes in much of what is around it.
    """
    height, width = window.image.shape[:2]
    scale = window.scale[0]
    trimap = np.full((height, width), cv2.GC_PR_BGD, dtype=np.uint8)
    guess = max(2, round((radius + 0.2 * spread) * scale))
    wanted = [window.inside(p.x, p.y) for p in points if p.positive]
    refused = [window.inside(p.x, p.y) for p in points if not p.positive]
    reach = np.zeros((height, width), dtype=np.uint8)
    centre = np.mean(wanted, axis=0).round().astype(int).tolist()
    cv2.circle(reach, centre, round(2.0 * guess), 1, -1)
    if by_colours:
        trimap[_alike(window.image, reach.view(np.bool_), wanted, guess)] = cv2.GC_PR_FGD
    else:
        for place in wanted:
            cv2.circle(trimap, place, max(2, round(0.75 * guess)), cv2.GC_PR_FGD, -1)
        if len(wanted) > 1:
            hull = cv2.convexHull(np.array(wanted, dtype=np.int32))
            cv2.drawContours(trimap, [hull], -1, cv2.GC_PR_FGD, -1)
    trimap[reach == 0] = cv2.GC_BGD
    for place in refused:
        cv2.circle(trimap, place, max(3, round(0.3 * guess)), cv2.GC_PR_BGD, -1)
        cv2.circle(trimap, place, max(2, round(0.14 * guess)), cv2.GC_BGD, -1)
    for place in wanted:
        cv2.circle(trimap, place, max(2, round(0.14 * guess)), cv2.GC_FGD, -1)
    for place in refused:
        cv2.circle(trimap, place, 2, cv2.GC_BGD, -1)
    mask = grab_cut(window.image, trimap, 4)
    return _tidy(mask, wanted)


def _alike(image: Picture, reach: BoolMask, wanted: list[tuple[int, int]], guess: int) -> BoolMask:
    """What within reach is coloured as around the clicks, other than what is beyond reach, and connected with them."""
    bins = bins_of(image)
    seed = _discs(reach, wanted, max(2, round(0.2 * guess)))
    outside = ~reach if (~reach).sum() >= 32 else ~_discs(reach, wanted, guess)
    found = seed
    for _ in range(3):
        front, back = histogram(bins, found), histogram(bins, outside)
        belief = cv2.GaussianBlur(log_ratio(mix(front, histogram(bins, seed), 0.5), back)[bins], (0, 0), 1.0)
        found = edit.part_at(((belief > 0) & reach) | seed, wanted)
        outside = ~found & ~_discs(reach, wanted, max(2, round(0.5 * guess))) if (~found).sum() >= 32 else outside
    return found


def _from_box(picture: Picture, box: Box, points: list[Point]) -> list[Proposal]:
    height, width = picture.shape[:2]
    x1, y1, x2, y2 = max(0.0, box.x1), max(0.0, box.y1), min(float(width), box.x2), min(float(height), box.y2)
    margin = 0.25 * max(x2 - x1, y2 - y1) + 4
    window = window_of(picture, (x1 - margin, y1 - margin, x2 + margin, y2 + margin), BOX_SIDE)
    left, top = window.inside(x1, y1)
    right, bottom = window.inside(x2, y2)
    right, bottom = max(right, left + 1), max(bottom, top + 1)
    wanted = [window.inside(p.x, p.y) for p in points if p.positive]
    refused = [window.inside(p.x, p.y) for p in points if not p.positive]
    proposals: list[Proposal] = []
    inside = np.zeros(window.image.shape[:2], dtype=np.bool_)
    inside[top : bottom + 1, left : right + 1] = True
    reach = max(2, round(0.04 * max(right - left, bottom - top)))
    by_colours = _by_colours(window.image, inside, _discs(inside, wanted, reach))
    for guess in (inside, by_colours):
        trimap = np.full(inside.shape, cv2.GC_BGD, dtype=np.uint8)
        trimap[inside] = cv2.GC_PR_BGD
        trimap[guess] = cv2.GC_PR_FGD
        trimap[_discs(inside, wanted, reach)] = cv2.GC_FGD
        mask = _tidy(grab_cut(window.image, trimap, 3), wanted)
        if guess is by_colours:
            # What the histograms found and GrabCut gave up again was too alike to its surroundings for five Gaussians.
            mask = _tidy(guess if mask.sum() < 0.6 * guess.sum() else mask, wanted)
        # Refused parts are cut off the finished mask: a right click never makes the mask grow elsewhere.
        mask = _without(window.image, mask, wanted, refused, reach)
        if mask.sum() < 0.02 * (right - left) * (bottom - top):
            continue
        seen = geometry.box(mask)
        fit = _box_iou(seen, (left, top, right + 1, bottom + 1)) if seen else 0.0
        frame = mask[top : bottom + 1, left : right + 1]
        along = np.concatenate((frame[0], frame[-1], frame[:, 0], frame[:, -1])).mean()
        score = 0.5 * _distinctness(window.image, mask, _open_sides(window, picture)) + 0.5 * fit
        score -= max(0.0, float(along) - 0.3)  # a subject touches its box here and there, a leak runs along it
        proposals.append(Proposal(window.enlarge(mask, picture), round(max(0.0, score), 4)))
    return proposals


def _by_colours(image: Picture, inside: BoolMask, wanted: BoolMask) -> BoolMask:
    """What in a box differs in colour from what lies around it, found by histograms in a few rounds."""
    x1, y1, x2, y2 = geometry.box(inside) or (0, 0, *inside.shape[::-1])
    bins = bins_of(image)
    y, x = np.ogrid[: inside.shape[0], : inside.shape[1]]
    distance = np.hypot((2 * x - x1 - x2) / max(1, x2 - x1), (2 * y - y1 - y2) / max(1, y2 - y1))
    central = (1.0 - 1.2 * np.clip(distance, 0, 1.3)).astype(np.float32)
    guess = inside & (distance < 0.75)
    outside = ~inside if (~inside).sum() >= 32 else ~guess
    for _ in range(4):
        front, back = histogram(bins, guess), histogram(bins, outside | (~guess & (distance > 0.9)))
        if wanted.any():
            front = mix(front, histogram(bins, wanted), 0.3)
        belief = cv2.GaussianBlur(log_ratio(front, back)[bins], (0, 0), 1.2) + central
        found = ((belief > 0) & inside) | wanted
        if found.sum() < 12:
            break
        guess = found
    return np.asarray(guess, dtype=np.bool_)


def _without(
    image: Picture, mask: BoolMask, wanted: list[tuple[int, int]], refused: list[tuple[int, int]], reach: int
) -> BoolMask:
    """A mask less the parts that were refused: around each place what is connected with it and coloured like it."""
    bins = bins_of(image)
    kept = mask.copy()
    for place in refused:
        seed = _discs(mask, [place], 2 * reach) & mask
        if not seed.any():
            continue
        core = _discs(mask, [place], reach)
        rest = histogram(bins, mask & ~_discs(mask, [place], 3 * reach))
        belief = cv2.GaussianBlur(log_ratio(histogram(bins, seed), rest)[bins], (0, 0), 1.0)
        alike = mask & ((belief > 0) | core) & ~_discs(mask, wanted, reach)
        opened = cv2.morphologyEx(alike.view(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)).view(np.bool_)
        kept &= ~(edit.part_at(opened | (core & mask), [place]) | core)
    return _tidy(kept, wanted) & ~_discs(mask, refused, 2) if refused else mask


def _discs(like: BoolMask, places: list[tuple[int, int]], radius: int) -> BoolMask:
    """Discs around the places, on an empty mask of the size of `like`."""
    mask = np.zeros(like.shape, dtype=np.uint8)
    for place in places:
        cv2.circle(mask, place, radius, 1, -1)
    return mask.view(np.bool_)


def _tidy(mask: BoolMask, wanted: list[tuple[int, int]]) -> BoolMask:
    """Without thin bridges and specks, with holes filled; of the parts only those that were clicked, if any were."""
    if not mask.any():
        return mask
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))
    opened = cv2.morphologyEx(mask.view(np.uint8), cv2.MORPH_OPEN, kernel).view(np.bool_)
    if wanted:
        chosen = edit.part_at(opened, wanted)
        if not chosen.any():
            chosen = edit.part_at(mask, wanted)
    else:
        chosen = edit.remove_specks(opened if opened.any() else mask, max(4, int(0.1 * mask.sum())))
    return edit.fill_holes(chosen, max_area=max(4, int(0.08 * chosen.sum())))


def _distinctness(image: Picture, mask: BoolMask, open_sides: tuple[bool, bool, bool, bool]) -> float:
    """0 … 1: colours inside against those just outside, edges under the outline, and how much of it meets the rim."""
    lab = cv2.cvtColor(cv2.GaussianBlur(image, (0, 0), 1.0), cv2.COLOR_RGB2LAB)
    size = max(2, round(0.35 * float(np.sqrt(mask.sum()))))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * size + 1, 2 * size + 1))
    ring = cv2.dilate(mask.view(np.uint8), kernel).view(np.bool_) & ~mask
    if ring.sum() < 8:
        return 0.0
    histograms = []
    for part in (mask, ring):
        histogram = cv2.calcHist([lab], [0, 1, 2], part.view(np.uint8), [8, 16, 16], [0, 256, 64, 192, 64, 192])
        histograms.append(histogram / max(float(histogram.sum()), 1.0))
    separation = float(cv2.compareHist(histograms[0], histograms[1], cv2.HISTCMP_BHATTACHARYYA))
    grey = lab.astype(np.float32)
    gradient = sum(
        np.hypot(cv2.Sobel(grey[..., c], cv2.CV_32F, 1, 0), cv2.Sobel(grey[..., c], cv2.CV_32F, 0, 1)) for c in range(3)
    )
    outline = geometry.boundary(mask)
    under = float(np.mean(gradient[outline])) if outline.any() else 0.0
    edges = under / (under + float(np.mean(gradient)) + 1.0)
    left, top, right, bottom = open_sides
    rim = sum(
        int(np.count_nonzero(line))
        for line, is_open in ((mask[:, 0], left), (mask[0], top), (mask[:, -1], right), (mask[-1], bottom))
        if is_open
    )
    leak = min(1.0, 4.0 * rim / max(1, int(outline.sum())))
    return max(0.0, 0.55 * separation + 0.45 * edges - 0.3 * leak)


def _open_sides(window: Window, picture: Picture) -> tuple[bool, bool, bool, bool]:
    """Which sides of the window (left, top, right, bottom) cut through the picture: a mask there is cut off."""
    height, width = picture.shape[:2]
    return window.x1 > 0, window.y1 > 0, window.x2 < width, window.y2 < height


def _box_iou(a: tuple[int, int, int, int], b: tuple[int, int, int, int]) -> float:
    wide, high = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    common = max(0, wide) * max(0, high)
    return common / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - common)


def _plain(picture: Picture, prompt: PromptRecord) -> BoolMask:
    """The honest guess where nothing stands out: the ellipse in the box, or small discs around the clicks."""
    height, width = picture.shape[:2]
    mask = np.zeros((height, width), dtype=np.uint8)
    box = prompt.box
    if box is not None:
        x1, y1 = min(int(box.x1), width - 1), min(int(box.y1), height - 1)
        x2, y2 = min(int(box.x2), width - 1), min(int(box.y2), height - 1)
        cv2.ellipse(mask, ((x1 + x2) // 2, (y1 + y2) // 2), ((x2 - x1) // 2, (y2 - y1) // 2), 0, 0, 360, 1, -1)
    for point in prompt.points:
        if point.positive:
            place = min(int(point.x), width - 1), min(int(point.y), height - 1)
            cv2.circle(mask, place, max(2, round(0.02 * max(width, height))), 1, -1)
    return mask.view(np.bool_)
