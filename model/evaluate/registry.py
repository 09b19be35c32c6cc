"""The closed list of benchmarks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from model.config import ConfigError
from model.evaluate.benchmark import Benchmark
from model.evaluate.fgqa import Fgqa
from model.evaluate.rtloc import Rtloc

BENCHMARKS: Final[Mapping[str, Benchmark]] = {benchmark.name: benchmark for benchmark in (Rtloc(), Fgqa())}


def chosen(names: Sequence[str]) -> list[Benchmark]:
    """The benchmarks of these names, all for none; ConfigError names an unknown one and lists the known ones."""
    if unknown := [name for name in names if name not in BENCHMARKS]:
        raise ConfigError(f"benchmark {unknown[0]!r} does not exist; known benchmarks: {', '.join(sorted(BENCHMARKS))}")
    return [BENCHMARKS[name] for name in names or BENCHMARKS]
