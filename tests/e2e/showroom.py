"""A site at work: finished clips, and one task of each kind in somebody's hands. For pictures of the screens."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from annotator.video.samples import SAMPLES, Truth
from server.client import Client
from server.demo.furnish import FGQA_GUIDELINE, STC_GUIDELINE
from server.demo.work import Workers, covering, on_grid, prompts, put
from tests.e2e import rendered
from tests.e2e.receiver import receiver
from tests.e2e.site import Site, next_task

RATE = 12
"""Pictures a second of the clips: enough to look at, and quick to follow."""
FINISHED, STARTED = ("fox", "table"), ("street", "pond")
SMOKE = {"steps": 16, "checkpoint_every": 16, "validate_every": 16, "batch_samples": 2}


@dataclass
class Showroom:
    """`places` are addresses below the site's, by screen, with who looks at them."""

    site: Site
    folder: Path
    places: dict[str, tuple[str, str]] = field(default_factory=dict)
    truths: dict[str, Truth] = field(default_factory=dict)

    def furnish(self, *, train: bool) -> None:
        """Some minutes: clips are rendered, imported, followed, captioned, verified, answered, reviewed, released."""
        site = self.site
        stc, fgqa = site.project("stc", "Park and yard"), site.project("fgqa", "How is it done")
        lead = site.client("lead")
        lead.put(f"/projects/{stc}/guideline", {"text": STC_GUIDELINE})
        lead.put(f"/projects/{fgqa}/guideline", {"text": FGQA_GUIDELINE})
        workers = Workers(site.client, print, stc, fgqa, self._clips((stc, fgqa), FINISHED))
        workers.run()
        # Before there are other clips, whose tasks would come first.
        self._another_caption(workers)
        workers.clips = self._clips((stc, fgqa), STARTED)
        self._captions(workers)
        self._subject(stc)
        self._questions(workers)
        release = self._told(stc)
        self._pages(stc, fgqa, str(release["id"]))
        if train:
            body = {"release_id": release["id"], "recipe": "smoke_cpu", "overrides": SMOKE}
            run = lead.post("/runs", body)
            lead.wait(f"/runs/{run['id']}", until=lambda told: told["state"] in ("done", "failed"), seconds=900)
            self.places["run"] = ("lead", f"/runs/{run['id']}")

    def _clips(self, projects: tuple[str, str], names: tuple[str, ...]) -> dict[str, tuple[str, Truth]]:
        """Import samples into both projects, with their questions as a segment: name and truth by video."""
        clips = {}
        for name in names:
            path, truth = rendered.write(name, RATE, self.folder)
            for project in projects:
                video = self.site.import_clip(project, path)
                assert video["state"] == "ready", video
            clips[video["id"]] = (name, truth)
            self.truths[name] = truth
            questions = [
                {"text": asked.question, "q_type": str(asked.q_type), "draft": asked.draft_answer}
                for asked in truth.questions
            ]
            title = next(sample.title for sample in SAMPLES if sample.name == name)
            body = {"video_id": video["id"], "picture_start": 0, "picture_end": video["pictures"] - 1, "what": title}
            self.site.client("lead").post(f"/projects/{projects[1]}/segments", body | {"questions": questions})
        return clips

    def _captions(self, workers: Workers) -> None:
        """The one that was captioned is verified, for the review; then one masklet of a clip waits to be verified, and
        another one is half captioned."""
        site, truth, project = self.site, self.truths[STARTED[0]], workers.stc
        workers._choose(site.client("ann"), next_task(site.client("ann"), project, "stc_subject"), truth)
        ben, cho, dan, rhea = (site.client(name) for name in ("ben", "cho", "dan", "rhea"))
        workers._caption(ben, next_task(ben, project, "stc_caption"), truth)
        verify = next_task(cho, project, "stc_verify")
        events = cho.get(f"/tasks/{verify['id']}/document")["body"]["events"]
        first = min(events.values(), key=lambda event: int(event["grid_start"]))
        put(cho, verify, "events", [first | {"caption": first["caption"].replace(".", " without a stop.")}])
        workers._accept(cho, verify, truth)
        self.places["compare"] = ("lead", f"/compare/{verify['id']}")
        self.places["review"] = ("rhea", f"/work/{next_task(rhea, project, 'stc_review')['id']}")
        self.places["verify"] = ("cho", f"/work/{next_task(cho, project, 'stc_verify')['id']}")
        self._half_captioned(dan, next_task(dan, project, "stc_caption"), truth)

    def _another_caption(self, workers: Workers) -> None:
        """Of one more clip, which has a single subject: it is the first one to be verified."""
        ann, ben = (self.site.client(name) for name in ("ann", "ben"))
        path, truth = rendered.write("fox", RATE // 2, self.folder)
        video = self.site.import_clip(workers.stc, path)
        assert video["state"] == "ready", video
        workers._choose(ann, next_task(ann, workers.stc, "stc_subject"), truth)
        workers._caption(ben, next_task(ben, workers.stc, "stc_caption"), truth)

    def _half_captioned(self, client: Client, task: Any, truth: Truth) -> None:
        [masklet] = client.get(f"/tasks/{task['id']}/masklets")["items"]
        grid = client.get(f"/videos/{task['video_id']}/frames")["grid"]
        runs = masklet["track"]["presence"]
        visible = [any(start <= picture <= end for start, end in runs) for picture in grid]
        subject = next(found for found in truth.subjects if found.label == masklet["label"])
        records = [
            {"id": f"e{number}", "grid_start": start, "grid_end": end, "caption": caption if number == 0 else ""}
            for number, (start, end, caption) in enumerate(covering(on_grid(subject.events, grid), visible))
        ]
        if len(records) == 1:
            first, last = int(str(records[0]["grid_start"])), int(str(records[0]["grid_end"]))
            cut = (first + last) // 2
            records.append(records[0] | {"id": "e1", "grid_start": cut + 1})
            records[0]["grid_end"] = cut
        records[1]["caption"] = "It probably goes on as before."
        put(client, task, "events", records)
        self.places["caption"] = ("dan", f"/work/{task['id']}")

    def _subject(self, project: str) -> None:
        """Of another clip: one subject that was followed, and the next one just begun."""
        ann, truth = self.site.client("ann"), self.truths[STARTED[1]]
        task = next_task(ann, project, "stc_subject")
        first, *more = truth.subjects
        masklet = ann.post(f"/tasks/{task['id']}/masklets", {"label": first.label})
        for prompt in prompts(first.masks, 2 * RATE):
            ann.put(f"/masklets/{masklet['id']}/prompts/{prompt['picture']}", prompt)
        track = ann.post(f"/masklets/{masklet['id']}/tracks", {})
        ann.wait(f"/jobs/{track['job_id']}", until=lambda job: job["state"] in ("done", "failed"), seconds=300)
        for subject in more[:1]:
            other = ann.post(f"/tasks/{task['id']}/masklets", {"label": subject.label})
            prompt = next(prompts(subject.masks, 2 * RATE))
            ann.put(f"/masklets/{other['id']}/prompts/{prompt['picture']}", prompt)
        self.places["subject"] = ("ann", f"/work/{task['id']}")

    def _questions(self, workers: Workers) -> None:
        """A segment that is being answered, and one that is being reviewed."""
        ben, dan, rhea = (self.site.client(name) for name in ("ben", "dan", "rhea"))
        task = next_task(ben, workers.fgqa, "fgqa_answer")
        workers._answer(ben, task, workers.clips[task["video_id"]][1])
        self.places["fgqa-review"] = ("rhea", f"/work/{next_task(rhea, workers.fgqa, 'fgqa_review')['id']}")
        task = next_task(dan, workers.fgqa, "fgqa_answer")
        questions = dan.get(f"/tasks/{task['id']}/document")["body"]["questions"]
        drafted = [key for key, question in questions.items() if question["draft"] is not None]
        records: list[dict[str, Any]] = [{"id": drafted[0], "verdict": "accept"}]
        if len(drafted) > 1:
            records.append({"id": drafted[1], "verdict": "reject", "reason": "incorrect"})
        put(dan, task, "answers", records)
        self.places["fgqa"] = ("dan", f"/work/{task['id']}")

    def _told(self, stc: str) -> dict[str, Any]:
        """A release, of which two programs are told: one takes it, and one is in trouble."""
        lead = self.site.client("lead")
        with receiver() as takes, receiver() as refuses:
            refuses.status = 503
            for name, url in (("Training cluster", takes.url), ("Wall display", refuses.url)):
                lead.post(f"/projects/{stc}/webhooks", {"url": url, "name": name, "events": ["release.ready"]})
            release: dict[str, Any] = lead.post(
                f"/projects/{stc}/releases", {"name": "First collection", "test_share": 0.5}
            )
            ready = lead.wait(f"/releases/{release['id']}", until=lambda made: made["state"] != "building", seconds=300)
            assert ready["state"] == "ready", ready
            lead.wait(
                f"/projects/{stc}/webhooks",
                until=lambda hooks: all(hook["delivered_at"] or hook["failing_since"] for hook in hooks),
                seconds=60,
            )
        return release

    def _pages(self, stc: str, fgqa: str, release: str) -> None:
        self.places |= {
            "my-work": ("ben", "/"),
            "account": ("ben", "/account"),
            "projects": ("lead", "/projects"),
            "overview": ("lead", f"/projects/{stc}"),
            "videos": ("lead", f"/projects/{stc}/videos"),
            "segments": ("lead", f"/projects/{fgqa}/segments"),
            "tasks": ("lead", f"/projects/{stc}/tasks"),
            "reviews": ("lead", f"/projects/{stc}/reviews"),
            "quality": ("lead", f"/projects/{stc}/quality"),
            "people": ("lead", f"/projects/{stc}/people"),
            "releases": ("lead", f"/projects/{stc}/releases"),
            "release": ("lead", f"/projects/{stc}/releases/{release}"),
            "webhooks": ("lead", f"/projects/{stc}/webhooks"),
            "runs": ("lead", "/runs"),
            "jobs": ("admin", "/jobs"),
            "users": ("admin", "/users"),
            "look": ("ben", "/look"),
            # The caption screen's other faces.
            "table": self.places["caption"],
            "keys": self.places["caption"],
            "palette": self.places["caption"],
        }
