"""A session at the workbench leaves nothing behind: neither nodes, nor listeners, nor objects, nor pictures.

A few turns here; VIDGRAIN_SESSION_SECONDS=1800 is half an hour.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.bench import session
from tests.bench.moving import Moving, masks_of, write_clip
from tests.bench.workplace import OBSERVE
from tests.e2e.conftest import VIEWPORT
from tests.e2e.pages import PATIENCE
from tests.e2e.site import PASSWORD, Site, next_task

CLIP = Moving(320, 180, 360, 12, 1)
SECONDS = 12
CACHE_BYTES, HEAP_GROWTH = 256 << 20, 3 << 20
NODES, LISTENERS = 40, 20
"""How many more there may be at the end: what is open at a moment differs (a tooltip, another part of the timeline)."""
ROWS = """async () => {
    const { name } = (await indexedDB.databases()).find(({ name }) => name.startsWith("vidgrain-steps-"));
    const asked = (request) => new Promise((resolve) => { request.onsuccess = () => resolve(request.result); });
    const database = await asked(indexedDB.open(name));
    const all = (store) => asked(database.transaction(store).objectStore(store).getAll());
    const [heads, steps] = [await all("heads"), await all("steps")];
    database.close();
    return { steps: steps.length, numbers: heads[0].past.length + heads[0].future.length };
}"""
"""What lies in the database of the undo: rows of steps, and numbers that the document's list has."""


@pytest.mark.browser
@pytest.mark.timeout(int(session.seconds(SECONDS)) * 3 + 300)
def test_work_leaves_nothing_behind_in_the_page(site: Site, browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "disc.mp4"
    write_clip(CLIP, path)
    project = site.project("stc", "A session")
    video = site.import_clip(project, path)
    assert video["state"] == "ready", video
    where = f"/projects/{project}/masklet-imports?format=mots&dry_run=false&name=masks.txt&video_id={video['id']}"
    site.client("lead").post(where, masks_of(CLIP))
    ann, ben = site.client("ann"), site.client("ben")
    chosen = next_task(ann, project, "stc_subject")
    revision = ann.get(f"/tasks/{chosen['id']}/document")["revision"]
    ann.post(f"/tasks/{chosen['id']}/submit", {"revision": revision})
    task = next_task(ben, project, "stc_caption")

    context = browser.new_context(viewport=VIEWPORT)
    answer = context.request.post(f"{site.address}/api/session", data={"email": "ben@test.local", "password": PASSWORD})
    assert answer.ok
    context.add_init_script(f"({OBSERVE})()")
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{site.address}/work/{task['id']}")
    page.wait_for_selector(".vg-player[data-picture='0']", state="attached")
    page.keyboard.press("n")
    page.keyboard.type("It swings.")
    page.keyboard.press("Escape")
    done = session.run(page, CLIP.pictures, session.seconds(SECONDS), told=print)
    print(done.line())
    told = ben.get(f"/tasks/{task['id']}/document")["body"]["events"]
    [event] = told.values()
    assert event["caption"] == f"It goes on as before, time {done.turns - 1}."
    assert done.events == (1, 1)
    assert done.revisions >= 2 * done.turns, done.line()

    # Loaded anew, the page still knows what was done, a step for each row of the browser's own database.
    rows = page.evaluate(ROWS)
    assert rows["steps"] == rows["numbers"] >= min(done.turns, 400), rows
    page.reload()
    page.wait_for_selector(".vg-player[data-picture='0']", state="attached")
    caption = page.locator("textarea[data-caption]")
    for turn in range(done.turns - 2, done.turns - 5, -1):
        for _ in range(session.MOST_UNDONE):
            page.keyboard.press("Control+z")
            page.wait_for_timeout(50)
            if caption.first.input_value() == f"It goes on as before, time {turn}.":
                break
        expect(caption).to_have_count(1)
        expect(caption).to_have_value(f"It goes on as before, time {turn}.")
    context.close()

    assert done.last.pictures <= CACHE_BYTES
    assert done.last.nodes <= done.settled.nodes + NODES, done.line()
    assert done.last.listeners <= done.settled.listeners + LISTENERS, done.line()
    assert done.last.heap <= done.settled.heap + HEAP_GROWTH, done.line()
