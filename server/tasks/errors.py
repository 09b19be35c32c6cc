"""What can be wrong when somebody works on a task."""

from __future__ import annotations

from server.errors import Conflict, NotFound


class TaskNotFound(NotFound):
    """There is no such task, or you may not see it."""


class LeaseLost(Conflict):
    """This task is not yours at the moment: its time ran out, or it was given back."""


class TaskAlreadySubmitted(Conflict):
    """This task is already submitted."""


class TaskNotReady(Conflict):
    """This task cannot be changed in its present state."""
