"""From an empty project to somebody's first task, by the pages alone: the checklist, an invitation, a guideline, a clip
that is refused and one that is taken, a role, and the tour."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e import rendered
from tests.e2e.conftest import VIEWPORT
from tests.e2e.pages import PATIENCE, first_picture, take
from tests.e2e.site import Site

PROJECT, PASSWORD = "From nothing", "a word of their own"
TOUR = ("Your task", "The clip", "The subject and the step", "Time", "Notes", "Hand it in")


@pytest.mark.browser
@pytest.mark.timeout(600)
def test_from_an_empty_project_to_somebodys_first_task(
    site: Site, browser: Browser, sign_in: Callable[[str], Page], shot: Callable[[Page, str], Path], tmp_path: Path
) -> None:
    page = sign_in("admin")
    person = f"newcomer{tmp_path.name[-1]}@test.local"  # somebody else where this is tried again
    link = invite(page, site, person)
    set_up(page, site, tmp_path, person)
    shot(page, "set-up")

    context = browser.new_context(viewport=VIEWPORT, locale="en-GB")
    newcomer = context.new_page()
    newcomer.set_default_timeout(PATIENCE)
    newcomer.goto(link)
    expect(newcomer.get_by_role("heading", name="Welcome to Vidgrain")).to_be_visible()
    passwords = newcomer.locator("input[autocomplete=new-password]")
    first, again = passwords.nth(0), passwords.nth(1)
    first.fill(PASSWORD)
    again.fill(PASSWORD + "?")
    expect(newcomer.get_by_role("button", name="Go on")).to_be_disabled()
    expect(newcomer.get_by_text("The two passwords differ.")).to_be_visible()
    again.fill(PASSWORD)
    newcomer.get_by_role("button", name="Go on").click()
    newcomer.get_by_role("button", name="Tour with my next task").click()
    take(newcomer, PROJECT, "Subjects")
    first_picture(newcomer)
    expect(newcomer.get_by_text("Say what moves")).to_be_visible()
    tour = newcomer.get_by_role("region", name="Tour of this screen")
    for number, title in enumerate(TOUR):
        expect(tour.get_by_text(title, exact=True)).to_be_visible()
        # What it points at can be seen through it.
        expect(newcomer.locator("div[class*=ring]")).to_have_css("background-color", "rgba(0, 0, 0, 0)")
        # It is never in the way: keys go on.
        newcomer.keyboard.press("ArrowRight")
        newcomer.wait_for_selector(f".vg-player[data-picture='{number + 1}']", state="attached")
        shot(newcomer, f"tour-{number}")
        tour.get_by_role("button", name=re.compile("^(Next|Done)$")).click()
        newcomer.evaluate("document.activeElement?.blur()")
    expect(tour).to_be_hidden()
    newcomer.goto(f"{site.address}/")
    expect(newcomer.get_by_role("region", name=PROJECT)).to_be_visible()
    expect(newcomer.get_by_text("New here?")).to_have_count(0)

    # The link works once.
    context.clear_cookies()
    newcomer.goto(link)
    expect(newcomer.get_by_text("This link was used already")).to_be_visible()
    context.close()

    page.goto(f"{site.address}/")
    todo = page.get_by_role("region", name="Setting up")
    expect(todo.get_by_text("Build a release")).to_be_visible()
    todo.get_by_role("button", name="Put this list away").click()
    expect(todo).to_have_count(0)


def invite(page: Page, site: Site, person: str) -> str:
    """The link for somebody new; an address that is known already is refused beside its field."""
    page.goto(f"{site.address}/users")
    page.get_by_role("button", name="Invite", exact=True).click()
    form = page.get_by_role("dialog", name="Invite")
    email = form.get_by_label("E-mail")
    email.fill("ben@test.local")
    form.get_by_label("Name").fill("Newcomer")
    form.get_by_role("button", name="Make the link").click()
    expect(email).to_have_attribute("aria-invalid", "true")
    email.fill(person)
    form.get_by_role("button", name="Make the link").click()
    link = page.get_by_role("dialog", name="Link to hand over")
    url = link.locator("pre").inner_text()
    page.keyboard.press("Escape")
    return f"{site.address}/invitation/{url.rpartition('/')[2]}"


def set_up(page: Page, site: Site, folder: Path, person: str) -> None:
    """A project with its guideline, a clip and a person."""
    page.goto(f"{site.address}/projects")
    page.get_by_role("button", name="New project").first.click()
    form = page.get_by_role("dialog", name="New project")
    form.get_by_label("Name").fill(PROJECT)
    form.get_by_role("button", name="New project").click()
    expect(page.get_by_role("heading", name=PROJECT)).to_be_visible()
    expect(page.get_by_text("First, add videos")).to_be_visible()

    page.get_by_role("button", name="Edit", exact=True).click()
    page.get_by_label("Text", exact=True).fill("## Say what moves\n\n- only what is *visible*")
    page.get_by_role("button", name="Save as version 1").click()
    expect(page.get_by_role("heading", name="Say what moves")).to_be_visible()

    page.get_by_role("link", name="Videos", exact=True).click()
    broken, clip = folder / "broken.mp4", rendered.write("table", 3, folder)[0]
    broken.write_bytes(b"This is no film.")
    page.locator("input[type=file]").set_input_files([broken, clip])
    rows = page.get_by_role("row")
    expect(rows.filter(has_text="broken.mp4").get_by_text("Refused")).to_be_visible(timeout=PATIENCE)
    expect(rows.filter(has_text=clip.name).get_by_text("Ready")).to_be_visible(timeout=PATIENCE)

    page.get_by_role("link", name="People", exact=True).last.click()
    email = page.get_by_role("combobox", name="E-mail")
    email.fill("nobody@test.local")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(email).to_have_attribute("aria-invalid", "true")
    email.fill(person)
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("row").filter(has_text=person)).to_be_visible()
