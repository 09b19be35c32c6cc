"""Tiny networks and samples for tests of packing: random pictures and texts, in float64, so that equal means equal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from model import plm
from model.config import TinyShape
from model.data.conversations import SYSTEM_PROMPT
from model.data.packing import Example
from model.data.samples import Sample
from model.data.tokens import ChatEncoder
from model.tokenizer import build_tokenizer

SHAPE = TinyShape(
    vocabulary=330, image_size=28, vision_width=32, vision_heads=2, text_width=32, text_heads=4, text_kv_heads=2
)
QUESTIONS = {
    "a": [
        ("Which colour is it?", "It is blue."),
        ("Where does it go?", "To the left, then back."),
        ("When?", "[3, 17]"),
    ],
    "b": [("Describe it.", "A red square waits, then moves.")],
    "c": [("How many?", "Two."), ("Why?", "Nobody knows.")],
}
"""Questions and answers of three clips."""


def tiny(seed: int = 0, **shape: Any) -> plm.Plm:
    """A random network in float64."""
    texts = [SYSTEM_PROMPT, *(text for asked in QUESTIONS.values() for pair in asked for text in pair)]
    built = plm.build_tiny(SHAPE.model_copy(update=shape), build_tokenizer(texts, SHAPE.vocabulary), seed)
    built.network.double()
    return built


def examples(network: plm.Plm, clips: str = "abc") -> list[Example]:
    """The questions of the named clips, of 5, 3 and 4 random pictures, siblings not beside each other."""
    encoder = ChatEncoder(network.tokenizer, network.video_token_id)
    size, found = network.image_size, []
    for clip in clips:
        frames = torch.randint(
            0,
            256,
            (3 + ord(clip) % 3, size, size, 3),
            dtype=torch.uint8,
            generator=torch.Generator().manual_seed(ord(clip)),
        )
        for number, (question, answer) in enumerate(QUESTIONS[clip]):
            sample = Sample(f"{clip}{number}", "fgqa", Path(f"{clip}.mp4"), question, answer, None, None, None, {})
            tokens = encoder.sample(question, answer, len(frames) * network.tokens_per_frame)
            found.append((number, Example(sample, tokens, frames)))
    return [example for _, example in sorted(found, key=lambda pair: pair[0])]
