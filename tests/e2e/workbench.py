"""What a person does on the STC screen: go to a picture, click, look at the mask, track, read what stands there."""

from __future__ import annotations

import base64
import re
from typing import Any

import numpy as np
import numpy.typing as npt
from playwright.sync_api import Locator, Page, expect

from annotator.video.samples.truth import deepest
from tests.e2e.pages import PATIENCE, first_picture

Mask = npt.NDArray[np.uint8]

GOOD, MORE_CLICKS = 0.85, 2
"""A person clicks again while the mask fits worse than this, a few times at most."""

READ_OVERLAY = """([width, height]) => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [width, height];
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(document.querySelectorAll(".vg-player canvas")[1], 0, 0, width, height);
    const { data } = context.getImageData(0, 0, width, height);
    let binary = "";
    for (let at = 3; at < data.length; at += 4) binary += data[at] > 0 ? "1" : "0";
    return btoa(binary);
}"""
"""The page's overlay canvas as it is shown: one sign per pixel, 1 where something is painted."""

WATCH = """(picture) => {
    const seen = { tracking: false, paintedWhileTracking: false, playedWhileTracking: false };
    window.__seen = seen;
    const small = new OffscreenCanvas(160, 90).getContext("2d", { willReadFrequently: true });
    const look = () => {
        const tracking = document.querySelector(".wb-tracking") !== null;
        seen.tracking ||= tracking;
        small.clearRect(0, 0, 160, 90);
        small.drawImage(document.querySelectorAll(".vg-player canvas")[1], 0, 0, 160, 90);
        const here = Number(document.querySelector(".vg-player").dataset.picture);
        const painted = small.getImageData(0, 0, 160, 90).data.some((value, at) => at % 4 === 3 && value > 0);
        seen.paintedWhileTracking ||= tracking && painted && here === picture;
        seen.playedWhileTracking ||= tracking && painted && here > picture + 1;
        if (!seen.playedWhileTracking) setTimeout(look, 20);
    };
    look();
}"""
"""Notes whether a mask is on screen while the tracking still goes on: on the picture that is shown, and on later ones
when somebody plays from there."""


class Workbench:
    """One person's STC screen."""

    def __init__(self, page: Page, width: int, height: int) -> None:
        """Waits until the first picture is there; `width` and `height` are the proxy's."""
        self.page, self.width, self.height = page, width, height
        first_picture(page)

    @property
    def picture(self) -> int:
        """The picture on screen."""
        return int(self.page.locator(".vg-player").get_attribute("data-picture") or -1)

    def go(self, picture: int) -> None:
        """Type a picture's number and wait until it is on screen."""
        field = self.page.locator(".wb-picture input")
        field.fill(str(picture))
        field.press("Enter")
        self.shows(picture)

    def shows(self, picture: int) -> None:
        """Wait for a picture."""
        self.page.wait_for_selector(f".vg-player[data-picture='{picture}']", state="attached", timeout=PATIENCE)

    def press(self, keys: str) -> None:
        """Keys that act on the whole screen."""
        self.page.keyboard.press(keys)

    def click(self, x: float, y: float, *, belongs: bool = True) -> int:
        """Click a pixel of the video, with the right button where it is not the subject; how many masks are offered."""
        box = self.page.locator(".vg-marks").bounding_box()
        assert box is not None
        at_x = box["x"] + (x + 0.5) * box["width"] / self.width
        at_y = box["y"] + (y + 0.5) * box["height"] / self.height
        with self.page.expect_response(re.compile(r"/proposals$")):
            self.page.mouse.click(at_x, at_y, button="left" if belongs else "right")
        return self.candidates()

    def candidates(self) -> int:
        """Wait for the masks that a click may mean; how many there are."""
        said = self.page.get_by_role("group", name="Candidate masks").get_by_role("status")
        expect(said).to_have_text(re.compile(r"Mask \d+ of \d+"), timeout=PATIENCE)
        return int((said.text_content() or "").rpartition(" ")[2])

    def shown_mask(self) -> Mask:
        """uint8[height, width] of what the overlay shows now."""
        signs = base64.b64decode(self.page.evaluate(READ_OVERLAY, [self.width, self.height]))
        return (np.frombuffer(signs, np.uint8) - ord("0")).reshape(self.height, self.width)

    def prompt(self, picture: int, point: tuple[int, int], like: Mask) -> float:
        """Click the subject; take the mask that fits best with Enter, after more clicks where it fits badly.

        Returns its IoU with `like`, the true mask, which stands for what a person sees.
        """
        self.go(picture)
        fits, best, count = self.look_through(self.click(*point), like)
        for _ in range(MORE_CLICKS):
            if fits >= GOOD:
                break
            shown = self.painted()
            missing, wrong = np.where(shown, 0, like).astype(np.uint8), np.where(like, 0, shown).astype(np.uint8)
            belongs = bool(missing.sum() >= wrong.sum())
            fits, best, count = self.look_through(
                self.click(*deepest(missing if belongs else wrong), belongs=belongs), like
            )
        expect(self.page.get_by_text(f"Mask {best + 1} of {count}")).to_be_visible()
        self.press("Enter")
        expect(self.page.get_by_role("group", name="Candidate masks")).to_be_hidden(timeout=PATIENCE)
        return fits

    def look_through(self, count: int, like: Mask) -> tuple[float, int, int]:
        """Tab through the masks to the best one: its IoU with `like`, its index, how many there are."""
        fits = []
        for _ in range(count):
            fits.append(overlap(self.painted(), like))
            self.press("Tab")
        best = int(np.argmax(fits))
        for _ in range(best):
            self.press("Tab")
        return fits[best], best, count

    def painted(self) -> Mask:
        """The overlay once the worker has painted the newest candidate: two looks in a row are alike."""
        before = self.shown_mask()
        while True:
            self.page.wait_for_timeout(120)
            now = self.shown_mask()
            if now.any() and np.array_equal(now, before):
                return now
            before = now

    def subject_state(self) -> Locator:
        """The line that says how far the active subject is."""
        return self.page.locator(".wb-subjects li[data-active] .wb-subject small")

    def saved(self) -> None:
        """Wait until the server has acknowledged every edit."""
        expect(self.page.get_by_text(re.compile(r"^Saved( · rev \d+)?$"))).to_be_visible(timeout=PATIENCE)


def overlap(a: Mask, b: Mask) -> float:
    """IoU of two masks; 1 where both are empty."""
    union = np.logical_or(a, b).sum()
    return float(np.logical_and(a, b).sum() / union) if union else 1.0


def masks_of(client: Any, masklet: str, count: int) -> list[Mask | None]:
    """The stored masks of a masklet's track, by REST: one per picture, None where it is absent."""
    from annotator.masklet.rle import Rle, decode

    found: list[Mask | None] = []
    for start in range(0, count, 256):
        part = client.get(f"/masklets/{masklet}/masks", start=start, stop=min(count, start + 256))
        for frame in part["frames"]:
            found.append(
                None if frame["counts"] is None else decode(Rle(part["height"], part["width"], frame["counts"]))
            )
    return found
