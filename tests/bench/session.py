"""A scripted session at the workbench, and what the page holds while it goes on: it may not grow with the work done.

`VIDGRAIN_SESSION_SECONDS` is how long it lasts: seconds in the tests, half an hour by hand.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

from playwright.sync_api import CDPSession, Page

from tests.bench.processes import largest_page
from tests.e2e.pages import until

LATEST = 3
"""Samples that an end of a session is the median of."""

JUMPS = """async (pictures) => {
    const taken = [];
    for (const picture of pictures) {
        if (document.querySelector(".vg-player").dataset.picture === String(picture)) continue;
        const began = performance.now();
        const came = new Promise((resolve) => { window.__bench.waiting = resolve; });
        window.__vidgrain.show(picture);
        taken.push(await came - began);
        await new Promise((resolve) => setTimeout(resolve, 60));
    }
    return taken;
}"""
"""Shows pictures one after the other; milliseconds until each was painted."""

PLAY = ["Space", "l", "k", "ArrowRight", "ArrowRight", "Shift+ArrowLeft", ".", ",", "Shift+=", "0", "Alt+=", "Alt+0"]
"""Play, faster, stop, step, to the next event and back, zoom both."""
FACES = ["t", "t", "u", "u"]
"""The table and back, without gaps and with."""
MOST_UNDONE = 12
"""Steps of undo that a turn's cut and its words may be."""

EVENTS = "() => document.querySelectorAll('.wb-event-list textarea[data-caption]').length"
SAVED = "() => [...document.querySelectorAll('[role=status]')].some((each) => /^Saved · rev /.test(each.textContent))"


def seconds(default: float) -> float:
    """How long a session lasts."""
    return float(os.environ.get("VIDGRAIN_SESSION_SECONDS", default))


@dataclass(frozen=True)
class Sample:
    """What a page holds after its collector has run."""

    process: int
    """Private bytes of the page's process: its heap, its workers and their pictures."""
    heap: int
    """Bytes of the page's own objects."""
    nodes: int
    listeners: int
    pictures: int
    """Bytes of decoded pictures, in the worker."""


@dataclass(frozen=True)
class Session:
    """How a session went; `settled` is the page after its first third, `last` at its end."""

    turns: int
    events: tuple[int, int]
    """Of the document, before and after."""
    revisions: int
    """Times that the server took something."""
    settled: Sample
    last: Sample

    def line(self) -> str:
        """For people."""
        then, now = self.settled, self.last
        return (
            f"{self.turns} turns, {self.revisions} saves; "
            f"process {then.process >> 20} MiB, then {now.process >> 20} MiB; "
            f"objects {then.heap / 2**20:.1f}, then {now.heap / 2**20:.1f} MiB; "
            f"{then.nodes}, then {now.nodes} nodes; {then.listeners}, then {now.listeners} listeners; "
            f"pictures {now.pictures >> 20} MiB"
        )


def run(page: Page, pictures: int, lasts: float, told: Callable[[str], None] = lambda line: None) -> Session:
    """Work on a film of so many pictures for some seconds; the page must have `window.__bench` (workplace.OBSERVE)."""
    tools = page.context.new_cdp_session(page)
    tools.send("Performance.enable")
    begins = time.monotonic()
    samples: list[tuple[float, Sample]] = []
    turns = 0
    events, revision = page.evaluate(EVENTS), _revision(page)
    while (passed := time.monotonic() - begins) < lasts or len(samples) < 2 * LATEST:
        _work(page, turns, pictures)
        turns += 1
        # Often enough for the ends of a short session, about once a minute in a long one.
        if turns % max(1, int(lasts / 60)) == 0:
            samples.append((passed, _sample(page, tools)))
            told(f"{passed:.0f} s, turn {turns}: {samples[-1][1]}")
    tools.detach()
    settled = [each for passed, each in samples if passed >= lasts / 3][:LATEST]
    last = _middle([each for _, each in samples[-LATEST:]])
    done = (events, page.evaluate(EVENTS))
    return Session(turns, done, _revision(page) - revision, _middle(settled), last)


def _work(page: Page, turn: int, pictures: int) -> None:
    """What a person does in some seconds: looks about, cuts an event and takes that back, and writes a caption anew."""
    page.evaluate(JUMPS, [(turn * 977 + 40 * i) % pictures for i in range(4)])
    _press(page, *PLAY)
    # Never the first frame of an event, where nothing can be cut.
    page.evaluate(JUMPS, [int(pictures * (turn * 37 % 98 + 1.5) / 100)])
    before = page.evaluate(EVENTS)
    page.keyboard.press("s")
    until(page, f"() => ({EVENTS})() === {before + 1}")
    _write(page, f"Cut in turn {turn}.")
    _saved(page)
    _press(page, *FACES)
    done = _until_events(page, before, "Control+z")
    _press(page, *["Control+Shift+z"] * done)
    until(page, f"() => ({EVENTS})() === {before + 1}")
    _until_events(page, before, "Control+z")
    _write(page, f"It goes on as before, time {turn}.")
    _saved(page)


def _press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)
        page.wait_for_timeout(50)


def _write(page: Page, caption: str) -> None:
    """Of the event at the playhead."""
    page.keyboard.press("e")
    until(page, "() => document.activeElement?.dataset.caption !== undefined")
    page.keyboard.press("Control+a")
    page.keyboard.type(caption)
    page.keyboard.press("Escape")
    until(page, "() => document.activeElement?.dataset.caption === undefined")


def _until_events(page: Page, count: int, key: str) -> int:
    """Press a key until the document has so many events; how often that was."""
    for pressed in range(1, MOST_UNDONE + 1):
        _press(page, key)
        if page.evaluate(EVENTS) == count:
            return pressed
    raise AssertionError(f"not {count} events after {MOST_UNDONE} times {key}")


def _saved(page: Page) -> None:
    """Wait until the server has everything; never for the moment in which an edit is not yet seen as one."""
    page.wait_for_timeout(100)
    until(page, SAVED)


def _revision(page: Page) -> int:
    _saved(page)
    found = re.search(r"Saved · rev (\d+)", page.locator("body").inner_text())
    assert found
    return int(found[1])


def _sample(page: Page, tools: CDPSession) -> Sample:
    tools.send("HeapProfiler.collectGarbage")
    found = {each["name"]: each["value"] for each in tools.send("Performance.getMetrics")["metrics"]}
    tally: dict[str, Any] = page.evaluate("window.__vidgrain.tally()")
    return Sample(
        largest_page(),
        int(found["JSHeapUsedSize"]),
        int(found["Nodes"]),
        int(found["JSEventListeners"]),
        int(tally["cacheBytes"]),
    )


def _middle(samples: list[Sample]) -> Sample:
    fields = ("process", "heap", "nodes", "listeners", "pictures")
    return Sample(*(int(median(getattr(each, name) for each in samples)) for name in fields))
