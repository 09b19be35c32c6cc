"""Outlines against pycocotools' own filling, corner cases and hostile ones; brush strokes against their definition."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pycocotools import mask as coco

from annotator.masklet import edit, polygon, rle
from annotator.masklet.polygon import PolygonError

number = st.one_of(
    st.floats(-60, 160, allow_nan=False), st.integers(-60, 160).map(float), st.integers(-120, 320).map(lambda n: n / 2)
)
outlines = st.lists(st.tuples(number, number), min_size=3, max_size=12)


@given(outlines, st.integers(1, 90), st.integers(1, 90))
@settings(max_examples=400, deadline=None)
@example([(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0)], 10, 10)
@example([(-50.0, -50.0), (150.0, -50.0), (150.0, 150.0), (-50.0, 150.0)], 20, 30)
@example([(0.0, 0.0), (20.0, 20.0), (20.0, 0.0), (0.0, 20.0)], 20, 20)
@example([(5.0, 5.0), (5.0, 5.0), (5.0, 5.0)], 10, 10)
def test_outlines_fill_as_pycocotools_fills_them(points, height, width) -> None:
    flat = [float(value) for point in points for value in point]
    theirs = coco.decode(coco.frPyObjects([flat], height, width))[:, :, 0]
    ours = polygon.fill(points, height, width)
    assert np.array_equal(rle.decode(ours), theirs)
    assert ours.counts == coco.encode(np.asfortranarray(theirs))["counts"].decode()


def test_a_large_star_with_many_points_and_the_union_of_parts() -> None:
    angle = np.linspace(0, 40 * np.pi, 5000)
    radius = 400 + 350 * np.sin(7.3 * angle)
    star = np.stack([960 + radius * np.cos(angle), 540 + radius * np.sin(angle)], axis=1)
    theirs = coco.decode(coco.frPyObjects([star.reshape(-1).tolist()], 1080, 1920))[:, :, 0]
    assert np.array_equal(rle.decode(polygon.fill(star, 1080, 1920)), theirs)
    parts = [[(1, 1), (30, 2), (20, 30)], [(10, 10), (40, 10), (40, 40), (10, 40)]]
    flat = [[float(v) for p in part for v in p] for part in parts]
    union = coco.merge(coco.frPyObjects(flat, 50, 50))["counts"].decode()
    assert polygon.fill_all(parts, 50, 50).counts == union


def test_far_away_points_are_cut_off_and_endless_outlines_refused() -> None:
    far = 1 << 24
    zigzag = [(far if i % 2 else -far, i % 97 - 40 + i / 1000) for i in range(20_000)]
    with pytest.raises(PolygonError, match="crosses 80000000 columns"):
        polygon.fill(zigzag, 60, 4000)
    filled = polygon.fill(zigzag[:500], 60, 4000)
    assert (filled.height, filled.width) == (60, 4000)
    assert rle.area(filled) > 0


@pytest.mark.parametrize(
    "points",
    [
        [],
        [(1, 1), (2, 2)],
        [(0, 0), (1, float("nan")), (1, 1)],
        [(0, 0), (1, float("inf")), (1, 1)],
        [(0, 0), (1, 1e9), (1, 1)],
        [(0, 0), (1,), (1, 1)],
        [("a", 0), (1, 1), (1, 2)],
        [0, 1, 2, 3, 4, 5],
        "abc",
        None,
    ],
)
def test_what_is_no_outline_is_refused(points) -> None:
    with pytest.raises(PolygonError, match="outline"):
        polygon.fill(points, 10, 10)


def test_an_outline_without_pixels_is_said_to_be_so() -> None:
    square = [(2, 2), (8, 2), (8, 8), (2, 8)]
    assert edit.outline((10, 10), square).sum() == 36
    for nothing in ([(2, 2), (2, 2), (2, 2)], [(20, 20), (30, 20), (30, 30)], [(1.1, 1.1), (1.2, 1.1), (1.2, 1.2)]):
        with pytest.raises(edit.NoArea, match="covers no pixel"):
            edit.outline((10, 10), nothing)


def distance(shape, stroke) -> np.ndarray:
    """Distance of each pixel's centre to the line, by the textbook."""
    y, x = np.mgrid[: shape[0], : shape[1]] + 0.5
    found = np.full(shape, np.inf)
    for (x1, y1), (x2, y2) in zip(stroke, stroke[1:] if len(stroke) > 1 else stroke, strict=False):
        length = (x2 - x1) ** 2 + (y2 - y1) ** 2
        t = 0 if length == 0 else np.clip(((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / length, 0, 1)
        found = np.minimum(found, np.hypot(x - x1 - t * (x2 - x1), y - y1 - t * (y2 - y1)))
    return found


@given(st.lists(st.tuples(number, number), min_size=1, max_size=5), st.floats(0.25, 30), st.integers(1, 120))
@settings(max_examples=100, deadline=None)
def test_a_stroke_is_all_pixels_within_its_radius(stroke, radius, height) -> None:
    drawn = edit.stroke_mask((height, 80), stroke, radius)
    away = distance((height, 80), stroke)
    assert drawn[away <= radius - 1e-6].all()
    extra = drawn & (away > radius + 1e-6)
    under = {(int(np.floor(x)), int(np.floor(y))) for x, y in stroke}
    assert all((x, y) in under for y, x in np.argwhere(extra)), "only the pixels under the points may be farther"


def test_painting_and_erasing() -> None:
    mask = np.zeros((300, 400), dtype=bool)
    painted = edit.paint(mask, [(50, 50), (350, 250)], 6)
    assert not mask.any(), "the mask that came in stays as it is"
    assert painted[50, 50] and painted[150, 200] and not painted[50, 350]
    assert edit.paint(painted, [(-20, 100), (20, 100)], 3)[100, 0]
    assert edit.stroke_mask((10, 10), [(3.9, 4.1)], 0.05).sum() == 1
    left = edit.erase(painted, [(200, 150)], 20)
    assert not left[150, 200] and left[50, 50] and left.sum() < painted.sum()
    with pytest.raises(edit.NoArea, match="outside the picture"):
        edit.paint(mask, [(-50, -50), (-10, 900)], 5)
    with pytest.raises(edit.NoArea, match="nothing of the mask is left"):
        edit.erase(painted, [(0, 0), (400, 300)], 500)
    nan = float("nan")
    for stroke, radius in (([], 3), ([(1, 2, 3)], 3), ([(1, nan)], 3), ([(1, 1)], 0), ([(1, 1)], nan)):
        with pytest.raises(ValueError, match="stroke"):
            edit.paint(mask, stroke, radius)


def test_parts_come_largest_first_and_together_are_the_mask() -> None:
    mask = np.zeros((60, 60), dtype=bool)
    mask[5:10, 5:10] = mask[20:50, 20:50] = mask[55, 55] = True
    mask[10, 10] = True  # touches the first by its corner
    parts = list(edit.split(mask))
    assert [int(part.sum()) for part in parts] == [900, 26, 1]
    assert np.array_equal(np.sum(parts, axis=0), mask)
    assert list(edit.split(mask & False)) == []
