"""The ladder of ways to show a film: each rung shows exactly the picture that it names, and says which rung it is."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import chromium
from tests.clips import read_number, write_awkward
from tests.e2e.conftest import VIEWPORT
from tests.e2e.pages import PATIENCE, first_picture, until
from tests.e2e.site import PASSWORD, Site, next_task
from tests.e2e.test_pictures import decode

SAMPLE = [0, 1, 2, 47, 46, 11, 12, 13, 30, 29, 31, 24, 23, 5]
"""First and last, on both sides of key pictures, forth and back: where seeking goes wrong."""

SOON = 20
"""Seconds."""

READ = """async (pictures) => {
    const seen = [];
    for (const picture of pictures) {
        const { width, height, rgba } = await window.__vidgrain.readPicture(picture);
        let binary = "";
        for (let at = 0; at < rgba.length; at += 8192) binary += String.fromCharCode(...rgba.subarray(at, at + 8192));
        seen.push([width, height, btoa(binary)]);
    }
    return seen;
}"""

SCREEN = """() => {
    const shown = document.querySelector(".vg-player canvas");
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [shown.width, shown.height];
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(shown, 0, 0);
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    let binary = "";
    for (let at = 0; at < data.length; at += 8192) binary += String.fromCharCode(...data.subarray(at, at + 8192));
    return [canvas.width, canvas.height, btoa(binary)];
}"""
"""What the picture's canvas shows now."""

Shot = Callable[[Page, str], Path]


@pytest.fixture(scope="module")
def film(site: Site, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, list[int]]:
    """The address of Ann's task on a film of variable rate, and the numbers that its pictures carry."""
    path, shown = write_awkward("variable_rate", tmp_path_factory.mktemp("film"))
    project = site.project("stc", "Ladder")
    video = site.import_clip(project, path)
    assert video["state"] == "ready", video
    return f"/work/{next_task(site.client('ann'), project, 'stc_subject')['id']}", shown


@pytest.fixture
def page(site: Site, browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport=VIEWPORT)
    answer = context.request.post(f"{site.address}/api/session", data={"email": "ann@test.local", "password": PASSWORD})
    assert answer.ok
    opened = context.new_page()
    opened.set_default_timeout(PATIENCE)
    yield opened
    context.close()


def number_of(entry: Any) -> int:
    return read_number(decode(entry))


def comes_to_show(screen: Callable[[], Any], number: int) -> None:
    """The page's canvas gets what its worker painted a refresh after the page is told of it; what is wrong stays."""
    deadline = time.monotonic() + SOON
    while True:
        try:
            found: int | None = number_of(screen())
        except ValueError:  # nothing yet
            found = None
        if found == number:
            return
        assert time.monotonic() < deadline, f"the screen shows {found}, not {number}"
        time.sleep(0.05)


def picture_of(page: Page) -> int:
    return int(page.locator(".vg-player").get_attribute("data-picture") or -1)


def shows_exactly_what_it_names(page: Page, shown: list[int]) -> None:
    """Read in any order, stepped to, and typed in: the picture's own number is the one that is named."""
    numbers = [number_of(entry) for entry in page.evaluate(READ, SAMPLE)]
    assert numbers == [shown[picture] for picture in SAMPLE]
    field = page.locator(".wb-picture input")
    for picture in (17, 40, 18):
        field.fill(str(picture))
        field.press("Enter")
        page.wait_for_selector(f".vg-player[data-picture='{picture}']", state="attached")
        page.keyboard.press("ArrowRight")
        page.wait_for_selector(f".vg-player[data-picture='{picture + 1}']", state="attached")
        comes_to_show(lambda: page.evaluate(SCREEN), shown[picture + 1])


@pytest.mark.browser
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("tier", "says"),
    [("webcodecs", "exact"), ("video", "exact while it stands"), ("jpeg", "exact, from the server")],
)
def test_each_rung_shows_the_picture_that_it_names(
    tier: str, says: str, site: Site, film: tuple[str, list[int]], page: Page, shot: Shot
) -> None:
    path, shown = film
    page.goto(f"{site.address}{path}?tier={tier}")
    first_picture(page)
    expect(page.locator(f"[data-tier={tier}]")).to_have_text(says)
    shows_exactly_what_it_names(page, shown)

    page.keyboard.press("Home")
    page.wait_for_selector(".vg-player[data-picture='0']", state="attached")
    page.keyboard.press("Space")
    if tier == "video":
        expect(page.locator("[data-preview]")).to_have_text("preview: may be a picture off")
        shot(page, "preview")
    until(page, "() => document.querySelector('.vg-player').dataset.picture >= 8")
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    expect(page.locator("[data-preview]")).to_have_count(0)
    here = picture_of(page)
    comes_to_show(lambda: page.evaluate(SCREEN), shown[here])
    shot(page, tier)

    page.keyboard.press("Space")
    page.wait_for_selector(f".vg-player[data-picture='{len(shown) - 1}']", state="attached")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    page.keyboard.press("j")
    page.wait_for_selector(".vg-player[data-picture='0']", state="attached")
    expect(page.locator("[data-preview]")).to_have_count(0)
    comes_to_show(lambda: page.evaluate(SCREEN), shown[0])


@pytest.mark.browser
@pytest.mark.timeout(300)
def test_where_nothing_plays_it_says_so_and_the_tab_remembers_its_rung(
    site: Site, film: tuple[str, list[int]], page: Page, shot: Shot
) -> None:
    path, _ = film
    page.goto(f"{site.address}{path}?tier=none")
    said = page.get_by_role("alert").filter(has_text="This film cannot be annotated.")
    expect(said).to_contain_text("This browser can show no film here.")
    for key in ("ArrowRight", "Space", "Home"):
        page.keyboard.press(key)
    assert picture_of(page) == -1
    shot(page, "none")
    page.goto(site.address + path)
    expect(said).to_be_visible()
    page.goto(f"{site.address}{path}?tier=webcodecs")
    first_picture(page)
    expect(page.locator("[data-tier=webcodecs]")).to_have_text("exact")


@pytest.mark.browser
@pytest.mark.timeout(300)
def test_over_plain_http_the_browsers_own_player_is_exact_while_it_stands(
    site: Site, browser: Browser, film: tuple[str, list[int]], shot: Shot
) -> None:
    """From elsewhere without TLS a browser has no WebCodecs."""
    path, shown = film
    flags = [*chromium.FLAGS, "--host-resolver-rules=MAP elsewhere.test 127.0.0.1"]
    other = browser.browser_type.launch(executable_path=str(chromium.ensure()), args=flags)
    page = other.new_page(viewport=VIEWPORT)
    page.set_default_timeout(PATIENCE)
    address = f"http://elsewhere.test:{site.port}"
    page.goto(address)
    page.get_by_label("E-mail").fill("ann@test.local")
    page.locator("input[autocomplete=current-password]").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(lambda url: "login" not in url)
    page.goto(address + path)
    first_picture(page)
    assert not page.evaluate("isSecureContext")
    expect(page.locator("[data-tier=video]")).to_have_text("exact while it stands")
    expect(page.get_by_text(re.compile("Exact playing needs https or localhost"))).to_be_visible()
    shows_exactly_what_it_names(page, shown)
    shot(page, "plain-http")
    other.close()
