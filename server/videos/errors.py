"""What can be wrong with videos, uploads and segments."""

from __future__ import annotations

from server.errors import Conflict, NotFound, TooLarge, Unprocessable


class VideoNotFound(NotFound):
    """There is no such video, or you may not see it."""


class UploadNotFound(NotFound):
    """There is no such upload, or you may not see it."""


class PictureNotFound(NotFound):
    """The video has no such picture."""


class VideoNotReady(Conflict):
    """This video is not imported yet."""


class VideoInUse(Conflict):
    """Somebody worked on this video: it stays in the project."""


class OffsetDiffers(Conflict):
    """The upload stands at another place: go on from `received`."""


class UploadFinished(Conflict):
    """This upload is finished."""


class UploadIncomplete(Conflict):
    """Bytes are missing: go on from `received`."""


class UploadTooLarge(TooLarge):
    """This is more than the upload was announced to have, or more than the server accepts."""


class QuotaExceeded(Conflict):
    """There is no room left for this video."""


class AddressesRefused(Unprocessable):
    """Some of these addresses are not fetched: nothing was added."""


class FetchNotFound(NotFound):
    """There is no such fetch, or you may not see it."""


class FetchActive(Conflict):
    """This is being fetched: cancel it first."""


class HashDiffers(Unprocessable):
    """The bytes that came are not those that were sent: upload the file again."""
