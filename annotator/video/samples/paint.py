"""Brushes for rendered clips: noise, smooth shapes, layers, and compositing that keeps every subject's true mask."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]
Plane = npt.NDArray[np.float32]
Colour = tuple[int, int, int]
Curve = npt.NDArray[np.float32]
Points = Curve | Sequence[tuple[float, float]]

SUBPIXEL = 4
"""Bits of the fraction that OpenCV's drawing takes."""


@dataclass(frozen=True)
class Layer:
    """A coloured shape on the picture: rgb uint8[h,w,3], alpha uint8[h,w], its corner, and whose it is."""

    rgb: Image
    alpha: Image
    x: int
    y: int
    subject: str | None = None


def noise(height: int, width: int, cells: Sequence[tuple[float, float, float]], seed: int) -> Plane:
    """Smooth noise around 0 (float32[height,width]); each of `cells` is (cell height, cell width, strength)."""
    random = np.random.default_rng(seed)
    total: Plane = np.zeros((height, width), np.float32)
    for high, wide, strength in cells:
        small = random.standard_normal((max(2, int(height / high) + 2), max(2, int(width / wide) + 2))).astype(
            np.float32
        )
        total += strength * cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
    return total


def blend(top: Colour, bottom: Colour, height: int, width: int) -> Plane:
    """A vertical gradient, float32[height,width,3]."""
    share = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    row = np.array(top, np.float32) * (1 - share) + np.array(bottom, np.float32) * share
    return np.ascontiguousarray(np.broadcast_to(row, (height, width, 3)))


def lit(colour: Plane, light: Plane) -> Plane:
    """Colours made lighter or darker by `light`, in levels."""
    return colour + light[..., None]


def to_image(colour: Plane) -> Image:
    """Clip to 8 bits."""
    return np.clip(colour, 0, 255).astype(np.uint8)


def smooth(points: Points, closed: bool = True, steps: int = 8) -> Curve:
    """A Catmull-Rom curve through `points`: float32[n,2]."""
    p = np.array(points, np.float32)
    if not closed:
        p = np.concatenate([p[:1], p, p[-1:]])
    count = len(p) if closed else len(p) - 3
    first = np.arange(count)
    a, b, c, d = (p[(first + k - (1 if closed else 0)) % len(p)] for k in range(4))
    t = np.linspace(0, 1, steps, endpoint=False, dtype=np.float32)[None, :, None]
    a, b, c, d = a[:, None], b[:, None], c[:, None], d[:, None]
    curve = 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
    return np.asarray(curve.reshape(-1, 2), np.float32)


def fill(target: Image, points: Points, colour: Colour | int) -> None:
    """Fill a polygon with soft edges; `target` is uint8[h,w] or uint8[h,w,3]."""
    fixed = np.round(np.asarray(points, np.float32) * (1 << SUBPIXEL)).astype(np.int32)
    cv2.fillPoly(target, [fixed], colour if isinstance(colour, tuple) else (colour,), cv2.LINE_AA, SUBPIXEL)


def stroke(target: Image, points: Points, colour: Colour, width: int) -> None:
    """Draw an open line of `width` pixels."""
    fixed = np.round(np.asarray(points, np.float32) * (1 << SUBPIXEL)).astype(np.int32)
    cv2.polylines(target, [fixed], False, colour, width, cv2.LINE_AA, SUBPIXEL)


def disc(target: Image, x: float, y: float, radius: float, colour: Colour | int) -> None:
    """Fill a circle."""
    ellipse(target, (x, y), (radius, radius), 0, colour)


def ellipse(
    target: Image,
    at: tuple[float, float],
    radii: tuple[float, float],
    turn: float,
    colour: Colour | int,
) -> None:
    """Fill an ellipse; `turn` in degrees clockwise."""
    angle = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    x, y = radii[0] * np.cos(angle), radii[1] * np.sin(angle)
    c, s = np.cos(np.radians(turn)), np.sin(np.radians(turn))
    fill(target, np.stack([at[0] + c * x - s * y, at[1] + s * x + c * y], axis=1).astype(np.float32), colour)


def shadow(at: tuple[float, float], radii: tuple[float, float], strength: int = 90) -> Layer:
    """A soft dark ellipse on the ground."""
    rgb, alpha = _soft(round(radii[0]), round(radii[1]), strength)
    h, w = alpha.shape
    return Layer(rgb, alpha, round(at[0] - w / 2), round(at[1] - h / 2))


@lru_cache(maxsize=256)
def _soft(rx: int, ry: int, strength: int) -> tuple[Image, Image]:
    w, h = int(rx * 2.6), int(ry * 3.2)
    alpha: Image = np.zeros((h, w), np.uint8)
    ellipse(alpha, (w / 2, h / 2), (rx, ry), 0, strength)
    alpha = np.asarray(cv2.GaussianBlur(alpha, (0, 0), max(1.5, ry / 2.5)), np.uint8)
    return np.full((h, w, 3), (18, 22, 20), np.uint8), alpha


