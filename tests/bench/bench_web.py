"""The page in a real Chromium against a served site: how soon a picture follows a key, and whether playback is even.

Each ratio is the goal over what was measured (p95), so 1 is just good enough. All times end when the worker has told
the page that picture and masks are painted; the screen shows them at its next refresh. Clips are rendered: 1280x720
with the masks of five subjects, and 10,000 pictures with 500 events.
VIDGRAIN_SESSION_SECONDS (60) is how long the session without growth lasts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from statistics import median
from typing import Any

from playwright.sync_api import Page

from tests.bench import session
from tests.bench.measure import Measure
from tests.bench.processes import largest_page
from tests.bench.session import JUMPS
from tests.bench.workplace import HD, HOURS, LONG, Workplace, workplace

CACHED_MS, UNCACHED_MS, FIRST_MS, FLUID_MS = 16.0, 100.0, 1500.0, 34.0
PAGE_BYTES = 768 << 20
"""What a page's process may take: 256 MiB of pictures, and the browser itself with the masks and the timeline."""
GROWTH = 32 << 20
"""How much more a page may take at a session's end than after its first third."""


def run() -> Iterator[Measure]:
    """All measures of the page."""
    with workplace() as place:
        task = place.subjects()
        yield from _first_frame(place, task)
        with place.page(task, "ann") as page:
            _masks_there(page)
            yield from _cached(page)
            yield from _uncached(page)
            yield from _playback(page)
        with place.page(place.captions(), "ben") as page:
            yield from _timeline(page)
            yield from _memory(page, "memory-10000", range(0, LONG.pictures, 60))
            yield from _session(page)
        with place.page(place.hours(), "ann") as page:
            yield from _memory(page, "memory-2h", range(0, HOURS.pictures, 360))


def _first_frame(place: Workplace, task: str) -> Iterator[Measure]:
    """From the navigation to the first picture, nothing cached."""
    taken = []
    for _ in range(7):
        with place.page(task, "ann") as page:
            taken.append(float(page.evaluate("window.__bench.first")))
    yield _goal("first-frame", FIRST_MS, taken)


def _masks_there(page: Page) -> None:
    """Wait until the masks of all subjects are loaded, and the neighbourhood of the first picture is."""
    page.wait_for_timeout(4000)


def _cached(page: Page) -> Iterator[Measure]:
    """Arrow keys, forth and back where everything is held: from the key to the painted picture, masks on."""
    for key, times in (("ArrowRight", 40), ("ArrowLeft", 40)):
        _press(page, key, times)
    page.evaluate("window.__bench.steps = []")
    for _ in range(3):
        for key in ("ArrowRight", "ArrowLeft"):
            _press(page, key, 35)
    yield _goal("step-cached", CACHED_MS, page.evaluate("window.__bench.steps"))


def _press(page: Page, key: str, times: int) -> None:
    for _ in range(times):
        page.keyboard.press(key)
        page.wait_for_timeout(30)


