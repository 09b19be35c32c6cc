"""No page has a serious or critical violation that axe finds, in dark and in light; and keys alone are enough."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e import rendered
from tests.e2e.pages import first_picture, until
from tests.e2e.site import PASSWORD, Site, next_task

AXE = (files("axe_core_python") / "axe.min.js").read_text()
FOUND = """async () => {
    const { violations } = await axe.run(document, { resultTypes: ["violations"] });
    const place = ({ html, failureSummary }) => html.slice(0, 160) + " " + failureSummary;
    return violations
        .filter(({ impact }) => impact === "serious" || impact === "critical")
        .map(({ id, impact, nodes }) => `${impact} ${id}: ${nodes.slice(0, 4).map(place).join(" | ")}`);
}"""
SignIn = Callable[[str], Page]
Shot = Callable[[Page, str], Path]


@pytest.fixture(scope="module")
def places(site: Site, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Addresses of all pages by name, with something on each: a clip, a segment, tasks in work, members."""
    path, truth = rendered.write("table", 6, tmp_path_factory.mktemp("clips"))
    stc, fgqa = site.project("stc", "Axe subjects"), site.project("fgqa", "Axe questions")
    lead, ann = site.client("lead"), site.client("ann")
    for project in (stc, fgqa):
        video = site.import_clip(project, path)
        assert video["state"] == "ready", video
    questions = [{"text": q.question, "q_type": str(q.q_type), "draft": q.draft_answer} for q in truth.questions]
    segment = {"video_id": video["id"], "picture_start": 0, "picture_end": 40, "what": "A ball and a mug"}
    lead.post(f"/projects/{fgqa}/segments", segment | {"questions": questions})
    subject = next_task(ann, stc)["id"]
    answers = next_task(ann, fgqa)["id"]
    masklet = ann.post(f"/tasks/{subject}/masklets", {"label": "mug"})
    click = next(found for found in truth.subjects if found.label == "mug").points[0]
    points = [{"x": click.x, "y": click.y, "positive": True}]
    offered = ann.post(f"/masklets/{masklet['id']}/proposals", {"picture": click.picture, "points": points})
    prompt = {"picture": click.picture, "points": points, "counts": offered["candidates"][0]["counts"]}
    ann.put(f"/masklets/{masklet['id']}/prompts/{click.picture}", prompt)
    return {
        "projects": "/projects",
        "overview": f"/projects/{stc}",
        "videos": f"/projects/{stc}/videos",
        "segments": f"/projects/{fgqa}/segments",
        "tasks": f"/projects/{stc}/tasks",
        "reviews": f"/projects/{stc}/reviews",
        "quality": f"/projects/{stc}/quality",
        "project people": f"/projects/{stc}/people",
        "releases": f"/projects/{stc}/releases",
        "runs": "/runs",
        "account": "/account",
        "look": "/look",
        "work": "/",
        "subjects": f"/work/{subject}",
        "questions": f"/work/{answers}",
        "people": "/users",
        "jobs": "/jobs",
        "webhooks": "/webhooks",
    }


OF_PERSON = {
    "lead": [
        "projects",
        "overview",
        "videos",
        "segments",
        "tasks",
        "reviews",
        "quality",
        "project people",
        "releases",
        "runs",
    ],
    "ann": ["work", "account", "look", "subjects", "questions"],
    "admin": ["people", "jobs", "webhooks"],
}


def violations(page: Page) -> list[str]:
    page.evaluate(AXE)
    found: list[str] = page.evaluate(FOUND)
    return found


@pytest.mark.browser
@pytest.mark.timeout(900)
@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("who", OF_PERSON)
def test_no_serious_violation(
    who: str, theme: str, site: Site, places: dict[str, str], sign_in: SignIn, shot: Shot
) -> None:
    site.client(who).patch("/me", {"theme": theme})
    page = sign_in(who)
    found: dict[str, Any] = {}
    for place in OF_PERSON[who]:
        page.goto(site.address + places[place])
        if "/work/" in places[place]:
            first_picture(page)
        else:
            expect(page.get_by_role("heading", level=1)).to_be_visible()
            page.wait_for_load_state("networkidle")
        assert page.locator("html").get_attribute("data-mantine-color-scheme") == theme
        shot(page, f"{theme}-{place}".replace(" ", "-"))
        if wrong := violations(page):
            found[place] = wrong
    assert not found, "\n".join(f"{place}: {line}" for place, lines in found.items() for line in lines)


@pytest.mark.browser
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_log_in_page(theme: Any, site: Site, browser: Any) -> None:
    page = browser.new_page(color_scheme=theme)
    page.goto(f"{site.address}/")
    expect(page.get_by_role("button", name="Log in")).to_be_visible()
    assert violations(page) == []
    page.close()


@pytest.mark.browser
def test_keys_alone_log_in_and_answer(site: Site, places: dict[str, str], browser: Any) -> None:
    """No pointer: Tab to the fields, the keys of the question screen, text, submit."""
    lead = site.client("lead")
    project = places["segments"].split("/")[2]
    video = lead.get(f"/projects/{project}/videos")["items"][0]["id"]
    questions = [
        {"text": "What rolls?", "q_type": "Object Recognition", "draft": "A ball."},
        {"text": "Where does it stop?", "q_type": "Object Location", "draft": None},
    ]
    body = {"video_id": video, "picture_start": 0, "picture_end": 20, "what": "Keys", "questions": questions}
    lead.post(f"/projects/{project}/segments", body)

    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(f"{site.address}/")
    expect(page.get_by_role("button", name="Log in")).to_be_visible()
    tab_to(page, page.get_by_label("E-mail"))
    page.keyboard.type("dan@test.local")
    tab_to(page, page.locator("input[autocomplete=current-password]"))
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    section = page.get_by_role("region", name="Axe questions", exact=True)
    expect(section).to_be_visible()
    take = section.get_by_role("button", name="Take one: Answers")
    tab_to(page, take)
    page.keyboard.press("Enter")
    page.wait_for_url("**/work/**")
    first_picture(page)
    page.keyboard.press("y")
    until(page, "() => document.querySelectorAll('li[data-question]')[1].dataset.active === 'true'")
    page.keyboard.press("w")
    until(page, "() => document.activeElement?.dataset.answer !== undefined")
    page.keyboard.type("On the left side of the table.")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Submitted.").first).to_be_visible()
    page.close()


def tab_to(page: Page, target: Locator) -> None:
    for _ in range(60):
        if target.evaluate("node => node === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError("Tab never gets there")
