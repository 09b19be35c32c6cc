"""Counts what a person's hands do: keys that are not the letters of a caption or an answer, and clicks."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page

RECORDED = Path(__file__).with_name("effort.json")
COUNT = """() => {
    const counted = { keys: 0, clicks: 0 };
    window.__effort = counted;
    const types = (target) => target.matches("textarea, input[type=text], input:not([type])");
    addEventListener("keydown", (event) => {
        const modifier = ["Shift", "Control", "Alt", "Meta"].includes(event.key);
        const letter = event.key.length === 1 && !event.ctrlKey && !event.altKey && types(event.target);
        if (!event.repeat && !modifier && !letter) counted.keys += 1;
    }, { capture: true });
    addEventListener("pointerdown", () => { counted.clicks += 1; }, { capture: true });
}"""


@dataclass
class Effort:
    """Keys and clicks so far; a chord is one key."""

    keys: int = 0
    clicks: int = 0

    def begin(self, page: Page) -> None:
        """Count on this page from now on."""
        page.evaluate(COUNT)

    def end(self, page: Page) -> None:
        """Add what was counted; the page has not been loaded anew meanwhile."""
        counted = page.evaluate("window.__effort")
        self.keys += counted["keys"]
        self.clicks += counted["clicks"]

    def at_most(self, what: str) -> None:
        """Fail when the work costs more than what is recorded; say so when it costs less."""
        most = json.loads(RECORDED.read_text())[what]
        now = {"keys": self.keys, "clicks": self.clicks}
        print(f"{what}: {now}, recorded {most}")
        assert all(now[each] <= most[each] for each in most), (
            f"{what} costs {now} now, where {most} are recorded in {RECORDED.name}: it may only fall"
        )
