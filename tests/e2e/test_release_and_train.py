"""From accepted work to a trained and scored checkpoint, on the pages that a lead uses."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from annotator.video.samples import Truth
from server.demo.work import Workers
from tests.e2e import rendered
from tests.e2e.pages import PATIENCE, until
from tests.e2e.site import Site
from tests.e2e.test_accessibility import violations

LONG = 4 * PATIENCE
"""A training loads its libraries first, which alone takes most of a minute on a busy machine."""

SHORT = {"steps": 16, "checkpoint_every": 16, "validate_every": 16, "batch_samples": 2}
Shot = Callable[[Page, str], Path]
SignIn = Callable[[str], Page]


@pytest.fixture(scope="module")
def projects(site: Site, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """One project of each kind; two clips are annotated, verified and reviewed over REST, from the clips' truth."""
    folder = tmp_path_factory.mktemp("clips")
    stc, fgqa = site.project("stc", "Released subjects"), site.project("fgqa", "Released answers")
    lead = site.client("lead")
    clips: dict[str, tuple[str, Truth]] = {}
    for name in ("fox", "table"):
        path, truth = rendered.write(name, 6, folder)
        for project in (stc, fgqa):
            video = site.import_clip(project, path)
            assert video["state"] == "ready", video
        clips[video["id"]] = (name, truth)
        questions = [
            {"text": asked.question, "q_type": str(asked.q_type), "draft": asked.draft_answer}
            for asked in truth.questions
        ]
        body = {"video_id": video["id"], "picture_start": 0, "picture_end": video["pictures"] - 1, "what": name}
        lead.post(f"/projects/{fgqa}/segments", body | {"questions": questions})
    Workers(site.client, print, stc, fgqa, clips).run()
    return {"stc": stc, "fgqa": fgqa}


@pytest.mark.browser
@pytest.mark.timeout(1800)  # the libraries alone take half a minute to load on a busy machine
@pytest.mark.parametrize(
    ("kind", "table", "benchmark", "measure"),
    [("stc", "rtloc", "rtloc", "mean_recall"), ("fgqa", "fgqa", "fgqa", "mbacc")],
)
def test_release_training_and_scores(
    kind: str,
    table: str,
    benchmark: str,
    measure: str,
    site: Site,
    projects: dict[str, str],
    sign_in: SignIn,
    shot: Shot,
) -> None:
    page = sign_in("lead")
    release = build(page, site, projects[kind], shot)
    assert any(f"/{table}-" in file["path"] for file in release["files"])
    run = train(page, site, release, shot)
    evaluate(page, site, run, benchmark, measure, shot)


def build(page: Page, site: Site, project: str, shot: Shot, *, videos: int = 2) -> dict[str, Any]:
    client = site.client("lead")
    page.goto(f"{site.address}/projects/{project}/releases")
    expect(page.get_by_text(re.compile(rf"It would hold .* from {videos} videos\."))).to_be_visible()
    page.get_by_label("Name (optional)").fill("First collection")
    page.get_by_label("Held out for testing").fill("50")
    page.get_by_role("button", name="Build a release").click()
    link = page.get_by_role("link", name="#1 First collection")
    expect(page.get_by_role("row").filter(has=link).get_by_text("Ready")).to_be_visible(timeout=LONG)
    shot(page, "1-releases")
    link.click()
    page.wait_for_url(re.compile(r"/releases/[0-9a-f-]{36}"))
    release: dict[str, Any] = client.get(f"/releases/{page.url.rpartition('/')[2]}")
    expect(page.get_by_text(release["manifest_sha256"])).to_be_visible()
    for file in release["files"]:
        expect(page.get_by_role("link", name=file["path"], exact=True)).to_be_visible()
    shot(page, "2-release")
    assert violations(page) == []
    return release


def train(page: Page, site: Site, release: dict[str, Any], shot: Shot) -> dict[str, Any]:
    """From the page's button. The page offers no overrides, so its request gets them: sixteen steps, not sixty."""

    def shorter(route: Route) -> None:
        wanted = json.loads(route.request.post_data or "{}")
        route.continue_(post_data=json.dumps(wanted | {"overrides": SHORT}))

    page.route("**/api/runs", shorter)
    page.get_by_role("combobox", name="Recipe").click()
    page.get_by_role("option", name="smoke_cpu").click()
    page.get_by_role("button", name="Start training").click()
    page.wait_for_url(re.compile(r"/runs/[0-9a-f-]{36}"))
    page.unroute("**/api/runs")
    run = page.url.rpartition("/")[2]
    expect(page.get_by_role("heading", name="smoke_cpu")).to_be_visible()
    expect(page.get_by_role("img", name=re.compile(r"Loss over 16 steps"))).to_be_visible(timeout=LONG)
    expect(page.get_by_text("Done", exact=True).first).to_be_visible(timeout=LONG)
    until(page, CHART_IS_DRAWN)
    shot(page, "3-run")
    stored: dict[str, Any] = site.client("lead").get(f"/runs/{run}")
    assert (stored["state"], stored["status"]["step"]) == ("done", 16)
    losses = [row["loss"] for row in site.client("lead").get(f"/runs/{run}/metrics")["items"] if row.get("loss")]
    assert sum(losses[-4:]) < sum(losses[:4]), losses
    return stored


CHART_IS_DRAWN = """() => {
    const canvas = document.querySelector("[role=img] canvas");
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return data.some((value, at) => at % 4 === 3 && value > 0);
}"""


def evaluate(page: Page, site: Site, run: dict[str, Any], benchmark: str, measure: str, shot: Shot) -> None:
    page.get_by_role("button", name="Evaluate on the held-out part").click()
    row = page.get_by_role("row").filter(has_text=benchmark).filter(has_text=measure).first
    expect(row).to_be_visible(timeout=LONG)
    shot(page, "4-evaluated")
    assert violations(page) == []
    [evaluation] = site.client("lead").get(f"/runs/{run['id']}/evaluations")["items"]
    assert evaluation["state"] == "done"
    assert benchmark in json.dumps(evaluation["report"])
