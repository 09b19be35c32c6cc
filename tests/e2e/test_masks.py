"""Masks by hand in Chromium: brush, eraser, outline, cleaning; then tracks, locks, versions. Data is read by REST."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from annotator.masklet import edit
from annotator.masklet.rle import Rle, decode
from annotator.video.samples import SubjectTruth
from annotator.video.samples.truth import deepest
from tests.e2e import rendered
from tests.e2e.pages import PATIENCE, take, task_id
from tests.e2e.site import Site
from tests.e2e.test_accessibility import violations
from tests.e2e.workbench import Mask, Workbench, masks_of, overlap

PROJECT = "Drawing"
Shot = Callable[[Page, str], Path]
Points = list[tuple[float, float]]


@dataclass
class Draw:
    """One person with the drawing tools, and what is stored of their one subject."""

    site: Site
    bench: Workbench
    video: dict[str, Any]

    @property
    def page(self) -> Page:
        return self.bench.page

    def subject(self) -> dict[str, Any]:
        """The masklet, by REST."""
        [found] = self.site.client("lead").get(f"/tasks/{task_id(self.page)}/masklets")["items"]
        return dict(found)

    def prompt(self, picture: int) -> Mask:
        """The stored mask of the prompt on a picture."""
        counts = next(p["counts"] for p in self.subject()["prompts"] if p["picture"] == picture)
        return decode(Rle(self.bench.height, self.bench.width, counts))

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Where a pixel of the video is on the page."""
        box = self.page.locator(".vg-marks").bounding_box()
        assert box is not None
        return box["x"] + x * box["width"] / self.bench.width, box["y"] + y * box["height"] / self.bench.height

    def stroke(self, points: Points, *, button: Literal["left", "right"] = "left") -> None:
        """Press, go through the points, let go; the answer has come when this is over."""
        mouse = self.page.mouse
        with self.page.expect_response(re.compile(r"/drawings$")) as answer:
            mouse.move(*self.at(*points[0]))
            mouse.down(button=button)
            for x, y in points:
                mouse.move(*self.at(x, y), steps=4)
            mouse.up(button=button)
        assert answer.value.ok, answer.value.text()
        self.drawn()

    def drawn(self) -> None:
        said = self.page.get_by_role("group", name="Candidate masks").get_by_role("status")
        expect(said).to_have_text("Drawn mask", timeout=PATIENCE)

    def cleaned(self, key: str) -> None:
        with self.page.expect_response(re.compile(r"/drawings$")) as answer:
            self.bench.press(key)
        assert answer.value.ok, answer.value.text()
        self.drawn()

    def accept(self) -> None:
        self.bench.press("Enter")
        expect(self.page.get_by_role("group", name="Candidate masks")).to_be_hidden(timeout=PATIENCE)

    def tracked(self) -> None:
        said = re.compile(r"\d+ of \d+ grid frames")
        expect(self.bench.subject_state()).to_have_text(said, timeout=2 * PATIENCE)

    def masks(self) -> list[Mask | None]:
        """All masks of the subject, by REST."""
        return masks_of(self.site.client("lead"), self.subject()["id"], self.video["pictures"])

    def versions(self) -> list[dict[str, Any]]:
        """The versions of the subject's masks, the newest first, by REST."""
        found: list[dict[str, Any]] = self.site.client("lead").get(f"/masklets/{self.subject()['id']}/tracks")["items"]
        return found

    def radius(self) -> float:
        """Half of the width that the slider says."""
        said = self.page.get_by_role("slider", name="Size").get_attribute("aria-valuetext") or ""
        return int(said.split()[0]) / 2


@pytest.mark.browser
@pytest.mark.timeout(1200)
def test_masks_by_hand(site: Site, tmp_path: Path, sign_in: Callable[[str], Page], shot: Shot) -> None:
    path, truth = rendered.write("fox", 12, tmp_path)
    project = site.project("stc", PROJECT)
    video = site.import_clip(project, path)
    assert video["state"] == "ready", video
    fox = rendered.subject(truth, "fox")
    page = sign_in("ann")
    take(page, PROJECT, "Subjects")
    draw = Draw(site, Workbench(page, video["width"], video["height"]), video)
    first = fox.points[0].picture
    mask = fox.masks[first]
    assert mask is not None
    brush_and_eraser(draw, first, shot)
    outline(draw, first, mask.astype(bool), shot)
    page.get_by_label("Name").fill("fox")
    page.get_by_label("Name").press("Enter")
    draw.bench.press("p")
    draw.tracked()
    locked = lock(draw, first)
    old = draw.masks()
    corrected = fox.points[1].picture
    correct(draw, corrected, fox, shot)
    new = draw.masks()
    assert all(same(old[at], new[at]) for at in range(locked[0], locked[1] + 1)), "what is locked has changed"
    assert same(new[corrected], draw.prompt(corrected))
    assert not same(old[corrected], new[corrected])
    versions(draw, old, new, shot)
    looks(draw, shot)
    split_and_merge(draw, old)
    follow_a_range(draw)


