"""A table: a beach ball rolls behind a mug, leaves, and bounces back in front of it; the mug turns on its turntable."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from annotator.records import QuestionType as Q
from annotator.video.samples.paint import (
    Image,
    Layer,
    blend,
    compose,
    disc,
    ellipse,
    fill,
    glide,
    lit,
    noise,
    placed,
    shadow,
    to_image,
    warped,
)
from annotator.video.samples.truth import SIZE, Script, ask

BALL, MUG = "beach ball", "mug"
TABLE = 212
MUG_X, MUG_BASE, MUG_RADIUS, MUG_HEIGHT = 330, 296, 54, 112
THERE = [(0.5, -50.0), (1.9, 230.0), (3.0, 380.0), (4.3, 700.0)]
BACK = [(5.6, 700.0), (9.0, 120.0)]
BOUNCES = [5.2, 6.3, 7.1, 7.7, 8.1]
SPIN = [(4.4, 0.0), (5.6, 2.4)]


def thuds(times: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """A soft thud at each bounce, and the ball's rolling."""
    sound = 0.02 * np.sin(2 * np.pi * 70 * times) * ((times > 0.6) & (times < 4.3))
    for place, at in enumerate(BOUNCES):
        since = np.clip(times - at, 0, None)
        sound += 0.5 * 0.7**place * np.exp(-since * 18) * np.sin(2 * np.pi * 140 * since) * (times >= at)
    sounds: npt.NDArray[np.float32] = sound.astype(np.float32)
    return sounds


SCRIPT = Script(
    events={
        BALL: [
            (0.5, 2.7, "A striped beach ball rolls in from the left along the table and disappears behind the mug."),
            (2.7, 4.6, "The ball reappears on the right side of the mug and rolls off the table's right end."),
            (5.0, 8.1, "The ball comes back from the right in lower and lower bounces and passes in front of the mug."),
            (8.1, 10, "The ball rolls out on the left side of the table, slows down and stops."),
        ],
        MUG: [
            (0, 4.4, "The blue mug with the yellow diamonds stands still on its wooden turntable."),
            (4.4, 5.6, "The mug turns on the turntable, so that its handle moves from the right towards the left."),
            (5.6, 10, "The mug stands still again while the ball bounces past in front of it."),
        ],
    },
    questions=[
        ask((0, 5), Q.SPATIAL_RELATIONS, "Where does the ball pass the mug on its first way across the table?",
            "Behind the mug, which hides it for a moment.", "In front of the mug."),
        ask((0, 5), Q.SPEED_FORCE, "How does the ball's speed change on its way to the right?",
            "It rolls in fast, slows down while it is behind the mug, and speeds up towards the right end.",
            "It changes."),
        ask((4, 6), Q.OBJECT_STATE, "What happens to the mug while the ball is away?",
            "It is turned on its wooden turntable: the handle moves from the right towards the left.",
            "It is turned on its wooden turntable, so that its handle moves from the right towards the left."),
        ask((5, 9), Q.ACTION_RECOGNITION, "How does the ball come back?",
            "It bounces in from the right, each bounce lower than the one before.", "It rolls back behind the mug."),
        ask((0, 10), Q.OBJECT_RECOGNITION, "Which object stands on the turntable?",
            "A blue mug with yellow diamonds and a handle.", None),
    ],
    sound=thuds,
)  # fmt: skip


