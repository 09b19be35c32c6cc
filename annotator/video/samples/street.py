"""A play mat from above: a toy car follows the road, drives through a tunnel, leaves, and comes back; a bus passes."""

from __future__ import annotations

import numpy as np

from annotator.records import QuestionType as Q
from annotator.video.samples.paint import (
    Colour,
    Curve,
    Image,
    Layer,
    along,
    compose,
    disc,
    ellipse,
    fill,
    glide,
    lit,
    noise,
    placed,
    shadow,
    smooth,
    stroke,
    to_image,
    toned,
    warped,
)
from annotator.video.samples.truth import SIZE, Script, ask

CAR, BUS = "red toy car", "yellow toy bus"
ROAD = smooth([(-120, 250), (-40, 250), (70, 236), (170, 150), (290, 96), (420, 120), (520, 210), (560, 300),
               (575, 380), (580, 470)], closed=False, steps=60)  # fmt: skip
LANE = smooth([(-130, 322), (40, 326), (220, 318), (380, 322), (520, 318), (760, 326)], closed=False, steps=60)
CAR_WAY = [(0.3, 0.0), (2.2, 0.40), (3.1, 0.525), (4.4, 0.76), (5.0, 0.78), (6.4, 1.0), (7.2, 1.0), (9.0, 0.735)]
BUS_WAY = [(1.0, 1.0), (4.6, 0.05)]

SCRIPT = Script(
    events={
        CAR: [
            (0, 2.6, "A red toy car enters at the left edge, follows the road up and drives into the brick tunnel."),
            (2.6, 4.4, "The car comes out of the tunnel on the right and follows the bend downwards."),
            (4.4, 5.0, "The car slows down almost to a stop before the crossing."),
            (5.0, 6.6, "The car drives on downwards and leaves the mat at the bottom edge."),
            (6.6, 9, "The car comes back from the bottom edge, driving backwards up the road."),
        ],
        BUS: [(1.0, 4.7, "A yellow toy bus with dark windows drives along the lower road from right to left.")],
    },
    questions=[
        ask((0, 9), Q.OBJECT_ATTRIBUTES, "What marks does the red toy car have on its bonnet and roof?",
            "Two white stripes along its whole length and a light blue front window.", "White stripes."),
        ask((1, 4), Q.OBJECT_LOCATION, "Where is the red car hidden for a moment?",
            "In the brick tunnel at the top of the road.", "Behind one of the houses."),
        ask((1, 5), Q.MOVEMENT_DIRECTION, "In which direction does the yellow bus drive?",
            "From the right to the left, along the lower road.", "From the right to the left on the lower road."),
        ask((6, 9), Q.POSE, "How is the car turned when it comes back?",
            "Its front still points to the bottom edge: it drives backwards.", "Its front points to the top edge."),
        ask((0, 9), Q.COUNTING_PROBLEMS, "How many vehicles appear on the mat?",
            "Two: a red car and a yellow bus.", None),
    ],
)  # fmt: skip


class StreetScene:
    """Draws the clip."""

    script = SCRIPT

    def __init__(self) -> None:
        self._background = _mat()
        self._car = _vehicle(92, 48, (206, 44, 46), stripes=True)
        self._bus = _vehicle(134, 54, (240, 188, 48), stripes=False)
        self._tunnel = _tunnel()

    def draw(self, t: float) -> tuple[Image, dict[str, Image]]:
        layers: list[Layer | None] = []
        for label, way, path, sprite in (
            (BUS, glide(BUS_WAY, t), LANE, self._bus),
            (CAR, glide(CAR_WAY, t), ROAD, self._car),
        ):
            x, y, turn = along(path, way)
            if label == BUS:
                turn += 180
            h, w = sprite[1].shape
            layers.append(shadow((x + 4, y + 6), (w * 0.42, h * 0.42), 80))
            layers.append(warped(*sprite, placed(x, y, turn=turn, about=(w / 2, h / 2)), SIZE, label))
        return compose(self._background, [*layers, self._tunnel])


def _rounded(length: float, width: float, at: tuple[float, float], corner: float) -> Curve:
    """A rectangle with round corners around a point."""
    angle = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    c, s = np.cos(angle), np.sin(angle)
    x = np.sign(c) * (length / 2 - corner) + corner * c
    y = np.sign(s) * (width / 2 - corner) + corner * s
    return np.stack([x + at[0], y + at[1]], axis=1).astype(np.float32)