def same(a: Mask | None, b: Mask | None) -> bool:
    return (a is None and b is None) or (a is not None and b is not None and np.array_equal(a, b))


def brush_and_eraser(draw: Draw, picture: int, shot: Shot) -> None:
    """Two strokes, one erased, one taken back, cleaned, accepted: the prompt holds what was painted."""
    bench, page = draw.bench, draw.page
    bench.go(picture)
    bench.press("b")
    expect(page.get_by_role("button", name="Brush")).to_have_attribute("aria-pressed", "true")
    small = draw.radius()
    bench.press("]")
    radius = draw.radius()
    assert radius > small
    height, width = bench.height, bench.width
    ring: Points = [(width * x, height * y) for x, y in ((0.3, 0.3), (0.6, 0.3), (0.6, 0.6), (0.3, 0.6), (0.3, 0.3))]
    draw.stroke(ring)
    painted = edit.stroke_mask((height, width), ring, radius)
    assert overlap(bench.painted(), painted.astype(np.uint8)) > 0.97
    shot(page, "1-brushed")
    draw.stroke([(width * 0.1, height * 0.9)])
    before = bench.painted()
    bench.press("w")
    draw.stroke([(width * 0.6, height * 0.45)])
    cut = bench.painted()
    assert cut.sum() < before.sum()
    bench.press("Control+z")
    assert np.array_equal(bench.painted(), before)
    draw.cleaned("Shift+G")  # the dab at the edge goes, the ring stays
    draw.cleaned("Shift+H")
    filled = edit.fill_holes(painted)
    assert overlap(bench.painted(), filled.astype(np.uint8)) > 0.97
    draw.accept()
    assert overlap(draw.prompt(picture), filled.astype(np.uint8)) > 0.97


def outline(draw: Draw, picture: int, like: edit.BoolMask, shot: Shot) -> None:
    """The ring's prompt goes; the subject is drawn by its corners, one of which was wrong and is taken back."""
    bench, page = draw.bench, draw.page
    page.get_by_role("button", name=f"Remove the prompt on picture {picture}").click()
    expect(page.get_by_text("No prompts yet.")).to_be_visible(timeout=PATIENCE)
    corners = corners_of(like)
    bench.press("g")
    for corner in corners[:4]:
        page.mouse.click(*draw.at(*corner))
    page.mouse.click(*draw.at(5, 5))
    expect(page.locator(".vg-corner")).to_have_count(5)
    bench.press("Backspace")
    expect(page.locator(".vg-corner")).to_have_count(4)
    for corner in corners[4:]:
        page.mouse.click(*draw.at(*corner))
    shot(page, "2-outline")
    with page.expect_response(re.compile(r"/drawings$")):
        bench.press("Enter")
    draw.drawn()
    draw.accept()
    wanted = edit.outline(like.shape, corners)
    assert overlap(draw.prompt(picture), wanted.astype(np.uint8)) > 0.97
    assert overlap(wanted.astype(np.uint8), like.astype(np.uint8)) > 0.8


def lock(draw: Draw, picture: int) -> tuple[int, int]:
    """I and O choose a range, Q locks it: on the timeline it has a name. A part of it is unlocked again."""
    bench, page = draw.bench, draw.page
    bench.go(picture + 1)
    bench.press("i")
    bench.go(picture + 9)
    bench.press("o")
    expect(page.get_by_text(f"Pictures {picture + 1} – {picture + 9} · 9")).to_be_visible()
    bench.press("q")
    name = f"Locked: pictures {picture + 1} to {picture + 9}"
    expect(page.get_by_role("img", name=name)).to_be_visible(timeout=PATIENCE)
    assert draw.subject()["locks"] == [[picture + 1, picture + 9]]
    bench.go(picture + 8)
    bench.press("i")
    bench.press("Shift+Q")
    span = picture + 1, picture + 7
    expect(page.get_by_role("img", name=f"Locked: pictures {span[0]} to {span[1]}")).to_be_visible(timeout=PATIENCE)
    assert draw.subject()["locks"] == [list(span)]
    bench.press("Shift+O")
    return span


def correct(draw: Draw, picture: int, fox: SubjectTruth, shot: Shot) -> None:
    """A brush on a mask of the track: it becomes a prompt, what follows from it is stale, and is followed anew."""
    bench, page = draw.bench, draw.page
    mask = fox.masks[picture]
    assert mask is not None
    bench.go(picture)
    bench.press("b")
    x, y = deepest(mask)
    draw.stroke([(x, y), (x + 20, y)])
    shot(page, "3-corrected")
    draw.accept()
    track = draw.subject()["track"]
    assert track["stale"]
    [span] = [span for span in track["stale_spans"] if span[0] <= picture + 1 <= span[1]]
    assert span[1] > picture + 1
    bench.press("c")
    bench.press("p")
    draw.tracked()
    assert [version["version"] for version in draw.versions()] == [2, 1]


