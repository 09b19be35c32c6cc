"""Geometry and editing of masks, on shapes whose answer can be counted."""

import numpy as np
import pytest

from annotator.masklet import edit, geometry


def square(x: int, y: int, side: int, size: int = 100) -> np.ndarray:
    mask = np.zeros((size, size), dtype=bool)
    mask[y : y + side, x : x + side] = True
    return mask


def test_area_box_and_iou() -> None:
    a, b = square(10, 20, 10), square(15, 20, 10)
    assert geometry.area(a) == 100
    assert geometry.box(a) == (10, 20, 20, 30)
    assert geometry.box(np.zeros((5, 5), bool)) is None
    assert geometry.iou(a, b) == pytest.approx(50 / 150)
    assert geometry.iou(a & False, b & False) == 1.0


def test_contour_accuracy_forgives_the_tolerance_and_no_more() -> None:
    truth = square(30, 30, 40)
    assert geometry.boundary_f(truth, truth) == 1.0
    assert geometry.boundary_f(square(31, 30, 40), truth) == 1.0
    assert geometry.boundary_f(square(36, 36, 40), truth) < 0.3
    assert geometry.boundary_f(truth & False, truth) == 0.0
    assert geometry.boundary_f(truth & False, truth & False) == 1.0
    assert geometry.j_and_f(truth, truth) == 1.0
    assert geometry.j_and_f(square(36, 36, 40), truth) < geometry.j_and_f(square(31, 30, 40), truth)
    with pytest.raises(ValueError, match="different sizes"):
        geometry.boundary_f(truth, truth[:50])


def test_holes_specks_and_parts() -> None:
    mask = square(10, 10, 40) & ~square(20, 20, 4) & ~square(30, 30, 8)
    mask |= square(70, 70, 3) | square(80, 20, 10)
    assert geometry.area(edit.fill_holes(mask)) == geometry.area(mask) + 16 + 64
    assert geometry.area(edit.fill_holes(mask, max_area=20)) == geometry.area(mask) + 16
    notch = square(0, 0, 100) & ~square(0, 50, 10)
    assert np.array_equal(edit.fill_holes(notch), notch), "a bay at the border is no hole"
    assert not edit.remove_specks(mask, 50)[70:73, 70:73].any()
    assert edit.remove_specks(mask, 50)[20:30, 80:90].all()
    assert edit.remove_specks(square(5, 5, 2), 50).any(), "the only part stays"
    assert not edit.largest_part(mask)[:, 60:].any()
    assert edit.largest_part(mask)[10:15, 10:50].all()
    assert np.array_equal(edit.part_at(mask, [(85, 25), (5, 5), (-1, 900)]), square(80, 20, 10))
    assert not edit.part_at(mask, [(5, 5)]).any()


def test_union_and_difference() -> None:
    a, b = square(10, 20, 10), square(15, 20, 10)
    assert geometry.area(edit.merge([a, b])) == 150
    assert geometry.area(edit.subtract(a, b)) == 50
    with pytest.raises(ValueError, match="at least one"):
        edit.merge([])