def warped(rgb: Image, alpha: Image, matrix: Plane, size: tuple[int, int], subject: str | None) -> Layer | None:
    """A sprite moved by an affine matrix float32[2,3] onto a picture of `size` (width, height), or None."""
    h, w = alpha.shape
    corners = np.array([[0, 0, 1], [w, 0, 1], [0, h, 1], [w, h, 1]], np.float32) @ matrix.T
    x1, y1 = np.maximum(np.floor(corners.min(0)).astype(int) - 1, 0)
    x2, y2 = np.minimum(np.ceil(corners.max(0)).astype(int) + 1, size)
    if x1 >= x2 or y1 >= y2:
        return None
    moved = matrix.copy()
    moved[:, 2] -= (x1, y1)
    room = (int(x2 - x1), int(y2 - y1))
    colour = cv2.warpAffine(rgb, moved, room, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    cover = cv2.warpAffine(alpha, moved, room, flags=cv2.INTER_LINEAR)
    return Layer(np.asarray(colour, np.uint8), np.asarray(cover, np.uint8), int(x1), int(y1), subject)


def compose(background: Image, layers: Iterable[Layer | None]) -> tuple[Image, dict[str, Image]]:
    """Lay `layers` over the background, the last one in front. Returns the picture and each subject's visible mask."""
    picture = background.copy()
    masks: dict[str, Image] = {}
    height, width = picture.shape[:2]
    for layer in layers:
        if layer is None:
            continue
        x1, y1 = max(layer.x, 0), max(layer.y, 0)
        x2, y2 = min(layer.x + layer.alpha.shape[1], width), min(layer.y + layer.alpha.shape[0], height)
        if x1 >= x2 or y1 >= y2:
            continue
        part = np.s_[y1 - layer.y : y2 - layer.y, x1 - layer.x : x2 - layer.x]
        here = np.s_[y1:y2, x1:x2]
        rgb, alpha, room = layer.rgb[part], layer.alpha[part], picture[here]
        edge = (alpha > 0) & (alpha < 255)
        share = alpha[edge].astype(np.uint16)[:, None]
        mixed = (room[edge] * (255 - share) + rgb[edge] * share + 127) // 255
        cv2.copyTo(rgb, alpha, room)  # most pixels are covered wholly, and this is quick
        room[edge] = mixed
        cover = alpha > 127
        for mask in masks.values():
            mask[here][cover] = 0
        if layer.subject is not None:
            mask = masks.setdefault(layer.subject, np.zeros((height, width), np.uint8))
            mask[here][cover] = 1
    return picture, masks


def placed(
    x: float, y: float, *, turn: float = 0, scale: tuple[float, float] = (1, 1), about: tuple[float, float]
) -> Plane:
    """Affine matrix float32[2,3]: the sprite's point `about` comes to (x, y), scaled, then turned clockwise."""
    c, s = np.cos(np.radians(turn)), np.sin(np.radians(turn))
    linear = np.array([[c * scale[0], -s * scale[1]], [s * scale[0], c * scale[1]]])
    return np.concatenate([linear, (np.array([x, y]) - linear @ np.array(about))[:, None]], axis=1).astype(np.float32)


def glide(keys: Sequence[tuple[float, float]], t: float, *, soft: bool = False) -> float:
    """The value at `t` along (time, value) keys; `soft` starts and stops gently at each key."""
    times, values = [key[0] for key in keys], [key[1] for key in keys]
    if t <= times[0]:
        return values[0]
    if t >= times[-1]:
        return values[-1]
    place = int(np.searchsorted(times, t, side="right")) - 1
    share = (t - times[place]) / (times[place + 1] - times[place])
    if soft:
        share = share * share * (3 - 2 * share)
    return values[place] + (values[place + 1] - values[place]) * share


def along(path: Curve, share: float) -> tuple[float, float, float]:
    """Point (x, y) and heading (degrees clockwise from right) at `share` (0 … 1) of a path."""
    place = float(np.clip(share, 0, 1)) * (len(path) - 2)
    at = min(int(place), len(path) - 2)
    x, y = path[at] + (path[at + 1] - path[at]) * (place - at)
    across, down = path[min(len(path) - 1, at + 9)] - path[max(0, at - 8)]
    return float(x), float(y), float(np.degrees(np.arctan2(down, across)))


def toned(colour: Colour, by: float) -> Colour:
    """`colour` made lighter (or darker) by `by` levels."""
    red, green, blue = (int(np.clip(c + by, 0, 255)) for c in colour)
    return red, green, blue
