"""From a sample's texts to token ids and labels: Llama-3 chat, video tokens before the question, loss on the answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final, Literal

from model.data.conversations import IMAGE_TAG, SYSTEM_PROMPT
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


TextFormat = Literal["chat", "answer_only"]
"""chat: Llama-3's chat form; answer_only: pictures and answers without any question (the projector's warm-up)."""


class ChatEncoder:
    """Encodes conversations with a Llama-3-shaped tokenizer."""

    def __init__(self, tokenizer: Any, video_token_id: int, image_token_id: int | None = None) -> None:
        self._tokenizer = tokenizer
        self._video = video_token_id
        named = tokenizer.convert_tokens_to_ids("<|image|>") if image_token_id is None else image_token_id
        self._image = int(named)
        names = ("begin_of_text", "end_of_text", "start_header_id", "end_header_id", "eot_id")
        found = [tokenizer.convert_tokens_to_ids(f"<|{name}|>") for name in names]
        self._begin, self.end_of_text, self._start_header, self._end_header, self.end_of_turn = found

    @property
    def picture_ids(self) -> tuple[int, int]:
        """The tokens in whose places the features of pictures stand."""
        return self._video, self._image

    def prompt(self, prompt: str, video_tokens: int) -> list[int]:
        """Ids up to and with the assistant's header: what a model is given to answer."""
        asked = self._question(prompt, [self._video] * video_tokens, ())
        return [*self._opening(), *asked, *self._header("assistant")]

    def sample(self, prompt: str, answer: str, video_tokens: int) -> Tokens:
        """Ids and labels of one question about a video: loss on the assistant header, the answer and both ends."""
        return self.conversation([(prompt, answer)], video_tokens=video_tokens)

    def conversation(
        self,
        turns: Sequence[tuple[str, str]],
        *,
        video_tokens: int = 0,
        image_tokens: Sequence[int] = (),
        text_format: TextFormat = "chat",
    ) -> Tokens:
        """Ids and labels of (prompt, answer) turns behind a video, or around images of so many tokens each.

        Images stand where the first prompt has `<image>`, or before it when it has none.
        """
        if text_format == "answer_only":
            return self._answer_only(turns, video_tokens, image_tokens)
        ids = self._opening()
        labels: list[int] = []
        for number, (prompt, answer) in enumerate(turns):
            video, images = ([self._video] * video_tokens, image_tokens) if number == 0 else ([], ())
            ids += self._question(prompt, video, images)
            labels += [NO_LABEL] * (len(ids) - len(labels))
            taught = [*self._header("assistant"), *self._text(answer), self.end_of_turn]
            ids += taught
            labels += taught
        return self._tokens([*ids, self.end_of_text], [*labels, self.end_of_text])

    def _answer_only(self, turns: Sequence[tuple[str, str]], video_tokens: int, image_tokens: Sequence[int]) -> Tokens:
        ids = [self._begin, *[self._video] * video_tokens, *[self._image] * sum(image_tokens)]
        taught = [token for _, answer in turns for token in self._text(answer)]
        return self._tokens([*ids, *taught, self.end_of_text], [*[NO_LABEL] * len(ids), *taught, self.end_of_text])

    def _tokens(self, ids: list[int], labels: list[int]) -> Tokens:
        shown = set(self.picture_ids)
        trunk = max((place + 1 for place, token in enumerate(ids) if token in shown), default=0)
        return Tokens(ids=ids, labels=labels, trunk=trunk)

    def decode(self, ids: Sequence[int]) -> str:
        """The answer's text: ids up to the end of the turn, without control tokens."""
        return str(self._tokenizer.decode(list(ids), skip_special_tokens=True)).strip()

    def show(self, ids: Iterable[int]) -> str:
        """Ids as text with every control token, runs of a picture's tokens shortened: for people."""
        shown = []
        for token, run in groupby(ids, key=lambda token: token if token in self.picture_ids else None):
            if token is None:
                shown.append(self._tokenizer.decode(list(run)))
            else:
                shown.append(f"<|{'video' if token == self._video else 'image'}|>×{len(list(run))}")
        return "".join(shown)

    def _opening(self) -> list[int]:
        return [self._begin, *self._header("system"), *self._text(SYSTEM_PROMPT), self.end_of_turn]

    def _question(self, prompt: str, video: Sequence[int], images: Sequence[int]) -> list[int]:
        ids = [*self._header("user"), *video]
        before, *behind = prompt.strip().split(IMAGE_TAG) if images else [prompt]
        if images and not behind:
            before, behind = "", [*[""] * (len(images) - 1), before]
        ids += self._text(before)
        for tokens, text in zip(images, behind, strict=True):
            ids += [*[self._image] * tokens, *self._text(text)]
        return [*ids, self.end_of_turn]

    def _header(self, role: str) -> list[int]:
        return [self._start_header, *self._encode(role), self._end_header, *self._encode("\n\n")]

    def _text(self, text: str) -> list[int]:
        if found := CONTROL_TOKEN.search(text):
            raise ValueError(f"{found[0]!r} in a text would become a control token")
        return self._encode(text.strip())

    def _encode(self, text: str) -> list[int]:
        return list(self._tokenizer.encode(text, add_special_tokens=False))
