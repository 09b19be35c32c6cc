"""The steps of a training as packed batches: measured and planned before anything is decoded, then decoded ahead."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from time import perf_counter
from typing import Final

import torch

from model.data.frames import ClipError, Frames
from model.data.packing import Example, Layout, PackedBatch, pack
from model.data.pictures import Pictures
from model.data.plan import Batches, Measured, Unit, plan
from model.data.rejects import Rejects
from model.data.samples import Sample
from model.data.tiles import ImageError
from model.data.tokens import ChatEncoder, TextFormat, Tokens

BLANK: Final = "blank"
"""The id of the sample in a batch that is computed for nothing."""


@dataclass(frozen=True)
class Reading:
    """How samples become batches: what the recipe says of it, and what the network is like."""

    layout: Layout
    batch_tokens: int
    """Tokens of one forward pass, at most, unless a single sample has more."""
    max_tokens: int
    """A sample with more is left out and counted."""
    tokens_per_picture: int
    picture_size: int
    pad_id: int
    text_format: TextFormat = "chat"


Lost = tuple[str, str, str]
"""The id of a sample that was left out, the reason, and what there is to say about it."""


@dataclass(frozen=True)
class StepInput:
    """What one rank reads in one optimizer step, and how long it was waited for."""

    step: int
    batches: list[PackedBatch]
    examples: list[Example]
    wait_s: float
    lost: tuple[Lost, ...] = ()
    """What this rank could not decode, and had not said before: other ranks count it, too."""


@dataclass(frozen=True)
class _Begun:
    """A step that is being decoded."""

    step: int
    planned: Batches
    frames: Mapping[str, Future[Frames]]


class Stream:
    """Turns samples into batches. What fails is counted in `rejects` by its reason and left out of its batch.

    Every rank makes the same plan and decodes its own part of it; all ranks get equally many batches of a step.
    """

    def __init__(
        self,
        samples: Sequence[Sample],
        pictures: Pictures,
        encoder: ChatEncoder,
        rejects: Rejects,
        reading: Reading,
        *,
        rank: int = 0,
        ranks: int = 1,
    ) -> None:
        self._samples = samples
        self._pictures = pictures
        self._encoder = encoder
        self._rejects = rejects
        self._reading = reading
        self._rank = rank
        self._ranks = ranks
        self._measured: dict[int, Measured | None] = {}
        self._left_out: set[str] = set()
        self._lost: list[Lost] = []
        self._counting = Lock()

    def steps(self, order: Iterable[tuple[int, Sequence[Sequence[int]]]], *, ahead: int) -> Iterator[StepInput]:
        """One input for each (step, units) of `order`, with `ahead` more steps being decoded.

        A unit is the indices of samples that must share a forward pass: one, or the two of a pair.
        """
        begun: deque[Future[_Begun]] = deque()
        ready: deque[Future[StepInput]] = deque()
        # One thread plans and packs while the network computes; it alone touches what this object remembers.
        with ThreadPoolExecutor(1, thread_name_prefix="packing") as packer:
            try:
                for step, units in order:
                    begun.append(packer.submit(self._begin, step, units))
                    if len(begun) > ahead:
                        ready.append(packer.submit(self._finish, begun.popleft()))
                    if len(ready) > 1:
                        yield _waited_for(ready.popleft())
                ready.extend(packer.submit(self._finish, left) for left in begun)
                while ready:
                    yield _waited_for(ready.popleft())
            finally:
                packer.shutdown(wait=False, cancel_futures=True)

    def batches(self, units: Sequence[Sequence[int]]) -> list[PackedBatch]:
        """This rank's batches of some units, decoded here and now."""
        (step,) = self.steps([(0, units)], ahead=0)
        return step.batches

    def lost_elsewhere(self, told: Iterable[Lost]) -> None:
        """Count what other ranks could not decode; RejectLimitError when that is one too many."""
        for one in told:
            self._count(*one)

    def blank(self) -> PackedBatch:
        """One black picture and no label: what a rank computes while the others have more."""
        size = self._reading.picture_size
        sample = Sample(BLANK, "fgqa", Path(), "?", "-", None, None, None, {})
        black = torch.zeros((1, size, size, 3), dtype=torch.uint8)
        return self._pack([Example(sample, self._tokens(sample, [1]), black)]).without_labels()

    def _plan(self, units: Sequence[Sequence[int]]) -> Batches:
        measured: list[Unit] = []
        for unit in units:
            found = [one for one in map(self._measure, unit) if one is not None]
            if len(found) == len(unit):
                measured.append(found)
        reading = self._reading
        return plan(measured, reading.layout, budget=reading.batch_tokens, ranks=self._ranks)[self._rank]

    def _measure(self, index: int) -> Measured | None:
        """How long a sample will be, from its texts and its pictures' headers; None for one that cannot be used."""
        if index not in self._measured:
            sample = self._samples[index]
            found = None
            try:
                counts = self._pictures.counts(sample)
            except (ClipError, ImageError) as error:
                self._leave_out(sample, "broken_clip", error)
            else:
                # Encoded with one token for each file: what more pictures add is known.
                short = self._tokens(sample, counts, tokens_per_picture=0)
                more = sum(counts) * self._reading.tokens_per_picture - len(counts)
                # Around the same images other words may stand: only the same tokens in front are one trunk.
                front = f"{sample.clip_key}:{hash(tuple(short.ids[: short.trunk])):x}"  # of ints: alike on all ranks
                found = Measured(index, front, max(0, short.trunk + more), len(short.ids) + more)
                if found.tokens > self._reading.max_tokens:
                    self._leave_out(sample, "too_long", f"{found.tokens} tokens")
                    found = None
            self._measured[index] = found
        return self._measured[index]

    def _begin(self, step: int, units: Sequence[Sequence[int]]) -> _Begun:
        """Plan a step and start decoding each clip of it once, in the order in which they are needed."""
        batches = self._plan(units)
        wanted: Mapping[str, Sample] = {
            self._samples[index].clip_key: self._samples[index] for batch in batches for index in batch
        }
        return _Begun(step, batches, {key: self._pictures.ahead(sample) for key, sample in wanted.items()})

    def _finish(self, future: Future[_Begun]) -> StepInput:
        begun = future.result()
        batches, every = [], []
        for indices in begun.planned:
            examples = [found for index in indices if (found := self._example(index, begun.frames)) is not None]
            batches.append(self._pack(examples) if examples else self.blank())
            every += examples
        lost, self._lost = tuple(self._lost), []
        return StepInput(begun.step, batches, every, wait_s=0.0, lost=lost)

    def _example(self, index: int, frames: Mapping[str, Future[Frames]]) -> Example | None:
        sample = self._samples[index]
        try:
            found = frames[sample.clip_key].result()
        except (ClipError, ImageError) as error:
            lost = self._leave_out(sample, "broken_clip", error)
            self._lost += [lost] if lost else []
            return None
        counts = self._pictures.counts(sample)
        return Example(sample, self._tokens(sample, counts), torch.from_numpy(found))

    def _tokens(self, sample: Sample, counts: Sequence[int], *, tokens_per_picture: int | None = None) -> Tokens:
        """Its ids and labels. `tokens_per_picture` 0: one token a file."""
        each = self._reading.tokens_per_picture if tokens_per_picture is None else tokens_per_picture
        tokens = [count * each if each else 1 for count in counts]
        video, images = (tokens[0], []) if sample.media == "video" else (0, tokens)
        return self._encoder.conversation(
            sample.turns, video_tokens=video, image_tokens=images, text_format=self._reading.text_format
        )

    def _pack(self, examples: Sequence[Example]) -> PackedBatch:
        reading = self._reading
        return pack(examples, reading.layout, picture_ids=self._encoder.picture_ids, pad_id=reading.pad_id)

    def _leave_out(self, sample: Sample, reason: str, why: object) -> Lost | None:
        """Count a sample; what is new about that. RejectLimitError when it is one too many."""
        lost = (sample.id, reason, f"{sample.id} names {sample.clip.name}: {why}")
        return lost if self._count(*lost) else None

    def _count(self, name: str, reason: str, why: str) -> bool:
        """Whether it had not been counted yet, however often it comes up and wherever."""
        with self._counting:
            if name in self._left_out:
                return False
            self._left_out.add(name)
            self._rejects.add(reason, why)
            self._rejects.check(len(self._samples))
            return True


def _waited_for(future: Future[StepInput]) -> StepInput:
    began = perf_counter()
    found = future.result()
    return replace(found, wait_s=perf_counter() - began)
