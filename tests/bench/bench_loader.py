"""How much of its time an accelerator has its input: our stream against a DataLoader that decodes for each sample.

Both feed a device that is busy for a fixed time a sample and leaves the processor alone, as a GPU does, over two epochs
of the same rendered clips with three questions each, with one decoding process. The clock runs from the first batch on.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, sleep
from typing import Any

import torch

from model.data.frames import read_frames
from model.data.order import SampleOrder
from model.data.pictures import Pictures, View
from model.data.rejects import Rejects
from model.data.samples import Sample
from model.data.stream import Reading, Stream
from model.data.tokens import ChatEncoder
from model.plm import normalise
from model.tokenizer import build_tokenizer
from tests.bench.measure import Measure
from tests.model.release_factory import write_clip

SIZE, CLIPS, QUESTIONS, STEP = 448, 8, 3, 6
DEVICE_S = 0.15
"""A sample on the device: PLM-1B at 32 frames on one H200 takes about as long when its clip is shared."""


def run() -> Iterator[Measure]:
    """One measure: the share of the time in which the device computes."""
    torch.set_num_threads(1)
    with TemporaryDirectory() as folder:
        samples = []
        for clip in range(CLIPS):
            path = Path(folder, f"{clip}.mp4")
            write_clip(path, 60, Fraction(6), "red", "right")
            asked = (f"{clip}.{number}" for number in range(QUESTIONS))
            samples += [Sample(name, "fgqa", path, "Where?", "There.", None, None, None, {}) for name in asked]
        ours, theirs = (_busy_share(side(samples)) for side in (_ours, _peer))
        yield Measure("loader-wait", 1.0, 100 * ours, 100 * theirs, "%")
        print(f"      waited for input: ours {1 - ours:.1%} of a step, peer {1 - theirs:.1%}", file=sys.stderr)


def _busy_share(sizes: Iterator[int]) -> float:
    """The share of the time in which a device computes that takes DEVICE_S for each of so many samples a step."""
    next(sizes)
    began, busy = perf_counter(), 0.0
    for samples in sizes:
        sleep(samples * DEVICE_S)
        busy += samples * DEVICE_S
    return busy / (perf_counter() - began)


def _ours(samples: Sequence[Sample]) -> Iterator[int]:
    tokenizer = build_tokenizer(["Where? There."], 300)
    encoder = ChatEncoder(tokenizer, tokenizer.convert_tokens_to_ids("<|video|>"))
    order = SampleOrder(samples, seed=0)
    reading = Reading("shared", 32768, 16384, 256, SIZE, pad_id=0)
    with Pictures(View(SIZE), processes=1) as pictures:
        stream = Stream(samples, pictures, encoder, Rejects(0), reading)
        steps = 2 * len(samples) // STEP
        for step in stream.steps(((n, [[i] for i in order.batch(n, STEP)]) for n in range(steps)), ahead=2):
            for batch in step.batches:
                torch.cat(batch.pictures)  # what the bus would carry is read here
            yield len(step.examples)


class _Decoded(torch.utils.data.Dataset[torch.Tensor]):
    def __init__(self, samples: Sequence[Sample]) -> None:
        self._samples = samples

    def __len__(self) -> int:
        return len(self._samples)

    def __getitem__(self, index: int) -> torch.Tensor:
        return normalise(torch.from_numpy(read_frames(self._samples[index].clip, size=SIZE)))


def _peer(samples: Sequence[Sample]) -> Iterator[int]:
    loader: Any = torch.utils.data.DataLoader(
        _Decoded(samples), batch_size=1, shuffle=True, num_workers=1, prefetch_factor=2 * STEP, collate_fn=list
    )
    for _ in range(2):
        for batch in loader:
            yield len(batch)
