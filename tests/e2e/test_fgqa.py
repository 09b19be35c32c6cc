"""Questions and answers in Chromium: verify, reject for each reason, write, ask; corrections and reviews by others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e import rendered
from tests.e2e.pages import PATIENCE, first_picture, take, task_id, until
from tests.e2e.site import Site

PROJECT = "Table questions"
QUESTIONS: list[dict[str, Any]] = [
    {"text": "Which object stands on the turntable?", "q_type": "Object Recognition", "draft": "A blue mug."},
    {"text": "Where does the ball pass the mug first?", "q_type": "Spatial Relations", "draft": "In front of the mug."},
    {"text": "How does the ball's speed change?", "q_type": "Speed/Force", "draft": "It changes."},
    {"text": "What colour is the dog?", "q_type": "Object Attributes", "draft": "Brown."},
    {"text": "What stands below the mug's turntable?", "q_type": "Object Location", "draft": "A box."},
    {"text": "How does the ball come back?", "q_type": "Action Recognition", "draft": None},
]
WRITTEN = "It bounces in from the right, each bounce lower than the one before."
ASKED = "How many balls are there?"
Shot = Callable[[Page, str], Path]
SignIn = Callable[[str], Page]


@dataclass
class Work:
    """The project and its one clip."""

    project: str
    video: dict[str, Any]


@pytest.fixture(scope="module")
def work(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Work:
    path, _ = rendered.write("table", 6, tmp_path_factory.mktemp("clips"))
    project = site.project("fgqa", PROJECT)
    video = site.import_clip(project, path)
    assert video["state"] == "ready", video
    return Work(project, video)


def segment(site: Site, work: Work, questions: list[dict[str, Any]], what: str) -> None:
    body = {"video_id": work.video["id"], "picture_start": 0, "picture_end": 50, "what": what, "questions": questions}
    site.client("lead").post(f"/projects/{work.project}/segments", body)


def card(page: Page, text: str) -> Locator:
    return page.locator("li[data-question]").filter(has_text=text)


def said(page: Page, text: str) -> None:
    expect(page.get_by_text(text).first).to_be_visible(timeout=PATIENCE)


def ready(site: Site, work: Work, who: str, kind: str) -> int:
    lines = site.client(who).get(f"/projects/{work.project}/queue")["items"]
    return sum(line["ready_for_me"] for line in lines if line["kind"] == kind)


@pytest.mark.browser
@pytest.mark.timeout(900)
def test_questions_from_draft_to_acceptance(site: Site, work: Work, sign_in: SignIn, shot: Shot) -> None:
    segment(site, work, QUESTIONS, "A ball and a mug on a table")
    first = answer_everything(sign_in("ann"), shot)
    assert ready(site, work, "ann", "fgqa_answer") == 0, "the correction is offered to the one who rejected the draft"
    correct(site, work, sign_in("ben"))
    reviewer = sign_in("rhea")
    review_returns(reviewer, shot)
    review_accepts(reviewer)
    mend(sign_in("ann"))
    accept_mended(site, work, reviewer)
    check_what_is_stored(site, work, first)


def answer_everything(page: Page, shot: Shot) -> str:
    take(page, PROJECT, "Answers")
    first_picture(page)
    task = task_id(page)
    expect(page.get_by_role("heading", name="0 of 6 answered")).to_be_visible()
    page.keyboard.press("Space")
    until(page, "() => Number(document.querySelector('.vg-player').dataset.picture) > 8")
    page.keyboard.press("Space")

    card(page, QUESTIONS[0]["text"]).get_by_role("button", name="Accept").click()
    reject(page, 1, "Incorrect", "It passes behind the mug.")
    reject(page, 2, "Lacks detail", "")
    reject(page, 3, "Irrelevant", "")
    reject(page, 4, "Unanswerable", "The clip never looks below the turntable.")
    card(page, QUESTIONS[5]["text"]).get_by_label("Answer").fill(WRITTEN)
    shot(page, "1-answered")

    page.get_by_role("button", name="Add a question").click()
    expect(page.get_by_role("dialog", name="Which type of question?")).to_be_visible()
    shot(page, "2-types")
    page.keyboard.press("Digit3")
    until(page, "() => document.activeElement?.dataset.ownQuestion !== undefined")
    page.keyboard.type(ASKED)
    added = page.locator("li[data-question]").last
    # Nothing is handed in with a question open, and what is missing is named.
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("alert").filter(has_text="look at 1 place")).to_be_visible(timeout=PATIENCE)
    added.get_by_label("Answer").fill("One [striped] ball.")
    expect(added.get_by_text("breaks the format")).to_be_visible()
    added.get_by_label("Answer").fill("One striped ball.")
    expect(page.get_by_role("heading", name="7 of 7 answered")).to_be_visible()
    shot(page, "3-all")
    page.keyboard.press("Control+Enter")
    said(page, "Submitted.")
    return task


def reject(page: Page, number: int, reason: str, explanation: str) -> None:
    shown = card(page, QUESTIONS[number]["text"])
    shown.get_by_role("button", name=reason).click()
    expect(shown.get_by_role("button", name=reason)).to_have_attribute("aria-pressed", "true")
    if explanation:
        shown.get_by_label("Explanation").fill(explanation)


def correct(site: Site, work: Work, page: Page) -> None:
    """Another person gets the two questions whose draft was wrong or thin, without the draft."""
    take(page, PROJECT, "Answers")
    first_picture(page)
    expect(page.locator("li[data-question]")).to_have_count(2)
    expect(page.get_by_text("In front of the mug.")).to_have_count(0)
    card(page, QUESTIONS[1]["text"]).get_by_label("Answer").fill("Behind the mug, which hides it for a moment.")
    card(page, QUESTIONS[2]["text"]).get_by_label("Answer").fill("It rolls in fast and slows down behind the mug.")
    page.get_by_role("button", name="Submit").click()
    said(page, "Submitted.")


def review_returns(page: Page, shot: Shot) -> None:
    take(page, PROJECT, "Review")
    first_picture(page)
    expect(page.get_by_text(WRITTEN)).to_be_visible()
    shot(page, "4-review")
    page.keyboard.press("Alt+r")
    dialog = page.get_by_role("dialog", name="Return this work")
    dialog.get_by_label("An answer is too vague").check()
    dialog.get_by_label("Comment").fill("Say which stripes the ball has.")
    here = task_id(page)
    dialog.get_by_role("button", name="Return").click()
    said(page, "Returned.")
    until(page, "here => !location.pathname.endsWith(here)", here)


def mend(page: Page) -> None:
    take(page, PROJECT, "Answers")
    first_picture(page)
    note = page.get_by_role("alert").filter(has_text="Returned by Rhea")
    expect(note.get_by_text("An answer is too vague")).to_be_visible()
    expect(note.get_by_text("Say which stripes the ball has.")).to_be_visible()
    page.locator("li[data-question]").last.get_by_label("Answer").fill("One ball with stripes of six colours.")
    page.keyboard.press("Control+Enter")
    said(page, "Submitted.")


def review_accepts(page: Page) -> None:
    """The correction, which came up after the return by itself; `accept_mended` takes the other one."""
    first_picture(page)
    expect(page.locator("li[data-question]")).to_have_count(2)
    page.get_by_role("button", name="Accept").last.click()
    said(page, "Accepted.")
    expect(page.get_by_role("region", name=PROJECT)).to_be_visible(timeout=PATIENCE)


def accept_mended(site: Site, work: Work, page: Page) -> None:
    page.reload()
    take(page, PROJECT, "Review")
    first_picture(page)
    page.keyboard.press("Control+Enter")
    said(page, "Accepted.")
    expect(page.get_by_role("region", name=PROJECT)).to_be_visible(timeout=PATIENCE)
    assert ready(site, work, "rhea", "fgqa_review") == 0


def check_what_is_stored(site: Site, work: Work, first: str) -> None:
    client = site.client("lead")
    tasks = client.get(f"/projects/{work.project}/tasks")["items"]
    assert sorted((task["kind"], task["state"]) for task in tasks) == [
        ("fgqa_answer", "accepted"),
        ("fgqa_answer", "accepted"),
        ("fgqa_review", "accepted"),
        ("fgqa_review", "accepted"),
    ]
    body = client.get(f"/tasks/{first}/document")["body"]
    texts = {question_id: question["text"] for question_id, question in body["questions"].items()}
    verdicts = {texts[key]: (answer["verdict"], answer["reason"]) for key, answer in body["answers"].items()}
    assert verdicts == {
        QUESTIONS[0]["text"]: ("accept", None),
        QUESTIONS[1]["text"]: ("reject", "incorrect"),
        QUESTIONS[2]["text"]: ("reject", "lacks_detail"),
        QUESTIONS[3]["text"]: ("reject", "irrelevant"),
        QUESTIONS[4]["text"]: ("reject", "unanswerable"),
        QUESTIONS[5]["text"]: ("write", None),
        ASKED: ("write", None),
    }
    [asked] = [question for question in body["questions"].values() if question["text"] == ASKED]
    assert asked["q_type"] == "Counting Problems"
    # Accepted, written, asked, and the two that another person corrected; the closed ones are gone.
    assert client.get(f"/projects/{work.project}/releases/preview")["answers"] == 5


@pytest.mark.browser
def test_nobody_reviews_their_own(site: Site, work: Work, sign_in: SignIn) -> None:
    segment(site, work, [QUESTIONS[5]], "The ball comes back")
    page = sign_in("rhea")
    take(page, PROJECT, "Answers")
    first_picture(page)
    card(page, QUESTIONS[5]["text"]).get_by_label("Answer").fill(WRITTEN)
    page.get_by_role("button", name="Submit").click()
    said(page, "Submitted.")
    expect(page.get_by_role("region", name=PROJECT)).to_be_visible(timeout=PATIENCE)
    mine = page.get_by_role("region", name=PROJECT)
    expect(mine.get_by_role("button", name="Take one: Review")).to_be_disabled()
    assert ready(site, work, "lead", "fgqa_review") == 1
