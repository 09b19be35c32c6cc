"""The texts of a release for people and loaders: the dataset card and the entry of the public loader's registry."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

CARD = """# {project}

A dataset of fine-grained video annotations, in the record form of PLM-FGQA and PLM-STC (arXiv 2504.13180).

| | |
|---|---|
{counts}

| split | conversations |
|---|---|
{splits}

- `manifest.json`: every file with its SHA-256 and size, counts, splits, and where each document comes from.
- `records/<split>/`: the released records, as JSONL and Parquet with the same rows. Frames are indices on the
  annotation grid of 6 a second, 0-based, end inclusive.
- `conversations/<split>.jsonl`: what a trainer reads, shuffled once by a fixed seed. `bbox_map` gives, for every
  picture of the row's mp4 file, the subject's box in pixels of that file, or null where the subject is out of frame.
- `videos/grid/`: the pictures of the grid and nothing else: picture k of the file is grid frame k.
- `videos/segments/`: the clips that questions are about.
- `masklets/`: the masks as SA-V JSON (COCO compressed RLE), on the same grid and in the same pixels.
- `datasets.yaml`: the entry for the public loader; put the folder's path before the names.

The split is by source video and never changes: a video that was held out once is held out in every later release.
The public loader needs at least one line a worker: start no more ranks × workers than `manifest.json` says under
`loader`. People are named by pseudonyms.
"""


def card(project: Mapping[str, str], counts: Mapping[str, Any], rows: Mapping[str, int]) -> str:
    """README.md of a release. It says nothing of when or where it was built."""
    return CARD.format(
        project=_plain(project["name"]),
        counts="\n".join(f"| {name} | {count} |" for name, count in counts.items()),
        splits="\n".join(f"| {split} | {count} |" for split, count in rows.items()),
    )


def datasets_yaml(project: Mapping[str, str], splits: Sequence[str]) -> str:
    """The registry entry: `name: {annotation: file, root_dir: folder}`, one a split."""
    slug = re.sub(r"[^a-z0-9]+", "_", project["name"].lower()).strip("_") or project["kind"]
    lines = []
    for split in splits:
        lines += [
            f"{json.dumps(f'{slug}_{split}')}:",
            f"  annotation: {json.dumps(f'conversations/{split}.jsonl')}",
            '  root_dir: "."',
        ]
    return "\n".join(lines) + "\n"


def _plain(text: str) -> str:
    """A name that people chose, without what Markdown or HTML would act on."""
    return re.sub(r"[<>\[\]`|\\\r\n]", " ", text).strip()
