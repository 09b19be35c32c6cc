"""Locked spans: their masks hold, what is beside them is followed from them; by the real app and real jobs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from annotator.masklet import rle
from server.masklets import jobs, said
from server.masklets.track import end_newest
from server.tables.jobs import Job, JobState
from server.tables.masklets import Masklet
from tests.server.masklets.subject import Subject
from tests.server.world import CLIP_PICTURES, CLIP_SIZE, World


@pytest.fixture
def subject(world: World, clip: Path, run_jobs: Callable[..., int]) -> Subject:
    return Subject.make(world, clip, run_jobs)


def test_locked_masks_stay_and_are_keyframes_of_their_neighbours(subject: Subject) -> None:
    subject.put(3)
    subject.track()
    first = subject.masks()
    masklet = subject.lock([10, 14])
    assert masklet["locks"] == [[10, 14]]
    assert masklet["track"]["stale"], "beside the lock it would be followed from there now"
    assert masklet["track"]["stale_spans"] == [[4, 9], [15, 29]]
    assert subject.masks() == first, "nothing is shown before it is followed"

    subject.put(22, x=8)  # a wrong click, which leaks into everything that is not locked
    result = subject.track()
    # 4 … 9 and 15 … 21 from both sides, 23 … 29, and the keyframes 3 and 22; those of the lock are not given.
    assert result == {"pictures": CLIP_PICTURES, "followed": 2 * 6 + 2 * 7 + 7 + 2, "copied": 5 + 4}
    second = subject.masks()
    assert second[10:15] == first[10:15]
    assert second[21] != first[21]
    assert not subject.masklet()["track"]["stale"]

    subject.ann.delete(f"{subject.url}/prompts/22")
    assert subject.masklet()["track"]["stale_spans"] == [[15, 29]], "only up to the lock"
    result = subject.track()
    assert result == {"pictures": CLIP_PICTURES, "followed": 15, "copied": 15}
    third = subject.masks()
    assert third[:15] == second[:15]


def test_the_same_prompts_and_locks_give_the_same_masks(subject: Subject) -> None:
    subject.put(3)
    subject.track()
    subject.lock([10, 14])
    subject.track()
    wanted = subject.masks()
    subject.put(22, x=8)
    subject.track()
    subject.ann.delete(f"{subject.url}/prompts/22")
    subject.track()
    assert [f["counts"] for f in subject.masks()] == [f["counts"] for f in wanted]


def test_a_lock_follows_a_lock_and_unlocking_is_undone(subject: Subject) -> None:
    subject.put(3)
    subject.track()
    first = subject.masks()
    subject.lock([10, 14])
    # Locks say nothing against the masks that are there: the next span needs no track in between.
    assert subject.lock([10, 14], [20, 24])["locks"] == [[10, 14], [20, 24]]
    subject.put(17, x=8)
    subject.track()
    second = subject.masks()
    assert [second[p] for p in (10, 14, 20, 24)] == [first[p] for p in (10, 14, 20, 24)]
    unlocked = subject.lock([20, 24])
    assert unlocked["track"]["stale_spans"] == [[4, 16]]
    again = subject.lock([10, 14], [20, 24])
    assert (again["locks"], again["track"]["stale"]) == ([[10, 14], [20, 24]], False), "the same masks as before"


def test_what_is_wholly_locked_is_handed_in_without_a_track(subject: Subject) -> None:
    subject.put(3)
    subject.put(20)
    subject.track()
    masks = subject.masks()
    assert subject.lock([0, 9])["track"]["stale"], "from its end on it would be followed from there"
    masklet = subject.lock([0, CLIP_PICTURES - 1])
    track = masklet["track"]
    assert (track["version"], track["state"], track["stale"], track["job_id"]) == (2, "done", False, None)
    assert subject.masks() == masks
    assert subject.run_jobs() == 0
    again = subject.lock([0, CLIP_PICTURES - 1])
    assert again["track"]["version"] == 2, "asked twice, made once"
    unlocked = subject.lock([0, 12])
    assert unlocked["track"]["stale"] and subject.submit().status_code == 422
    assert subject.lock([0, CLIP_PICTURES - 1])["track"]["stale"] is False
    assert subject.submit().status_code == 200


def test_spans_that_touch_are_one_when_their_masks_are_of_one_track(subject: Subject) -> None:
    subject.put(3)
    subject.track()
    assert subject.lock([12, 14], [10, 11], [13, 16])["locks"] == [[10, 16]]
    subject.put(25)
    subject.track()
    masks = subject.masks()
    # What stays locked keeps the track it came from, what is new takes the present one: they touch, and stay apart.
    masklet = subject.lock([8, 20])
    assert masklet["locks"] == [[8, 9], [10, 16], [17, 20]]
    subject.put(22, x=8)
    subject.track()
    assert subject.masks()[8:21] == masks[8:21]
    assert subject.lock([9, 12], [15, 15])["locks"] == [[9, 9], [10, 12], [15, 15]]
    assert subject.lock()["locks"] == []


def test_a_lock_where_the_subject_is_absent(subject: Subject) -> None:
    subject.put(3)
    subject.absent(10)
    subject.put(20)
    subject.track()
    assert subject.masklet()["track"]["presence"] == [[0, 9], [20, 29]]
    subject.lock([8, 12])
    subject.ann.delete(f"{subject.url}/prompts/20")
    subject.track()
    frames = subject.masks()
    assert [f["counts"] is None for f in frames[8:13]] == [False, False, True, True, True]
    presence = subject.masklet()["track"]["presence"]
    assert presence[0] == [0, 9]
    assert all(frame["counts"] is None for frame in frames[13:]), "absence goes on until a prompt or a locked mask"


def test_a_prompt_in_a_lock_is_refused(subject: Subject) -> None:
    subject.put(3)
    subject.put(12)
    subject.track()
    subject.lock([10, 14])
    for picture in (10, 12, 14):
        answer = subject.ann.put(f"{subject.url}/prompts/{picture}", json=subject.click(picture))
        assert (answer.status_code, answer.json()["type"]) == (409, "picture_locked")
        assert answer.json()["field"] == "picture"
        assert "pictures 10 to 14" in answer.json()["detail"] and "unlock" in answer.json()["detail"]
    assert subject.ann.delete(f"{subject.url}/prompts/12").status_code == 409
    assert [p["picture"] for p in subject.masklet()["prompts"]] == [3, 12]
    assert subject.ann.put(f"{subject.url}/prompts/15", json=subject.click(15)).status_code == 200
    subject.lock()
    assert subject.ann.delete(f"{subject.url}/prompts/12").status_code == 200


@pytest.mark.parametrize("spans", [[[5, 30]], [[8, 7]], [[-1, 4]]])
def test_a_span_that_cannot_be(subject: Subject, spans: list[list[int]]) -> None:
    subject.put(3)
    subject.track()
    answer = subject.ann.put(f"{subject.url}/locks", json={"spans": [[1, 2], *spans]})
    assert (answer.status_code, answer.json()["type"], answer.json()["field"]) == (422, "lock_refused", "spans.1")
    assert subject.masklet()["locks"] == []


def test_without_masks_of_the_present_prompts_nothing_is_locked(subject: Subject) -> None:
    answer = subject.ann.put(f"{subject.url}/locks", json={"spans": [[1, 2]]})
    assert (answer.status_code, answer.json()["type"], answer.json()["field"]) == (409, "nothing_to_lock", "spans")
    subject.put(3)
    subject.track()
    subject.put(20)
    stale = subject.masklet()["track"]["stale_spans"]
    assert stale == [[4, 29]]
    answer = subject.ann.put(f"{subject.url}/locks", json={"spans": [[0, 6]]})
    assert answer.status_code == 409
    assert "pictures 4 to 6" in answer.json()["detail"]
    assert subject.masklet()["locks"] == []
    assert subject.lock([0, 3])["locks"] == [[0, 3]]


def test_a_track_that_began_without_the_lock_never_takes_its_place(
    subject: Subject, run_jobs: Callable[..., int]
) -> None:
    subject.put(3)
    subject.track()
    first = subject.masks()
    subject.put(25)
    begun = subject.ann.post(f"{subject.url}/tracks", json={}).json()
    subject.lock([0, 3])
    run_jobs()
    tracks = subject.ann.get(f"{subject.url}/tracks").json()["items"]
    assert [(t["version"], t["state"]) for t in tracks] == [(2, "cancelled"), (1, "done")]
    assert tracks[0]["id"] == begun["id"]
    assert subject.masks() == first


def test_locks_alone_are_enough_to_follow_from(subject: Subject) -> None:
    subject.put(3)
    subject.track()
    locked = subject.masks()[2:5]
    subject.lock([3, 4])
    masklet = subject.lock([4, 4])
    subject.ann.delete(f"{subject.url}/prompts/3")
    assert subject.masklet()["prompts"] == []
    assert masklet["locks"] == [[4, 4]]
    subject.track()
    frames = subject.masks()
    assert len(frames) == CLIP_PICTURES
    assert frames[4] == locked[2]
    assert rle.area(rle.Rle(CLIP_SIZE[1], CLIP_SIZE[0], frames[5]["counts"])) > 0
    assert not subject.masklet()["track"]["stale"]
    assert subject.submit().status_code == 200


def test_a_track_that_is_stopped_while_it_stores_its_masks_loses_none(
    subject: Subject, run_jobs: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever locks, restores or follows anew holds the masklet and then cancels: no dead end with the job."""
    subject.put(3)
    assert subject.ann.post(f"{subject.url}/tracks", json={}).status_code == 202
    locked = threading.Event()

    def stop() -> None:
        with subject.world.parts.database.begin() as session:
            masklet = session.get_one(Masklet, UUID(subject.id))
            session.refresh(masklet, with_for_update=True)
            locked.set()
            time.sleep(2)  # until the job waits for the masklet
            end_newest(session, masklet)

    real = jobs.pack
    with ThreadPoolExecutor(1) as pool:
        stopping: list[Any] = []

        def packed(*given: Any) -> bytes:
            stopping.append(pool.submit(stop))
            assert locked.wait(30)
            return real(*given)

        monkeypatch.setattr(jobs, "pack", packed)
        run_jobs()
        stopping[0].result()
    [track] = subject.ann.get(f"{subject.url}/tracks").json()["items"]
    assert (track["state"], track["pictures_done"], track["current"]) == ("done", CLIP_PICTURES, True)
    assert len(subject.masks()) == CLIP_PICTURES


def test_a_locked_mask_that_is_too_ragged_to_follow_from(
    subject: Subject, run_jobs: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    subject.put(3)
    subject.track()
    subject.lock([10, 14])
    monkeypatch.setattr(said, "MAX_COUNTS", 8)
    begun = subject.ann.post(f"{subject.url}/tracks", json={}).json()
    run_jobs()
    with subject.world.parts.database.read() as session:
        job = session.get_one(Job, UUID(begun["job_id"]))
        assert (job.state, job.attempts) == (JobState.FAILED, 1), "trying again is no use"
        assert "the locked mask of picture 10 is too ragged" in (job.error or "")
