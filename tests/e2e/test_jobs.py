"""The page of workers, queues and jobs in Chromium: what waits and why, cancelled and tried again by its buttons."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import rendered
from tests.e2e.pages import PATIENCE
from tests.e2e.site import Site


@pytest.mark.browser
@pytest.mark.timeout(600)
def test_an_admin_sees_who_works_and_what_waits_cancels_it_and_has_it_tried_again(
    site: Site, sign_in: Callable[[str], Page], tmp_path: Path
) -> None:
    project = site.project("stc", "Watched jobs")
    path, _ = rendered.write("table", 5, tmp_path)
    page = sign_in("admin")
    with site.worker_paused():
        video = site.client("lead").upload(project, path)["id"]
        page.goto(f"{site.address}/jobs")
        workers, queues, jobs = (page.get_by_role("region", name=name) for name in ("Workers", "Queues", "Jobs"))
        worker = workers.get_by_role("row").filter(has_text="Alive")
        expect(worker).to_have_count(1, timeout=PATIENCE)
        expect(worker).to_contain_text("Imports")
        waiting = (
            queues.get_by_role("row").filter(has=page.get_by_role("rowheader", name="Imports")).get_by_role("cell")
        )
        expect(waiting.first).to_have_text("1")
        row = jobs.get_by_role("row").filter(has_text="Import a video").first
        expect(row).to_contain_text("Waiting")
        row.get_by_role("button", name="Cancel: Import a video").click()
        expect(row).to_contain_text("Cancelled")
        expect(waiting.first).to_have_text("0")
        row.get_by_role("button", name="Try again: Import a video").click()
        expect(row).to_contain_text("Waiting")
    expect(row).to_contain_text("Done", timeout=PATIENCE)
    assert site.settled(video)["state"] == "ready"
    jobs.get_by_label("State", exact=True).first.click()
    page.get_by_role("option", name="Running").click()
    expect(row).to_have_count(0)
