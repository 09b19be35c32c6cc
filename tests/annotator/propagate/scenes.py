"""Small rendered clips with known masks: a textured subject that moves and turns over a textured ground."""

from __future__ import annotations

from collections.abc import Iterator
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