def _uncached(page: Page) -> Iterator[Measure]:
    """Jumps into groups of pictures that are not held: every fourth group in turn, untouched by prefetching."""
    groups = range(0, HD.pictures // 12, 4)
    pictures = [
        12 * (group + shift) + 7 for shift in (2, 0, 2) for group in groups if 12 * (group + shift) + 7 < HD.pictures
    ]
    yield _goal("step-uncached", UNCACHED_MS, page.evaluate(JUMPS, pictures))


def _playback(page: Page) -> Iterator[Measure]:
    """Ten seconds at 1x with five masks: how long after it was due a picture is painted, and whether one is missing."""
    page.keyboard.press("Home")
    page.wait_for_timeout(1500)
    page.evaluate("window.__vidgrain.tally()")
    page.keyboard.press("Space")
    page.wait_for_timeout(10_000)
    page.keyboard.press("Space")
    tally: dict[str, Any] = page.evaluate("window.__vidgrain.tally()")
    behind: list[float] = tally["behind"]
    own = 1000 / HD.rate
    late = sum(each >= own for each in behind) + tally["skipped"]
    print(
        f"     playback: {len(behind)} pictures, {late} late ({tally['held']} waits, {tally['skipped']} never seen); "
        f"painting {median(tally['paint']):.1f} ms, p95 {_p95(tally['paint']):.1f} ms"
    )
    yield _goal("playback", own, behind)
    due = len(behind) + tally["skipped"]
    yield Measure("playback-in-time", 1, due - late, due, " pictures")


REFRESHES = """() => {
    const { __bench: bench } = window;
    Object.assign(bench, { on: true, spaces: [] });
    let last = performance.now();
    const tick = (now) => {
        bench.spaces.push(now - last);
        last = now;
        if (bench.on) requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
}"""
"""Notes the milliseconds between the page's own refreshes until `on` is false."""

EDGES = """all => all.map((each) => {
    const box = each.getBoundingClientRect();
    return [box.x + box.width / 2, box.y + box.height / 2];
})"""


def _timeline(page: Page) -> Iterator[Measure]:
    """500 events over 10,000 frames: the page's refreshes while an edge is dragged and the timeline scrolled."""
    page.wait_for_selector(".tl-event")
    page.wait_for_timeout(3000)
    for name, zoom in (("timeline-whole", 1), ("timeline-zoomed", 6)):
        for _ in range(zoom - 1):
            page.keyboard.press("Alt+=")
        page.wait_for_timeout(400)
        spaces = _while(page, _drag_an_edge)
        if zoom > 1:
            spaces += _while(page, _scroll)
        print(
            f"     {name}: {page.locator('.tl-event').count()} of 500 events in the page, longest {max(spaces):.0f} ms"
        )
        yield _goal(name, FLUID_MS, spaces)
    page.keyboard.press("Alt+0")


def _while(page: Page, does: Callable[[Page], None]) -> list[float]:
    """Milliseconds between the refreshes while something is done."""
    page.evaluate(REFRESHES)
    does(page)
    found: list[float] = page.evaluate("() => { window.__bench.on = false; return window.__bench.spaces.slice(2); }")
    return found


def _drag_an_edge(page: Page) -> None:
    """To and fro over the next events."""
    middle = page.locator(".tl-scroll").bounding_box()
    assert middle is not None
    edges = page.locator(".tl-event .tl-edge[data-edge=end]").evaluate_all(EDGES)
    near = [at for at in edges if middle["x"] + 200 < at[0] < middle["x"] + 700]
    x, y = near[len(near) // 2]
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(60):
        page.mouse.move(x + (step % 20 - 10) * 2, y)
        page.wait_for_timeout(16)
    page.mouse.up()


def _scroll(page: Page) -> None:
    page.mouse.move(700, 800)
    for step in range(60):
        page.mouse.wheel(0, 60 if step % 30 < 15 else -60)
        page.wait_for_timeout(16)


def _memory(page: Page, name: str, pictures: Sequence[int]) -> Iterator[Measure]:
    """A walk over a long film fills the cache many times over; what the page's process takes then, uncollected."""
    page.evaluate(JUMPS, list(pictures))
    tally: dict[str, Any] = page.evaluate("window.__vidgrain.tally()")
    used = largest_page()
    print(f"     {name}: pictures held {tally['cacheBytes'] >> 20} MiB, the page's process {used >> 20} MiB")
    yield Measure(name, 1, PAGE_BYTES / 2**20 / (used / 2**20), 1, " times")


def _session(page: Page) -> Iterator[Measure]:
    """Play, step, jump, zoom, edit and undo for a while: the page's process must not grow."""
    done = session.run(page, LONG.pictures, session.seconds(60), told=lambda line: print(f"       {line}", flush=True))
    print(f"     session: {done.line()}")
    yield Measure("session", 1, (done.settled.process + GROWTH) / 2**20, done.last.process / 2**20, " MiB")


def _p95(values: Sequence[float]) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]


def _goal(name: str, goal_ms: float, taken: Sequence[float]) -> Measure:
    """Goal over p95, as rates: pictures a second that were had, and that were wanted."""
    assert len(taken) >= 5, f"{name}: {len(taken)} samples"
    p95 = _p95(taken)
    print(f"     {name}: {len(taken)} samples, median {median(taken):.1f}, p95 {p95:.1f}, longest {max(taken):.1f} ms")
    return Measure(name, 1, 1000 / p95, 1000 / goal_ms, "/s")
