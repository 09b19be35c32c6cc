"""What the demo's people do: they lease tasks and work them over the REST API, from the truth of the rendered clips."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from uuid import uuid4

from annotator.masklet import rle
from annotator.video.samples import Truth
from server.client import Client

KEYFRAME_SECONDS = 2.0
"""How often demo people set a keyframe; about what the weight-free propagator needs."""


class Workers:
    """One workflow step after the other, each by another person, until nothing of the clips in hand is left."""

    def __init__(
        self,
        client: Callable[[str], Client],
        say: Callable[[str], None],
        stc: str,
        fgqa: str,
        clips: Mapping[str, tuple[str, Truth]],
    ) -> None:
        """`client` logs a demo person in by name; `clips` are name and truth of the clips to work on, by video id."""
        self.client, self.say, self.stc, self.fgqa, self.clips = client, say, stc, fgqa, clips

    def run(self) -> None:
        """Subjects, captions, verification and review of the STC project; answers and review of the FGQA project."""
        steps: list[tuple[str, str, str, Callable[[Client, Any, Truth], None]]] = [
            ("ann", self.stc, "stc_subject", self._choose),
            ("ben", self.stc, "stc_caption", self._caption),
            ("cho", self.stc, "stc_verify", self._accept),
            ("rhea", self.stc, "stc_review", self._accept),
            ("ann", self.fgqa, "fgqa_answer", self._answer),
            ("ben", self.fgqa, "fgqa_answer", self._answer),
            ("rhea", self.fgqa, "fgqa_review", self._accept),
        ]
        for who, project, kind, work in steps:
            client = self.client(who)
            for task in self._tasks(client, project, kind):
                name, truth = self.clips[task["video_id"]]
                self.say(f"{who} works on {name}: {kind}")
                work(client, task, truth)

    def _tasks(self, client: Client, project: str, kind: str) -> Iterator[Any]:
        """Lease until nothing is left; tasks come in the order of import, so a foreign clip is the end."""
        while task := client.post(f"/projects/{project}/tasks/next", {"kinds": [kind]}):
            if task["video_id"] not in self.clips:
                client.post(f"/tasks/{task['id']}/release")
                return
            yield task

    def _choose(self, client: Client, task: Any, truth: Truth) -> None:
        known = {masklet["label"] for masklet in client.get(f"/tasks/{task['id']}/masklets")["items"]}
        every = max(1, round(len(truth.times) / float(truth.times[-1]) * KEYFRAME_SECONDS))
        for subject in truth.subjects:
            if subject.label in known:
                continue
            masklet = client.post(f"/tasks/{task['id']}/masklets", {"label": subject.label})
            for prompt in prompts(subject.masks, every):
                client.put(f"/masklets/{masklet['id']}/prompts/{prompt['picture']}", prompt)
        for masklet in client.get(f"/tasks/{task['id']}/masklets")["items"]:
            track = client.post(f"/masklets/{masklet['id']}/tracks", {})
            client.wait(f"/jobs/{track['job_id']}", until=lambda job: job["state"] in ("done", "failed"), seconds=300)
        document = client.get(f"/tasks/{task['id']}/document")
        client.post(f"/tasks/{task['id']}/submit", {"revision": document["revision"]})

    def _caption(self, client: Client, task: Any, truth: Truth) -> None:
        masklets = client.get(f"/tasks/{task['id']}/masklets")["items"]
        masklet = next(item for item in masklets if item["id"] == task["masklet_id"])
        subject = next(item for item in truth.subjects if item.label == masklet["label"])
        grid = client.get(f"/videos/{task['video_id']}/frames")["grid"]
        runs = masklet["track"]["presence"]
        visible = [any(start <= picture <= end for start, end in runs) for picture in grid]
        records = [
            {"id": f"e{number}", "grid_start": start, "grid_end": end, "caption": caption}
            for number, (start, end, caption) in enumerate(covering(on_grid(subject.events, grid), visible))
        ]
        client.post(f"/tasks/{task['id']}/submit", {"revision": put(client, task, "events", records)})

    def _answer(self, client: Client, task: Any, truth: Truth) -> None:
        right = {asked.question: asked for asked in truth.questions}
        document = client.get(f"/tasks/{task['id']}/document")
        records: list[dict[str, Any]] = []
        for question_id, question in document["body"]["questions"].items():
            known = right[question["text"]]
            if question["draft"] is None:
                records.append({"id": question_id, "verdict": "write", "text": known.answer})
            elif alike(question["draft"], known.answer):
                records.append({"id": question_id, "verdict": "accept"})
            else:
                thin = len(question["draft"]) < len(known.answer) / 3
                reason = "lacks_detail" if thin else "incorrect"
                records.append({"id": question_id, "verdict": "reject", "reason": reason})
        client.post(f"/tasks/{task['id']}/submit", {"revision": put(client, task, "answers", records)})

    def _accept(self, client: Client, task: Any, _truth: Truth) -> None:
        document = client.get(f"/tasks/{task['id']}/document")
        body = {"revision": document["revision"], "verdict": "accept", "reasons": [], "comment": ""}
        client.post(f"/tasks/{task['id']}/decision", body)


def put(client: Client, task: Any, collection: str, records: Sequence[dict[str, Any]]) -> int:
    """Save records into the task's document as one batch of operations; returns the new revision."""
    document = client.get(f"/tasks/{task['id']}/document")
    operations = [
        {"id": uuid4().hex, "verb": "put", "collection": collection, "record_id": record["id"], "record": record}
        for record in records
    ]
    headers = {"If-Match": f'"{document["revision"]}"'}
    answer = client.patch(f"/documents/{document['id']}", {"operations": operations}, headers)
    return int(answer["revision"])


def alike(draft: str, answer: str) -> bool:
    """Whether a draft says what the answer says: seven of ten of its words stand in it."""
    words, wanted = set(draft.lower().strip(".").split()), set(answer.lower().strip(".").split())
    return len(words & wanted) >= 0.7 * len(wanted)


def prompts(masks: Sequence[Any], every: int) -> Iterator[dict[str, Any]]:
    """Keyframes as a careful person sets them: where the subject appears, each `every` pictures, where it leaves."""
    last: int | None = None
    for picture, mask in enumerate(masks):
        before = picture > 0 and masks[picture - 1] is not None
        if mask is not None and (not before or last is None or picture - last >= every):
            last = picture
            yield {"picture": picture, "counts": rle.encode(mask).counts}
        elif mask is None and (before or picture == 0):
            yield {"picture": picture, "absent": True}


def on_grid(events: Sequence[tuple[int, int, str]], grid: Sequence[int]) -> list[tuple[int, int, str]]:
    """Events in pictures as events in grid frames; one that lies between two grid frames is left out."""
    found = []
    for start, end, caption in events:
        inside = [k for k, picture in enumerate(grid) if start <= picture <= end]
        if inside:
            found.append((inside[0], inside[-1], caption))
    return found


def covering(events: Sequence[tuple[int, int, str]], visible: Sequence[bool]) -> list[tuple[int, int, str]]:
    """Stretch events forwards over frames in which the subject is still visible, the first one backwards as well."""
    found: list[tuple[int, int, str]] = []
    for number, (first, last, caption) in enumerate(events):
        limit = events[number + 1][0] if number + 1 < len(events) else len(visible)
        floor = found[-1][1] + 1 if found else 0
        start, end = first, last
        while start > floor and visible[start - 1]:
            start -= 1
        while end + 1 < limit and visible[end + 1]:
            end += 1
        found.append((start, end, caption))
    return found
