"""One site and one Chromium for each process of the tests; a fresh browser context for each person."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect, sync_playwright

from tests import chromium
from tests.e2e.pages import PATIENCE
from tests.e2e.site import PASSWORD, Site

expect.set_options(timeout=30_000)
VIEWPORT: ViewportSize = {"width": 1440, "height": 900}


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The running program, embedded, as `vidgrain serve` starts it."""
    made = Site(tmp_path_factory.mktemp("site"))
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Real Chromium, headless."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=str(chromium.ensure()), args=list(chromium.FLAGS))
        yield opened
        opened.close()


@pytest.fixture
def sign_in(site: Site, browser: Browser, tmp_path: Path) -> Iterator[Callable[[str], Page]]:
    """`sign_in("ann")` gives that person's page, logged in by the log-in form. A crash of the page fails the test.

    How each page looked at the end is kept beside the test's other files, for whoever looks for a failure's cause.
    """
    contexts: list[BrowserContext] = []
    crashes: list[str] = []

    def open_page(name: str) -> Page:
        context = browser.new_context(viewport=VIEWPORT, locale="en-GB")
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: crashes.append(f"{name}: {error}"))
        page.goto(f"{site.address}/")
        page.get_by_label("E-mail").fill(f"{name}@test.local")
        page.locator("input[autocomplete=current-password]").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        page.wait_for_url(lambda url: "login" not in url)
        return page

    yield open_page
    for number, context in enumerate(contexts):
        for page in context.pages:
            page.screenshot(path=tmp_path / f"end-{number}.png")
        context.close()
    assert not crashes, crashes


@pytest.fixture
def shot(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Page, str], Path]:
    """Keep a screenshot for people to look at."""

    def take(page: Page, name: str) -> Path:
        path = tmp_path / f"{request.node.name}-{name}.png"
        page.screenshot(path=path)
        return path

    return take
