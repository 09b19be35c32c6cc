"""From a sample's texts to token ids and labels: Llama-3 chat, video tokens before the question, loss on the answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import torch

from model.data.conversations import SYSTEM_PROMPT
from model.data.rejects import CONTROL_TOKEN

NO_LABEL: Final = -100
"""Where no loss is taken; the value that torch's cross entropy ignores."""


@dataclass(frozen=True)
class Tokens:
    """One sample as ids; `labels` repeats the ids where the loss is taken and holds NO_LABEL elsewhere."""

    ids: list[int]
    labels: list[int]
    trunk: int = 0
    """How many ids at the front depend on nothing but the pictures: other samples of the same pictures share them."""


class ChatEncoder:
    """Encodes conversations with a Llama-3-shaped tokenizer."""

    def __init__(self, tokenizer: Any, video_token_id: int) -> None:
        self._tokenizer = tokenizer
        self._video = video_token_id
        names = ("begin_of_text", "end_of_text", "start_header_id", "end_header_id", "eot_id")
        found = [tokenizer.convert_tokens_to_ids(f"<|{name}|>") for name in names]
        self._begin, self.end_of_text, self._start_header, self._end_header, self.end_of_turn = found

    def prompt(self, prompt: str, video_tokens: int) -> list[int]:
        """Ids up to and with the assistant's header: what a model is given to answer."""
        return [*self._before_answer(prompt, video_tokens), *self._header("assistant")]

    def sample(self, prompt: str, answer: str, video_tokens: int) -> Tokens:
        """Ids and labels of a training sample: the loss is on the assistant header, the answer and both ends."""
        before = self._before_answer(prompt, video_tokens)
        taught = [*self._header("assistant"), *self._text(answer), self.end_of_turn, self.end_of_text]
        ids = before + taught
        return Tokens(ids=ids, labels=[NO_LABEL] * len(before) + taught, trunk=self._trunk(ids))

    def decode(self, ids: Sequence[int]) -> str:
        """The answer's text: ids up to the end of the turn, without control tokens."""
        return str(self._tokenizer.decode(list(ids), skip_special_tokens=True)).strip()

    def show(self, ids: Iterable[int]) -> str:
        """Ids as text with every control token, runs of video tokens shortened: for people."""
        shown: list[str] = []
        text: list[int] = []
        run = 0
        for token in [*ids, None]:
            if token == self._video:
                run += 1
                continue
            if run:
                shown += [self._tokenizer.decode(text), f"<|video|>×{run}"]
                text, run = [], 0
            if token is not None:
                text.append(token)
        return "".join([*shown, self._tokenizer.decode(text)])

    def _trunk(self, ids: Sequence[int]) -> int:
        """The ids up to and with the last picture."""
        return max((place + 1 for place, token in enumerate(ids) if token == self._video), default=0)

    def _before_answer(self, prompt: str, video_tokens: int) -> list[int]:
        return [
            self._begin,
            *self._header("system"),
            *self._text(SYSTEM_PROMPT),
            self.end_of_turn,
            *self._header("user"),
            *[self._video] * video_tokens,
            *self._text(prompt),
            self.end_of_turn,
        ]

    def _header(self, role: str) -> list[int]:
        return [self._start_header, *self._encode(role), self._end_header, *self._encode("\n\n")]

    def _text(self, text: str) -> list[int]:
        if found := CONTROL_TOKEN.search(text):
            raise ValueError(f"{found[0]!r} in a text would become a control token")
        return self._encode(text.strip())

    def _encode(self, text: str) -> list[int]:
        return list(self._tokenizer.encode(text, add_special_tokens=False))


@dataclass(frozen=True)
class Batch:
    """Samples of one forward pass, padded on the right.

    `ids`, `labels`, `attention`: [B, S]; `frames`: uint8[sum of frames, size, size, 3], the clips one after the other,
    in the order in which their tokens stand in `ids`.
    """

    ids: torch.Tensor
    labels: torch.Tensor
    attention: torch.Tensor
    frames: torch.Tensor


def collate(samples: Sequence[Tokens], clips: Sequence[torch.Tensor], pad_id: int) -> Batch:
    """One batch of samples and of their clips, uint8[T, size, size, 3] each."""
    length = max(len(sample.ids) for sample in samples)

    def padded(rows: Iterable[Sequence[int]], fill: int) -> torch.Tensor:
        return torch.tensor([[*row, *[fill] * (length - len(row))] for row in rows], dtype=torch.long)

    return Batch(
        ids=padded((sample.ids for sample in samples), pad_id),
        labels=padded((sample.labels for sample in samples), NO_LABEL),
        attention=padded(([1] * len(sample.ids) for sample in samples), 0),
        frames=torch.cat(list(clips)),
    )
