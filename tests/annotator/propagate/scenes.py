"""Small rendered clips with known masks: a textured subject that moves and turns over a textured ground."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np


def texture(seed: int, width: int, height: int, colour: tuple[int, int, int], contrast: int) -> np.ndarray:
    """Blotches of several sizes around a colour, uint8[height, width, 3]."""
    rng = np.random.default_rng(seed)
    total = np.zeros((height, width, 3), np.float32)
    for cell in (4, 12, 40):
        coarse = rng.standard_normal((height // cell + 2, width // cell + 2, 3)).astype(np.float32)
        total += cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(np.array(colour) + total / 1.7 * contrast, 0, 255).astype(np.uint8)


@dataclass
class Scene:
    """Pictures of one clip and the truth: mask of the subject on each (None: not visible). A PictureSource."""

    frames: list[np.ndarray]
    truth: list[np.ndarray | None]
    decoded: int = 0

    @property
    def count(self) -> int:
        return len(self.frames)

    @property
    def size(self) -> tuple[int, int]:
        """Width, height."""
        return self.frames[0].shape[1], self.frames[0].shape[0]

    def picture(self, picture: int, /) -> np.ndarray:
        self.decoded += 1
        return self.frames[picture]

    def pictures(self, start: int, stop: int, step: int = 1, /) -> Iterator[tuple[int, np.ndarray]]:
        for picture in range(start, stop, step):
            yield picture, self.picture(picture)

    def centre(self, picture: int) -> tuple[float, float]:
        """Somewhere well inside the subject."""
        mask = self.truth[picture]
        assert mask is not None
        depth = cv2.distanceTransform(np.pad(mask.astype(np.uint8), 1), cv2.DIST_L2, 3)[1:-1, 1:-1]
        y, x = np.unravel_index(int(depth.argmax()), depth.shape)
        return float(x), float(y)


def render(
    path: list[tuple[float, float]],
    *,
    size: tuple[int, int] = (320, 240),
    axes: tuple[int, int] = (34, 24),
    turn: float = 2.0,
    bar: tuple[int, int] | None = None,
    seed: int = 1,
) -> Scene:
    """An ellipse with centre path[i] on picture i, turning; `bar` is a post (x from, x to) that hides it."""
    width, height = size
    ground = texture(seed, width, height, (120, 130, 110), 28)
    skin = texture(seed + 1, 4 * axes[0], 4 * axes[0], (190, 90, 50), 34)
    post = texture(seed + 2, width, height, (60, 70, 120), 14)
    frames, truth = [], []
    noise = np.random.default_rng(seed + 3)
    for index, (x, y) in enumerate(path):
        angle = turn * index
        place = cv2.getRotationMatrix2D((2 * axes[0], 2 * axes[0]), -angle, 1.0)
        place[:, 2] += (x - 2 * axes[0], y - 2 * axes[0])
        patch = cv2.warpAffine(skin, place, size, flags=cv2.INTER_LINEAR)
        mask = np.zeros((height, width), np.uint8)
        fixed = (round(x * 16), round(y * 16)), (axes[0] * 16, axes[1] * 16)
        cv2.ellipse(mask, *fixed, angle, 0, 360, 1, -1, cv2.LINE_8, 4)
        frame = np.where(mask[..., None] > 0, patch, ground)
        if bar is not None:
            frame[:, bar[0] : bar[1]] = post[:, bar[0] : bar[1]]
            mask[:, bar[0] : bar[1]] = 0
        frame = cv2.GaussianBlur(frame, (0, 0), 0.7).astype(np.int16) + noise.integers(-4, 5, frame.shape)
        frames.append(np.clip(frame, 0, 255).astype(np.uint8))
        truth.append(mask.astype(bool) if mask.sum() > 30 else None)
    return Scene(frames, truth)


def wandering(count: int = 40) -> Scene:
    """Never leaves: a wave across the picture."""
    t = np.linspace(0, 1, count)
    return render([(60 + 200 * a, 120 + 60 * np.sin(6 * a)) for a in t])


def leaving(count: int = 60) -> Scene:
    """Goes out at the right, is away for a third of the time, and comes back."""
    t = np.linspace(0, 1, count)
    return render([(160 + 330 * np.sin(np.pi * a) ** 1.0, 120 + 20 * np.sin(9 * a)) for a in t], turn=1.0)


def behind_a_post(count: int = 50) -> Scene:
    """Passes behind a post that is wider than it."""
    t = np.linspace(0, 1, count)
    return render([(45 + 230 * a, 120.0) for a in t], turn=0.0, axes=(26, 22), bar=(125, 195))


Pose = tuple[float, float, float, float]
"""Centre x, y; turn in degrees; size (1 as drawn)."""


@dataclass(frozen=True)
class Actor:
    """A subject cut out of a texture: an uneven outline of about 40 pixels' radius, dark on one side."""

    skin: np.ndarray
    alpha: np.ndarray

    @staticmethod
    def make(seed: int, colour: tuple[int, int, int] = (176, 104, 58)) -> Actor:
        side = 120
        skin = texture(seed, side, side, colour, 24).astype(np.float32)
        y, x = np.mgrid[:side, :side] - side / 2
        skin *= (0.78 + 0.3 / (1 + np.exp(-(x - 0.4 * y) / 5)))[..., None]
        angle = np.arctan2(y, x)
        reach = 38 * (1 + 0.2 * np.cos(2 * angle) + 0.13 * np.cos(3 * angle + 0.7) + 0.05 * np.sin(5 * angle))
        alpha = np.clip(reach - np.hypot(x, y) + 0.5, 0, 1)
        return Actor(np.clip(skin, 0, 255), alpha.astype(np.float32))

    def on(self, size: tuple[int, int], pose: Pose, width: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
        """Pixels and cover (0 … 1) on a picture of `size`; `width` squeezes it sideways (< 0: mirrored)."""
        x, y, turn, scale = pose
        middle = self.skin.shape[0] / 2
        c, s = scale * np.cos(np.radians(turn)), scale * np.sin(np.radians(turn))
        a, b, d, e = c * width, -s, s * width, c
        place = np.array([[a, b, x - (a + b) * middle], [d, e, y - (d + e) * middle]])
        skin = cv2.warpAffine(self.skin, place, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return skin, cv2.warpAffine(self.alpha, place, size, flags=cv2.INTER_LINEAR)


def play(
    poses: list[Pose],
    *,
    widths: list[float] | None = None,
    camera: list[tuple[float, float]] | None = None,
    others: list[Pose] | None = None,
    post: tuple[int, int] | None = None,
    size: tuple[int, int] = (480, 270),
    seed: int = 20,
) -> Scene:
    """An actor over a ground whose colours come near to its own; all of it moves blurred, as with a half-open shutter.

    `camera` is what the ground moves by, `others` a second actor of the same kind, `post` hides what is behind it.
    """
    ground = texture(seed, size[0] * 3, size[1] * 3, (134, 116, 88), 30).astype(np.float32)
    ground += 0.5 * (ground.mean(axis=2, keepdims=True) - ground)  # light differs more than colour
    pillar = texture(seed + 1, *size, (84, 92, 104), 16).astype(np.float32)
    actor, other = Actor.make(seed + 2), Actor.make(seed + 3)
    rng = np.random.default_rng(seed + 4)
    grain = rng.normal(0, 3, (size[1] + 40, size[0] + 40, 3)).astype(np.float32)
    frames, truth = [], []
    for index in range(len(poses)):
        total, cover = np.zeros((size[1], size[0], 3), np.float32), np.zeros(size[::-1], np.float32)
        for early in (-0.25, 0.0, 0.25):
            at = float(np.clip(index + early, 0, len(poses) - 1))
            dx, dy = _at(camera, at) if camera else (0.0, 0.0)
            shift = np.array([[1, 0, dx - size[0]], [0, 1, dy - size[1]]])
            frame = cv2.warpAffine(ground, shift, size, flags=cv2.INTER_LINEAR)
            if others:
                skin, alpha = other.on(size, tuple(_at(others, at)))
                frame += (skin - frame) * alpha[..., None]
            skin, alpha = actor.on(size, tuple(_at(poses, at)), widths[index] if widths else 1.0)
            frame += (skin - frame) * alpha[..., None]
            if post:
                frame[:, post[0] : post[1]], alpha[:, post[0] : post[1]] = pillar[:, post[0] : post[1]], 0
            total, cover = total + frame / 3, cover + alpha / 3
        x, y = rng.integers(0, 40, 2)
        frame = cv2.GaussianBlur(total, (0, 0), 0.6) + grain[y : y + size[1], x : x + size[0]]
        frames.append(np.clip(frame, 0, 255).astype(np.uint8))
        mask = cover > 0.5
        truth.append(mask if mask.sum() > 60 else None)
    return Scene(frames, truth)


def _at(values: list[tuple[float, ...]], at: float) -> np.ndarray:
    """`values` between its entries."""
    first = min(int(at), len(values) - 1)
    a, b = np.array(values[first]), np.array(values[min(first + 1, len(values) - 1)])
    return a + (at - first) * (b - a)


def _still(t: np.ndarray) -> list[Pose]:
    return [(240 + 12 * np.sin(2 * a), 140 + 8 * np.sin(3 * a), 6 * np.sin(2 * a), 1.0) for a in t]


def _camera(t: np.ndarray) -> list[tuple[float, float]]:
    return [(-330 * np.sin(0.5 * np.pi * a) + 3 * np.sin(2.1 * i), 60 * a * a + 2 * np.cos(1.7 * i))
            for i, a in enumerate(t)]  # fmt: skip


CASES: dict[str, Callable[[np.ndarray], Scene]] = {
    "slow motion": lambda t: play([(150 + 90 * a, 130 + 20 * np.sin(3 * a), 15 * a, 1) for a in t]),
    "fast motion": lambda t: play(
        [(240 - 170 * np.cos(11 * a), 135 + 55 * np.sin(17 * a), 20 * np.sin(9 * a), 0.9) for a in t]
    ),
    "rotation": lambda t: play([(200 + 80 * a, 135, 420 * a, 1) for a in t]),
    "turn": lambda t: play(
        [(130 + 200 * a, 140, 0, 1.1) for a in t], widths=[float(_wide(np.cos(2 * np.pi * a))) for a in t]
    ),
    "scale": lambda t: play([(200 + 70 * a, 130, 10 * a, 0.55 * 3.6**a) for a in t]),
    "occlusion": lambda t: play([(80 + 330 * a, 135, 10 * np.sin(6 * a), 0.8) for a in t], post=(200, 300)),
    "exit and return": lambda t: play([(300 + 330 * np.sin(np.pi * a), 140, 30 * a, 1) for a in t]),
    "similar neighbour": lambda t: play(
        [(180 + 90 * a, 130 + 10 * np.sin(8 * a), 20 * a, 0.9) for a in t],
        others=[(400 - 310 * a, 205 - 10 * a, -25 * a, 0.85) for a in t],
    ),
    "camera pan": lambda t: play(_still(t), camera=_camera(t)),
}
"""What a propagator must follow, each as a function of the time 0 … 1 of its pictures."""


def case(name: str, count: int = 72) -> Scene:
    """A rendered case of CASES."""
    return CASES[name](np.linspace(0, 1, count))


def _wide(c: float) -> float:
    """Width of a body that turns about its upright axis: never a line."""
    return float(np.copysign(max(abs(c), 0.3), c))
