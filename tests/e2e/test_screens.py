"""The question screen in Chromium: own keys, the palette, evidence, options, notes, drafts after the first watch;
and a log-in that expires while somebody writes."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update

from server.db import Database, now
from server.tables.accounts import UserSession
from tests.e2e import rendered
from tests.e2e.pages import PATIENCE, first_picture, take, task_id, until
from tests.e2e.site import PASSWORD, Site

PROJECT = "Screens"


@pytest.mark.browser
@pytest.mark.timeout(900)
def test_a_question_by_keys_of_ones_own_with_evidence_options_and_a_note(
    site: Site,
    sign_in: Callable[[str], Page],
    tmp_path_factory: pytest.TempPathFactory,
    shot: Callable[[Page, str], Path],
) -> None:
    path, _ = rendered.write("table", 3, tmp_path_factory.mktemp("clips"))
    project = site.project("fgqa", PROJECT)
    video = site.import_clip(project, path)
    lead = site.client("lead")
    lead.patch(f"/projects/{project}", {"drafts_after_watch": True})
    question = {"text": "Which object stands there?", "q_type": "Object Recognition", "draft": "A blue mug."}
    body = {"video_id": video["id"], "picture_start": 0, "picture_end": 20, "what": "A mug", "questions": [question]}
    lead.post(f"/projects/{project}/segments", body)

    page = sign_in("cho")
    page.set_viewport_size({"width": 1366, "height": 768})
    take(page, PROJECT, "Answers")
    first_picture(page)
    task = task_id(page)
    card = page.locator("li[data-question]").first
    expect(card.get_by_text("A blue mug.")).to_have_count(0)
    for _ in range(2):
        page.keyboard.press("Shift+ArrowRight")
    for _ in range(20):
        page.keyboard.press("ArrowLeft")
        page.wait_for_timeout(60)
    expect(card.get_by_text("A blue mug.")).to_be_visible()

    # Another key for accepting: one that is taken is refused with what it does, a free one works at once.
    page.keyboard.press("F1")
    sheet = page.get_by_role("dialog", name="Keys")
    sheet.get_by_role("button", name="Change the keys of: Accept the draft").click()
    page.keyboard.press("w")
    expect(sheet.get_by_text("does this already")).to_be_visible()
    page.keyboard.press("g")
    expect(sheet.get_by_role("button", name="All keys back to their own")).to_be_visible()
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    page.keyboard.press("g")
    until(page, "() => document.querySelector('[aria-pressed=true]') !== null")

    page.keyboard.press("[")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("]")
    page.keyboard.press("Control+k")
    palette = page.get_by_role("dialog", name="Find an action")
    palette.get_by_role("combobox").fill("wrong option")
    shot(page, "palette")
    page.keyboard.press("Enter")
    card.get_by_label("Wrong option 1").fill("a blue  MUG.")
    expect(card.get_by_text("says the same as the answer")).to_be_visible()
    card.get_by_label("Wrong option 1").fill("A red mug.")
    card.get_by_label("Plausible, yet false").check()
    page.get_by_role("button", name="Write a note").click()
    page.get_by_label("Note", exact=True).fill("Look at the handle.")
    page.get_by_role("button", name="Add the note").click()
    shot(page, "answered")

    page.reload()
    first_picture(page)
    expect(page.get_by_text("Look at the handle.")).to_be_visible()
    page.keyboard.press("Control+z")
    expect(page.get_by_text("Look at the handle.")).to_have_count(0)
    cho = site.client("cho")
    until(page, "() => document.body.innerText.includes('Saved')")
    answer = next(iter(cho.get(f"/tasks/{task}/document")["body"]["answers"].values()))
    assert (answer["verdict"], answer["evidence"]) == ("accept", {"picture_start": 0, "picture_end": 10})
    assert answer["distractors"] == [{"text": "A red mug.", "checked": True}]
    assert cho.get("/me")["preferences"]["keys"] == {"draft.accept": ["KeyG"]}
    log_in_again(site, page, task)


def log_in_again(site: Site, page: Page, task: str) -> None:
    """The log-in has expired when the next edit is sent: the page asks for the password, and then it is sent."""
    database = Database.of(site.settings)
    with database.begin() as session:
        mine = UserSession.user_id == UUID(site.users["cho"])
        session.execute(update(UserSession).where(mine).values(expires_at=now()))
    database.dispose()

    def stored() -> str:
        answers = site.client("lead").get(f"/tasks/{task}/document")["body"]["answers"].values()
        return str(next(iter(answers))["distractors"][0]["text"])

    here = page.url
    option = page.locator("li[data-question]").first.get_by_label("Wrong option 1")
    option.fill("A green mug.")
    again = page.get_by_role("dialog", name="Your log-in has expired")
    expect(again).to_be_visible()
    assert stored() == "A red mug."
    password = again.locator("input[autocomplete=current-password]")
    password.fill("not my password")
    password.press("Enter")
    expect(again.get_by_text(re.compile("wrong", re.IGNORECASE))).to_be_visible()
    password.fill(PASSWORD)
    password.press("Enter")
    expect(again).to_be_hidden()
    deadline = time.monotonic() + PATIENCE / 1000
    while stored() != "A green mug.":
        assert time.monotonic() < deadline, "the edit never arrived"
        page.wait_for_timeout(200)
    expect(option).to_have_value("A green mug.")
    assert page.url == here
