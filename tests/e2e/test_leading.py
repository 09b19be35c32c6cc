"""A lead in Chromium: takes a task back under work, sets a video aside; and the next task is loaded ahead."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import rendered
from tests.e2e.pages import PATIENCE, first_picture, take, task_id
from tests.e2e.site import Site, next_task

PROJECT = "Led questions"
QUESTION = {"text": "How does the ball move?", "q_type": "Movement Direction", "draft": "It bounces."}


def waited(read: Callable[[], Any]) -> Any:
    """What `read` gives as soon as it gives something."""
    deadline = time.monotonic() + PATIENCE / 1000
    while not (found := read()):
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.3)
    return found


@pytest.mark.browser
@pytest.mark.timeout(900)
def test_a_lead_takes_back_and_sets_aside_and_the_next_task_is_kept(
    site: Site, sign_in: Callable[[str], Page], tmp_path: Path
) -> None:
    project = site.project("fgqa", PROJECT)
    video = site.import_clip(project, rendered.write("table", 6, tmp_path)[0])
    lead = site.client("lead")
    for what in ("one", "two", "three"):
        body = {"video_id": video["id"], "picture_start": 0, "picture_end": 50, "what": what, "questions": [QUESTION]}
        lead.post(f"/projects/{project}/segments", body)
    lead.put(f"/projects/{project}/guideline", {"text": "Say what moves."})
    waited(lambda: len(lead.get(f"/projects/{project}/tasks")["items"]) == 3)

    ann = sign_in("ann")
    asked: list[str] = []
    ann.on("request", lambda request: asked.append(f"{request.url} {request.headers.get('range', '')}"))
    take(ann, PROJECT, "Answers")
    first_picture(ann)
    expect(ann.get_by_text("Version 1", exact=True)).to_be_visible()
    held = task_id(ann)

    def promised() -> Any:
        rows = lead.get(f"/projects/{project}/tasks?person_id={site.users['ann']}")["items"]
        return next((row for row in rows if row["reserved_until"] and row["document_id"]), None)

    kept = waited(promised)
    assert kept["id"] != held, "what comes next is kept for her, with its document begun"
    waited(lambda: any("proxy.mp4 bytes=0-" in line for line in asked))
    assert next_task(site.client("ben"), project)["id"] not in (held, kept["id"])

    page = sign_in("lead")
    page.goto(f"{site.address}/projects/{project}/tasks")
    page.get_by_label("State", exact=True).first.click()
    page.get_by_role("option", name="In work").click()
    boxes = page.get_by_role("checkbox", name="Select: ")
    expect(boxes).to_have_count(2, timeout=PATIENCE)
    bulk = page.get_by_role("region", name="Change the selected tasks")
    expect(bulk).to_have_count(0)
    every = page.get_by_role("checkbox", name="Select all tasks shown")
    every.focus()
    page.keyboard.press("Space")
    expect(bulk.get_by_text("2 selected")).to_be_visible()
    page.keyboard.press("Enter")
    expect(bulk.get_by_label("Assign to")).to_be_focused()
    every.press("Escape")
    expect(bulk).to_have_count(0)
    every.press("Space")
    bulk.get_by_role("button", name="Take back").click()
    expect(page.get_by_text("2 changed.")).to_be_visible(timeout=PATIENCE)
    expect(ann.get_by_text("A lead took this task back.")).to_be_visible(timeout=PATIENCE)
    expect(ann.get_by_text("No longer yours", exact=True)).to_be_visible(timeout=PATIENCE)

    page.goto(f"{site.address}/projects/{project}/videos")
    page.get_by_role("button", name="Actions for").click()
    page.get_by_role("menuitem", name="Set aside").click()
    page.get_by_label("What is wrong with it?").fill("Another film is inside.")
    page.get_by_role("dialog").get_by_role("button", name="Set aside").click()
    expect(page.get_by_text("Set aside: Another film is inside.")).to_be_visible(timeout=PATIENCE)
    assert site.client("cho").post(f"/projects/{project}/tasks/next", {}) is None
    states = {row["state"] for row in lead.get(f"/projects/{project}/tasks")["items"]}
    assert states == {"closed"}
    page.get_by_role("button", name="Actions for").click()
    page.get_by_role("menuitem", name="Take up again").click()
    expect(page.get_by_text("Taken up again. Tasks opened: 3.")).to_be_visible(timeout=PATIENCE)
    assert next_task(site.client("cho"), project)["state"] == "leased"
