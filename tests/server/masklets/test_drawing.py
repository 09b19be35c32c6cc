"""Drawn masks: the route makes what the pure functions make, and says which step cannot be."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from annotator.masklet import edit, rle
from server.masklets import drawing
from server.masklets.drawing import DrawingIn, DrawingOut, DrawingRefused, DrawingStep, DrawingsWait, _check, draw
from tests.server.world import CLIP_SIZE, World, send

WIDTH, HEIGHT = CLIP_SIZE


def made(steps: list[dict[str, Any]], base: edit.BoolMask | None = None, size: tuple[int, int] = (60, 80)) -> Any:
    """The mask that `draw` answers, bool[height, width]."""
    counts = None if base is None else rle.encode(base).counts
    out = draw(DrawingIn.model_validate({"picture": 0, "counts": counts, "steps": steps}), *size)
    mask = rle.decode(rle.Rle(*size, out.counts)).view(np.bool_)
    assert out.area == mask.sum()
    return mask


def test_steps_are_done_one_after_the_other() -> None:
    line, ring = [(10.0, 10.0), (40.0, 30.0)], [(20, 20), (60, 20), (60, 50), (20, 50)]
    shape = (60, 80)
    painted = edit.paint(np.zeros(shape, np.bool_), line, 6.5)
    both = painted | edit.outline(shape, ring)
    holed = edit.erase(both, [(40.0, 35.0)], 4)
    steps: list[dict[str, Any]] = [
        {"verb": "add", "stroke": line, "radius": 6.5},
        {"verb": "add", "polygon": ring},
        {"verb": "erase", "stroke": [(40, 35)], "radius": 4},
    ]
    assert np.array_equal(made(steps[:1]), painted)
    assert np.array_equal(made(steps[:2]), both)
    assert np.array_equal(made(steps), holed)
    assert not np.array_equal(holed, both)
    assert np.array_equal(made([*steps, {"verb": "fill_holes"}]), both)
    assert np.array_equal(made([*steps, {"verb": "fill_holes", "max_area": 3}]), holed)
    assert np.array_equal(made([{"verb": "erase", "polygon": ring}], painted), painted & ~edit.outline(shape, ring))
    counts = rle.encode(painted).counts
    assert np.array_equal(made([*steps[1:2], {"verb": "set", "counts": counts}]), painted)
    assert np.array_equal(made([{"verb": "erase", "counts": counts}], both), both & ~painted)


def test_specks_and_parts() -> None:
    base = np.zeros((60, 80), np.bool_)
    base[5:25, 5:25], base[40:44, 40:44], base[50, 70] = True, True, True
    without_dot, square = base.copy(), base.copy()
    without_dot[50, 70] = False
    square[30:] = False
    assert np.array_equal(made([{"verb": "remove_specks", "min_area": 2}], base), without_dot)
    assert np.array_equal(made([{"verb": "largest"}], base), square)


def test_erased_and_drawn_anew() -> None:
    """What is empty in between is no fault: only the end counts."""
    base = np.zeros((60, 80), np.bool_)
    base[:10] = True
    everything = {"verb": "erase", "stroke": [(0, 0), (80, 0)], "radius": 90}
    dab = {"verb": "add", "stroke": [(40, 30)], "radius": 3}
    assert np.array_equal(made([everything, dab], base), edit.paint(np.zeros_like(base), [(40, 30)], 3))
    with pytest.raises(DrawingRefused, match="absent instead") as refused:
        made([everything], base)
    assert refused.value.field == "steps"


FAR = [[200.0, 200.0], [260.0, 200.0]]
ZIGZAG = [[0.0, 0.0], [80.0, 60.0]] * 200


@pytest.mark.parametrize(
    ("steps", "field"),
    [
        ([], "steps"),
        ([{"verb": "add"}], "steps.0"),
        ([{"verb": "largest"}, {"verb": "add", "stroke": FAR}], "steps.1"),
        ([{"verb": "add", "stroke": FAR, "radius": 3, "polygon": [*FAR, FAR[0]]}], "steps.0"),
        ([{"verb": "largest", "min_area": 3}], "steps.0"),
        ([{"verb": "add", "stroke": FAR, "radius": 3}], "steps.0.stroke"),
        ([{"verb": "add", "polygon": [*FAR, [230, 260]]}], "steps.0.polygon"),
        ([{"verb": "set", "counts": "not a mask"}], "steps.0.counts"),
        ([{"verb": "add", "polygon": ZIGZAG * 10}] * 3, "steps.2"),
        ([{"verb": "fill_holes"}, {"verb": "largest"}] * 9, "steps.16"),
    ],
)
def test_drawing_that_cannot_be(steps: list[dict[str, Any]], field: str) -> None:
    with pytest.raises(DrawingRefused) as refused:
        made(steps)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("step", "most"),
    [
        ({"verb": "add", "stroke": [[0.0, 0.0], [3840.0, 2160.0]] * 100, "radius": 30}, 0),
        ({"verb": "add", "stroke": [[100.0, 100.0], [160.0, 120.0]], "radius": 30}, 200),
        ({"verb": "fill_holes"}, 16),
        ({"verb": "add", "polygon": [[10, 10], [900, 20], [400, 700]]}, 32),
        ({"verb": "set", "counts": "x"}, 32),
    ],
)
def test_a_large_picture_takes_no_longer(step: dict[str, Any], most: int) -> None:
    """All steps of a drawing share one measure in pixels, whatever the size of the video."""
    steps = [DrawingStep.model_validate(step)] * 200
    _check(steps[:most], 2160, 3840)
    if most < 200:
        with pytest.raises(DrawingRefused) as refused:
            _check(steps, 2160, 3840)
        assert refused.value.field in (f"steps.{most}", f"steps.{most}.stroke")


def test_few_drawings_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    running, most, go = 0, 0, threading.Event()
    lock = threading.Lock()

    def slow(*_: Any) -> DrawingOut:
        nonlocal running, most
        with lock:
            running, most = running + 1, max(most, running + 1)
        assert go.wait(30)
        with lock:
            running -= 1
        return DrawingOut(counts="", area=0)

    async def crowd() -> list[Any]:
        people = drawing.AT_ONCE + drawing.WAITING
        wanted = DrawingIn(picture=0, steps=[])
        waiting = [asyncio.create_task(drawing.draw_in_turn(wanted, 60, 80)) for _ in range(people)]
        await asyncio.sleep(0.3)
        with pytest.raises(DrawingsWait) as late:
            await drawing.draw_in_turn(wanted, 60, 80)
        assert late.value.status == 503 and late.value.headers
        go.set()
        return await asyncio.gather(*waiting)

    monkeypatch.setattr(drawing, "draw", slow)
    found = asyncio.run(crowd())
    assert (len(found), most) == (drawing.AT_ONCE + drawing.WAITING, drawing.AT_ONCE)


def test_a_mask_too_ragged_to_be_kept() -> None:
    ragged = np.zeros((600, 800), np.bool_)
    ragged[::2, ::2] = True
    ragged[1::2, 1::2] = True
    base = rle.encode(ragged).counts
    assert len(base) > 200_000
    stripes = [{"verb": "add", "counts": rle.encode(ragged & mask).counts} for mask in halves(ragged.shape)]
    with pytest.raises(DrawingRefused, match="ragged"):
        made(stripes, size=(600, 800))


def halves(shape: tuple[int, ...]) -> list[edit.BoolMask]:
    found = [np.zeros(shape, np.bool_) for _ in range(4)]
    for n, mask in enumerate(found):
        mask[:, n * shape[1] // 4 : (n + 1) * shape[1] // 4] = True
    return found


@pytest.fixture
def url(world: World, clip: Path, run_jobs: Callable[..., int]) -> str:
    """A masklet in ann's hands."""
    send(world["lead"], world.project, clip)
    run_jobs()
    task = world["ann"].post(world.url("/tasks/next"), json={}).json()
    masklet = world["ann"].post(f"/api/tasks/{task['id']}/masklets", json={"label": "disc"}).json()
    return f"/api/masklets/{masklet['id']}"


