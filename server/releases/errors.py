"""What can be wrong when a release is asked for, built or read."""

from __future__ import annotations

from server.errors import Conflict, Gone, NotFound, Unavailable, Unprocessable


class ReleaseNotFound(NotFound):
    """There is no such release, or you may not see it."""


class ReleaseFileNotFound(NotFound):
    """This release has no such file."""


class NothingAccepted(Conflict):
    """Nothing is accepted in this project yet: a release holds only accepted work."""


class NothingSelected(Conflict):
    """The rule selects nothing: no work meets all of its conditions."""


class OtherRequest(Unprocessable):
    """This Idempotency-Key was used for another request: draw a new one."""


class ReleaseNotReady(Conflict):
    """This release is not built (yet)."""


class ReleaseKept(Conflict):
    """This release is kept because somebody relies on it: take that back first."""


class ReleaseDeleted(Gone):
    """This release was deleted."""


class NotComparable(Conflict):
    """These releases cannot be compared."""


class PreviewsWait(Unavailable):
    """Too many people look at what a release would hold at this moment: try again."""
