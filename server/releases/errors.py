"""What can be wrong when a release is asked for, built or read."""

from __future__ import annotations

from server.errors import Conflict, NotFound


class ReleaseNotFound(NotFound):
    """There is no such release, or you may not see it."""


class ReleaseFileNotFound(NotFound):
    """This release has no such file."""


class NothingAccepted(Conflict):
    """Nothing is accepted in this project yet: a release holds only accepted work."""


class ReleaseNotReady(Conflict):
    """This release is not built (yet)."""
