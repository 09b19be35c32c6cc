"""Checks of conversation rows, and the count of those left out: a bad row is never dropped in silence."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from model.data.conversations import IMAGE_TAG, KINDS
from model.data.region_text import place_regions

CONTROL_TOKEN = re.compile(r"<\|[^|\s]*\|>|<image>|<video>")
"""What must not stand in a text: it would become a control token, or vanish."""
_ROLES = ["human", "assistant"]


class RejectLimitError(Exception):
    """More rows were left out than the recipe allows: the release is probably broken."""


class Rejects:
    """Rows left out, by reason, with one example each."""

    def __init__(self, max_share: float) -> None:
        self._max_share = max_share
        self.counts: Counter[str] = Counter()
        self.examples: dict[str, str] = {}

    def add(self, reason: str, example: str) -> None:
        """Count one row under `reason`; the first example is kept."""
        self.counts[reason] += 1
        self.examples.setdefault(reason, example)

    def check(self, rows: int) -> None:
        """RejectLimitError when more than the allowed share of `rows` was left out."""
        total = self.counts.total()
        if total > self._max_share * rows:
            raise RejectLimitError(
                f"{total} of {rows} rows cannot be used, {self._max_share:.0%} are allowed: {self.describe()}"
            )

    def joined(self, other: Rejects) -> Rejects:
        """Both together; the examples of this one first."""
        found = Rejects(self._max_share)
        found.counts = self.counts + other.counts
        found.examples = other.examples | self.examples
        return found

    def to_json(self) -> str:
        """Counts and examples as a JSON document."""
        return json.dumps({"counts": self.counts, "examples": self.examples}, indent=2, ensure_ascii=False) + "\n"

    def describe(self) -> str:
        """Reasons with their counts and an example, the most frequent first."""
        parts = (f"{reason} × {count} (first: {self.examples[reason]})" for reason, count in self.counts.most_common())
        return "; ".join(parts)


def check_row(row: Mapping[str, Any] | None) -> str | None:  # noqa: PLR0911 - one return a reason
    """Why a row of a conversation file cannot be trained on, or None. Files and pictures are checked elsewhere."""
    if row is None:
        return "not_json"
    if row.get("task") not in KINDS:
        return "unknown_task"
    if not isinstance(row.get("id"), str):
        return "no_id"
    if reason := _media_reason(row):
        return reason
    turns: Any = row.get("conversations")
    if reason := _turns_reason(turns):
        return reason
    texts = [turn["value"] for turn in turns]
    if reason := _tag_reason(row, texts):
        return reason
    if not _boxes_make_sense(row.get("bbox_map")):
        return "bad_box"
    for name in ("start_time", "end_time"):
        if row.get(name) is not None and not _is_number(row[name]):
            return "bad_window"
    if not isinstance(row.get("meta", {}), dict):
        return "bad_meta"
    return None


def _turns_reason(turns: Any) -> str | None:
    """Whether the turns are a person's and a model's in turn, all with words. Plain loops: rows are millions."""
    if not isinstance(turns, list) or len(turns) < 2:
        return "no_turns"
    for turn in turns:
        if not isinstance(turn, dict):
            return "no_turns"
    if [turn.get("from") for turn in turns] != _ROLES * (len(turns) // 2):
        return "wrong_roles"
    for turn in turns:
        if not isinstance(text := turn.get("value"), str) or not text.strip():
            return "empty_text"
    return None


def _media_reason(row: Mapping[str, Any]) -> str | None:
    """Whether a row names what its task shows."""
    task, images = row["task"], row.get("image")
    if task == "text":
        return "text_with_pictures" if {"video", "image"} & row.keys() else None
    if task == "image":
        named = [images] if isinstance(images, str) else images
        return None if named and isinstance(named, list) and all(isinstance(n, str) for n in named) else "no_image"
    return None if isinstance(row.get("video"), str) else "no_video"


def _tag_reason(row: Mapping[str, Any], texts: Sequence[str]) -> str | None:
    """Whether control tokens stand in the texts. An image row may say where its images and its regions belong."""
    if row["task"] == "image":
        images = row["image"] if isinstance(row["image"], list) else [row["image"]]
        if texts[0].count(IMAGE_TAG) not in {0, len(images)} or any(IMAGE_TAG in text for text in texts[1:]):
            return "image_tags"
        try:
            texts = [place_regions(text.replace(IMAGE_TAG, " "), row) for text in texts]
        except ValueError:
            return "bad_box"
    for text in texts:
        if "<" in text and CONTROL_TOKEN.search(text):
            return "control_token"
    return None


def _boxes_make_sense(boxes: object) -> bool:
    if boxes is None:
        return True
    return isinstance(boxes, dict) and all(_is_entry(key, box) for key, box in boxes.items())


def _is_entry(key: object, box: object) -> bool:
    if not isinstance(key, str) or not key.isdecimal() or len(key) > 9:
        return False
    if box is None:
        return True
    if not isinstance(box, list) or len(box) != 4 or not all(map(_is_number, box)):
        return False
    return bool(box[0] <= box[2] and box[1] <= box[3])


def _is_number(value: object) -> bool:
    """A finite one: Python's JSON reads NaN and Infinity, too."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
