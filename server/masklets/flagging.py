"""Flags of tracks as they are stored: where a person should look. What they follow from: annotator/masklet/flags.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from annotator.masklet.flags import AGREED, facts_of, flags
from annotator.masklet.packed import PackedMasklet
from annotator.propagate.plan import pictures_of
from annotator.propagate.protocol import Span
from server.masklets.work import Work


def flags_of(masks: PackedMasklet, agreement: Mapping[int, float], work: Work) -> list[dict[str, Any]]:
    """The flags of a track that came to its end; `agreement` is that of the pictures it followed from both sides.

    What is copied has no agreement any more: where it was flagged for that, it is again.
    """
    count = len(masks)
    copied = {picture: 0.9 * AGREED for first, last in work.disagreed for picture in range(first, last + 1)}
    found = flags(facts_of(masks, {**copied, **agreement}, pictures_of(work.sure, count)))
    return [{"picture_start": f.picture_start, "picture_end": f.picture_end, "why": f.why} for f in found]


def disagreed(flagged: Sequence[Mapping[str, Any]]) -> list[Span]:
    """Where the two directions of travel led to different masks, by the flags of a track."""
    return [(flag["picture_start"], flag["picture_end"]) for flag in flagged if flag["why"] == "disagreement"]
