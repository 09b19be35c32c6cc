"""`vidgrain demo`: a site with one project of each kind, people of each role and clips that the program renders itself.

Everything goes through the REST API, as people's browsers do: what the demo shows, the product did. The clips' truth is
known, so some tasks are worked by demo people (clicks, tracks, captions, answers, reviews) and a release can be built
at once; the others are left open for you.
"""

from __future__ import annotations

import json
import os
import secrets
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from annotator.video.samples import SAMPLES, Sample, Truth, render
from server.client import Client
from server.demo.work import Workers

PEOPLE = (
    ("admin", "Ada Admin", "admin"),
    ("lead", "Lena Lead", "lead"),
    ("rhea", "Rhea Reviewer", "reviewer"),
    ("ann", "Ann Annotator", "annotator"),
    ("ben", "Ben Annotator", "annotator"),
    ("cho", "Cho Annotator", "annotator"),
    ("you", "You", "annotator"),
)
"""Log-in name, name, role; `you` has done nothing yet, so that every task is open to them."""

WORKED = 2
"""Clips that demo people finish; a release needs two videos to have both a training and a test part."""

VIDEO_SUFFIXES = (".mp4", ".mov", ".mkv", ".webm", ".avi", ".m4v")
Say = Callable[[str], None]


@dataclass(frozen=True)
class Account:
    """A demo person's log-in."""

    email: str
    name: str
    role: str
    password: str


def accounts(folder: Path) -> list[Account]:
    """The demo's people. Passwords are drawn once and kept in the data folder, readable by its owner alone."""
    path = folder / "demo-accounts.json"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        people = [
            {"email": f"{short}@demo.local", "name": name, "role": role, "password": f"demo-{secrets.token_hex(4)}"}
            for short, name, role in PEOPLE
        ]
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            json.dump(people, file)
    return [Account(**person) for person in json.loads(path.read_text())]


class Demo:
    """Furnishes a running site. Every step looks first whether it is done, so that a second start adds nothing."""

    def __init__(self, address: str, folder: Path, clips: Path | None, say: Say) -> None:
        """`folder` is the site's data folder; `clips` holds your own videos, None renders the samples."""
        self.people = {account.email.partition("@")[0]: account for account in accounts(folder)}
        self.address, self.folder, self.clips, self.say = address, folder, clips, say
        self.admin = self.client("admin")

    def furnish(self) -> None:
        """Make projects, members and clips; work a part of the samples' tasks."""
        done = self.folder / "demo-furnished"
        if done.exists() and self.clips is None:
            return
        stc = self._project("Park and yard", "stc", STC_GUIDELINE)
        fgqa = self._project("How is it done", "fgqa", FGQA_GUIDELINE)
        if self.clips is not None:
            self._import([stc, fgqa], self._own_clips(self.clips), {})
            return
        with tempfile.TemporaryDirectory() as scratch:
            truths = {f"{sample.name}.mp4": self._render(sample, Path(scratch)) for sample in SAMPLES}
            videos = self._import([stc, fgqa], [Path(scratch) / name for name in truths], truths)
        names = list(truths)
        self._ask(fgqa, videos, {name: truths[name] for name in names[:WORKED]})
        worked = {videos[name]["id"]: (name, truths[name]) for name in names[:WORKED]}
        Workers(self.client, self.say, stc, fgqa, worked).run()
        # Asked last, so that the demo people, who take what comes first, leave them to you.
        self._ask(fgqa, videos, {name: truths[name] for name in names[WORKED:]})
        done.touch()

    def client(self, short: str) -> Client:
        """A connection of the demo person with this log-in name."""
        client = Client(self.address)
        account = self.people[short]
        client.log_in(account.email, account.password)
        return client

    def _project(self, name: str, kind: str, guideline: str) -> str:
        found = [item for item in self.admin.get("/projects")["items"] if item["name"] == name]
        if found:
            return str(found[0]["id"])
        self.say(f"Project “{name}”")
        project = self.admin.post("/projects", {"name": name, "kind": kind, "review_share": 1.0})
        self.admin.put(f"/projects/{project['id']}/guideline", {"text": guideline})
        users = {user["email"]: user["id"] for user in self.admin.get("/users", limit=200)["items"]}
        for account in self.people.values():
            role = "lead" if account.role == "admin" else account.role
            self.admin.put(f"/projects/{project['id']}/members/{users[account.email]}", {"role": role})
        return str(project["id"])

    def _own_clips(self, folder: Path) -> list[Path]:
        found = sorted(path for path in folder.iterdir() if path.suffix.lower() in VIDEO_SUFFIXES)
        if not found:
            self.say(f"No video in {folder}: looked for {', '.join(VIDEO_SUFFIXES)}")
        return found

    def _render(self, sample: Sample, scratch: Path) -> Truth:
        self.say(f"Rendering “{sample.title}”")
        return render(sample, scratch / f"{sample.name}.mp4")

    def _import(self, projects: Sequence[str], paths: Sequence[Path], truths: dict[str, Truth]) -> dict[str, Any]:
        """Upload to every project (the second upload of the same bytes is the same video); wait until playable."""
        videos: dict[str, Any] = {}
        for project in projects:
            for path in paths:
                self.say(f"Importing {path.name}")
                videos[path.name] = self.admin.upload(project, path)
        for name, video in videos.items():
            settled = self.admin.wait(
                f"/videos/{video['id']}",
                until=lambda answer: answer["state"] in ("ready", "refused", "failed"),
                seconds=600,
            )
            videos[name] = settled
            if settled["state"] != "ready":
                self.say(f"{name} was not imported: {settled['reason']}")
            elif name in truths and settled["pictures"] != len(truths[name].times):
                raise RuntimeError(f"{name} has {settled['pictures']} pictures after import, not those that were drawn")
        return videos

    def _ask(self, project: str, videos: dict[str, Any], truths: dict[str, Truth]) -> None:
        """One segment a clip with all its questions, some with a draft to verify."""
        known = {segment["video_id"] for segment in self.admin.get(f"/projects/{project}/segments", limit=200)["items"]}
        for name, truth in truths.items():
            video = videos[name]
            if video["id"] in known:
                continue
            body = {
                "video_id": video["id"],
                "picture_start": 0,
                "picture_end": video["pictures"] - 1,
                "what": next(sample.title for sample in SAMPLES if name == f"{sample.name}.mp4"),
                "questions": [
                    {"text": asked.question, "q_type": str(asked.q_type), "draft": asked.draft_answer}
                    for asked in truth.questions
                ],
            }
            self.admin.post(f"/projects/{project}/segments", body)


STC_GUIDELINE = """\
## What to follow
One subject with several evolving actions: a person, an animal, a thing that moves.

## Captions
- Major actions only: what moves, how, and in which direction.
- Only what is visible. No guesses such as "probably" or "seems".
- One caption for each event; events follow each other without a gap while the subject is visible.
"""

FGQA_GUIDELINE = """\
## Answering
- Watch the whole clip first.
- Cover every detail that the question asks for: what, where, in which order, how fast.
- Reject a draft that is wrong (incorrect) or too thin (lacks detail); reject a question that the clip does not
  answer (unanswerable) or that is not about it (irrelevant).
"""
