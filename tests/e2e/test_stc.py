"""The whole way of one subject through the STC screens, by five people in Chromium, with a crash of the server."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from annotator.video.samples import SubjectTruth
from annotator.video.samples.truth import deepest
from server.demo.work import covering, on_grid
from tests.e2e import rendered
from tests.e2e.pages import PATIENCE, take, task_id, until
from tests.e2e.site import Site
from tests.e2e.workbench import WATCH, Mask, Workbench, masks_of, overlap

PROJECT = "Clearing"
Shot = Callable[[Page, str], Path]
SignIn = Callable[[str], Page]


@dataclass
class Work:
    """The project with its one clip, and what is true in it."""

    project: str
    video: dict[str, Any]
    grid: list[int]
    fox: SubjectTruth


@pytest.fixture(scope="module")
def work(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Work:
    path, truth = rendered.write("fox", 12, tmp_path_factory.mktemp("clips"))
    project = site.project("stc", PROJECT)
    site.client("lead").put(f"/projects/{project}/guideline", {"text": "Follow one subject. Only what is visible."})
    video = site.import_clip(project, path)
    assert video["state"] == "ready", video
    grid = site.client("lead").get(f"/videos/{video['id']}/frames")["grid"]
    return Work(project, video, grid, rendered.subject(truth, "fox"))


def bench_of(page: Page, work: Work) -> Workbench:
    return Workbench(page, work.video["width"], work.video["height"])


@pytest.mark.browser
@pytest.mark.timeout(1800)  # a minute where nothing else runs, five where everything does
def test_one_subject_from_click_to_acceptance(site: Site, work: Work, sign_in: SignIn, shot: Shot) -> None:
    choose_and_track(site, work, sign_in("ann"), shot)
    events = caption(site, work, sign_in("ben"), shot)
    changed = verify(site, work, sign_in("cho"), shot)
    reviewer = sign_in("rhea")
    return_once(work, reviewer, shot)
    mend(site, work, sign_in("ben"), sign_in("dan"), changed)
    verify_again(work, sign_in("cho"))
    accept(work, reviewer)
    check_what_is_stored(site, work, events, changed)
    what_it_cost(site, work, sign_in("lead"))


def choose_and_track(site: Site, work: Work, page: Page, shot: Shot) -> None:
    take(page, PROJECT, "Subjects")
    bench = bench_of(page, work)
    play_and_step(bench)

    first = work.fox.points[0]
    fits = bench.prompt(first.picture, (first.x, first.y), seen(work.fox, first.picture))
    assert fits > 0.5, f"the best mask that a click is offered has IoU {fits:.2f} with the fox"
    name = page.get_by_label("Name")
    name.fill("fox")
    name.press("Enter")
    shot(page, "1-chosen")

    watched = first.picture + 3
    bench.go(watched)
    page.evaluate(WATCH, watched)
    bench.press("p")
    until(page, "() => window.__seen.paintedWhileTracking")
    bench.press("Space")
    until(page, "() => window.__seen.playedWhileTracking")
    bench.press("Space")
    shot(page, "2-tracking")
    page.get_by_role("button", name="Cancel tracking").click()
    expect(bench.subject_state()).to_have_text("tracking was cancelled", timeout=PATIENCE)

    page.get_by_role("button", name="Track again").click()
    tracked(bench)
    correct(site, work, bench)
    bench.press("p")
    tracked(bench)
    bench.go(work.fox.points[1].picture)
    bench.painted()
    shot(page, "3-tracked")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Handed in.")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_role("region", name=PROJECT)).to_be_visible(timeout=PATIENCE)
    # The same person is offered no later step of this subject.
    mine = page.get_by_role("region", name=PROJECT)
    expect(mine.get_by_role("button", name="Take one: Captions")).to_be_disabled()


def play_and_step(bench: Workbench) -> None:
    bench.press("Space")
    until(bench.page, "() => Number(document.querySelector('.vg-player').dataset.picture) > 3")
    bench.press("Space")
    expect(bench.page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    bench.page.wait_for_timeout(300)
    here = bench.picture
    bench.press("ArrowRight")
    bench.shows(here + 1)
    bench.press("ArrowLeft")
    bench.shows(here)
    bench.press("Shift+ArrowRight")
    bench.shows(here + 10)


def tracked(bench: Workbench) -> None:
    expect(bench.subject_state()).to_have_text(re.compile(r"\d+ of \d+ grid frames"), timeout=2 * PATIENCE)


def correct(site: Site, work: Work, bench: Workbench) -> None:
    """Click again in each event, as one mask at least is wrong; mark each absence, and where the fox is back."""
    client = site.client("lead")
    [masklet] = client.get(f"/tasks/{task_id(bench.page)}/masklets")["items"]
    got = masks_of(client, masklet["id"], work.video["pictures"])
    assert min(iou_at(got, work.fox, click.picture) for click in work.fox.points[1:]) < 0.8, "nothing to correct"
    for click in work.fox.points[1:]:
        bench.prompt(click.picture, (click.x, click.y), seen(work.fox, click.picture))
    for start, back in absences(work.fox):
        bench.go(start)
        bench.press("x")
        prompt = bench.page.locator(".wb-prompts li").filter(
            has=bench.page.get_by_role("button", name=str(start), exact=True)
        )
        expect(prompt.get_by_text("absent from here")).to_be_visible(timeout=PATIENCE)
        if back is not None:
            mask = seen(work.fox, back)
            bench.prompt(back, deepest(mask), mask)


def seen(truth: SubjectTruth, picture: int) -> Mask:
    """The subject's true mask on a picture where it is visible."""
    mask = truth.masks[picture]
    assert mask is not None
    return mask


