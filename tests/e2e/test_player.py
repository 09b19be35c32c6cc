"""The player and the timeline in Chromium: sound as the clock, zoom, no gaps; and what an item costs a hand."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.bench.moving import Moving, masks_of, write_clip
from tests.e2e import rendered
from tests.e2e.effort import Effort
from tests.e2e.pages import PATIENCE, first_picture, take, until
from tests.e2e.site import Site, next_task
from tests.e2e.workbench import Workbench

CLIP = Moving(320, 180, 48, 12, 1)
QUESTIONS = [
    {
        "text": f"How often has the ball touched the table after bounce {n}?",
        "q_type": "Counting Problems",
        "draft": f"{n} times.",
    }
    for n in range(1, 11)
]
AT = """([x, y]) => {
    const box = document.querySelector(".vg-player").getBoundingClientRect();
    return [(x - box.x) / box.width, (y - box.y) / box.height];
}"""
"""Where in the picture a place of the page is, from 0 to 1."""

TWICE_L = """() => {
    const press = () => new KeyboardEvent("keydown", { code: "KeyL", key: "l", bubbles: true });
    document.body.dispatchEvent(press());
    document.body.dispatchEvent(press());
}"""
"""Quicker than any film begins."""

HEARD = """() => [
    document.querySelector("audio").currentTime,
    Number(document.querySelector(".vg-player").dataset.picture),
]"""
Shot = Callable[[Page, str], Path]
SignIn = Callable[[str], Page]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("moving") / "disc.mp4"
    write_clip(CLIP, path)
    return path


def ready(site: Site, project: str, path: Path) -> dict[str, Any]:
    video = site.import_clip(project, path)
    assert video["state"] == "ready", video
    return video


def named(what: str) -> str:
    """A project's name that a second try of the same test does not meet again."""
    return f"{what} {token_hex(2)}"


def boxes(page: Page) -> list[tuple[int, int]]:
    """Start and end of each event, from the names that screen readers hear."""
    names = page.locator(".tl-body").evaluate_all("all => all.map((each) => each.ariaLabel)")
    found = [re.match(r"Event (\d+) to (\d+)", name) for name in names]
    return sorted((int(match[1]), int(match[2])) for match in found if match)


@pytest.mark.browser
@pytest.mark.timeout(600)
def test_look_closer_and_cut_without_gaps(site: Site, clip: Path, sign_in: SignIn, shot: Shot) -> None:
    name = named("A disc")
    project = site.project("stc", name)
    video = ready(site, project, clip)
    where = f"/projects/{project}/masklet-imports?format=mots&dry_run=false&name=masks.txt&video_id={video['id']}"
    site.client("lead").post(where, masks_of(CLIP))
    ann = site.client("ann")
    task = next_task(ann, project, "stc_subject")
    ann.post(f"/tasks/{task['id']}/submit", {"revision": ann.get(f"/tasks/{task['id']}/document")["revision"]})

    page = sign_in("ben")
    take(page, name, "Captions")
    bench = Workbench(page, video["width"], video["height"])
    expect(page.locator(".wb-hud")).to_contain_text(re.compile(r"picture 0 / 48 · 0\.000 s"))
    expect(page.locator("[data-tier=webcodecs]")).to_have_text("exact")
    look_closer(page)
    shuttle(bench)
    cut(bench, shot)
    table(bench, shot)


def look_closer(page: Page) -> None:
    """The wheel zooms at the pointer, the middle button and the hand move, 0 shows the whole again."""
    scene = page.locator(".vg-scene").bounding_box()
    assert scene is not None
    x, y = scene["x"] + scene["width"] * 0.7, scene["y"] + scene["height"] * 0.4
    before = page.evaluate(AT, [x, y])
    page.mouse.move(x, y)
    for _ in range(4):
        page.mouse.wheel(0, -120)
    expect(page.get_by_role("button", name=re.compile("show all"))).to_be_visible()
    assert page.evaluate(AT, [x, y]) == pytest.approx(before, abs=0.01)
    page.mouse.down(button="middle")
    page.mouse.move(x + 60, y + 30)
    page.mouse.up(button="middle")
    assert page.evaluate(AT, [x + 60, y + 30]) == pytest.approx(before, abs=0.01)
    page.keyboard.down("Space")
    page.mouse.down()
    page.mouse.move(x, y)
    page.mouse.up()
    page.keyboard.up("Space")
    assert page.evaluate(AT, [x, y]) == pytest.approx(before, abs=0.01)
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    page.keyboard.press("0")
    expect(page.get_by_role("button", name=re.compile("show all"))).to_be_hidden()


def shuttle(bench: Workbench) -> None:
    """L plays, again faster; J goes back to the beginning; the film ends at its last picture."""
    bench.page.evaluate(TWICE_L)
    expect(bench.page.get_by_label("Speed")).to_have_value("2")
    bench.shows(CLIP.pictures - 1)
    bench.press("j")
    bench.shows(0)
    bench.press("-")
    bench.press("-")


