"""What a benchmark reports: ours against a peer's plain way, and the goal that the ratio has to reach."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Measure:
    """One line of `make bench`. `ours` and `peer` are rates (more is better) in `unit`."""

    name: str
    goal: float
    ours: float
    peer: float
    unit: str

    @property
    def ratio(self) -> float:
        """Ours by the peer's; at least `goal` is wanted."""
        return self.ours / self.peer

    def line(self) -> str:
        """The line that is printed and may be parsed."""
        return (
            f"BENCH {self.name} ratio={self.ratio:.3f} goal={self.goal:g} "
            f"ours={self.ours:.1f}{self.unit} peer={self.peer:.1f}{self.unit}"
        )
