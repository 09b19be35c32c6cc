"""The frame table: exact times, the grid by an independent definition, and its way through JSON."""

from __future__ import annotations

import json
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotator.video.frames import FrameTable


def table(pts: list[int], time_base: Fraction = Fraction(1, 1000), keys: list[int] | None = None) -> FrameTable:
    flags = np.zeros(len(pts), np.bool_)
    flags[keys or [0]] = True
    return FrameTable(
        source_pts=np.array(pts, np.int64) + 7,
        source_time_base=time_base,
        proxy_pts=np.array(pts, np.int64),
        proxy_time_base=time_base,
        proxy_key=flags,
        width=64,
        height=48,
        source_width=128,
        source_height=96,
    )


steps = st.lists(st.integers(1, 3000), max_size=40)
bases = st.builds(Fraction, st.integers(1, 1001), st.integers(1, 10_000_000))
quick = settings(max_examples=60, deadline=None)  # the machine may be busy; the property is not about time
rates = st.fractions(min_value=Fraction(1, 10), max_value=60, max_denominator=1001)


@quick
@given(steps, st.sampled_from([Fraction(1, 1000), Fraction(1, 30000), Fraction(1, 90000)]) | bases, rates)
def test_grid_frame_is_the_last_picture_at_or_before_its_time(
    gaps: list[int], time_base: Fraction, rate: Fraction
) -> None:
    pts = [0, *np.cumsum(gaps).tolist()]
    if pts[-1] * time_base * rate > 400:  # the plain definition below is slow
        time_base = 400 / (pts[-1] * rate)
    ours = table(pts, time_base).grid(rate).tolist()
    times = [value * time_base for value in pts]
    theirs, k = [], 0
    while Fraction(k) / rate <= times[-1]:
        theirs.append(max(i for i, t in enumerate(times) if t <= Fraction(k) / rate))
        k += 1
    assert ours == theirs


@quick
@given(steps, rates)
def test_picture_to_grid_inverts_the_grid(gaps: list[int], rate: Fraction) -> None:
    frames = table([0, *np.cumsum(gaps).tolist()], Fraction(1, 30_000))
    grid = frames.grid(rate).tolist()
    for picture in range(len(frames)):
        k = frames.picture_to_grid(picture, rate)
        assert grid[k] <= picture
        assert grid.index(grid[k]) == k
        assert all(other <= grid[k] or other > picture for other in grid)


def test_grid_of_ntsc_picks_every_fifth_picture_by_exact_time() -> None:
    frames = table([i * 1001 for i in range(40)], Fraction(1, 30_000))
    # Picture 5 is at 5005/30000 s, just after 1/6 s: grid frame 1 is picture 4. Floats would say 5.
    assert frames.grid().tolist() == [0, 4, 9, 14, 19, 24, 29, 34]


def test_grid_repeats_pictures_of_slow_videos() -> None:
    assert table([0, 1000]).grid().tolist() == [0, 0, 0, 0, 0, 0, 1]


def test_seconds_are_exact_and_pictures_outside_are_refused() -> None:
    frames = table([0, 1001, 2002], Fraction(1, 30_000))
    assert frames.seconds(2) == Fraction(1001, 15_000)
    for picture in (-1, 3):
        with pytest.raises(IndexError, match=f"picture {picture} is outside"):
            frames.seconds(picture)


@quick
@given(steps, bases, st.data())
def test_json_keeps_everything(gaps: list[int], time_base: Fraction, data: st.DataObject) -> None:
    pts = [0, *np.cumsum(gaps).tolist()]
    keys = sorted({0, *data.draw(st.lists(st.integers(0, len(pts) - 1)))})
    frames = table(pts, time_base, keys)
    text = json.dumps(frames.to_json())
    again = FrameTable.from_json(json.loads(text))
    assert again == frames
    assert again.proxy_time_base == time_base
    assert again.keys().tolist() == keys
    assert json.loads(text)["proxy_time_base"] == f"{time_base.numerator}/{time_base.denominator}"


@pytest.mark.parametrize(
    "change",
    [
        {"proxy_pts": [1, 2, 3]},
        {"proxy_pts": [0, 2, 2]},
        {"proxy_pts": [0, 2]},
        {"proxy_pts": [0, 1.5, 2]},
        {"proxy_key": [1]},
        {"proxy_key": [0, 3]},
        {"proxy_time_base": "0/1"},
        {"width": 0},
        {"proxy_pts": [], "source_pts": [], "proxy_key": []},
    ],
)
def test_contradictions_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        FrameTable.from_json(table([0, 1, 2]).to_json() | change)
