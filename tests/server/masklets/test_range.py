"""Following a span, one way or both: what was not asked for stays, and an unfinished track is not handed in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from server.jobs.run import JobContext
from tests.server.masklets.subject import Subject
from tests.server.world import CLIP_PICTURES, World


@pytest.fixture
def subject(world: World, clip: Path, run_jobs: Callable[..., int]) -> Subject:
    return Subject.make(world, clip, run_jobs)


def test_a_span_is_followed_and_the_rest_stays_unknown(subject: Subject) -> None:
    subject.put(10)
    result = subject.track(picture_start=8, picture_end=15)
    assert result == {"pictures": 8, "followed": 8, "copied": 0}
    assert [f["picture"] for f in subject.masks()] == list(range(8, 16))
    track = subject.masklet()["track"]
    assert (track["state"], track["current"], track["pictures_done"]) == ("done", True, 8)
    assert (track["stale"], track["stale_spans"]) == (True, [[0, 7], [16, 29]])
    assert track["presence"] == [[8, 15]]

    refused = subject.submit()
    assert refused.status_code == 422
    assert refused.json()["detail"].endswith(
        "“disc” is not followed on pictures 0 to 7 yet: follow the whole video."
    ), refused.json()["detail"]

    part = subject.masks()
    result = subject.track()
    assert result == {"pictures": CLIP_PICTURES, "followed": 8 + 14 + 1, "copied": 8}
    assert subject.masks()[8:16] == part
    track = subject.masklet()["track"]
    assert (track["stale"], track["stale_spans"]) == (False, [])
    assert subject.submit().status_code == 200


def test_masks_of_a_span_are_those_of_the_whole(subject: Subject) -> None:
    for picture in (2, 25):
        subject.put(picture)
    subject.track()
    whole = subject.masks()
    subject.restore(1)
    subject.put(12, x=8)
    subject.track()
    subject.ann.delete(f"{subject.url}/prompts/12")
    before = subject.masks()
    subject.track(picture_start=6, picture_end=9)
    after = subject.masks()
    assert [f["counts"] for f in after[6:10]] == [f["counts"] for f in whole[6:10]]
    assert after[:6] + after[10:] == before[:6] + before[10:]
    assert subject.masklet()["track"]["stale_spans"] == [[3, 5], [10, 24]]
    subject.track(picture_start=10, picture_end=29)
    subject.track(picture_start=0, picture_end=9)
    assert [f["counts"] for f in subject.masks()] == [f["counts"] for f in whole]
    assert not subject.masklet()["track"]["stale"]


@pytest.mark.parametrize(
    ("direction", "known", "stale"),
    [("forward", range(10, 21), [[0, 9], [21, 29]]), ("backward", range(11), [[11, 29]])],
)
def test_one_way_from_one_prompt(subject: Subject, direction: str, known: range, stale: list[list[int]]) -> None:
    subject.put(10)
    subject.track(picture_start=0, picture_end=20, direction=direction)
    assert [f["picture"] for f in subject.masks()] == list(known)
    assert subject.masklet()["track"]["stale_spans"] == stale
    subject.track()
    assert not subject.masklet()["track"]["stale"]


def test_one_way_between_two_prompts_is_shown_but_not_the_end(subject: Subject) -> None:
    subject.put(5)
    subject.put(15)
    subject.track(direction="forward")
    frames = subject.masks()
    assert [f["picture"] for f in frames] == list(range(5, CLIP_PICTURES))
    track = subject.masklet()["track"]
    assert track["stale_spans"] == [[0, 4], [6, 14]], "from both sides they may be others"
    again = subject.track(direction="backward")
    assert again["followed"] == 5 + 9 + 2
    assert subject.masklet()["track"]["stale_spans"] == [[6, 14]]
    subject.track(picture_start=6, picture_end=14)
    assert not subject.masklet()["track"]["stale"]


def test_nothing_to_do_gives_the_track_that_is_there(subject: Subject) -> None:
    subject.put(5)
    subject.track()
    subject.put(20)
    ann, url = subject.ann, subject.url
    there = ann.post(f"{url}/tracks", json={"picture_start": 0, "picture_end": 4}).json()
    assert (there["version"], there["stale_spans"]) == (1, [[6, 29]])
    first = ann.post(f"{url}/tracks", json={"picture_start": 6, "picture_end": 9}).json()
    assert ann.post(f"{url}/tracks", json={"picture_start": 6, "picture_end": 9}).json()["id"] == first["id"]
    other = ann.post(f"{url}/tracks", json={"picture_start": 6, "picture_end": 10}).json()
    assert other["version"] == first["version"] + 1
    whole = ann.post(f"{url}/tracks", json={}).json()
    assert (whole["version"], whole["stale"]) == (4, False)
    assert ann.post(f"{url}/tracks", json={"picture_start": 6, "picture_end": 10}).json()["id"] == whole["id"]
    subject.run_jobs()
    assert [t["state"] for t in ann.get(f"{url}/tracks").json()["items"]] == ["done", "cancelled", "cancelled", "done"]


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"picture_start": 5, "picture_end": 30}, 422, "picture_end"),
        ({"picture_start": 30}, 422, "picture_start"),
        ({"picture_start": 9, "picture_end": 8}, 422, "picture_end"),
        ({"picture_start": -1}, 422, "picture_start"),
        ({"direction": "sideways"}, 422, "direction"),
        ({"picture_start": 0, "picture_end": 4, "direction": "forward"}, 422, "direction"),
    ],
)
def test_what_cannot_be_followed(subject: Subject, body: dict[str, Any], status: int, field: str) -> None:
    subject.put(10)
    answer = subject.ann.post(f"{subject.url}/tracks", json=body)
    assert (answer.status_code, answer.json()["field"]) == (status, field), answer.text
    assert subject.ann.get(f"{subject.url}/tracks").json()["items"] == []


def test_locked_pictures_of_a_span_are_copied(subject: Subject) -> None:
    subject.put(10)
    subject.track()
    first = subject.masks()
    subject.lock([14, 16])
    subject.put(25, x=8)
    subject.track(picture_start=11, picture_end=20)
    frames = subject.masks()
    assert frames[14:17] == first[14:17]
    assert frames[21:] == first[21:]
    assert subject.masklet()["track"]["stale_spans"] == [[21, 29]]


def test_a_subject_that_is_never_shown_is_not_followed(subject: Subject) -> None:
    subject.absent(4)
    answer = subject.ann.post(f"{subject.url}/tracks", json={})
    assert (answer.status_code, answer.json()["type"]) == (422, "nothing_to_track")


def test_what_a_cancelled_track_had_done_already_is_shown_when_it_is_asked_for(
    subject: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject.put(2)
    subject.track()
    first = subject.masks()
    subject.put(20, x=8)
    second = subject.ann.post(f"{subject.url}/tracks", json={}).json()
    real, told = JobContext.progress, 0

    def progress(self: JobContext, *given: Any, **more: Any) -> None:
        nonlocal told
        told += 1
        if told == 2 + 2 * 17 + 4:  # both keyframes, 3 … 19 from both sides, a part of the rest
            assert subject.ann.post(f"/api/tracks/{second['id']}/cancel").status_code == 202
            monkeypatch.setattr(JobContext, "progress", real)
            self._told = 0.0  # look at once instead of in a quarter of a second
        real(self, *given, **more)

    monkeypatch.setattr(JobContext, "progress", progress)
    subject.run_jobs()
    assert subject.masklet()["track"]["id"] != second["id"], "the last good one is shown"
    assert subject.masklet()["track"]["stale_spans"] == [[3, 29]]
    result = subject.track(picture_start=3, picture_end=10)
    assert result["followed"] == 0, "all of it was followed already"
    frames, done = subject.masks(), {f["picture"]: f for f in subject.masks(track=second["id"])}
    assert frames[3:11] == [done[picture] for picture in range(3, 11)] != first[3:11]
    left = subject.masklet()["track"]["stale_spans"]
    assert left and left[0][0] > 19, "both sides had been followed up to there"
    for picture in range(CLIP_PICTURES):
        outdated = any(a <= picture <= b for a, b in left)
        assert frames[picture] == (first[picture] if outdated else done[picture]), "copied where it is right"
