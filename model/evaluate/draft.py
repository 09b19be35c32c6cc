"""`python -m model.evaluate.draft draft.json`: what a network answers to the rows of a release, a line each.

Drafts for people to verify and improve, and for preferences (`dpo.drafts`): a person's answer against the network's.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Literal

from pydantic import Field

from model.config import ConfigError, Frozen
from model.data.conversations import SAMPLED_FRAMES, Kind
from model.data.pictures import Pictures, View
from model.data.rejects import Rejects
from model.data.release import Split, open_release
from model.data.samples import Sample, read_samples
from model.distributed import device_of
from model.evaluate.benchmark import Item
from model.evaluate.command import command
from model.evaluate.generate import answer
from model.opening import open_network
from model.progress import Progress, write_atomically
from model.stopping import StopRequestedError

DRAFTS: Final = "drafts.jsonl"
_ORIGIN: Final = "origin.json"
_AT_ONCE: Final = 64
"""Rows that are answered before their drafts are written down."""


class Drafting(Frozen):
    """What draft.json says: a network, a release, which rows, and where the drafts go."""

    checkpoint: Path
    release: Path
    out: Path
    split: Split = "train"
    tasks: tuple[Kind, ...] = ("fgqa", "sgqa", "rcap", "rtloc", "rdcap", "mcq")
    """Of rows about a video; the first question of each is answered."""
    limit: int | None = Field(default=None, ge=1)
    max_new_tokens: int = Field(default=256, ge=1, le=4096)
    batch: int = Field(default=4, ge=1)
    frames: int = Field(default=SAMPLED_FRAMES, ge=1, le=SAMPLED_FRAMES)
    device: Literal["auto", "cpu", "cuda"] = "auto"
    release_sha256: str = ""
    code_version: str = ""


def draft(drafting: Drafting, *, should_stop: Callable[[], bool] = lambda: False) -> int:
    """Write `out/drafts.jsonl`; how many there are. Started again it goes on where it was stopped or killed.

    A line has `id`, `task`, `prompt`, `draft`, and the row's own `answer`. Rows that cannot be used, and clips that
    cannot be decoded, are counted in status.json. On any error status.json says `failed` and why, and it is raised;
    StopRequestedError when asked to stop; ConfigError where `out` holds drafts of something else.
    """
    drafting.out.mkdir(parents=True, exist_ok=True)
    progress = Progress(drafting.out)
    try:
        return _draft(drafting, progress, should_stop)
    except StopRequestedError as error:
        progress.status("stopped", progress.step, progress.steps, str(error))
        raise
    except BaseException as error:
        progress.failed(str(error) or type(error).__name__)
        raise


def _draft(drafting: Drafting, progress: Progress, should_stop: Callable[[], bool]) -> int:
    progress.status("running", 0, 0, "reading the release")
    if pictured := {"image", "text"} & set(drafting.tasks):
        raise ConfigError(f"tasks: {min(pictured)} rows are about no video, so they get no draft")
    device = device_of(drafting.device)
    release = open_release(drafting.release, expected_sha256=drafting.release_sha256 or None)
    _claim(drafting, release.sha256)
    rejects = Rejects(max_share=1.0)
    samples = read_samples(release, drafting.split, drafting.tasks, rejects)[: drafting.limit]
    known = _kept_lines(drafting.out / DRAFTS)
    # Those of one clip together: it is decoded and encoded once for all of them.
    left = sorted((sample for sample in samples if sample.id not in known), key=lambda sample: sample.clip_key)
    done = len(samples) - len(left)
    progress.status("running", done, len(samples), "loading the network")
    network = open_network(drafting.checkpoint)
    network.network.to(device)
    view = View(size=network.image_size, frames=drafting.frames)
    with Pictures(view, folder=drafting.out / "pictures", goes=True, processes=0) as pictures:
        for start in range(0, len(left), _AT_ONCE):
            if should_stop():
                raise StopRequestedError("stopped on request; start again to go on")
            chosen = _decodable(left[start : start + _AT_ONCE], pictures, rejects)
            items = [Item(one.id, one, one.prompt, drafting.max_new_tokens, {}) for one in chosen]
            texts = answer(network, items, pictures, batch=drafting.batch)
            with (drafting.out / DRAFTS).open("a", encoding="utf-8") as file:
                file.writelines(map(_line, chosen, texts))
            known |= dict(zip((one.id for one in chosen), texts, strict=True))
            done = min(len(samples), done + _AT_ONCE)
            progress.status("running", done, len(samples), "answering")
    told = f"; left out: {rejects.describe()}" if rejects.counts else ""
    progress.status("done", len(samples), len(samples), f"{len(known)} drafts{told}")
    return len(known)


def read_drafts(path: Path) -> dict[str, str]:
    """The draft of each row's id. ConfigError when the file cannot be read or understood."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        found = [json.loads(line) for line in lines]
        return {str(one["id"]): str(one["draft"]) for one in found}
    except OSError as error:
        raise ConfigError(f"dpo.drafts: {path} cannot be read ({error.strerror})") from error
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"dpo.drafts: {path} is no file of drafts: no id and draft a line ({error})") from error


def _claim(drafting: Drafting, release_sha256: str) -> None:
    """Drafts of two networks or releases are not mixed in one folder."""
    said = drafting.model_dump(mode="json", include={"split", "max_new_tokens", "frames"})
    origin = {"checkpoint": str(drafting.checkpoint.absolute()), "release_sha256": release_sha256, **said}
    place = drafting.out / _ORIGIN
    if not place.exists():
        write_atomically(place, json.dumps(origin, indent=2) + "\n")
    elif json.loads(place.read_text(encoding="utf-8")) != origin:
        raise ConfigError(f"out: {drafting.out} holds drafts of another network, release or split; name another folder")


def _kept_lines(path: Path) -> dict[str, str]:
    """The drafts that are there already; a line that a kill cut short is taken away."""
    if not path.exists():
        return {}
    text = path.read_text(encoding="utf-8")
    whole = text[: text.rfind("\n") + 1]
    if whole != text:
        write_atomically(path, whole)
    return read_drafts(path)


def _decodable(samples: Sequence[Sample], pictures: Pictures, rejects: Rejects) -> list[Sample]:
    looked_at = {one.clip_key: pictures.trouble(one) for one in samples}
    for one in samples:
        if (trouble := looked_at[one.clip_key].result()) is not None:
            rejects.add("broken_clip", f"{one.id}: {trouble}")
    return [one for one in samples if looked_at[one.clip_key].result() is None]


def _line(sample: Sample, text: str) -> str:
    told = {"id": sample.id, "task": sample.task, "prompt": sample.prompt, "draft": text, "answer": sample.answer}
    return json.dumps(told, ensure_ascii=False) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. 0: done; 75 (try again): stopped on request, and goes on; 2: refused, with the reason."""

    def work(description: bytes, should_stop: Callable[[], bool]) -> None:
        draft(Drafting.model_validate_json(description), should_stop=should_stop)

    return command("draft", __doc__, "draft.json", work, arguments)


if __name__ == "__main__":
    sys.exit(main())
