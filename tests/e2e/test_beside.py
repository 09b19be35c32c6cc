"""Two people's captions side by side in Chromium: aligned in time, words marked, masks over the picture, by keys."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from secrets import token_hex

import pytest
from playwright.sync_api import Page, expect

from server.client import Client
from tests.bench.moving import Moving, masks_of, write_clip
from tests.e2e.pages import PATIENCE, first_picture, until
from tests.e2e.site import Site, next_task
from tests.e2e.test_accessibility import violations

CLIP = Moving(320, 180, 48, 12, 1)
"""24 grid frames."""
PAINTED = """() => {
    const canvas = document.querySelectorAll(".vg-player canvas")[1];
    const copy = document.createElement("canvas");
    [copy.width, copy.height] = [canvas.width, canvas.height];
    const context = copy.getContext("2d");
    context.drawImage(canvas, 0, 0);
    return context.getImageData(0, 0, copy.width, copy.height).data.some((value) => value > 0);
}"""
"""Whether the canvas of the masks has something on it."""


def hand_in(client: Client, project: str, *events: tuple[int, int, str]) -> str:
    """Caption the next masklet with these events; the task."""
    task = str(next_task(client, project, "stc_caption")["id"])
    document = client.get(f"/tasks/{task}/document")
    operations = [
        {
            "id": token_hex(8),
            "verb": "put",
            "collection": "events",
            "record_id": f"e{start}",
            "record": {"id": f"e{start}", "grid_start": start, "grid_end": end, "caption": caption},
        }
        for start, end, caption in events
    ]
    headers = {"If-Match": f'"{document["revision"]}"'}
    saved = client.patch(f"/documents/{document['id']}", {"operations": operations}, headers)
    client.post(f"/tasks/{task}/submit", {"revision": saved["revision"]})
    return task


@pytest.mark.browser
@pytest.mark.timeout(600)
def test_two_captions_of_one_disc(
    site: Site,
    sign_in: Callable[[str], Page],
    tmp_path_factory: pytest.TempPathFactory,
    shot: Callable[[Page, str], Path],
) -> None:
    path = tmp_path_factory.mktemp("moving") / "disc.mp4"
    write_clip(CLIP, path)
    project = site.project("stc", f"Two hands {token_hex(2)}")
    video = site.import_clip(project, path)
    assert video["state"] == "ready", video
    where = f"/projects/{project}/masklet-imports?format=mots&dry_run=false&name=masks.txt&video_id={video['id']}"
    site.client("lead").post(where, masks_of(CLIP))
    ann = site.client("ann")
    subject = next_task(ann, project, "stc_subject")["id"]
    site.client("admin").patch(f"/projects/{project}", {"overlap_share": 1, "overlap_people": 2})
    ann.post(f"/tasks/{subject}/submit", {"revision": ann.get(f"/tasks/{subject}/document")["revision"]})
    first = hand_in(
        site.client("ben"), project, (0, 11, "The disc swings slowly to the left."), (12, 23, "It returns.")
    )
    hand_in(site.client("cho"), project, (0, 9, "The disc swings to the left."), (10, 23, "It returns."))

    page = sign_in("lead")
    page.goto(f"{site.address}/projects/{project}/tasks")
    page.get_by_role("link", name="Set what was handed in side by side").first.click()
    page.wait_for_url("**/compare/**", timeout=PATIENCE)
    page.goto(f"{site.address}/compare/{first}")
    first_picture(page)
    rows = page.locator("[data-row]")
    expect(rows).to_have_count(2)
    expect(page.get_by_text("2 of 2 differ")).to_be_visible()
    assert [text.strip() for text in page.locator("mark").all_inner_texts()] == ["slowly"]
    expect(page.get_by_text("Both have the same masks")).to_be_visible()
    until(page, PAINTED)
    assert violations(page) == []
    shot(page, "two-captions")

    page.keyboard.press("n")
    page.keyboard.press("n")
    expect(rows.nth(1)).to_have_attribute("aria-current", "true")
    page.wait_for_selector(".vg-player[data-picture='24']", state="attached", timeout=PATIENCE)
    for key in ("1", "2"):
        page.keyboard.press(key)
    until(page, f"() => !({PAINTED})()")
    page.keyboard.press("x")
    page.wait_for_url("**left=**")
    expect(rows.first.get_by_role("group").first).to_contain_text("The disc swings to the left.")
