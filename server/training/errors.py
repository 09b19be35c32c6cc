"""What can be wrong when a run is asked for or read."""

from __future__ import annotations

from server.errors import Conflict, NotFound, Unprocessable


class RunNotFound(NotFound):
    """There is no such run, or you may not see it."""


class RunFileNotFound(NotFound):
    """This run wrote no such file."""


class UnknownRecipe(Unprocessable):
    """There is no such recipe."""


class BadOverride(Unprocessable):
    """The recipe cannot be changed like this."""


class RunNotDone(Conflict):
    """Only the network of a finished run can be scored."""
