"""Batches of a training in their order, decoded ahead in threads while the network computes."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from time import perf_counter
from typing import Final

import torch

from model.data.frames import ClipError
from model.data.packing import Example
from model.data.rejects import Rejects
from model.data.samples import Clips, Sample
from model.data.tokens import Batch, ChatEncoder, collate

__all__ = ["Example", "Loader", "StepInput"]


@dataclass(frozen=True)
class StepInput:
    """What one optimizer step reads: micro batches with the examples they hold, and how long they were waited for."""

    step: int
    micros: list[tuple[Batch, Sequence[Example]]]
    wait_s: float


class Loader:
    """Turns sample indices into batches. Samples that fail are counted in `rejects` and left out of their batch."""

    def __init__(
        self,
        samples: Sequence[Sample],
        clips: Clips,
        encoder: ChatEncoder,
        rejects: Rejects,
        *,
        tokens_per_frame: int,
        max_tokens: int,
        pad_id: int,
    ) -> None:
        self._samples = samples
        self._clips = clips
        self._encoder = encoder
        self._rejects = rejects
        self._tokens_per_frame = tokens_per_frame
        self._max_tokens = max_tokens
        self._pad_id: Final = pad_id
        self._left_out: set[str] = set()

    def example(self, index: int) -> Example | str:
        """The sample at `index` made ready, or the reason why it cannot be used."""
        sample = self._samples[index]
        try:
            frames = torch.from_numpy(self._clips.frames(sample))
        except ClipError:
            return "broken_clip"
        tokens = self._encoder.sample(sample.prompt, sample.answer, len(frames) * self._tokens_per_frame)
        if len(tokens.ids) > self._max_tokens:
            return "too_long"
        return Example(sample=sample, tokens=tokens, frames=frames)

    def batch(self, indices: Iterable[int], micro: int) -> list[tuple[Batch, Sequence[Example]]]:
        """The samples at `indices` in micro batches of at most `micro`, decoded here and now."""
        return self._micros([(index, self.example(index)) for index in indices], micro)

    def steps(
        self, order: Iterable[tuple[int, Sequence[int]]], *, micro: int, threads: int, ahead: int
    ) -> Iterator[StepInput]:
        """One input for each (step, indices) of `order`, with `ahead` more being decoded in `threads`."""
        with ThreadPoolExecutor(max_workers=threads, thread_name_prefix="decode") as pool:
            pending: deque[tuple[int, list[tuple[int, Future[Example | str]]]]] = deque()
            for step, indices in order:
                pending.append((step, [(index, pool.submit(self.example, index)) for index in indices]))
                if len(pending) > ahead:
                    yield self._finish(*pending.popleft(), micro)
            while pending:
                yield self._finish(*pending.popleft(), micro)

    def _finish(self, step: int, futures: list[tuple[int, Future[Example | str]]], micro: int) -> StepInput:
        began = perf_counter()
        found = [(index, future.result()) for index, future in futures]
        waited = perf_counter() - began
        return StepInput(step=step, micros=self._micros(found, micro), wait_s=waited)

    def _micros(self, found: Sequence[tuple[int, Example | str]], micro: int) -> list[tuple[Batch, Sequence[Example]]]:
        usable = []
        for index, example in found:
            if isinstance(example, Example):
                usable.append(example)
            elif self._samples[index].id not in self._left_out:
                sample = self._samples[index]
                self._left_out.add(sample.id)
                self._rejects.add(example, f"{sample.id} names {sample.clip.name}")
                self._rejects.check(len(self._samples))
        # Similar lengths share a micro batch, so that little is padded; the loss does not depend on the grouping.
        usable.sort(key=lambda example: len(example.tokens.ids))
        return [
            (collate([e.tokens for e in group], [e.frames for e in group], self._pad_id), group)
            for group in (usable[start : start + micro] for start in range(0, len(usable), micro))
        ]