def _vehicle(length: int, width: int, paint: Colour, *, stripes: bool) -> tuple[Image, Image]:
    """A vehicle from above, its front to the right."""
    h, w = width + 12, length + 12
    at = (w / 2, h / 2)
    rgb: Image = np.full((h, w, 3), 30, np.uint8)
    alpha: Image = np.zeros((h, w), np.uint8)
    for axle in (-0.3, 0.3):
        for side in (-1, 1):
            wheel = _rounded(length * 0.2, 9, (at[0] + axle * length, at[1] + side * (width / 2 - 1)), 3)
            fill(alpha, wheel, 255)
            fill(rgb, wheel, (34, 34, 38))
    body = _rounded(length, width - 4, at, 13)
    fill(alpha, body, 255)
    fill(rgb, body, paint)
    if stripes:
        for side in (-6, 6):
            fill(rgb, _rounded(length - 4, 5, (at[0], at[1] + side), 1), (246, 240, 232))
        fill(rgb, _rounded(15, width - 14, (at[0] + 15, at[1]), 5), (166, 210, 230))
        fill(rgb, _rounded(9, width - 16, (at[0] - 27, at[1]), 3), (52, 62, 76))
        fill(rgb, _rounded(30, width - 15, (at[0] - 8, at[1]), 6), toned(paint, 14))
        for side in (-6, 6):
            fill(rgb, _rounded(30, 5, (at[0] - 8, at[1] + side), 1), (246, 240, 232))
    else:
        for k in range(5):
            for side in (-1, 1):
                fill(rgb, _rounded(17, 7, (at[0] - 48 + 22 * k, at[1] + side * (width / 2 - 9)), 2), (56, 66, 84))
        fill(rgb, _rounded(11, width - 16, (at[0] + length / 2 - 12, at[1]), 4), (150, 200, 226))
        fill(rgb, _rounded(24, 14, (at[0] - 20, at[1]), 4), (222, 160, 34))
        fill(rgb, _rounded(24, 14, (at[0] + 18, at[1]), 4), (222, 160, 34))
    for side in (-1, 1):
        disc(rgb, at[0] + length / 2 - 4, at[1] + side * (width / 2 - 10), 4, (255, 246, 190))
        disc(rgb, at[0] - length / 2 + 3, at[1] + side * (width / 2 - 10), 3, (120, 20, 26))
    light = noise(h, w, [(3, 3, 5), (9, 14, 8)], length) + np.linspace(16, -16, h, dtype=np.float32)[:, None]
    return to_image(lit(rgb.astype(np.float32), light)), alpha


def _tunnel() -> Layer:
    """A brick roof over the top of the road, longer than the car."""
    width, height = 176, 104
    alpha: Image = np.zeros((height, width), np.uint8)
    fill(alpha, _rounded(width - 4, height - 4, (width / 2, height / 2), 12), 255)
    y, x = np.mgrid[0:height, 0:width]
    row = y // 13
    mortar = (y % 13 < 2) | ((x + 13 * (row % 2)) % 26 < 2)
    tone = noise(9, 9, [(1, 1, 13)], 53)[row % 9, ((x + 13 * (row % 2)) // 26) % 9]
    rgb = np.empty((height, width, 3), np.float32)
    rgb[:] = (178, 98, 72)
    rgb = lit(rgb, tone + noise(height, width, [(2, 2, 5), (20, 30, 5)], 54))
    rgb[mortar] = (206, 190, 172)
    edge = np.minimum(np.minimum(x, width - 1 - x), np.minimum(y, height - 1 - y))
    rgb[edge < 8] = (138, 130, 124)
    return Layer(to_image(rgb), alpha, 312 - width // 2, 100 - height // 2)


def _mat() -> Image:
    """A felt mat with two roads, houses, trees and a pond."""
    width, height = SIZE
    random = np.random.default_rng(61)
    felt = np.empty((height, width, 3), np.float32)
    felt[:] = (122, 172, 104)
    image = to_image(lit(felt, noise(height, width, [(2, 2, 7), (5, 5, 5), (60, 90, 6)], 62)))
    ellipse(image, (262, 236), (66, 40), -8, (206, 190, 142))
    ellipse(image, (262, 236), (58, 33), -8, (96, 168, 204))
    for k in range(4):
        ellipse(image, (240 + 16 * k, 226 + 8 * (k % 2)), (13, 1.6), 0, (160, 208, 230))
    for path in (ROAD, LANE):
        stroke(image, path, (226, 222, 208), 74)
        stroke(image, path, (98, 102, 110), 66)
        for start in range(0, len(path) - 14, 26):
            stroke(image, path[start : start + 13], (240, 234, 214), 3)
    for x, y, roof in [(66, 70, (196, 92, 66)), (176, 44, (92, 116, 160)), (470, 42, (176, 84, 104)),
                       (590, 76, (212, 150, 74)), (428, 226, (110, 140, 110))]:  # fmt: skip
        fill(image, _rounded(78, 62, (x + 5, y + 7), 5), (62, 92, 58))
        fill(image, _rounded(78, 62, (x, y), 4), roof)
        fill(image, [(x - 39, y - 31), (x + 39, y - 31), (x + 24, y), (x - 24, y)], toned(roof, 22))
        stroke(image, [(x - 24, y), (x + 24, y)], (250, 240, 224), 2)
        fill(image, _rounded(11, 11, (x + 16, y - 14), 2), (120, 70, 58))
    for place in random.uniform((8, 8), (width - 8, height - 60), (26, 2)):
        if (
            min(np.abs(path - place).sum(1).min() for path in (ROAD, LANE)) < 78
            or np.abs(place - (262, 236)).sum() < 96
        ):
            continue
        for k in range(12):
            tone, at = int(random.integers(-16, 20)), place + random.uniform(-9, 9, 2)
            ellipse(image, (at[0], at[1]), (7.5, 6), random.uniform(0, 180), (54 + tone, 118 + tone + k, 62 + tone))
    weave = noise(height, width, [(1.5, 1.5, 4), (3, 3, 3)], 63)
    return to_image(lit(image.astype(np.float32), weave))
