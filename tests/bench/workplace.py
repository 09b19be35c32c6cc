"""A site, its clips and a Chromium for the browser bench."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from server.demo.work import put
from tests import chromium
from tests.bench.moving import Moving, masks_of, write_clip
from tests.e2e.site import PASSWORD, Site, next_task

HD = Moving(1280, 720, 450, 30, 5)
"""15 seconds; five subjects."""
LONG = Moving(320, 180, 10_000, 6, 1)
"""10,000 pictures, each of them a grid frame; small, because rendering and import take their time."""
HOURS = Moving(160, 90, 72_000, 10, 0)
"""Two hours, as thin as they can be: what they cost a page is their number of pictures."""
EVENTS = 500
OBSERVE = """() => {
    const bench = { first: null, pressed: null, steps: [], waiting: null };
    window.__bench = bench;
    // The picture may be painted before its canvas is in the page, or after.
    const mounted = new MutationObserver(() => {
        if (!(document.querySelector(".vg-player")?.dataset.picture >= "0")) return;
        bench.first ??= performance.now();
        mounted.disconnect();
    });
    mounted.observe(document, { subtree: true, childList: true });
    addEventListener("keydown", (event) => { bench.pressed = event.timeStamp; }, { capture: true });
    const seen = () => {
        const now = performance.now();
        bench.first ??= now;
        if (bench.pressed !== null) bench.steps.push(now - bench.pressed);
        bench.pressed = null;
        bench.waiting?.(now);
        bench.waiting = null;
    };
    new MutationObserver((changes) => {
        if (changes.some(({ target }) => target.dataset?.picture >= "0")) seen();
    }).observe(document, { subtree: true, attributes: true, attributeFilter: ["data-picture"] });
}"""
"""Notes when the first picture was painted, and the time from each key to the picture that it brought."""


@dataclass
class Workplace:
    """A served site, and where its clips are written."""

    site: Site
    browser: Browser
    folder: Path

    def subjects(self) -> str:
        """Ann's subject task with the masks of five subjects on 1280x720."""
        return str(_task(self.site, "Five subjects", HD, self.folder)["id"])

    def captions(self) -> str:
        """Ben's caption task with 500 events over 10,000 pictures."""
        return _caption_task(self.site, _task(self.site, "Ten thousand", LONG, self.folder))

    def hours(self) -> str:
        """Ann's subject task on a film of two hours."""
        return str(_next(self.site, *_video(self.site, "Two hours", HOURS, self.folder))["id"])

    def open(self, task: str, who: str) -> Page:
        """A task's page in a context of its own, nothing in its caches; returns when the first picture is there."""
        context = self.browser.new_context(viewport={"width": 1440, "height": 900})
        body = {"email": f"{who}@test.local", "password": PASSWORD}
        answer = context.request.post(f"{self.site.address}/api/session", data=body)
        assert answer.ok, answer.status
        context.add_init_script(f"({OBSERVE})()")
        page = context.new_page()
        page.set_default_timeout(120_000)
        page.goto(f"{self.site.address}/work/{task}")
        page.wait_for_selector(".vg-player[data-picture='0']", state="attached")
        return page

    @contextmanager
    def page(self, task: str, who: str) -> Iterator[Page]:
        """`open`, closed at the end."""
        page = self.open(task, who)
        try:
            yield page
        finally:
            context: BrowserContext = page.context
            context.close()


@contextmanager
def workplace() -> Iterator[Workplace]:
    """Made anew, served, and removed."""
    with tempfile.TemporaryDirectory(prefix="vidgrain-bench-") as folder, sync_playwright() as playwright:
        site = Site(Path(folder))
        site.start()
        browser = playwright.chromium.launch(executable_path=str(chromium.ensure()), args=list(chromium.FLAGS))
        try:
            yield Workplace(site, browser, Path(folder))
        finally:
            browser.close()
            site.stop()


def _video(site: Site, name: str, clip: Moving, folder: Path) -> tuple[str, str]:
    """A project and its one video, imported."""
    path = folder / f"{name}.mp4"
    write_clip(clip, path)
    project = site.project("stc", name)
    lead = site.client("lead")
    video = lead.wait(
        f"/videos/{lead.upload(project, path)['id']}",
        until=lambda answer: answer["state"] in ("ready", "refused", "failed"),
        seconds=1200,
    )
    assert video["state"] == "ready", video
    return project, str(video["id"])


def _next(site: Site, project: str, video: str) -> Any:
    task = next_task(site.client("ann"), project, "stc_subject")
    assert task["video_id"] == video
    return task


def _task(site: Site, name: str, clip: Moving, folder: Path) -> Any:
    """Ann's subject task on a clip whose masks are known."""
    project, video = _video(site, name, clip, folder)
    where = f"/projects/{project}/masklet-imports?format=mots&dry_run=false&name=masks.txt&video_id={video}"
    made = site.client("lead").post(where, masks_of(clip))
    assert not made.get("refused"), made
    task = _next(site, project, video)
    assert len(site.client("ann").get(f"/tasks/{task['id']}/masklets")["items"]) == clip.discs
    return task


def _caption_task(site: Site, chosen: Any) -> str:
    """Ben's caption task, after Ann handed in the subject: 500 events over the whole clip."""
    ann, ben = site.client("ann"), site.client("ben")
    document = ann.get(f"/tasks/{chosen['id']}/document")
    ann.post(f"/tasks/{chosen['id']}/submit", {"revision": document["revision"]})
    task = next_task(ben, chosen["project_id"], "stc_caption")
    each = LONG.pictures // EVENTS
    records = [
        {"id": f"e{i:04}", "grid_start": i * each, "grid_end": (i + 1) * each - 1, "caption": f"It turns, time {i}."}
        for i in range(EVENTS)
    ]
    for start in range(0, EVENTS, 100):
        put(ben, task, "events", records[start : start + 100])
    return str(task["id"])
