"""Benchmarks answered and scored while a run trains: the same items and scores as an evaluation, a few of them."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import torch

from model.config import TrainConfig
from model.data.release import Release
from model.data.samples import Clips
from model.distributed import gathered
from model.evaluate.generate import answer
from model.evaluate.registry import chosen
from model.loss import PackedPlm
from model.plm import Plm


class InLoop:
    """The headline scores of a network as it is now.

    Ranks that hold its weights between them all answer the same items, in step: they gather each other's layers.
    """

    def __init__(self, release: Release, plm: Plm, module: PackedPlm, config: TrainConfig) -> None:
        wanted = config.benchmarks
        self._benchmarks = chosen(wanted.names)
        self._items = [benchmark.questions(release, "test").items[: wanted.limit] for benchmark in self._benchmarks]
        self._plm = plm
        self._module = module
        self._clips = Clips(size=plm.image_size, frames=config.data.frames, cache_mb=512)
        self._batch = wanted.batch
        self._low = config.precision == "bf16"

    def __call__(self) -> dict[str, float]:
        """`score/rtloc.mean_recall` and so on, in strict mode; what has no items has no score."""
        found: dict[str, float] = {}
        with gathered(self._module), self._autocast():
            for benchmark, items in zip(self._benchmarks, self._items, strict=True):
                answers = answer(self._plm, items, self._clips, batch=self._batch)
                value = benchmark.score(items, answers).strict.get(benchmark.headline)
                if value is not None:
                    found[f"score/{benchmark.name}.{benchmark.headline}"] = value
        return found

    def _autocast(self) -> AbstractContextManager[object]:
        if not self._low:
            return nullcontext()
        return torch.autocast(self._plm.network.device.type, dtype=torch.bfloat16)
