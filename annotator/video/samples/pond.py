"""A koi pond from above: two koi swim, pass below lily pads, leave and come back. The clip's rate is variable."""

from __future__ import annotations

import cv2
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
    smooth,
    stroke,
    to_image,
    toned,
    warped,
)
from annotator.video.samples.truth import SIZE, Script, ask

RED, GOLD = "red and white koi", "golden koi"
RED_WAY = smooth([(-190, 250), (-110, 240), (60, 200), (190, 164), (330, 152), (460, 190), (560, 250), (700, 270),
                  (800, 270)], closed=False, steps=60)  # fmt: skip
HOME_WAY = smooth(
    [(860, 150), (760, 120), (620, 76), (480, 44), (360, 36), (240, 38), (120, 60), (60, 90)], closed=False, steps=60
)
GOLD_WAY = smooth([(560, 430), (520, 330), (440, 270), (330, 262), (220, 290), (130, 300), (70, 240), (90, 160),
                   (110, 110)], closed=False, steps=60)  # fmt: skip
RED_OUT = [(0.2, 0.0), (6.0, 1.0)]
RED_HOME = [(6.6, 0.0), (10.0, 0.9)]
GOLD_SWIMS = [(0.0, 0.12), (3.0, 0.42), (4.2, 0.46), (10.0, 0.97)]
LENGTH, WIDTH = 132, 50

SCRIPT = Script(
    events={
        RED: [
            (0, 2.9, "A red and white koi swims in from the left and glides below the large lily pad."),
            (2.9, 6.0, "The koi comes out from below the pad, curves down to the right and leaves the picture."),
            (6.6, 10, "The red and white koi returns at the top right and swims to the left along the upper edge."),
        ],
        GOLD: [
            (0, 3.0, "A golden koi swims up from the bottom edge and turns to the left."),
            (3.0, 4.2, "The golden koi slows down and drifts in the middle of the pond."),
            (4.2, 10, "The golden koi swims on to the left, turns upwards along the left edge and heads to the top."),
        ],
    },
    questions=[
        ask((0, 4), Q.ACTION_SEQUENCE, "What does the red and white koi do after it has entered?",
            "It swims to the right, disappears below the large lily pad, and comes out on the pad's right side.",
            "It swims."),
        ask((0, 10), Q.COUNTING_PROBLEMS, "How many fish swim in the pond?", "Two koi.", "Three koi."),
        ask((3, 5), Q.SPEED_FORCE, "How fast does the golden koi move in the middle of the pond?",
            "It almost stands still and only drifts slowly before it swims on.",
            "It almost stands still and drifts slowly, then swims on."),
        ask((6, 10), Q.OBJECT_LOCATION, "Where does the red and white koi come back into the picture?",
            "At the upper part of the right edge.", "At the bottom edge."),
        ask((0, 10), Q.OTHER, "What floats on the water?", "Round green lily pads and a pink water lily.", None),
    ],
)  # fmt: skip


class PondScene:
    """Draws the clip."""

    script = SCRIPT

    def __init__(self) -> None:
        self._background = _water()
        self._pads = _pads()
        self._red = _koi((244, 236, 226), (214, 62, 38), 71)
        self._gold = _koi((236, 164, 48), (250, 214, 120), 72)
        ripple = noise(SIZE[1] + 80, SIZE[0] + 80, [(9, 16, 4), (24, 40, 5)], 73)
        self._ripple = np.repeat(ripple.astype(np.int16)[..., None], 3, axis=2)

    def draw(self, t: float) -> tuple[Image, dict[str, Image]]:
        layers: list[Layer | None] = []
        layers += _swimming(self._gold, GOLD_WAY, glide(GOLD_SWIMS, t), t * 6, GOLD)
        path, way = (RED_WAY, glide(RED_OUT, t)) if t < 6.3 else (HOME_WAY, glide(RED_HOME, t))
        layers += _swimming(self._red, path, way, t * 8, RED)
        dx, dy = round(20 + 14 * np.sin(t * 0.5)), round(20 + 12 * np.cos(t * 0.4))
        light = self._ripple[dy : dy + SIZE[1], dx : dx + SIZE[0]]
        picture, masks = compose(self._background, layers)
        picture = np.asarray(cv2.add(picture, light, dtype=cv2.CV_8U), np.uint8)
        picture, _ = compose(picture, self._pads)
        for pad in self._pads:
            cover = pad.alpha > 127
            for mask in masks.values():
                mask[pad.y : pad.y + cover.shape[0], pad.x : pad.x + cover.shape[1]][cover] = 0
        return picture, masks


