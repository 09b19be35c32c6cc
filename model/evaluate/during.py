"""Benchmarks answered and scored while a run trains: the same items and scores as an evaluation, a few of them."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import torch

from model.config import TrainConfig
from model.data.pictures import Pictures
from model.data.release import Release
from model.distributed import World, gathered
from model.evaluate.benchmark import Item
from model.evaluate.generate import answer
from model.evaluate.registry import chosen
from model.loss import PackedPlm
from model.plm import Plm


class InLoop:
    """The headline scores of a network as it is now.

    Ranks that hold its weights between them all answer the same items, in step: they gather each other's layers. Items
    whose clip cannot be decoded are not asked: what is wrong with the held-out split does not stop a training.
    """

    def __init__(
        self,
        release: Release,
        plm: Plm,
        module: PackedPlm,
        *,
        config: TrainConfig,
        pictures: Pictures,
        ranks: World,
    ) -> None:
        wanted = config.benchmarks
        self._benchmarks = chosen(wanted.names)
        taken = [benchmark.questions(release, "test").first(wanted.limit) for benchmark in self._benchmarks]
        clips = {item.sample.clip_key: item.sample for items in taken for item in items}
        looked_at = {key: pictures.trouble(sample) for key, sample in clips.items()}
        seen = {key for key, trouble in looked_at.items() if trouble.result() is None}
        self._items: list[list[Item]] = [[item for item in items if item.sample.clip_key in seen] for items in taken]
        self._plm = plm
        self._module = module
        self._pictures = pictures
        self._ranks = ranks
        self._batch = wanted.batch
        self._low = config.precision == "bf16"

    def __call__(self) -> dict[str, float]:
        """`score/rtloc.mean_recall` and so on, in strict mode; what has no items has no score."""
        found: dict[str, float] = {}
        with gathered(self._module), self._autocast():
            for benchmark, items in zip(self._benchmarks, self._items, strict=True):
                answers = answer(self._plm, items, self._pictures, batch=self._batch, everywhere=self._ended_everywhere)
                value = benchmark.score(items, answers).strict.get(benchmark.headline)
                if value is not None:
                    found[f"score/{benchmark.name}.{benchmark.headline}"] = value
        return found

    def _ended_everywhere(self, ended: bool) -> bool:
        return not self._ranks.any(not ended)

    def _autocast(self) -> AbstractContextManager[object]:
        if not self._low:
            return nullcontext()
        return torch.autocast(self._plm.network.device.type, dtype=torch.bfloat16)
