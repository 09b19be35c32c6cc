"""`python -m tests.bench [name …]`: runs every bench_*.py here, or those named, and prints BENCH lines."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

from tests.bench.measure import Measure


def main(names: list[str]) -> int:
    """Run the benchmarks; the exit status is 1 when a goal is missed."""
    known = sorted(path.stem.removeprefix("bench_") for path in Path(__file__).parent.glob("bench_*.py"))
    unknown = set(names) - set(known)
    if unknown:
        print(f"no such benchmark: {', '.join(sorted(unknown))}; there are {', '.join(known)}", file=sys.stderr)
        return 2
    measures: list[Measure] = []
    for name in names or known:
        for measure in import_module(f"tests.bench.bench_{name}").run():
            print(measure.line(), flush=True)
            measures.append(measure)
    return int(any(measure.ratio < measure.goal for measure in measures))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
