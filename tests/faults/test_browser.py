"""A browser is killed (-9) while it is offline with unsaved edits: started again on its profile, it saves them."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright, expect, sync_playwright

from tests import chromium
from tests.faults.site import PASSWORD, Embedded
from tests.faults.work import Ground, draw

pytestmark = [pytest.mark.xdist_group("faults"), pytest.mark.timeout(600), pytest.mark.browser]

PATIENCE = 60_000


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[Embedded]:
    site = Embedded(tmp_path / "site")
    yield site
    site.close()


def start(playwright: Playwright, profile: Path) -> tuple[BrowserContext, Page]:
    context = playwright.chromium.launch_persistent_context(
        str(profile), executable_path=str(chromium.ensure()), args=list(chromium.FLAGS), locale="en-GB"
    )
    page = context.pages[0] if context.pages else context.new_page()
    page.set_default_timeout(PATIENCE)
    return context, page


def log_in(page: Page) -> None:
    page.get_by_label("E-mail").fill("ann@test.local")
    page.locator("input[autocomplete=current-password]").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(lambda url: "login" not in url)


def kill(profile: Path) -> None:
    """kill -9 of every process of the browser that has this profile."""
    mine = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and str(profile).encode() in (entry / "cmdline").read_bytes():
                mine.append(int(entry.name))
        except OSError:
            continue
    assert mine, "there is no browser to kill"
    for pid in mine:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def test_killed_while_offline(embedded: Embedded, tmp_path: Path) -> None:
    lead, ann = embedded.client("lead"), embedded.client("ann")
    project = embedded.project("fgqa", "Kept edits")
    video = embedded.import_clip(project, draw(tmp_path / "short.mp4", 30, 21))
    asked = [{"text": f"What happens {n}?", "q_type": "Speed/Force"} for n in range(2)]
    body = {"video_id": video["id"], "picture_start": 0, "picture_end": 29, "what": "disc", "questions": asked}
    lead.post(f"/projects/{project}/segments", body)
    task = Ground.next_task(ann, project, "fgqa_answer")
    profile = tmp_path / "profile"

    def stored(page: Page, *texts: str) -> None:
        """Wait until the server has exactly these answers."""
        deadline = time.monotonic() + PATIENCE / 1000
        while True:
            answers = ann.get(f"/tasks/{task['id']}/document")["body"]["answers"].values()
            if {answer["text"] for answer in answers} == set(texts):
                return
            assert time.monotonic() < deadline, answers
            page.wait_for_timeout(200)

    with sync_playwright() as playwright:
        _, page = start(playwright, profile)
        page.goto(f"{embedded.address}/")
        log_in(page)
        page.goto(f"{embedded.address}/work/{task['id']}")
        answers = page.locator("li[data-question]").get_by_label("Answer")
        expect(answers).to_have_count(2, timeout=PATIENCE)
        answers.nth(0).fill("Saved before the outage.")
        stored(page, "Saved before the outage.")
        page.context.set_offline(True)
        answers.nth(1).fill("Written while offline.")
        expect(page.get_by_text(re.compile(r"Offline · \d+ kept here"))).to_be_visible(timeout=PATIENCE)
        kill(profile)

    answers_now = ann.get(f"/tasks/{task['id']}/document")["body"]["answers"].values()
    assert {answer["text"] for answer in answers_now} == {"Saved before the outage."}, "it was not offline"

    with sync_playwright() as playwright:
        context, page = start(playwright, profile)
        page.goto(f"{embedded.address}/work/{task['id']}")
        email = page.get_by_label("E-mail")
        expect(email.or_(page.locator("li[data-question]").first)).to_be_visible(timeout=PATIENCE)
        if email.is_visible():  # the browser writes its cookies down only now and then
            log_in(page)
            page.goto(f"{embedded.address}/work/{task['id']}")
        answers = page.locator("li[data-question]").get_by_label("Answer")
        expect(answers.nth(1)).to_have_value("Written while offline.", timeout=PATIENCE)
        expect(answers.nth(0)).to_have_value("Saved before the outage.")
        stored(page, "Saved before the outage.", "Written while offline.")
        context.close()