def versions(draw: Draw, old: list[Mask | None], new: list[Mask | None], shot: Shot) -> None:
    """The list restores the first version as a third one; a key goes back to the second, as a fourth."""
    bench, page = draw.bench, draw.page
    page.get_by_text("Versions · now 2").click()
    panel = page.get_by_role("region", name="Masks of fox")
    expect(panel.get_by_text("Version 1", exact=True)).to_be_visible(timeout=PATIENCE)
    expect(panel.get_by_text("followed · 2 prompts")).to_be_visible()
    shot(page, "4-versions")
    panel.get_by_role("button", name="Restore version 1").click()
    expect(panel.get_by_text("Versions · now 3")).to_be_visible(timeout=PATIENCE)
    expect(panel.get_by_text("restored · 1 prompt")).to_be_visible(timeout=PATIENCE)
    assert all(map(same, draw.masks(), old))
    assert len(draw.subject()["prompts"]) == 1
    bench.press("Alt+z")
    expect(panel.get_by_text("Versions · now 4")).to_be_visible(timeout=PATIENCE)
    assert all(map(same, draw.masks(), new))
    assert len(draw.subject()["prompts"]) == 2
    assert [(version["version"], version["origin"], version["current"]) for version in draw.versions()] == [
        (4, "restored", True),
        (3, "restored", False),
        (2, "followed", False),
        (1, "followed", False),
    ]


def split_and_merge(draw: Draw, old: list[Mask | None]) -> None:
    """The first version again, cut in two subjects and put together: its masks are what they were."""
    bench, page = draw.bench, draw.page
    panel = page.get_by_role("region", name="Masks of fox")
    panel.get_by_role("button", name="Restore version 3").click()
    expect(panel.get_by_text("Versions · now 5")).to_be_visible(timeout=PATIENCE)
    page.on("dialog", lambda dialog: dialog.accept())
    cut = 30
    bench.go(cut)
    bench.press("Shift+X")
    merge = panel.get_by_role("button", name="Merge", exact=True)
    expect(merge).to_be_visible(timeout=PATIENCE)
    both = draw.site.client("lead").get(f"/tasks/{task_id(page)}/masklets")["items"]
    assert [masklet["label"] for masklet in both] == ["fox", ""]
    assert [masklet["track"]["origin"] for masklet in both] == ["parted", "parted"]
    assert both[0]["track"]["presence"][-1][1] < cut <= both[1]["track"]["presence"][0][0]
    expect(panel.get_by_label("Merge with")).to_have_text("Subject 2")
    merge.click()
    expect(merge).to_be_hidden(timeout=PATIENCE)
    assert draw.subject()["track"]["origin"] == "joined"
    assert all(map(same, draw.masks(), old))


def follow_a_range(draw: Draw) -> None:
    """Absent from here; only a part of what that changes is followed: the rest stays outdated."""
    bench, page = draw.bench, draw.page
    start, end = 40, 48
    bench.go(start)
    bench.press("x")
    bench.press("i")
    bench.go(end)
    bench.press("o")
    before = draw.versions()[0]["version"]
    expect(page.get_by_role("button", name=f"Remove the prompt on picture {start}")).to_be_visible(timeout=PATIENCE)
    bench.press("Shift+P")
    expect(page.get_by_text(f"Versions · now {before + 1}")).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".wb-tracking")).to_be_hidden(timeout=2 * PATIENCE)
    masklet = draw.subject()
    assert masklet["track"]["state"] == "done"
    got = draw.site.client("lead").get(f"/masklets/{masklet['id']}/masks", start=start, stop=end + 1)["frames"]
    assert [frame["counts"] for frame in got] == [None] * (end - start + 1)
    left = masklet["track"]["stale_spans"]
    assert left
    assert all(last < start or first > end for first, last in left)


def looks(draw: Draw, shot: Shot) -> None:
    """Everything open, dark and light, wide and narrow: axe finds nothing, the page is not wider than its window."""
    bench, page = draw.bench, draw.page
    page.get_by_text("Split and merge").click()
    bench.press("Shift+I")
    bench.press("b")
    for theme in ("dark", "light"):
        page.evaluate("theme => document.documentElement.dataset.mantineColorScheme = theme", theme)
        for width, height in ((1440, 900), (1280, 720)):
            page.set_viewport_size({"width": width, "height": height})
            page.wait_for_timeout(300)
            shot(page, f"5-{theme}-{width}")
            assert violations(page) == [], f"{theme} {width}"
            assert page.evaluate("() => document.documentElement.scrollWidth") <= width
    bench.press("F1")
    sheet = page.get_by_role("dialog", name="Keys")
    expect(sheet.get_by_text("Keep only the largest part")).to_be_visible()
    expect(sheet.get_by_text("Back to the version before")).to_be_visible()
    shot(page, "6-keys")
    bench.press("Escape")
    expect(sheet).to_be_hidden()


def corners_of(mask: edit.BoolMask) -> Points:
    """A few corners around the subject, as a person would click them."""
    import cv2

    found, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    longest = max(found, key=len)
    line = cv2.approxPolyDP(longest, 0.01 * cv2.arcLength(longest, closed=True), closed=True)
    return [(float(x) + 0.5, float(y) + 0.5) for [[x, y]] in line]
