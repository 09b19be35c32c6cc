"""What can be wrong with a decision."""

from __future__ import annotations

from server.errors import Conflict, Forbidden, Unprocessable


class OwnWork(Forbidden):
    """Nobody decides on their own work."""


class NothingToDecide(Conflict):
    """This task is handed in, not decided."""


class ReturnIncomplete(Unprocessable):
    """A return says where the work goes and why."""
