"""A fox in a clearing: walks in, looks back, is hidden by a bush, leaves, and comes back."""

from __future__ import annotations

import cv2
import numpy as np

from annotator.records import QuestionType as Q
from annotator.video.samples.paint import (
    Colour,
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
    smooth,
    stroke,
    to_image,
    toned,
    warped,
)
from annotator.video.samples.truth import SIZE, Script, ask

FOX, GROUND = "fox", 292
FULL: Colour = (255, 255, 255)
WALK = [(0.4, -100), (2.6, 150), (4.2, 150), (6.2, 385), (6.8, 385), (9.2, 745), (10.0, 745), (11.5, 588)]
FACING = [(2.8, 1), (3.1, -1), (3.8, -1), (4.1, 1), (9.5, 1), (9.51, -1)]
ROOM, MIDDLE = (300, 200), (150.0, 150.0)
"""The sprite's room, and the point of it that stands on the ground below the fox's middle."""

SCRIPT = Script(
    events={
        FOX: [
            (0, 2.6, "A fox trots in from the left across the meadow and slows down in front of the bush."),
            (2.6, 4.2, "The fox stands still, turns around to look back to the left, and turns to the right again."),
            (4.2, 6.5, "The fox walks to the right and disappears behind the round bush."),
            (6.5, 9.7, "The fox comes out on the right side of the bush and trots out of the picture."),
            (9.7, 12, "The fox comes back from the right, walks to the left and stops beside the bush."),
        ]
    },
    questions=[
        ask((0, 3), Q.MOVEMENT_DIRECTION, "In which direction does the fox move when it first appears?",
            "It enters at the left edge and moves to the right, towards the bush.", "From the right to the left."),
        ask((2, 5), Q.ACTION_SEQUENCE, "What does the fox do when it reaches the space in front of the bush?",
            "It stops, turns around to look back to the left, turns to the right again, and only then walks on.",
            "It stops."),
        ask((4, 9), Q.SPATIAL_RELATIONS, "On which side of the bush does the fox pass?",
            "It passes behind the bush: the bush hides it for a moment.",
            "It passes behind the bush, which hides it for a moment."),
        ask((0, 12), Q.OBJECT_ATTRIBUTES, "What do the fox's tail and legs look like?",
            "The tail is bushy and orange with a white tip, and the lower legs are dark brown.", "The tail is orange."),
        ask((0, 12), Q.COUNTING_PROBLEMS, "How many times does the fox enter the picture from an edge?",
            "Twice: first from the left edge and later from the right edge.", None),
    ],
)  # fmt: skip


class FoxScene:
    """Draws the clip."""

    script = SCRIPT

    def __init__(self) -> None:
        self._background = _clearing()
        self._bush = _bush()
        self._fur = noise(ROOM[1], ROOM[0], [(5, 9, 11), (14, 22, 15), (2, 3, 6)], 3)

    def draw(self, t: float) -> tuple[Image, dict[str, Image]]:
        x = glide(WALK, t)
        rgb, alpha = self._fox(x, t)
        facing = glide(FACING, t, soft=True)
        wide = np.copysign(max(abs(facing), 0.28), facing if facing else 1.0)
        bounce = 2.0 * abs(np.sin(x / 14)) if _walks(t) else 0.0
        body = warped(rgb, alpha, placed(x, GROUND - bounce, scale=(0.8 * wide, 0.8), about=MIDDLE), SIZE, FOX)
        return compose(self._background, [shadow((x, GROUND + 1), (66 * abs(wide) + 6, 7)), body, self._bush])

    def _fox(self, x: float, t: float) -> tuple[Image, Image]:
        """The fox facing right, in its own room, with legs at the stride of place `x`."""
        rgb: Image = np.zeros((ROOM[1], ROOM[0], 3), np.uint8)
        alpha: Image = np.zeros((ROOM[1], ROOM[0]), np.uint8)
        ox, oy = MIDDLE[0], MIDDLE[1] - 46

        def part(points: list[tuple[float, float]], colour: Colour) -> None:
            curve = smooth([(ox + px, oy + py) for px, py in points])
            fill(rgb, curve, colour)
            fill(alpha, curve, 255)

        def leg(px: float, phase: float, colour: Colour, sock: Colour) -> None:
            swing = 13 * np.sin(x / 16 + phase) if _walks(t) else 2 * np.sin(phase)
            lift = max(0.0, 7 * np.cos(x / 16 + phase)) if _walks(t) else 0.0
            hip, knee = (ox + px, oy + 6), (ox + px + swing * 0.5 + 2, oy + 25 - lift * 0.4)
            foot = (ox + px + swing, oy + 43 - lift)
            for layer, tone, end in ((rgb, colour, sock), (alpha, FULL, FULL)):
                stroke(layer, [hip, knee], tone, 14)
                stroke(layer, [knee, foot], end, 9)
                stroke(layer, [foot, (foot[0] + 6, foot[1])], end, 8)

        wag = 7 * np.sin(t * 5)
        part([(-50, -12), (-78, -26 + wag * 0.4), (-112, -30 + wag), (-128, -14 + wag), (-104, -2 + wag * 0.7),
              (-70, 4), (-52, 6)], (206, 104, 38))  # fmt: skip
        part([(-110, -28 + wag), (-130, -27 + wag), (-134, -12 + wag), (-114, -6 + wag)], (246, 240, 228))
        leg(34, np.pi, (150, 74, 30), (48, 34, 30))
        leg(-40, np.pi / 2, (150, 74, 30), (48, 34, 30))
        part([(-60, -8), (-44, -24), (-8, -24), (30, -28), (58, -26), (66, -6), (52, 14), (14, 17), (-30, 18),
              (-56, 10)], (216, 112, 42))  # fmt: skip
        part([(52, -22), (70, -14), (66, 4), (52, 12), (40, 10), (46, -8)], (246, 238, 224))
        leg(46, 0, (206, 106, 40), (58, 40, 34))
        leg(-46, 3 * np.pi / 2, (206, 106, 40), (58, 40, 34))
        part([(56, -58), (58, -84), (68, -70), (72, -58)], (176, 84, 32))
        part([(50, -34), (50, -50), (62, -62), (82, -58), (94, -46), (114, -37), (110, -30), (92, -24), (66, -22)],
             (222, 118, 46))  # fmt: skip
        part([(70, -58), (76, -86), (86, -68), (86, -54)], (190, 92, 34))
        part([(74, -60), (78, -76), (83, -66), (82, -56)], (70, 46, 40))
        part([(66, -24), (72, -36), (92, -35), (112, -32), (106, -27), (88, -22)], (248, 242, 230))
        disc(rgb, ox + 112, oy - 36, 4, (28, 24, 26))
        disc(alpha, ox + 112, oy - 36, 4, 255)
        ellipse(rgb, (ox + 84, oy - 45), (3.6, 3), 0, (30, 22, 20))
        disc(rgb, ox + 85, oy - 46, 1.2, (250, 250, 250))
        light = np.linspace(20, -26, ROOM[1], dtype=np.float32)[:, None] + self._fur
        return to_image(lit(rgb.astype(np.float32), light)), alpha