def absences(truth: SubjectTruth) -> list[tuple[int, int | None]]:
    """For each absence: its first picture, and a picture soon after it on which enough is visible to click."""
    found: list[tuple[int, int | None]] = []
    masks = truth.masks
    for picture, mask in enumerate(masks):
        if mask is None and (picture == 0 or masks[picture - 1] is not None):
            back = next((p for p in range(picture, len(masks)) if visible(masks[p])), None)
            found.append((picture, back))
    return found


def visible(mask: Mask | None) -> bool:
    return mask is not None and int(mask.sum()) > 900


def iou_at(got: list[Any], truth: SubjectTruth, picture: int) -> float:
    mine, true = got[picture], truth.masks[picture]
    if mine is None or true is None:
        return float(mine is None and true is None)
    return overlap(mine, true)


def expected_events(site: Site, work: Work, task: str) -> list[tuple[int, int, str]]:
    """The truth's events over the grid frames in which the track says that the subject is visible."""
    client = site.client("lead")
    [masklet] = client.get(f"/tasks/{task}/masklets")["items"]
    runs = masklet["track"]["presence"]
    present = [any(start <= picture <= end for start, end in runs) for picture in work.grid]
    clipped = []
    for start, end, caption in on_grid(work.fox.events, work.grid):
        inside = [frame for frame in range(start, end + 1) if present[frame]]
        if inside:
            clipped.append((inside[0], inside[-1], caption))
    assert len(clipped) == len(work.fox.events), "an event of the truth is not in the track at all"
    return covering(clipped, present)


def field(page: Page, start: int, end: int) -> Any:
    return page.get_by_label(f"Caption of {start} to {end}", exact=True)


STUCK_DISK = """() => {
    const begin = IDBDatabase.prototype.transaction;
    const never = { objectStore: () => ({ put() {}, delete() {}, get: () => ({}) }) };
    IDBDatabase.prototype.transaction = function (stores, mode, options) {
        return mode === "readwrite" ? never : begin.call(this, stores, mode, options);
    };
}"""
"""From now on this page's IndexedDB takes every write and finishes none."""


