"""The RLE codec against pycocotools as the oracle, on made masks, on hostile strings and on a published file."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pycocotools import mask as coco

from annotator.masklet import regions, rle
from annotator.masklet.rle import Rle, RleError

masks = hnp.arrays(np.bool_, hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=40))


@st.composite
def blobs(draw: st.DrawFn) -> np.ndarray:
    """Larger masks made of rectangles, so that runs are long and differences have both signs."""
    mask = np.zeros((draw(st.integers(1, 300)), draw(st.integers(1, 300))), dtype=bool)
    for _ in range(draw(st.integers(0, 5))):
        y, x = draw(st.integers(0, 299)), draw(st.integers(0, 299))
        mask[y : y + draw(st.integers(1, 299)), x : x + draw(st.integers(1, 299))] ^= True
    return mask


def oracle(mask: np.ndarray) -> str:
    return str(coco.encode(np.asfortranarray(mask.astype(np.uint8)))["counts"].decode())


@given(st.one_of(masks, blobs()))
@settings(max_examples=200, deadline=None)
@example(np.ones((1, 1), bool))
@example(np.ones((7, 3), bool))
@example(np.zeros((7, 3), bool))
@example(np.eye(9, dtype=bool))
@example(np.array([[True, False]]))
@example(np.array([[False, True, True, False]] * 3))
def test_strings_boxes_and_areas_equal_pycocotools(mask: np.ndarray) -> None:
    ours = rle.encode(mask)
    assert ours.counts == oracle(mask)
    assert rle.encode(np.asfortranarray(mask)) == ours
    assert rle.encode(mask.astype(np.uint8) * 255) == ours
    back = rle.decode(ours)
    assert back.dtype == np.uint8 and np.array_equal(back, mask)
    assert rle.area(ours) == mask.sum()
    box = rle.to_box(ours)
    if box is None:
        assert not mask.any()
    else:
        y, x = np.nonzero(mask)
        assert box == (x.min(), y.min(), x.max() + 1, y.max() + 1)


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_merge_and_iou_equal_pycocotools(data: st.DataObject) -> None:
    shape = data.draw(st.tuples(st.integers(1, 30), st.integers(1, 30)))
    made = [data.draw(hnp.arrays(np.bool_, shape)) for _ in range(data.draw(st.integers(1, 3)))]
    ours = [rle.encode(m) for m in made]
    theirs = [coco.encode(np.asfortranarray(m.astype(np.uint8))) for m in made]
    assert regions.merge(ours).counts == coco.merge(theirs).get("counts").decode()
    assert regions.merge(ours, intersect=True).counts == coco.merge(theirs, intersect=True)["counts"].decode()
    union = (made[0] | made[-1]).sum()
    expected = (made[0] & made[-1]).sum() / union if union else 1.0
    assert regions.iou(ours[0], ours[-1]) == pytest.approx(expected)
    assert regions.intersection(ours[0], ours[-1]) == (made[0] & made[-1]).sum()


def test_a_noisy_full_hd_mask_round_trips() -> None:
    mask = np.random.default_rng(1).random((1080, 1920)) < 0.5
    ours = rle.encode(mask)
    assert ours.counts == oracle(mask)
    assert np.array_equal(rle.decode(ours), mask)


@given(st.text(alphabet=st.characters(max_codepoint=300), max_size=40), st.integers(1, 50), st.integers(1, 50))
@settings(max_examples=200, deadline=None)
def test_untrusted_strings_decode_exactly_or_raise(counts: str, height: int, width: int) -> None:
    try:
        mask = rle.decode(Rle(height, width, counts))
    except RleError:
        return
    assert mask.shape == (height, width)
    assert int(coco.area({"size": [height, width], "counts": counts})) == mask.sum()


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ("", "empty"),
        ("P", "middle of a number"),
        ("ooooooooo0", "too large"),
        ("é", "characters"),
        ("!", "characters"),
        ("4", "cover 4 pixels"),
        ("O", "negative"),
    ],
)
def test_bad_strings_say_what_is_wrong(counts: str, message: str) -> None:
    with pytest.raises(RleError, match=message):
        rle.decode(Rle(3, 4, counts))


def test_bad_sizes_and_dicts_are_refused() -> None:
    with pytest.raises(RleError, match="sides"):
        rle.decode(Rle(0, 4, "0"))
    with pytest.raises(RleError, match="sides"):
        rle.decode(Rle(10**6, 10**6, "0"))
    for value in (
        {},
        {"size": [3], "counts": "0"},
        {"size": [3, 4], "counts": [1, 2]},
        {"size": [3, 4], "counts": "1"},
    ):
        with pytest.raises(RleError):
            Rle.from_coco(value)
    good = rle.encode(np.eye(4, dtype=bool))
    assert Rle.from_coco(good.to_coco()) == good


def test_masks_of_other_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="two dimensions"):
        rle.encode(np.zeros((2, 2, 1), np.uint8))
    with pytest.raises(ValueError, match="one pixel"):
        rle.encode(np.zeros((0, 2), np.uint8))
    with pytest.raises(ValueError, match="different sizes"):
        regions.iou(rle.empty(2, 2), rle.empty(2, 3))
    with pytest.raises(RleError):
        rle.from_runs(2, 2, [3])
    assert rle.from_runs(2, 2, [1, 2, 1]) == rle.encode(np.array([[0, 1], [1, 0]], bool))


def test_the_published_file_reencodes_to_its_own_strings() -> None:
    folder = os.environ.get("VIDGRAIN_TEST_CLIPS")
    if not folder:
        pytest.skip("VIDGRAIN_TEST_CLIPS is not set: the SA-V file sav_000001_manual.json was not compared")
    content = json.loads((Path(folder) / "sav_000001_manual.json").read_text())
    seen = 0
    for frame in content["masklet"]:
        for item in frame:
            ours = Rle.from_coco(item)
            assert rle.encode(np.ascontiguousarray(rle.decode(ours))) == ours
            assert rle.area(ours) == int(coco.area(item))
            seen += 1
    assert seen > 100