def _walks(t: float) -> bool:
    return not (2.6 <= t < 4.2 or 6.2 <= t < 6.8 or t >= 11.5)


def _clearing() -> Image:
    """Sky, far woods in the mist, and a meadow with flowers."""
    width, height = SIZE
    random = np.random.default_rng(11)
    picture = blend((190, 218, 232), (244, 232, 204), height, width)
    picture = lit(picture, noise(height, width, [(30, 120, 5), (14, 50, 3)], 1))
    image = to_image(picture)
    for depth, (base, tone) in enumerate([(150, (158, 184, 176)), (172, (112, 150, 132)), (196, (66, 112, 86))]):
        for _ in range(46 + 12 * depth):
            x, tall = random.uniform(-20, width + 20), random.uniform(34, 78) * (0.8 + 0.35 * depth)
            colour = toned(tone, int(random.integers(-14, 15)))
            if random.random() < 0.55:
                for k in range(4):
                    y, half = base - tall * (0.15 + 0.25 * k), tall * (0.34 - 0.075 * k)
                    fill(image, [(x - half, y), (x, y - tall * 0.42), (x + half, y)], colour)
            else:
                ellipse(image, (x, base - tall * 0.45), (tall * 0.36, tall * 0.5), 0, colour)
        image[base - 4 : base + 30] = np.array(tone, np.uint8)
    meadow = lit(blend((128, 166, 84), (66, 116, 52), height - 196, width), noise(
        height - 196, width, [(4, 16, 7), (18, 70, 9), (2, 3, 6)], 5))  # fmt: skip
    image[196:] = to_image(meadow)
    for _ in range(2600):
        x, y = random.uniform(0, width), 198 + (height - 196) * random.random() ** 0.8
        long = 3 + (y - 190) / 14
        green = toned((96, 146, 56), int(random.integers(-34, 40)))
        stroke(image, [(x, y), (x + random.uniform(-3, 3), y - long)], green, 1)
    for _ in range(120):
        x, y = random.uniform(0, width), random.uniform(214, height)
        petals = [(246, 236, 190), (236, 190, 206), (250, 250, 244), (226, 176, 70)][int(random.integers(4))]
        disc(image, x, y, 0.8 + (y - 200) / 90, petals)
    haze = np.asarray(cv2.GaussianBlur(image[:196], (0, 0), 1.1), np.uint8)
    image[:196] = haze
    return image


def _bush() -> Layer:
    """A round bush that is wider than the fox, made of leaves."""
    random = np.random.default_rng(21)
    width, height = 252, 190
    rgb: Image = np.full((height, width, 3), (40, 78, 44), np.uint8)
    alpha: Image = np.zeros((height, width), np.uint8)
    for x, y, rx, ry in [(126, 124, 104, 60), (76, 100, 60, 54), (176, 98, 62, 56), (126, 76, 70, 60)]:
        ellipse(alpha, (x, y), (rx, ry), 0, 255)
    for _ in range(1500):
        u, v = random.uniform(0, width), random.uniform(0, height)
        glow = 46 * (1 - v / height) + random.uniform(-22, 22)
        colour = (int(52 + glow * 0.8), int(100 + glow), int(50 + glow * 0.5))
        at, turn = (u, v), random.uniform(0, 180)
        ellipse(rgb, at, (7, 3.2), turn, colour)
    for _ in range(260):
        angle, edge = random.uniform(0, 2 * np.pi), random.uniform(0.9, 1.05)
        u, v = 126 + 108 * edge * np.cos(angle), 112 + 70 * edge * np.sin(angle)
        ellipse(alpha, (u, v), (7, 3.4), random.uniform(0, 180), 255)
    for _ in range(34):
        disc(rgb, random.uniform(30, 222), random.uniform(36, 160), 2.6, (196, 56, 62))
    return Layer(rgb, alpha, 385 - width // 2, GROUND + 22 - height)