def caption(site: Site, work: Work, page: Page, shot: Shot) -> list[tuple[int, int, str]]:
    take(page, PROJECT, "Captions")
    bench = bench_of(page, work)
    events = expected_events(site, work, task_id(page))
    # The first two are cut from one; each other one is made by itself.
    (a, b, _), (c, d, _) = events[:2]
    assert c == b + 1
    make_event(bench, work, a, d)
    bench.go(work.grid[c])
    bench.press("s")
    expect(field(page, a, b)).to_be_visible()
    expect(field(page, c, d)).to_be_visible()
    for start, end, _ in events[2:]:
        make_event(bench, work, start, end)
    bench.saved()

    first = field(page, *events[0][:2])
    first.click()
    page.keyboard.type("The fox [trots] in.")
    reason = page.get_by_text("breaks the format of dense captions")
    expect(reason).to_have_count(1)
    second = field(page, *events[1][:2])
    second.click()
    page.keyboard.type("It stands <|image|> still.")
    expect(page.get_by_text("“<|image|>” is a control token of the language model")).to_be_visible()
    shot(page, "4-refused-text")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("alert", name="Not handed in yet")).to_be_visible(timeout=PATIENCE)
    expect(first).to_have_value("The fox [trots] in.")
    expect(second).to_have_value("It stands <|image|> still.")
    shot(page, "5-not-handed-in")

    first.fill(events[0][2])
    second.fill(events[1][2])
    expect(reason).to_have_count(0)
    # Reloaded in the middle of a word, with a disk that is stuck and no server: nothing that was typed is lost.
    bench.saved()
    third = field(page, *events[2][:2])
    third.click()
    page.route("**/api/documents/*", lambda route: route.abort())
    page.evaluate(STUCK_DISK)
    page.keyboard.type(events[2][2][:20])
    page.reload()
    bench = bench_of(page, work)
    expect(third).to_have_value(events[2][2][:20])
    page.unroute("**/api/documents/*")
    expect(first).to_have_value(events[0][2])
    bench.saved()

    # The server dies while the caption goes on, and comes back.
    third.press("End")
    page.keyboard.type(events[2][2][20:30])
    bench.saved()
    site.stop(signal.SIGKILL)
    page.keyboard.type(events[2][2][30:])
    expect(page.get_by_text(re.compile("Offline"))).to_be_visible(timeout=PATIENCE)
    shot(page, "6-offline")
    for start, end, text in events[3:]:
        field(page, start, end).fill(text)
    site.start()
    bench.saved()
    page.reload()
    bench = bench_of(page, work)
    for start, end, text in events:
        expect(field(page, start, end)).to_have_value(text)
    expect(page.get_by_text("filled by the system").first).to_be_visible()
    bench.go(work.fox.points[1].picture)
    field(page, *events[1][:2]).focus()
    bench.painted()
    shot(page, "7-captioned")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Handed in.")).to_be_visible(timeout=PATIENCE)
    expect(
        page.get_by_role("region", name=PROJECT).get_by_role("button", name="Take one: Verification")
    ).to_be_disabled(timeout=PATIENCE)
    return events


def make_event(bench: Workbench, work: Work, start: int, end: int) -> None:
    """N at its first frame, `[` there, `]` at its last: whatever the system offered first."""
    bench.go(work.grid[start])
    bench.press("n")
    until(bench.page, "() => document.activeElement?.dataset.caption !== undefined")
    leave_caption(bench)
    set_edge(bench, work, "[", start)
    set_edge(bench, work, "]", end)
    expect(field(bench.page, start, end)).to_be_visible()


def leave_caption(bench: Workbench) -> None:
    """Escape: the focus goes to the event on the timeline."""
    bench.press("Escape")
    until(bench.page, "() => document.activeElement?.dataset.scope === 'event'")


def set_edge(bench: Workbench, work: Work, key: str, grid: int) -> None:
    bench.go(work.grid[grid])
    bench.press(key)


def verify(site: Site, work: Work, page: Page, shot: Shot) -> str:
    take(page, PROJECT, "Verification")
    bench_of(page, work)
    events = expected_events(site, work, task_id(page))
    start, end, text = events[0]
    expect(field(page, start, end)).to_have_value(text)
    changed = text.rstrip(".") + ", its tail held low."
    field(page, start, end).fill(changed)
    shot(page, "8-verify")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Accepted.")).to_be_visible(timeout=PATIENCE)
    return changed


def return_once(work: Work, page: Page, shot: Shot) -> None:
    take(page, PROJECT, "Review")
    bench_of(page, work)
    page.keyboard.press("Alt+r")
    dialog = page.get_by_role("dialog", name="Return this work")
    dialog.get_by_label("Events and captions").check()
    dialog.get_by_role("button", name="Return").click()
    expect(dialog.get_by_text("Choose a reason, or write a comment.")).to_be_visible()
    dialog.get_by_label("A caption is too vague").check()
    dialog.get_by_label("Comment").fill("Say where the fox comes from.")
    shot(page, "9-return")
    dialog.get_by_role("button", name="Return").click()
    expect(page.get_by_text("Returned.")).to_be_visible(timeout=PATIENCE)


