"""The workbench in Firefox, a smoke test: signed in by keys, the right pictures while stepping and after playing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clips import write_awkward
from tests.e2e.bidi import Firefox
from tests.e2e.site import PASSWORD, Site, next_task
from tests.e2e.test_tiers import READ, SCREEN, comes_to_show, number_of

PICTURE = "Number(document.querySelector('.vg-player')?.dataset.picture ?? -1)"
TIER = "document.querySelector('[data-tier]')?.dataset.tier"
WHY = "document.querySelector('.vg-scene-tier')?.textContent ?? ''"
"""What the page says where it does not play on the first rung."""

STANDS = "document.querySelector('button[aria-label=Play]')"


@pytest.fixture
def fox(tmp_path: Path) -> Iterator[Firefox]:
    opened = Firefox(tmp_path / "firefox")
    yield opened
    opened.close()


@pytest.mark.browser
@pytest.mark.timeout(600)
def test_pictures_are_the_ones_that_are_named(site: Site, fox: Firefox, tmp_path: Path) -> None:
    path, shown = write_awkward("b_frames", tmp_path)
    project = site.project("stc", "In Firefox")
    video = site.import_clip(project, path)
    assert video["state"] == "ready", video
    task = next_task(site.client("ann"), project, "stc_subject")["id"]

    fox.go(site.address)
    for field, text in (("[type=email]", "ann@test.local"), ("[autocomplete=current-password]", PASSWORD)):
        fox.until(f"document.querySelector('input{field}') !== null")
        fox.evaluate(f"document.querySelector('input{field}').focus()")
        fox.press(*text)
    fox.press("Enter")
    fox.until("!location.pathname.startsWith('/login') && document.querySelector('h1') !== null")

    for tier in ("webcodecs", "video"):
        fox.go(f"{site.address}/work/{task}?tier={tier}")
        fox.until(f"{PICTURE} === 0 && {TIER} !== undefined")
        assert fox.evaluate(TIER) == tier, f"Firefox {fox.version}: {fox.evaluate(WHY)}"
        for picture in (1, 2, 3):
            fox.press("ArrowRight")
            fox.until(f"{PICTURE} === {picture}")
        comes_to_show(lambda: fox.evaluate(f"({SCREEN})()"), shown[3])
        fox.press("Space")
        fox.until(f"{PICTURE} > 9")
        fox.press("Space")
        fox.until(
            "document.querySelector('[data-preview]') === null && document.querySelector('[aria-label=Play]') !== null"
        )
        here = fox.evaluate(PICTURE)
        comes_to_show(lambda: fox.evaluate(f"({SCREEN})()"), shown[here])
        jumps = [40, 0, 12, 11, 47, 23]
        assert [number_of(entry) for entry in fox.evaluate(f"({READ})({jumps})")] == [shown[jump] for jump in jumps]
    assert fox.errors == []