def test_drawn_by_the_holder_and_kept_as_a_prompt(world: World, url: str) -> None:
    ann = world["ann"]
    body = {"picture": 3, "counts": None, "steps": [{"verb": "add", "stroke": [[20, 30], [40, 30]], "radius": 8}]}
    answer = ann.post(f"{url}/drawings", json=body)
    assert answer.status_code == 200, answer.text
    wanted = edit.paint(np.zeros((HEIGHT, WIDTH), np.bool_), [(20, 30), (40, 30)], 8)
    assert answer.json() == {"counts": rle.encode(wanted).counts, "area": int(wanted.sum())}
    kept = ann.put(f"{url}/prompts/3", json={"picture": 3, "counts": answer.json()["counts"]})
    assert kept.status_code == 200, kept.text
    assert kept.json()["prompts"][0]["counts"] == answer.json()["counts"]
    for who, status in (("ben", 409), ("lead", 409), ("eve", 404)):
        assert world[who].post(f"{url}/drawings", json=body).status_code == status


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"picture": 30}, "picture"),
        ({"counts": "no mask"}, "counts"),
        ({"steps": [{"verb": "add", "stroke": [[20, 30]], "radius": 0}]}, "steps.0.radius"),
        ({"steps": [{"verb": "add", "stroke": [[20, 30]], "radius": 3, "colour": 2}]}, "steps.0.colour"),
        ({"steps": [{"verb": "add", "stroke": [[20]], "radius": 3}]}, "steps.0.stroke.0.1"),
        ({"steps": [{"verb": "add", "polygon": [[20, 30]] * 4001}]}, "steps.0.polygon"),
        ({"steps": [{"verb": "largest"}] * 201}, "steps"),
        ({"steps": [{"verb": "paint"}]}, "steps.0.verb"),
    ],
)
def test_refused_with_the_field(world: World, url: str, change: dict[str, Any], field: str) -> None:
    good = {"picture": 3, "steps": [{"verb": "add", "stroke": [[20, 30]], "radius": 3}]}
    answer = world["ann"].post(f"{url}/drawings", json={**good, **change})
    assert answer.status_code == 422, answer.text
    problem = answer.json()
    named = problem.get("field") or problem["errors"][0]["field"]
    assert named.removeprefix("body.") == field