def _swimming(
    sprite: tuple[Image, Image],
    path: Curve,
    share: float,
    beat: float,
    label: str,
) -> list[Layer | None]:
    """A koi on its path, its body bent by the beat of its tail, with its shadow on the pond's floor."""
    x, y, turn = along(path, share)
    rgb, alpha = sprite
    h, w = alpha.shape
    columns = np.arange(w, dtype=np.float32)
    swing = 11 * ((w - columns) / w) ** 1.6 * np.sin((w - columns) / 26 - beat)
    map_x = np.broadcast_to(columns, (h, w)).astype(np.float32)
    map_y = (np.arange(h, dtype=np.float32)[:, None] + swing[None, :]).astype(np.float32)
    bent = np.asarray(cv2.remap(rgb, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.uint8)
    cover = np.asarray(cv2.remap(alpha, map_x, map_y, cv2.INTER_LINEAR), np.uint8)
    about = (w * 0.56, h / 2)
    dark = np.zeros_like(rgb)
    dim = np.asarray(cv2.GaussianBlur(cover, (0, 0), 4) * np.float32(0.3), np.float32).astype(np.uint8)
    return [
        warped(dark, dim, placed(x + 10, y + 16, turn=turn, about=about), SIZE, None),
        warped(bent, cover, placed(x, y, turn=turn, about=about), SIZE, label),
    ]


def _koi(base: Colour, patch: Colour, seed: int) -> tuple[Image, Image]:
    """A koi from above, its head to the right."""
    h, w = WIDTH + 44, LENGTH + 8
    rgb: Image = np.full((h, w, 3), base, np.uint8)
    alpha: Image = np.zeros((h, w), np.uint8)
    m = h / 2
    fin = toned(base, 7)
    for side in (-1, 1):
        front = smooth([(96, m + side * 14), (82, m + side * 36), (68, m + side * 38), (76, m + side * 15)])
        back = smooth([(58, m + side * 10), (46, m + side * 24), (38, m + side * 24), (44, m + side * 8)])
        tail = smooth([(30, m), (10, m + side * 20), (0, m + side * 23), (8, m + side * 5), (18, m)])
        for shape in (front, back, tail):
            fill(alpha, shape, 235)
            fill(rgb, shape, fin)
    body = smooth([(14, m), (36, m - 8), (66, m - 17), (98, m - 19), (122, m - 13), (134, m), (122, m + 13),
                   (98, m + 19), (66, m + 17), (36, m + 8)])  # fmt: skip
    fill(alpha, body, 255)
    random = np.random.default_rng(seed)
    for x, y, r in [(112, m - 4, 15), (84, m + 8, 17), (60, m - 8, 15), (38, m + 3, 9)]:
        blot = [(x + r * random.uniform(0.7, 1.2) * np.cos(k), y + r * random.uniform(0.6, 1.1) * np.sin(k))
                for k in np.linspace(0, 2 * np.pi, 9, endpoint=False)]  # fmt: skip
        fill(rgb, smooth(blot), patch)
    scales = 9 * (np.sin(np.arange(w) / 2.1)[None, :] * np.sin(np.arange(h)[:, None] / 2.1)).astype(np.float32)
    round_ = -26 * ((np.arange(h, dtype=np.float32)[:, None] - m) / 19) ** 2
    stroke(rgb, [(44, m), (94, m)], toned(base, -40), 4)
    for side in (-1, 1):
        disc(rgb, 122, m + side * 9, 2.4, (24, 22, 26))
    return to_image(
        lit(rgb.astype(np.float32), scales + np.maximum(round_, -30) + noise(h, w, [(4, 4, 7)], seed))
    ), alpha


def _water() -> Image:
    """Dark green water over pebbles."""
    width, height = SIZE
    random = np.random.default_rng(81)
    floor = np.empty((height, width, 3), np.float32)
    floor[:] = (40, 92, 92)
    image = to_image(lit(floor, noise(height, width, [(70, 110, 12), (20, 30, 6)], 82)))
    for _ in range(700):
        x, y, r = random.uniform(0, width), random.uniform(0, height), random.uniform(4, 13)
        tone = int(random.integers(-18, 22))
        at = (x, y)
        ellipse(image, (x + 1.5, y + 2), (r, r * 0.75), random.uniform(0, 180), (26, 62, 64))
        ellipse(image, at, (r, r * 0.75), random.uniform(0, 180), (56 + tone, 104 + tone, 100 + tone // 2))
    soft = np.asarray(cv2.GaussianBlur(image, (0, 0), 1.2), np.uint8).astype(np.float32)
    return to_image(lit(soft, noise(height, width, [(2, 2, 3), (150, 200, 10)], 83)))


def _pads() -> list[Layer]:
    """Lily pads, one of them larger than a koi is long, and a flower."""
    pads = []
    for number, (x, y, r, notch) in enumerate([(266, 158, 98, 280), (556, 96, 40, 80), (590, 152, 30, 300),
                                               (66, 60, 44, 30), (396, 318, 34, 150)]):  # fmt: skip
        size = 2 * r + 8
        rgb: Image = np.full((size, size, 3), (70, 136, 70), np.uint8)
        alpha: Image = np.zeros((size, size), np.uint8)
        m = size / 2
        angle = np.radians(np.linspace(notch + 5, notch + 355, 60))
        rim = np.stack([m + r * np.cos(angle), m + r * np.sin(angle)], axis=1)
        # The notch ends half-way, so that no fish shows through the middle.
        inner = [m + 0.55 * r * np.cos(np.radians(notch)), m + 0.55 * r * np.sin(np.radians(notch))]
        shape = np.concatenate([[inner], rim]).astype(np.float32)
        fill(alpha, shape, 255)
        for k in range(14):
            a = np.radians(notch + 14 + k * 25)
            stroke(rgb, [(m, m), (m + r * np.cos(a), m + r * np.sin(a))], (104, 166, 92), 2)
        far = np.hypot(*np.mgrid[-m : m : size * 1j, -m : m : size * 1j]) / r
        light = noise(size, size, [(3, 3, 5), (14, 14, 8)], 90 + number) + 22 * (0.6 - far.astype(np.float32))
        pads.append(
            Layer(to_image(lit(rgb.astype(np.float32), light)), alpha, max(0, x - size // 2), max(0, y - size // 2))
        )
    flower = Layer(np.full((70, 70, 3), (236, 150, 180), np.uint8), np.zeros((70, 70), np.uint8), 540, 60)
    for ring, (far, long, tone) in enumerate([(18, 15, 0), (11, 12, 22)]):
        for k in range(9):
            a = 40 * k + 20 * ring
            at = (35 + far * np.cos(np.radians(a)), 35 + far * np.sin(np.radians(a)))
            ellipse(flower.alpha, at, (long, 6), a, 255)
            ellipse(flower.rgb, at, (long, 6), a, (222 + tone, 120 + 2 * tone, 160 + 2 * tone))
            ellipse(flower.rgb, at, (long - 3, 3.5), a, (244, 176 + tone, 200 + tone))
    disc(flower.rgb, 35, 35, 7, (248, 208, 84))
    return [*pads, flower]
