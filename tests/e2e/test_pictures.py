"""One truth about frames: of each awkward clip, browser, frame table and PyAV show the same numbered pictures."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from tests.clips import AWKWARD, read_number, write_awkward
from tests.e2e.pages import first_picture
from tests.e2e.site import PASSWORD, Site, next_task

CODES = [
    "constant_rate",
    "variable_rate",
    "b_frames",
    "open_gop",
    "delay_edit_list",
    "trim_edit_list",
    "rotated",
    "odd_size",
    "wide_pixels",
    "long_audio",
    "fragmented",
    "ten_bit",
]
"""Those that go through the browser; the rest differ only before the proxy (tests/annotator/video compares them)."""

READ_ALL = """async (count) => {
    const seen = [];
    for (let picture = 0; picture < count; picture++) {
        const { width, height, rgba } = await window.__vidgrain.readPicture(picture);
        let binary = "";
        for (let at = 0; at < rgba.length; at += 8192) binary += String.fromCharCode(...rgba.subarray(at, at + 8192));
        seen.push([width, height, btoa(binary)]);
    }
    return seen;
}"""


@dataclass(frozen=True)
class Clip:
    """A clip as it was written, the numbers that a viewer sees, and its video in the project."""

    path: Path
    shown: list[int]
    video: dict[str, Any]
    project: str


@pytest.fixture(scope="module")
def clips(site: Site, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Clip]:
    """Each clip in a project of its own, uploaded one after the other while the first are already imported."""
    folder = tmp_path_factory.mktemp("awkward")
    lead = site.client("lead")
    written = {name: write_awkward(name, folder) for name in CODES}
    projects = {name: site.project("stc", f"Awkward: {name}") for name in CODES}
    uploaded = {name: lead.upload(projects[name], path)["id"] for name, (path, _) in written.items()}
    videos = {name: site.settled(video) for name, video in uploaded.items()}
    refused = {name: video["reason"] for name, video in videos.items() if video["state"] != "ready"}
    assert not refused
    return {name: Clip(*written[name], video, projects[name]) for name, video in videos.items()}


@pytest.fixture(scope="module")
def page(site: Site, browser: Browser) -> Iterator[Page]:
    """A page with Ann's session, kept for all clips."""
    context = browser.new_context()
    answer = context.request.post(f"{site.address}/api/session", data={"email": "ann@test.local", "password": PASSWORD})
    assert answer.ok
    yield context.new_page()
    context.close()


def numbers(path: Path) -> list[tuple[int, Fraction]]:
    """What PyAV shows, turned upright as the file says: the number of each picture, and its time."""
    found = []
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            assert frame.pts is not None
            assert frame.time_base is not None
            upright = np.rot90(frame.to_ndarray(format="rgb24"), frame.rotation // 90)
            found.append((read_number(upright.astype(np.uint8)), frame.pts * frame.time_base))
    return found


@pytest.mark.browser
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", CODES)
def test_browser_table_and_pyav_agree_on_every_picture(
    name: str, site: Site, clips: dict[str, Clip], page: Page, tmp_path: Path
) -> None:
    clip = clips[name]
    shown, video = clip.shown, clip.video
    ann = site.client("ann")
    table = ann.get(f"/videos/{video['id']}/frames")
    assert len(table["proxy_pts"]) == video["pictures"] == len(shown)
    if "edit_list" not in name:  # PyAV by itself shows pictures that an edit list discards: `shown` is the truth
        assert [number for number, _ in numbers(clip.path)] == shown

    task = next_task(ann, clip.project, "stc_subject")
    page.goto(f"{site.address}/work/{task['id']}")
    first_picture(page)
    pictures = [decode(entry) for entry in page.evaluate(READ_ALL, len(shown))]
    assert [read_number(picture) for picture in pictures] == shown
    assert {picture.shape[:2] for picture in pictures} == {(video["height"], video["width"])}

    proxy = tmp_path / "proxy.mp4"
    ann.download(f"/videos/{video['id']}/proxy.mp4", proxy)
    base = Fraction(table["proxy_time_base"])
    assert numbers(proxy) == [(number, pts * base) for number, pts in zip(shown, table["proxy_pts"], strict=True)]


def decode(entry: list[Any]) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """uint8[h,w,3] from what the page sent."""
    width, height, encoded = entry
    rgba = np.frombuffer(base64.b64decode(encoded), np.uint8).reshape(height, width, 4)
    return np.ascontiguousarray(rgba[..., :3])


def test_the_clips_named_here_exist() -> None:
    assert set(CODES) <= set(AWKWARD)
