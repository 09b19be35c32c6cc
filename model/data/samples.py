"""The samples of a split: rows checked once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, cast

from model.data.conversations import Kind
from model.data.region_text import place_regions
from model.data.regions import Boxes
from model.data.rejects import Rejects, check_row
from model.data.release import Release, ReleaseError, Split


@dataclass(frozen=True)
class Sample:
    """One usable row of a conversation file."""

    id: str
    task: Kind
    clip: Path
    """The file with its pictures: a video, or the first of `images`. A text sample has none."""
    prompt: str
    answer: str
    boxes: Mapping[int, Sequence[float] | None] | None
    start_s: float | None
    end_s: float | None
    meta: Mapping[str, Any]
    more: tuple[tuple[str, str], ...] = ()
    """Further turns of the conversation: (prompt, answer) each."""
    images: tuple[Path, ...] = ()
    content: str = ""
    """Hash of the file's bytes, or of all images', as the release says it: what is cached belongs to it."""

    @property
    def media(self) -> Literal["video", "image", "text"]:
        """What it shows."""
        return self.task if self.task in ("image", "text") else "video"

    @property
    def turns(self) -> tuple[tuple[str, str], ...]:
        """All turns: (prompt, answer) each."""
        return ((self.prompt, self.answer), *self.more)

    @cached_property
    def clip_key(self) -> str:
        """Samples with the same key see the same pictures, on whatever machine and in whatever folder."""
        origin = self.content or [str(path) for path in (self.clip, *self.images)]
        boxes = self.boxes if isinstance(self.boxes, Boxes) else Boxes(self.boxes or {})
        shown = json.dumps([origin, self.start_s, self.end_s, boxes.digest])
        return hashlib.sha256(shown.encode()).hexdigest()


def read_samples(release: Release, split: Split, tasks: Iterable[Kind], rejects: Rejects) -> list[Sample]:
    """The samples of a split, in file order, of the wanted tasks. Rows that cannot be used are counted in `rejects`."""
    wanted = frozenset(tasks)
    samples, rows = [], 0
    regions: dict[bytes, Boxes] = {}
    for number, row in release.rows(split):
        rows += 1
        place = f"conversations/{split}.jsonl:{number}"
        reason = check_row(row)
        if reason is not None or row is None:
            rejects.add(reason or "not_json", place)
        elif row["task"] in wanted:
            try:
                samples.append(_sample(release, row, regions))
            except ReleaseError:
                rejects.add("missing_file", f"{place} names {row.get('video') or row.get('image')}")
    rejects.check(rows)
    return samples


def _sample(release: Release, row: Mapping[str, Any], regions: dict[bytes, Boxes]) -> Sample:
    """The sample of a checked row. Boxes that another sample has, too, are held once, in `regions`."""
    texts = [place_regions(turn["value"], row) for turn in row["conversations"]]
    (prompt, answer), *more = zip(texts[::2], texts[1::2], strict=True)
    boxes = row.get("bbox_map")
    named = row.get("image", []) if row["task"] == "image" else [row["video"]] if row["task"] != "text" else []
    named = [named] if isinstance(named, str) else named
    files = tuple(release.path(name) for name in named)
    return Sample(
        id=row["id"],
        task=cast(Kind, row["task"]),
        clip=files[0] if files else Path(),
        prompt=prompt,
        answer=answer,
        boxes=None if boxes is None else _held_once(boxes, regions),
        start_s=row.get("start_time"),
        end_s=row.get("end_time"),
        meta=row.get("meta", {}),
        more=tuple(more),
        images=files if row["task"] == "image" else (),
        content=",".join(release.files[name].sha256 for name in named),
    )


def _held_once(boxes: Mapping[str, Sequence[float] | None], regions: dict[bytes, Boxes]) -> Boxes:
    key = hashlib.sha256(json.dumps(boxes).encode()).digest()
    if key not in regions:
        regions[key] = Boxes({int(picture): box for picture, box in boxes.items()})
    return regions[key]
