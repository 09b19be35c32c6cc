"""PLM conversations: what the public PLM loader reads, with the clips that the rows name and its registry's entry.

One object a line: `conversations` with the roles `human` and `assistant`, `video`, and for regions `bbox_map` with a
box in pixels or null for every picture of that file. The files are in the order that the release drew (the loader does
not shuffle); STC clips have 6 pictures a second, the grid and nothing else, so that the index of `bbox_map` is both the
picture of the file and the grid frame. `datasets.yaml` has paths below its own folder: put that before them.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import orjson

from annotator.formats.released import SPLITS, FormError, ReleaseFolder


def write_conversations(release: ReleaseFolder, to: Path) -> list[str]:
    """`<split>.jsonl`, `datasets.yaml`, and the clips at the paths that the rows name."""
    slug = re.sub(r"[^a-z0-9]+", "_", release.name.lower()).strip("_") or "release"
    entries, notes = [], []
    for split in SPLITS:
        count, kept = 0, set[str]()
        with (to / f"{split}.jsonl").open("wb") as out:
            for row in release.conversations(split):
                count += 1
                clip = str(row["video"])
                if clip not in kept:
                    _copy(release, clip, to)
                    kept.add(clip)
                out.write(orjson.dumps(row) + b"\n")
        if not count:
            (to / f"{split}.jsonl").unlink()
            continue
        entries.append(f'"{slug}_{split}":\n  annotation: {json.dumps(f"{split}.jsonl")}\n  root_dir: "."\n')
        notes.append(f"{split}.jsonl has {count} lines: start no more ranks × workers, one without a line hangs.")
    if entries:
        (to / "datasets.yaml").write_text("".join(entries), "utf-8")
    return notes


def _copy(release: ReleaseFolder, clip: str, to: Path) -> None:
    if clip not in release.held:
        raise FormError(f"conversations: {clip} is no file of the release")
    release.tell(clip)
    target = to / clip
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(release.root / clip, target)