def mend(site: Site, work: Work, author: Page, other: Page, changed: str) -> None:
    """It comes back to its author and to nobody else."""
    expect(other.get_by_role("region", name=PROJECT)).to_be_visible()
    assert all(line["ready_for_me"] == 0 for line in site.client("dan").get(f"/projects/{work.project}/queue")["items"])
    take(author, PROJECT, "Captions")
    bench = bench_of(author, work)
    returned = author.get_by_role("region", name="Came back to you")
    expect(returned.get_by_text("A caption is too vague")).to_be_visible()
    expect(returned.get_by_text("Say where the fox comes from.")).to_be_visible()
    start, end, _ = expected_events(site, work, task_id(author))[0]
    expect(field(author, start, end)).to_have_value(re.compile(".+"))
    field(author, start, end).fill(changed)
    bench.saved()
    author.keyboard.press("Control+Enter")
    expect(author.get_by_text("Handed in.")).to_be_visible(timeout=PATIENCE)


def verify_again(work: Work, page: Page) -> None:
    take(page, PROJECT, "Verification")
    bench_of(page, work)
    page.get_by_role("button", name="Accept").click()
    expect(page.get_by_text("Accepted.")).to_be_visible(timeout=PATIENCE)


def accept(work: Work, page: Page) -> None:
    page.goto(page.url.split("/work")[0])
    take(page, PROJECT, "Review")
    bench_of(page, work)
    page.get_by_role("button", name="Accept").click()
    expect(page.get_by_text("Accepted.")).to_be_visible(timeout=PATIENCE)


def check_what_is_stored(site: Site, work: Work, events: list[tuple[int, int, str]], changed: str) -> None:
    client = site.client("lead")
    tasks = {task["kind"]: task for task in client.get(f"/projects/{work.project}/tasks")["items"]}
    assert {task["state"] for task in tasks.values()} == {"accepted"}, tasks
    review = tasks["stc_review"]
    body = client.get(f"/tasks/{review['id']}/document")["body"]
    stored = sorted((e["grid_start"], e["grid_end"], e["caption"]) for e in body["events"].values())
    assert stored == [(*events[0][:2], changed), *events[1:]]

    [masklet] = client.get(f"/tasks/{review['id']}/masklets")["items"]
    assert masklet["label"] == "fox"
    assert masklet["state"] == "accepted"
    got = masks_of(client, masklet["id"], work.video["pictures"])
    mean = np.mean([iou_at(got, work.fox, picture) for picture in work.grid if work.fox.masks[picture] is not None])
    assert mean >= 0.6, f"mean IoU on visible grid frames is {mean:.2f}"
    alike = np.mean([(got[p] is None) == (work.fox.masks[p] is None) for p in work.grid])
    assert alike >= 0.85, f"presence is right on {alike:.0%} of the grid"
    runs = masklet["track"]["presence"]
    assert [any(a <= p <= b for a, b in runs) for p in work.grid] == [got[p] is not None for p in work.grid]
    assert client.get(f"/projects/{work.project}/releases/preview")["masklets"] == 1


def what_it_cost(site: Site, work: Work, page: Page) -> None:
    """On the project's page, beside the figures of the paper."""
    page.goto(f"{site.address}/projects/{work.project}")
    panel = page.get_by_role("region", name="What masklets cost")
    told = site.client("lead").get(f"/projects/{work.project}/effort")
    assert told["masklets"] == 1
    assert told["clicks_per_edited_frame"] > 0
    shown = re.escape(f"{told['clicks_per_edited_frame']:.2f}".rstrip("0").rstrip("."))
    for name in ("This project", f"{work.video['name']} · fox"):
        cells = panel.get_by_role("row").filter(has_text=name).get_by_role("cell")
        expect(cells.last).to_have_text(re.compile(rf"^{shown}$"), timeout=PATIENCE)
        expect(cells.nth(1)).to_have_text(re.compile(r"^[\d.,]+$"))
    paper = panel.get_by_role("row").filter(has_text="Paper: SAM 2").last
    expect(paper.get_by_role("cell")).to_have_text(["Paper: SAM 2", "4.5", "19%", "2.68"])
