"""Measures and set operations on runs against plain numpy on pictures; DAVIS' F against its definition."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.ndimage import distance_transform_edt

from annotator.masklet import geometry, regions, rle


@st.composite
def families(draw: st.DrawFn, least: int = 1) -> list[np.ndarray]:
    """Masks of one size: noise, rectangles, empty and full ones."""
    shape = draw(st.tuples(st.integers(1, 30), st.integers(1, 30)))
    made = []
    for _ in range(draw(st.integers(least, 4))):
        kind = draw(st.sampled_from(["noise", "rectangle", "empty", "full"]))
        mask = np.zeros(shape, dtype=bool)
        if kind == "noise":
            mask = draw(hnp.arrays(np.bool_, shape))
        elif kind == "rectangle":
            y, x = draw(st.integers(0, shape[0])), draw(st.integers(0, shape[1]))
            mask[y : y + draw(st.integers(1, 30)), x : x + draw(st.integers(1, 30))] = True
        elif kind == "full":
            mask[:] = True
        made.append(mask)
    return made


@given(families())
@settings(max_examples=200, deadline=None)
def test_operations_on_runs_equal_operations_on_pixels(made) -> None:
    first, last = made[0], made[-1]
    a, b = rle.encode(first), rle.encode(last)
    assert regions.merge([rle.encode(m) for m in made]) == rle.encode(np.any(made, axis=0))
    assert regions.merge([rle.encode(m) for m in made], intersect=True) == rle.encode(np.all(made, axis=0))
    assert regions.subtract(a, b) == rle.encode(first & ~last)
    assert regions.intersection(a, b) == (first & last).sum()
    assert regions.iou(a, b) == geometry.iou(first, last)
    assert rle.area(a) == geometry.area(first)
    assert rle.to_box(a) == geometry.box(first)


@given(families(), st.data())
@settings(max_examples=100, deadline=None)
def test_many_pairs_at_once_equal_pair_by_pair(made, data) -> None:
    codes = [rle.encode(mask) for mask in made]
    first = codes[: data.draw(st.integers(0, len(codes)))]
    found = regions.ious(first, codes)
    assert found.shape == (len(first), len(codes))
    expected = [[regions.iou(a, b) for b in codes] for a in first]
    assert np.allclose(found, np.array(expected).reshape(found.shape), rtol=0, atol=1e-12)


def test_empty_runs_in_foreign_strings_change_nothing() -> None:
    plain = rle.from_runs(4, 4, [3, 5, 8])
    for runs in ([3, 2, 0, 3, 8], [0, 0, 3, 5, 8], [3, 5, 8, 0], [3, 5, 4, 0, 4], [3, 0, 0, 5, 8, 0, 0]):
        padded = rle.from_runs(4, 4, runs)
        assert padded.counts != plain.counts
        assert np.array_equal(rle.decode(padded), rle.decode(plain)), runs
        assert rle.canonical(padded) == plain
        assert rle.area(padded) == 5 and rle.to_box(padded) == rle.to_box(plain)
        assert regions.iou(padded, plain) == 1.0
        assert rle.Rle.from_coco({"size": [4, 4], "counts": runs}) == plain


def test_masks_of_other_sizes_are_refused() -> None:
    a, b = rle.empty(4, 4), rle.empty(4, 5)
    for call in (
        lambda: regions.merge([a, b]),
        lambda: regions.subtract(a, b),
        lambda: regions.intersection(a, b),
        lambda: regions.ious([a], [b]),
    ):
        with pytest.raises(ValueError, match="different sizes"):
            call()
    with pytest.raises(ValueError, match="at least one"):
        regions.merge([])


def plain_f(found: np.ndarray, truth: np.ndarray, tolerance: float) -> float:
    """F by its definition: the share of each boundary that is within the tolerance of the other one."""
    limit = math.ceil(tolerance * math.hypot(*truth.shape))
    edges = [geometry.boundary(found), geometry.boundary(truth)]
    if not edges[0].any() or not edges[1].any():
        return float(edges[0].any() == edges[1].any())
    near = [edge & (distance_transform_edt(~other) <= limit) for edge, other in zip(edges, edges[::-1], strict=True)]
    precision, recall = (n.sum() / e.sum() for n, e in zip(near, edges, strict=True))
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


@given(families(least=2), st.sampled_from([0.008, 0.05, 0.2]))
@settings(max_examples=150, deadline=None)
def test_contour_accuracy_equals_its_definition(made, tolerance) -> None:
    assert geometry.boundary_f(made[0], made[1], tolerance) == pytest.approx(plain_f(made[0], made[1], tolerance))
