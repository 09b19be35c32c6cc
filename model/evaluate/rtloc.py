"""RTLoc: when does the captioned event happen? Recall of the answered window at four overlaps."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from model.data.conversations import SAMPLED_FRAMES, Span, parse_window, rtloc_prompt, sampled_span
from model.data.rejects import Rejects
from model.data.release import Release, Split
from model.data.samples import read_samples
from model.evaluate.benchmark import Item, Questions, Scores

THRESHOLDS: Final = (0.3, 0.5, 0.7, 0.9)

Window = tuple[float, float]

_PUBLIC_WINDOW = re.compile(r"\[(\d+(?:\.\d+)?),\s*(\d+(?:\.\d+)?)\]")
_LEADING_ZERO = re.compile(r"0+[1-9]")


class Rtloc:
    """Region temporal localisation."""

    name = "rtloc"
    headline = "mean_recall"

    def questions(self, release: Release, split: Split) -> Questions:
        """One item a released `rtloc` sample."""
        rejects = Rejects(max_share=1.0)
        items = []
        for sample in read_samples(release, split, ["rtloc"], rejects):
            meta = sample.meta
            try:
                start, end = sampled_span(meta["start_frame"], meta["end_frame"], meta["total_frames"])
                prompt = rtloc_prompt(meta["caption"])
            except (KeyError, TypeError, ValueError):
                rejects.add("bad_meta", sample.id)
                continue
            gold = {"start": start, "end": end, "end_frame": meta["end_frame"]}
            items.append(Item(sample.id, sample, prompt, 16, gold))
        return Questions(items, rejects.counts)

    def score(self, items: Sequence[Item], answers: Sequence[str]) -> Scores:
        """Recall at IoU > 0.3, 0.5, 0.7, 0.9 and their mean, in both modes."""
        compat, strict, shown, unparsed = [], [], [], 0
        for item, answer in zip(items, answers, strict=True):
            gold: Span = (item.gold["start"], item.gold["end"])
            window = parse_window(answer)
            unparsed += window is None
            compat.append(public_iou(public_window(answer, item.gold["end_frame"]), gold))
            strict.append(0.0 if window is None else strict_iou(window, gold))
            shown.append(
                {"id": item.id, "prediction": answer, "gold": list(gold), "iou": strict[-1], "iou_compat": compat[-1]}
            )
        return Scores(
            compat=_recalls(compat),
            strict=_recalls(strict),
            counts={"items": len(items), "unparsed": unparsed},
            items=shown,
        )


def public_window(answer: str, end_frame: int) -> Window:
    """The window as the public scorer reads it; without one it takes a dummy after the event's raw end frame."""
    match = _PUBLIC_WINDOW.search(answer)
    if match is None or any(_LEADING_ZERO.match(number) for number in match.groups()):
        return end_frame + 10, end_frame + 20
    return float(match[1]), float(match[2])


def public_iou(predicted: Window, gold: Window) -> float:
    """IoU with length end - start, of windows turned the right way round, as the public scorer computes it."""
    (start_1, end_1), (start_2, end_2) = sorted(predicted), sorted(gold)
    overlap = max(0.0, min(end_1, end_2) - max(start_1, start_2))
    hull = max(end_1, end_2) - min(start_1, start_2)
    return overlap / (min(hull, end_1 - start_1 + end_2 - start_2) + 1e-8)


def strict_iou(predicted: Span, gold: Span) -> float:
    """IoU of the half-open windows [s, e + 1) in sampled frames; 0 for one turned round or outside the clip."""
    start, end = predicted
    if not 0 <= start <= end < SAMPLED_FRAMES:
        return 0.0
    overlap = max(0, min(end, gold[1]) - max(start, gold[0]) + 1)
    return overlap / ((end - start + 1) + (gold[1] - gold[0] + 1) - overlap)


def _recalls(overlaps: Sequence[float]) -> dict[str, float]:
    if not overlaps:
        return {}
    recalls = {f"recall@{t}": sum(overlap > t for overlap in overlaps) / len(overlaps) for t in THRESHOLDS}
    return {"mean_recall": sum(recalls.values()) / len(recalls), **recalls, "mean_iou": sum(overlaps) / len(overlaps)}
