"""The same way on camera footage, where VIDGRAIN_TEST_CLIPS names a folder with SAM 2's demo clips."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.pages import PATIENCE, first_picture, take, task_id
from tests.e2e.site import Site
from tests.e2e.test_fgqa import Work, card, ready, said
from tests.e2e.test_release_and_train import build, evaluate, train
from tests.e2e.test_stc import tracked
from tests.e2e.workbench import Workbench, masks_of

CLIPS = os.environ.get("VIDGRAIN_TEST_CLIPS", "")
PICTURE = 30


@dataclass(frozen=True)
class Case:
    """A click on picture 30 (proxy pixels), how large its subject is there, and pixels that are not it."""

    file: str
    subject: str
    click: tuple[int, int]
    smallest: int
    largest: int
    outside: tuple[tuple[int, int], ...]


CASES = [
    Case("04_coffee.mp4", "mug", (838, 448), 10_000, 40_000, ((500, 330), (990, 430), (838, 620))),
    Case("01_dog.mp4", "dog", (630, 430), 4_000, 40_000, ((310, 350), (900, 600), (660, 120))),
    Case("05_default_juggle.mp4", "ball", (750, 560), 3_000, 12_000, ((700, 420), (900, 560), (765, 640))),
]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(not CLIPS, reason="VIDGRAIN_TEST_CLIPS names no folder: clicks on real footage are not tested"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.subject)
def test_a_click_finds_the_subject(
    case: Case, site: Site, sign_in: Callable[[str], Page], shot: Callable[[Page, str], Path]
) -> None:
    name = f"Real {case.subject}"
    project = site.project("stc", name)
    video = site.import_clip(project, Path(CLIPS) / case.file)
    assert (video["state"], video["width"], video["height"]) == ("ready", 1280, 720)
    page = sign_in("ann")
    take(page, name, "Subjects")
    bench = Workbench(page, 1280, 720)
    bench.go(PICTURE)
    count = bench.click(*case.click)
    fitting = []
    for number in range(count):
        mask = bench.painted()
        shot(page, f"candidate-{number + 1}")
        inside = mask[case.click[1], case.click[0]] and not any(mask[y, x] for x, y in case.outside)
        fitting.append(bool(inside) and case.smallest <= int(mask.sum()) <= case.largest)
        bench.press("Tab")
    assert any(fitting), f"none of {count} masks is the {case.subject}"
    for _ in range(fitting.index(True)):
        bench.press("Tab")
    bench.press("Enter")
    expect(page.get_by_role("group", name="Candidate masks")).to_be_hidden(timeout=PATIENCE)
    label = page.get_by_label("Name")
    label.fill(case.subject)
    label.press("Enter")
    if case.subject == "mug":
        track_and_caption(case, site, video["pictures"], bench, sign_in, shot)


def track_and_caption(
    case: Case,
    site: Site,
    pictures: int,
    bench: Workbench,
    sign_in: Callable[[str], Page],
    shot: Callable[[Page, str], Path],
) -> None:
    page, client = bench.page, site.client("lead")
    bench.press("p")
    tracked(bench)
    [masklet] = client.get(f"/tasks/{task_id(page)}/masklets")["items"]
    for picture in (5, pictures // 2, pictures - 5):
        bench.go(picture)
        shot(page, f"tracked-{picture}")
    areas = [0 if mask is None else int(mask.sum()) for mask in masks_of(client, masklet["id"], pictures)]
    kept = sum(case.smallest * 0.5 <= area <= case.largest * 1.5 for area in areas)
    assert kept >= 0.8 * pictures, f"the mask keeps its size on {kept} of {pictures} pictures"
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Handed in.")).to_be_visible(timeout=PATIENCE)

    captioner = sign_in("ben")
    take(captioner, f"Real {case.subject}", "Captions")
    bench = Workbench(captioner, 1280, 720)
    for start, end in masklet["track"]["presence"]:
        bench.go((start + end) // 2)
        bench.press("n")
        captioner.wait_for_timeout(300)
        captioner.keyboard.type(f"A hand holds the blue mug while it is filled, from picture {start} on.")
        captioner.keyboard.press("Escape")
    shot(captioner, "captioned")
    captioner.keyboard.press("Control+Enter")
    expect(captioner.get_by_text("Handed in.")).to_be_visible(timeout=PATIENCE)


@dataclass(frozen=True)
class Asked:
    """Two questions about a clip: one whose draft is right, one to be answered."""

    file: str
    what: str
    draft: tuple[str, str]
    written: tuple[str, str]


ASKED = [
    Asked(
        "01_dog.mp4",
        "A dog and its owner",
        ("What does the woman wear below the waist?", "Blue jeans and white shoes."),
        ("What does the dog do each time the ball is thrown?", "It runs after it to the right and brings it back."),
    ),
    Asked(
        "04_coffee.mp4",
        "Coffee is poured",
        ("What does the mug look like?", "It is bright blue, with a handle on the right."),
        ("What do the two hands do?", "One lifts and tilts the steel kettle, the other holds the mug by its handle."),
    ),
    Asked(
        "05_default_juggle.mp4",
        "A man keeps a ball up",
        ("What does the ball look like?", "It is white with grey markings."),
        ("How does the man keep the ball in the air?", "With his knees and the insides of his feet, in turn."),
    ),
]
"""Enough of one type that each answer has others to be confused with."""


def test_questions_on_real_clips_go_all_the_way(
    site: Site, sign_in: Callable[[str], Page], shot: Callable[[Page, str], Path]
) -> None:
    """Answered, reviewed, released, trained on and scored, all on the pages."""
    name = "Real questions"
    project, lead = site.project("fgqa", name), site.client("lead")
    videos = {asked.file: site.import_clip(project, Path(CLIPS) / asked.file) for asked in ASKED}
    for asked in ASKED:
        video = videos[asked.file]
        questions = [
            {"text": asked.draft[0], "q_type": "Object Attributes", "draft": asked.draft[1]},
            {"text": asked.written[0], "q_type": "Action Recognition", "draft": None},
        ]
        span = {"video_id": video["id"], "picture_start": 0, "picture_end": video["pictures"] - 1}
        lead.post(f"/projects/{project}/segments", {**span, "what": asked.what, "questions": questions})

    work = Work(project, {})

    def waits(who: str, kind: str, count: int) -> None:
        deadline = time.monotonic() + PATIENCE / 1000
        while ready(site, work, who, kind) != count:
            assert time.monotonic() < deadline, f"{kind}: not {count} for {who}"
            time.sleep(0.3)

    waits("ann", "fgqa_answer", len(ASKED))
    page = sign_in("ann")
    take(page, name, "Answers")
    for _ in ASKED:
        first_picture(page)
        [asked] = [each for each in ASKED if page.get_by_text(each.draft[0]).is_visible()]
        card(page, asked.draft[0]).get_by_role("button", name="Accept").click()
        card(page, asked.written[0]).get_by_label("Answer").fill(asked.written[1])
        expect(page.get_by_role("heading", name="2 of 2 answered")).to_be_visible()
        shot(page, f"answered-{asked.file[:2]}")
        here = task_id(page)
        page.keyboard.press("Control+Enter")
        page.wait_for_url(lambda url, here=here: not url.endswith(here), timeout=PATIENCE)

    waits("rhea", "fgqa_review", len(ASKED))
    reviewer = sign_in("rhea")
    take(reviewer, name, "Review")
    for number in range(len(ASKED)):
        first_picture(reviewer)
        shot(reviewer, f"review-{number + 1}")
        here = task_id(reviewer)
        reviewer.keyboard.press("Control+Enter")
        said(reviewer, "Accepted.")
        reviewer.wait_for_url(lambda url, here=here: not url.endswith(here), timeout=PATIENCE)

    owner = sign_in("lead")
    release = build(owner, site, project, shot, videos=3)
    assert release["counts"]["fgqa"] == 2 * len(ASKED)
    run = train(owner, site, release, shot)
    evaluate(owner, site, run, "fgqa", "mbacc", shot)
