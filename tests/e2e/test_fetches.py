"""A lead pastes addresses on the videos page: each says what became of it, in words, and by keys alone."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import rendered
from tests.e2e.site import Site
from tests.e2e.test_accessibility import AXE, FOUND


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[str]:
    """The address of a web server with one clip."""
    (tmp_path / "shelf").mkdir()
    rendered.write("table", 6, tmp_path / "shelf")
    handler = functools.partial(_Quiet, directory=str(tmp_path / "shelf"))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_addresses_from_paste_to_video(site: Site, sign_in: Callable[[str], Page], shelf: str, tmp_path: Path) -> None:
    project = site.project("stc", "From addresses")
    clip = next((tmp_path / "shelf").glob("*.mp4"))
    page = sign_in("lead")
    page.goto(f"{site.address}/projects/{project}/videos")
    page.get_by_role("button", name="Add from addresses…").press("Enter")
    field = page.get_by_label("Addresses, one a line")
    field.fill(f"# my clips\n{shelf}/{clip.name}\nfile:///etc/passwd")
    page.get_by_role("button", name="Fetch 2").press("Enter")
    expect(page.get_by_text("Line 3:")).to_contain_text("only http:// and https://")
    expect(page.get_by_role("row")).to_have_count(0)

    field.fill(f"{shelf}/{clip.name}\n{shelf}/not-there.mp4\nhttp://[::1]:1/inner.mp4")
    page.get_by_role("button", name="Fetch 3").press("Enter")
    rows = page.get_by_role("region", name="Videos from addresses").get_by_role("row")
    good, gone, inner = (rows.filter(has_text=name) for name in (clip.name, "not-there.mp4", "inner.mp4"))
    expect(good).to_contain_text("Fetched", timeout=120_000)
    expect(gone).to_contain_text("status 404", timeout=120_000)
    expect(inner).to_contain_text("lies in a private network", timeout=120_000)
    video = page.get_by_role("row").filter(has=page.get_by_text(clip.name, exact=True))
    expect(video.get_by_text("Ready")).to_be_visible(timeout=120_000)
    page.evaluate(AXE)
    assert page.evaluate(FOUND) == []

    page.get_by_role("button", name="Take http://[::1]:1/inner.mp4 off the list; its video stays").press("Enter")
    expect(inner).to_have_count(0)
    (tmp_path / "shelf" / "not-there.mp4").write_bytes(clip.read_bytes())
    page.get_by_role("button", name=f"Fetch {shelf}/not-there.mp4 again").press("Enter")
    expect(gone).to_contain_text("Fetched", timeout=120_000)


def test_an_administrator_sets_the_room_and_a_lead_sees_it(site: Site, sign_in: Callable[[str], Page]) -> None:
    project = site.project("stc", "Little room")
    admin = sign_in("admin")
    admin.goto(f"{site.address}/projects/{project}")
    storage = admin.get_by_role("region", name="Storage")
    expect(storage.get_by_text("0 bytes used, no limit")).to_be_visible()
    field = storage.get_by_label("This project may store")
    field.fill("-1")
    expect(storage.get_by_text("Enter 0 to 1,000,000 GB, or leave it empty.")).to_be_visible()
    expect(storage.get_by_role("button", name="Save")).to_be_disabled()
    field.fill("0.005")
    field.press("Enter")
    expect(storage.get_by_text("0 bytes of 5 MB used, 5 MB free")).to_be_visible()
    assert site.client("lead").get(f"/projects/{project}")["quota_bytes"] == 5_000_000

    lead = sign_in("lead")
    lead.goto(f"{site.address}/projects/{project}")
    storage = lead.get_by_role("region", name="Storage")
    expect(storage.get_by_text("An administrator sets how much this project may store.")).to_be_visible()
    expect(storage.get_by_label("This project may store")).to_have_count(0)
    lead.goto(f"{site.address}/projects/{project}/videos")
    expect(lead.get_by_text("5 MB free")).to_be_visible()

    field.fill("")
    field.press("Enter")
    expect(admin.get_by_role("region", name="Storage").get_by_text("0 bytes used, no limit")).to_be_visible()
    assert site.client("lead").get(f"/projects/{project}")["quota_bytes"] is None
