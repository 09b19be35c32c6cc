"""What every page's test needs: waiting that the page's content policy allows, and taking a task from My work."""

from __future__ import annotations

import re
import time
from typing import Any

from playwright.sync_api import Page

PATIENCE = 120_000
"""Milliseconds for what takes long on a busy machine; no test says how quick the product is."""


def until(page: Page, script: str, arg: Any = None) -> None:
    """Wait until a script is true of the page. Playwright's own way needs `eval`, which the site forbids, rightly."""
    deadline = time.monotonic() + PATIENCE / 1000
    while not page.evaluate(script, arg):
        if time.monotonic() > deadline:
            raise TimeoutError(f"not true within {PATIENCE / 1000:.0f} s: {script}")
        page.wait_for_timeout(50)


def take(page: Page, project: str, kind: str) -> None:
    """From My work: the next task of a kind in a project, by its button."""
    page.get_by_role("region", name=project, exact=True).get_by_role("button", name=f"Take one: {kind}").click()
    page.wait_for_url(re.compile(r"/work/"), timeout=PATIENCE)


def task_id(page: Page) -> str:
    """The task that the page shows."""
    return page.url.rstrip("/").rpartition("/")[2]


def first_picture(page: Page) -> None:
    """Wait until the clip is open and shows a picture."""
    until(page, "() => window.__vidgrain !== undefined")
    page.wait_for_selector(".vg-player[data-picture='0']", state="attached", timeout=PATIENCE)
