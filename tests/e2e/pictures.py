"""The pictures of docs/ui: each screen of a site at work, in Chromium.

`python -m tests.e2e.pictures` makes those of the documentation anew; `python -m tests.e2e.pictures FOLDER` makes every
screen in both themes, both languages and two sizes, to look through after a change of the page.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from io import BytesIO
from itertools import product
from pathlib import Path
from typing import Literal, NamedTuple

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests import chromium
from tests.e2e.pages import first_picture
from tests.e2e.showroom import Showroom
from tests.e2e.site import PASSWORD, Site

DOCS = Path(__file__).parents[2] / "docs" / "ui"
LAPTOP, WALL = (1366, 768), (3840, 2160)
QUALITY = 72
"""Of WebP: text stays sharp, and a screen takes some fifty kilobytes."""

MIDDLE = "48"
"""A picture on which most clips show their subjects; masks are waited for, for ten seconds."""

PAINTED = """() => {
    const canvas = document.querySelectorAll(".vg-player canvas")[1];
    const small = new OffscreenCanvas(160, 90).getContext("2d", { willReadFrequently: true });
    small.drawImage(canvas, 0, 0, 160, 90);
    return small.getImageData(0, 0, 160, 90).data.some((value, at) => at % 4 === 3 && value > 0);
}"""


AFTER: dict[str, Callable[[Page], None]] = {
    "webhooks": lambda page: page.get_by_role("button", name=re.compile("Deliveries to|의 전송 기록")).first.click(),
    "table": lambda page: page.keyboard.press("t"),
    "keys": lambda page: page.keyboard.press("F1"),
    "palette": lambda page: page.keyboard.press("Control+k"),
}
"""What a person does on a page before it is looked at."""

Theme = Literal["dark", "light"]
Locale = Literal["en", "ko"]


class Look(NamedTuple):
    """How a screen is looked at."""

    theme: Theme = "dark"
    locale: Locale = "en"
    size: tuple[int, int] = LAPTOP

    @property
    def name(self) -> str:
        """For a file's name."""
        return f"{self.theme}-{self.locale}-{self.size[0]}"


THEMES: tuple[Theme, ...] = ("dark", "light")
LOCALES: tuple[Locale, ...] = ("en", "ko")
EVERY = [Look(*each) for each in product(THEMES, LOCALES, (LAPTOP, WALL))]


class Pages:
    """One browser context for each person and look."""

    def __init__(self, site: Site, browser: Browser) -> None:
        """`site` runs."""
        self.site, self.browser = site, browser

    def shots(self, room: Showroom, look: Look, names: list[str]) -> Iterator[tuple[str, bytes]]:
        """Screens as PNG, in the order of the people who see them."""
        yield "log-in", self._log_in_page(look)
        for who in sorted({room.places[name][0] for name in names}):
            self.site.client(who).patch("/me", {"theme": look.theme, "locale": look.locale})
            page = self._signed_in(who, look)
            for name in names:
                person, address = room.places[name]
                if person == who:
                    page.goto(self.site.address + address)
                    yield name, self._settled(page, name)
            page.context.close()

    def _log_in_page(self, look: Look) -> bytes:
        page = self._page(look)
        page.goto(f"{self.site.address}/")
        expect(page.locator("input[autocomplete=current-password]")).to_be_visible()
        shot = page.screenshot()
        page.context.close()
        return shot

    def _page(self, look: Look) -> Page:
        width, height = look.size
        # On a large screen people let the system enlarge everything: half of its pixels, twice as dense.
        scale = 2 if width > 2000 else 1
        context = self.browser.new_context(
            viewport={"width": width // scale, "height": height // scale},
            device_scale_factor=scale,
            color_scheme=look.theme,
            locale={"en": "en-GB", "ko": "ko-KR"}[look.locale],
        )
        page = context.new_page()
        page.set_default_timeout(60_000)
        return page

    def _signed_in(self, who: str, look: Look) -> Page:
        page = self._page(look)
        data = {"email": f"{who}@test.local", "password": PASSWORD}
        assert page.context.request.post(f"{self.site.address}/api/session", data=data).ok
        return page

    def _settled(self, page: Page, name: str) -> bytes:
        if "/work/" in page.url or "/compare/" in page.url:
            first_picture(page)
            page.evaluate(f"window.__vidgrain.show({MIDDLE})")
            page.wait_for_selector(f".vg-player[data-picture='{MIDDLE}']", state="attached")
            if page.locator(".wb-picture").count():
                for _ in range(100):
                    if page.evaluate(PAINTED):
                        break
                    page.wait_for_timeout(100)
        else:
            expect(page.get_by_role("heading", level=1)).to_be_visible()
            page.wait_for_load_state("networkidle")
        page.evaluate("document.activeElement?.blur()")
        AFTER.get(name, lambda _: None)(page)
        page.wait_for_timeout(700)
        return page.screenshot()


def write(path: Path, png: bytes) -> None:
    """Keep a screenshot as a small WebP."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.open(BytesIO(png)).convert("RGB").save(path, "WEBP", quality=QUALITY, method=6)


def main(arguments: list[str]) -> None:
    """Furnish a site, look at it, take it down."""
    parser = argparse.ArgumentParser(prog="python -m tests.e2e.pictures", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", help="every screen in every look, as PNG; else docs/ui")
    parser.add_argument("--keep", type=Path, help="where the site is kept, so that it is furnished once")
    parser.add_argument("--screens", nargs="*", help="only these")
    parser.add_argument("--looks", nargs="*", help="only these, as dark-en-1366")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        # A site that is kept is looked at for as long as somebody mends its screens.
        site = Site(Path(given.keep or scratch), **({"lease_minutes": 60 * 24} if given.keep else {}))
        site.start()
        try:
            room = Showroom(site, Path(scratch))
            known = site.folder / "places.json"
            if known.exists():
                room.places = {name: (who, address) for name, (who, address) in json.loads(known.read_text()).items()}
            else:
                room.furnish(train=True)
                known.write_text(json.dumps(room.places))
            browser = playwright.chromium.launch(executable_path=str(chromium.ensure()), args=list(chromium.FLAGS))
            names = given.screens or list(room.places)
            for look in [Look()] if given.folder is None else EVERY:
                if given.looks and look.name not in given.looks:
                    continue
                for name, png in Pages(site, browser).shots(room, look, names):
                    print(look.name, name, flush=True)
                    if given.folder is None:
                        write(DOCS / f"{name}.webp", png)
                    else:
                        given.folder.mkdir(parents=True, exist_ok=True)
                        (given.folder / f"{name}-{look.name}.png").write_bytes(png)
            browser.close()
        finally:
            site.stop()


if __name__ == "__main__":
    main(sys.argv[1:])