class TableScene:
    """Draws the clip."""

    script = SCRIPT

    def __init__(self) -> None:
        self._background = _room()
        self._speckle = noise(256, 512, [(3, 3, 9), (10, 10, 9)], 31)
        y, x = np.mgrid[-1:1:96j, -1:1:96j].astype(np.float32)
        self._sphere = np.stack([x, y, np.sqrt(np.clip(1 - x * x - y * y, 0, 1))], axis=-1)
        self._disc: Image = np.zeros((96, 96), np.uint8)
        disc(self._disc, 47.5, 47.5, 47, 255)

    def draw(self, t: float) -> tuple[Image, dict[str, Image]]:
        mug = self._mug(glide(SPIN, t, soft=True))
        if t < 5:
            x = glide(THERE, t)
            ball = [shadow((x, 272), (36, 7)), self._ball(x, 272 - 36, 36, x / 36)]
            layers = [*ball, *mug]
        else:
            x = glide(BACK, t) if t < 8.1 else 120 + 153.5 * (1 - min(1.0, (t - 8.1) / 1.5)) ** 2
            high = _height(t)
            ball = [
                shadow((x, 330), (42 - high / 8, 8), int(95 - high / 2)),
                self._ball(x, 330 - 44 - high, 44, x / 44),
            ]
            layers = [*mug, *ball]
        return compose(self._background, layers)

    def _ball(self, x: float, y: float, radius: float, roll: float) -> Layer:
        """A ball with six coloured sectors and white poles, rolled by `roll` radians."""
        c, s = np.cos(-roll), np.sin(-roll)
        tilt = np.array([[1, 0, 0], [0, 0.8, 0.6], [0, -0.6, 0.8]], np.float32)
        turn = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]], np.float32)
        normal = self._sphere @ turn.T @ tilt.T
        sector = np.floor((np.arctan2(normal[..., 1], normal[..., 0]) / (2 * np.pi) + 0.5) * 6).astype(int) % 6
        colours = np.array(
            [(226, 64, 58), (250, 244, 232), (44, 122, 196), (250, 244, 232), (246, 190, 52), (250, 244, 232)],
            np.float32,
        )
        rgb = colours[sector]
        rgb[np.abs(normal[..., 2]) > 0.94] = (250, 244, 232)
        u = ((np.arctan2(normal[..., 1], normal[..., 0]) / (2 * np.pi) + 0.5) * 511).astype(int)
        v = ((normal[..., 2] * 0.5 + 0.5) * 255).astype(int)
        shade = 46 * (-0.5 * self._sphere[..., 0] - 0.75 * self._sphere[..., 1] + 0.6 * self._sphere[..., 2] - 0.45)
        picture = to_image(lit(rgb, shade + self._speckle[v, u]))
        return _scaled(picture, self._disc, x, y, radius)

    def _mug(self, spin: float) -> list[Layer]:
        """Turntable, handle and body; `spin` in radians moves the pattern and the handle."""
        plate = _blank(170, 60)
        ellipse(plate.alpha, (85, 32), (78, 20), 0, 255)
        ellipse(plate.rgb, (85, 36), (80, 20), 0, (112, 72, 42))
        ellipse(plate.rgb, (85, 30), (77, 18), 0, (176, 124, 78))
        ellipse(plate.rgb, (85, 30), (60, 13), 0, (164, 112, 68))
        stand = Layer(plate.rgb, plate.alpha, MUG_X - 85, MUG_BASE - 34)
        handle = self._handle(spin)
        body = self._body(spin)
        front = np.sin(spin) > 0
        parts = [body, handle] if front else [handle, body]
        return [shadow((MUG_X, MUG_BASE + 6), (92, 20), 120), stand, *parts]

    def _handle(self, spin: float) -> Layer:
        rgb, alpha = _blank(200, 120).rgb, np.zeros((120, 200), np.uint8)
        reach = np.cos(spin)
        at, wide = 100 + MUG_RADIUS * reach * 0.95, max(9.0, 31 * abs(reach))
        ellipse(alpha, (at, 56), (wide, 34), 0, 255)
        if wide > 18:
            ellipse(alpha, (at, 56), (wide - 12, 21), 0, 0)
        ellipse(rgb, (at, 56), (wide + 2, 36), 0, (44, 86, 150))
        ellipse(rgb, (at - 2, 54), (max(4, wide - 4), 30), 0, (66, 112, 178))
        return Layer(rgb, alpha, MUG_X - 100, MUG_BASE - MUG_HEIGHT + 2, MUG)

    def _body(self, spin: float) -> Layer:
        wide, high = 2 * MUG_RADIUS + 4, MUG_HEIGHT + 28
        alpha: Image = np.zeros((high, wide), np.uint8)
        middle = wide / 2
        ellipse(alpha, (middle, 15), (MUG_RADIUS, 13), 0, 255)
        ellipse(alpha, (middle, MUG_HEIGHT + 10), (MUG_RADIUS, 15), 0, 255)
        fill(alpha, [(2, 15), (wide - 2, 15), (wide - 2, MUG_HEIGHT + 10), (2, MUG_HEIGHT + 10)], 255)
        across = np.clip((np.arange(wide) - middle + 0.5) / MUG_RADIUS, -1, 1)
        # The rim is an ellipse, so a ring of the pattern hangs lower in the middle.
        y = np.arange(high)[:, None] - 15 - 13 * np.sqrt(1 - across**2)[None, :]
        lon = (np.arcsin(across) - spin)[None, :] + 0 * y
        a, b = (lon / (np.pi / 4)) % 1 - 0.5, (y / 38 + 0.15) % 1 - 0.5
        rgb = np.empty((high, wide, 3), np.float32)
        rgb[:] = (52, 98, 166)
        rgb[np.abs(a) + np.abs(b) * 1.1 < 0.36] = (244, 196, 76)
        rgb[np.abs(a) + np.abs(b) * 1.1 < 0.15] = (232, 92, 70)
        rgb[(y < 9) | (y > MUG_HEIGHT - 12)] = (240, 234, 220)
        u = ((lon / (2 * np.pi)) % 1 * 511).astype(int)
        v = np.clip(y + 30, 0, 255).astype(int)
        light = 34 * np.cos(across * 1.5 + 0.5)[None, :] - 18 + self._speckle[v, u]
        picture = to_image(lit(rgb, light))
        ellipse(picture, (middle, 15), (MUG_RADIUS, 13), 0, (250, 245, 234))
        ellipse(picture, (middle, 16.5), (MUG_RADIUS - 5, 10), 0, (76, 44, 26))
        ellipse(picture, (middle - 10, 17), (20, 4), 0, (122, 78, 48))
        return Layer(picture, alpha, MUG_X - wide // 2, MUG_BASE - MUG_HEIGHT - 15, MUG)


def _height(t: float) -> float:
    """Pixels above the table: parabolas between the bounces, each lower than the one before."""
    for place, (start, end) in enumerate(pairwise(BOUNCES)):
        if start <= t < end:
            share = (t - start) / (end - start)
            return float(4 * (150 * 0.5**place) * share * (1 - share))
    return 0.0


def _scaled(picture: Image, cover: Image, x: float, y: float, radius: float) -> Layer:
    layer = warped(picture, cover, placed(x, y, scale=(radius / 47, radius / 47), about=(47.5, 47.5)), SIZE, BALL)
    return layer or _blank(1, 1)


def _blank(width: int, height: int) -> Layer:
    return Layer(np.zeros((height, width, 3), np.uint8), np.zeros((height, width), np.uint8), -width, -height)


def _room() -> Image:
    """A papered wall with a window's light, and a wooden table."""
    width, height = SIZE
    wall = lit(
        blend((214, 198, 176), (196, 176, 150), height, width), noise(height, width, [(3, 3, 2), (40, 60, 4)], 41)
    )
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    wall[((x // 32) % 2 == 0)] += 7
    bloom = np.abs(((x + 16 * ((y // 40) % 2)) % 32) - 16) + np.abs((y % 40) - 20) < 7
    wall[bloom] += np.array((10, -14, -18), np.float32)
    pane = (
        ((x - 0.35 * y - 60) % 120 < 104) & ((y + 8) % 92 < 80) & (x - 0.35 * y > 60) & (x - 0.35 * y < 300) & (y < 196)
    )
    wall[pane] += np.array((26, 24, 12), np.float32)
    grain = noise(height, width, [(2.5, 130, 9), (7, 220, 11), (1.5, 30, 4)], 43)
    wood = lit(blend((186, 128, 80), (150, 96, 56), height, width), grain)
    for seam in (TABLE + 34, TABLE + 82):
        wood[seam : seam + 2] -= 34
    wood[:, :] += (18 * np.sin(x / 130 + 0.6))[..., None]
    wood[TABLE : TABLE + 3] += 26
    return to_image(np.where((y < TABLE)[..., None], wall, wood))