def cut(bench: Workbench, shot: Shot) -> None:
    """In gap-free mode a new event covers all that is visible, cuts leave no hole, an edge moves both of its events."""
    page = bench.page
    page.get_by_role("button", name="Gap-free").click()
    bench.press("n")
    page.keyboard.type("The disc swings to the left.")
    bench.press("Escape")
    for grid in (8, 16):
        bench.go(2 * grid)
        bench.press("s")
    until(page, "() => document.querySelectorAll('.tl-body').length === 3")
    assert boxes(page) == [(0, 7), (8, 15), (16, 23)]
    bench.press("Delete")
    until(page, "() => document.querySelectorAll('.tl-body').length === 2")
    assert boxes(page) == [(0, 7), (8, 23)]
    edge = page.locator(".tl-event").nth(1).locator(".tl-edge[data-edge=start]").bounding_box()
    track = page.locator(".tl-events").bounding_box()
    assert edge is not None
    assert track is not None
    each = track["width"] / 24
    x, y = edge["x"] + edge["width"] / 2, edge["y"] + edge["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.keyboard.down("Shift")
    page.mouse.move(x + each * 2.9, y, steps=6)
    page.mouse.up()
    page.keyboard.up("Shift")
    assert boxes(page) == [(0, 10), (11, 23)]
    bench.shows(22)
    shot(page, "timeline")
    page.keyboard.press("Control+z")
    until(page, "() => document.querySelector('.tl-body').ariaLabel.startsWith('Event 0 to 7')")


def table(bench: Workbench, shot: Shot) -> None:
    """The table edits the same events, and refuses a frame that does not exist beside its field."""
    page = bench.page
    page.locator(".wb-bar").get_by_role("button", name=re.compile("Table view")).click()
    end = page.get_by_label("End", exact=True).first
    end.fill("400")
    end.press("Enter")
    expect(page.get_by_text("Frames go from 0 to 23: type a whole number.")).to_be_visible()
    shot(page, "table")
    end.fill("5")
    end.press("Enter")
    expect(page.get_by_label("Start", exact=True).nth(1)).to_have_value("6")
    page.get_by_role("button", name="Merge").first.click()
    expect(page.locator(".tl-table tbody tr")).to_have_count(1)
    page.get_by_role("button", name="Gap-free").click()


@pytest.mark.browser
@pytest.mark.timeout(900)
def test_what_a_whole_stc_item_costs(site: Site, clip: Path, sign_in: SignIn) -> None:
    project = named("An item")
    video = ready(site, site.project("stc", project), clip)
    effort = Effort()

    page = sign_in("ann")
    take(page, project, "Subjects")
    bench = Workbench(page, video["width"], video["height"])
    effort.begin(page)
    bench.click(*map(round, CLIP.centre(0, 0)))
    bench.press("Enter")
    expect(page.get_by_role("group", name="Candidate masks")).to_be_hidden(timeout=PATIENCE)
    name = page.get_by_label("Name")
    name.click()
    page.keyboard.type("disc")
    name.press("Enter")
    bench.press("p")
    expect(bench.subject_state()).to_have_text(re.compile(r"\d+ of \d+ grid frames"), timeout=2 * PATIENCE)
    submit(page, effort)

    page = sign_in("ben")
    take(page, project, "Captions")
    bench = Workbench(page, video["width"], video["height"])
    effort.begin(page)
    bench.press("n")
    until(page, "() => document.activeElement?.dataset.caption !== undefined")
    page.keyboard.type("The disc swings down to the left.")
    bench.press("Escape")
    until(page, "() => document.activeElement?.dataset.scope === 'event'")
    bench.press("Shift+ArrowRight")
    bench.press("Shift+ArrowRight")
    bench.shows(20)
    bench.press("s")
    until(page, "() => document.activeElement?.ariaLabel?.startsWith('Event 10 ')")
    bench.press("Enter")
    until(page, "() => document.activeElement?.dataset.caption !== undefined")
    page.keyboard.type("It comes up again and turns round.")
    submit(page, effort)

    for who, kind in (("cho", "Verification"), ("rhea", "Review")):
        page = sign_in(who)
        take(page, project, kind)
        Workbench(page, video["width"], video["height"])
        effort.begin(page)
        submit(page, effort, "Accepted.")
    effort.at_most("a whole STC item")


def submit(page: Page, effort: Effort, says: str = "Handed in.") -> None:
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text(says)).to_be_visible(timeout=PATIENCE)
    effort.end(page)


@pytest.mark.browser
@pytest.mark.timeout(600)
def test_sound_is_the_clock_and_what_ten_questions_cost(
    site: Site, sign_in: SignIn, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path, _ = rendered.write("table", 6, tmp_path_factory.mktemp("clips"))
    name = named("Ten questions")
    project = site.project("fgqa", name)
    video = ready(site, project, path)
    assert video["has_audio"]
    segment = {"video_id": video["id"], "picture_start": 0, "picture_end": 50, "what": "A ball", "questions": QUESTIONS}
    site.client("lead").post(f"/projects/{project}/segments", segment)

    page = sign_in("ann")
    take(page, name, "Answers")
    first_picture(page)
    effort = Effort()
    effort.begin(page)
    page.keyboard.press("Space")
    until(page, "() => document.querySelector('audio').currentTime > 2")
    heard, picture = page.evaluate(HEARD)
    shown = site.client("ann").get(f"/videos/{video['id']}/frames")["proxy_pts"][picture] / video_rate(site, video)
    assert heard - shown == pytest.approx(1 / 12, abs=0.25), "the picture is not the one that is heard"
    page.keyboard.press("Space")
    until(page, "() => document.querySelector('audio').paused")

    for number in range(10):
        page.keyboard.press("y")
        expect(page.get_by_role("heading", name=f"{number + 1} of 10 answered")).to_be_visible()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Submitted.").first).to_be_visible(timeout=PATIENCE)
    effort.end(page)
    effort.at_most("ten questions")


def video_rate(site: Site, video: dict[str, Any]) -> float:
    """Ticks of the proxy's clock in a second."""
    num, den = site.client("ann").get(f"/videos/{video['id']}/frames")["proxy_time_base"].split("/")
    return int(den) / int(num)
