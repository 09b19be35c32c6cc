"""The texts of a release for people and loaders: the dataset card and the entry of the public loader's registry."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from server.releases.plots import bars

CARD = """# {project}

A dataset of fine-grained video annotations, in the record form of PLM-FGQA and PLM-STC (arXiv 2504.13180).

| | |
|---|---|
{counts}

| split | conversations |
|---|---|
{splits}

Licence: {licence}. Each row's own is in `provenance/`. People are named by pseudonyms.

- `manifest.json`: every file with its SHA-256 and size, counts, splits, the rule by which work was selected.
- `records/<split>/<subset>-00000.parquet` and `.jsonl.zst`: the released records, with the same rows. Frames are
  indices on the annotation grid of 6 a second, 0-based, end inclusive. `videos`, `segments` and `masklets` say what
  the records are of.
- `provenance/<split>/<subset>-00000.parquet`: for each row, in the same order, its document, revision, guideline,
  people and licence.
- `conversations/<split>.jsonl`: what a trainer reads, shuffled once by a fixed seed. `bbox_map` gives, for every
  picture of the row's mp4 file, the subject's box in pixels of that file, or null where the subject is out of frame.
- `videos/grid/`: the pictures of the grid and nothing else: picture k of the file is grid frame k.
- `videos/segments/`: the clips that questions are about.
- `masklets/`: the masks as SA-V JSON (COCO compressed RLE), on the same grid and in the same pixels.
- `media/<split>-00000.jsonl`: every clip and mask file with its SHA-256 and size.
- `datasets.yaml`: the entry for the public loader; put the folder's path before the names.

The split is by source video and never changes: a video that was held out once is held out in every later release, and
so is one that looks like it. Where a video looks like videos of both sides, `manifest.json` names the pairs under
`alike_across_splits`. {authors}The public loader needs at least one line a worker: start no more ranks × workers than
`manifest.json` says under `loader`.
{plots}"""

APART = "Nobody captioned or answered on both sides. "
SHARED = """It was to keep people apart as well, but {count} of them had work on both sides already, which stays: the
manifest names them under `annotators_across_splits`. """

TITLES: Mapping[str, str] = {
    "question type": "Questions by type",
    "domain": "Questions by domain",
    "seconds a segment": "Length of segments, seconds",
    "words an answer": "Length of answers, words",
    "events a masklet": "Events a masklet",
    "words a caption": "Length of captions, words",
    "mask size": "Mean mask, share of the picture",
    "language": "Language, by its letters",
}
"""What is plotted, by the name of its tally (server.releases.about)."""
SHOWN = 24
"""Bars of a plot; the rest is one more."""


def card(
    project: Mapping[str, str],
    counts: Mapping[str, Any],
    rows: Mapping[str, int],
    licence: str = "",
    plots: Mapping[str, str] | None = None,
    *,
    authors: Sequence[str] | None = None,
) -> str:
    """README.md of a release. It says nothing of when or where it was built. `plots`: path by title; `authors`: who is
    on both sides, None where that was not asked for."""
    return CARD.format(
        project=_plain(project["name"]),
        counts="\n".join(f"| {name} | {count} |" for name, count in counts.items()),
        splits="\n".join(f"| {split} | {count} |" for split, count in rows.items()),
        licence=_plain(licence) or "not stated",
        authors="" if authors is None else SHARED.format(count=len(authors)) if authors else APART,
        plots="".join(f"\n![{title}]({path})\n" for title, path in (plots or {}).items()),
    )


def charts(tallies: Mapping[str, Mapping[str, int]]) -> dict[str, tuple[str, str]]:
    """The plots of a release: title → (path, SVG)."""
    found = {}
    for name, title in TITLES.items():
        values = tallies.get(name)
        if values:
            found[title] = (f"plots/{name.replace(' ', '_')}.svg", bars(title, _shown(values)))
    return found


def _shown(values: Mapping[str, int]) -> dict[str, int]:
    """Ranges in their order, names by their count."""
    if all(re.match(r"[<≥]|\d", name) for name in values):
        return dict(sorted(values.items(), key=lambda pair: (_number(pair[0]), pair[0][0] == "≥")))
    ranked = sorted(values.items(), key=lambda pair: (-pair[1], pair[0]))
    more = sum(count for _, count in ranked[SHOWN:])
    return dict(ranked[:SHOWN]) | ({"others": more} if more else {})


def _number(name: str) -> float:
    return float(re.sub(r"[^\d.]", "", name) or 0)


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
