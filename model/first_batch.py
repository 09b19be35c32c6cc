"""The cheapest bug finder: what the first step really read, as text and as a sheet of its pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from model.data.packing import Example
from model.data.tokens import NO_LABEL, ChatEncoder

_SHOWN_SAMPLES = 16
_SHOWN_FRAMES = 8
_THUMBNAIL = 112


def write_first_batch(folder: Path, examples: Sequence[Example], encoder: ChatEncoder) -> None:
    """Write first_batch.txt (decoded ids and labels) and first_batch.png (a row of frames a sample, regions drawn)."""
    shown = examples[:_SHOWN_SAMPLES]
    (folder / "first_batch.txt").write_text("\n".join(_described(e, encoder) for e in shown), encoding="utf-8")
    if shown:
        Image.fromarray(np.concatenate([_strip(example) for example in shown])).save(folder / "first_batch.png")


def _described(example: Example, encoder: ChatEncoder) -> str:
    tokens, sample = example.tokens, example.sample
    taught = [label for label in tokens.labels if label != NO_LABEL]
    return (
        f"=== {sample.id} · {sample.clip.name} · {len(example.frames)} frames · {len(tokens.ids)} tokens\n"
        f"--- read\n{encoder.show(tokens.ids)}\n"
        f"--- taught ({len(taught)} labels)\n{encoder.show(taught)}\n"
    )


def _strip(example: Example) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Up to eight frames, spread over the clip, side by side: uint8[112, 896, 3]."""
    count = len(example.frames)
    if not count:  # a text
        return np.zeros((_THUMBNAIL, _SHOWN_FRAMES * _THUMBNAIL, 3), dtype=np.uint8)
    chosen = [index * count // _SHOWN_FRAMES for index in range(_SHOWN_FRAMES)]
    side = (_THUMBNAIL, _THUMBNAIL)
    frames = (Image.fromarray(example.frames[i].numpy()).resize(side, Image.Resampling.BICUBIC) for i in chosen)
    return np.concatenate([np.asarray(frame, dtype=np.uint8) for frame in frames], axis=1)
