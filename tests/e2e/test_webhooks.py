"""Webhooks in Chromium: a lead adds one, tries it and sees what came of it; a program on loopback takes it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from server.client import verify_webhook
from server.demo.work import put
from tests.e2e import rendered
from tests.e2e.pages import PATIENCE
from tests.e2e.receiver import receiver
from tests.e2e.site import Site, next_task
from tests.e2e.test_accessibility import violations

NAME = "Training cluster"


def hand_in(site: Site, project: str, folder: Path) -> None:
    """A clip with one question, which ben answers and hands in."""
    path, truth = rendered.write("table", 3, folder)
    video = site.import_clip(project, path)
    assert video["state"] == "ready", video
    asked = next(each for each in truth.questions if each.draft_answer)
    question = {"text": asked.question, "q_type": str(asked.q_type), "draft": asked.draft_answer}
    body = {"video_id": video["id"], "picture_start": 0, "picture_end": 20, "what": "A table", "questions": [question]}
    site.client("lead").post(f"/projects/{project}/segments", body)
    ben = site.client("ben")
    task = next_task(ben, project)
    [key] = ben.get(f"/tasks/{task['id']}/document")["body"]["questions"]
    revision = put(ben, task, "answers", [{"id": key, "verdict": "accept"}])
    ben.post(f"/tasks/{task['id']}/submit", {"revision": revision})


@pytest.mark.browser
@pytest.mark.timeout(600)
def test_a_webhook_from_the_form_to_what_was_received(
    site: Site, sign_in: Callable[[str], Page], shot: Callable[[Page, str], Path], tmp_path: Path
) -> None:
    project = site.project("fgqa", "Hooked")
    page = sign_in("lead")
    page.goto(f"{site.address}/projects/{project}")
    page.get_by_role("link", name="Webhooks", exact=True).click()
    expect(page.get_by_text("No webhooks yet")).to_be_visible()
    with receiver() as program:
        page.get_by_role("button", name="Add a webhook").click()
        form = page.get_by_role("dialog", name="Add a webhook")
        # What cannot be right is refused beside its field, and nothing is added.
        address = form.get_by_label("Address")
        address.fill("http://10.1.2.3/hook")
        form.get_by_role("button", name="Add a webhook").click()
        refused = address.locator("xpath=ancestor::div[contains(@class, 'Input')][last()]")
        expect(address).to_have_attribute("aria-invalid", "true")
        shot(page, "refused")
        assert "10.1.2.3" in refused.inner_text() or "private" in refused.inner_text(), refused.inner_text()
        assert site.client("lead").get(f"/projects/{project}/webhooks") == []

        address.fill(program.url)
        form.get_by_label("Name").fill(NAME)
        form.get_by_label("A task was handed in").check()
        form.get_by_role("button", name="Add a webhook").click()
        secret = form.locator("pre").inner_text()
        assert secret.startswith("whsec_")
        shot(page, "secret")
        form.get_by_role("button", name="Close", exact=True).last.click()
        expect(form).to_be_hidden()
        assert secret not in page.content()

        page.get_by_role("button", name=f"Send a test to {NAME}").click()
        list_ = page.get_by_role("region", name=f"Deliveries to {NAME}")
        expect(list_.get_by_text("Delivered", exact=True)).to_be_visible(timeout=PATIENCE)
        expect(page.get_by_text(re.compile("Last success: "))).to_be_visible(timeout=PATIENCE)
        [(headers, body)] = program.got
        assert verify_webhook(secret, headers, body)["type"] == "ping"

        # The program is in trouble: the page says so, with what it answered and when it is tried again.
        program.status = 503
        hand_in(site, project, tmp_path)
        site.client("lead").wait(f"/projects/{project}/webhooks", until=lambda hooks: hooks[0]["failing_since"])
        page.reload()
        expect(page.get_by_text(re.compile("Failing since"))).to_be_visible(timeout=PATIENCE)
        page.get_by_role("button", name=f"Deliveries to {NAME}").click()
        expect(list_.get_by_text(re.compile("Status 503 after"))).to_be_visible()
        expect(list_.get_by_text(re.compile(r"\d attempts?, the next one"))).to_be_visible()
        shot(page, "failing")
        for theme in ("dark", "light"):
            site.client("lead").patch("/me", {"theme": theme})
            page.reload()
            page.get_by_role("button", name=f"Deliveries to {NAME}").click()
            expect(list_.get_by_text(re.compile("Status 503"))).to_be_visible()
            assert violations(page) == [], theme
        program.status = 204
        list_.get_by_role("button", name=re.compile("^Send A task was handed in of .* again$")).click()
        expect(list_.get_by_text("Delivered", exact=True)).to_have_count(2, timeout=PATIENCE)
        told = verify_webhook(secret, *program.got[-1])
        assert (told["type"], told["data"]["project_id"]) == ("task.submitted", project)

        page.get_by_role("button", name=f"Pause {NAME}").click()
        expect(page.get_by_text(re.compile("Paused since"))).to_be_visible()
        page.get_by_role("button", name=f"New secret for {NAME}").click()
        again = page.get_by_role("dialog", name=f"New secret for {NAME}")
        again.get_by_role("button", name="New secret", exact=True).click()
        expect(again.locator("pre")).to_contain_text("whsec_")
        assert again.locator("pre").inner_text() != secret
        page.keyboard.press("Escape")
        page.get_by_role("button", name=f"Delete {NAME}").click()
        page.get_by_role("dialog", name=f"Delete {NAME}").get_by_role("button", name="Delete", exact=True).click()
        expect(page.get_by_text("No webhooks yet")).to_be_visible()
