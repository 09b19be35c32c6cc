"""What can be wrong with masklets, prompts and tracks."""

from __future__ import annotations

from server.errors import Conflict, NotFound, TimedOut, Unavailable, Unprocessable


class MaskletNotFound(NotFound):
    """There is no such masklet, or you may not see it."""


class TrackNotFound(NotFound):
    """There is no such track, or the masklet was not tracked yet."""


class MaskletSettled(Conflict):
    """This masklet is accepted or removed: it cannot be changed."""


class NotASubjectTask(Conflict):
    """Masklets are made in the task in which subjects are chosen."""


class PromptRefused(Unprocessable):
    """This prompt cannot be used."""


class PictureLocked(Conflict):
    """This picture is locked: unlock it first."""


class LockRefused(Unprocessable):
    """This span cannot be locked."""


class NothingToLock(Conflict):
    """There are no masks of the present prompts to lock here: follow the subject first."""


class VersionRefused(Conflict):
    """This version of the masks cannot be restored: it did not come to its end."""


class RangeRefused(Unprocessable):
    """There are no such pictures to follow."""


class NothingToTrack(Unprocessable):
    """Click or box the subject on at least one picture first."""


class ProposalLate(TimedOut):
    """The worker for clicks did not answer in time: try again, or ask an admin whether it runs."""


class ProposalFailed(TimedOut):
    """The worker could not make a mask from this prompt."""


class NotFollowed(Conflict):
    """Follow the subject first: its masks must be those of its present prompts, over the whole video."""


class SplitRefused(Unprocessable):
    """The subject cannot be split here."""


class MergeRefused(Unprocessable):
    """These subjects cannot be merged."""


class MergeLocked(Conflict):
    """A subject has locked spans: unlock them before it is merged."""


class ChangedMeanwhile(Conflict):
    """Somebody changed this subject meanwhile: nothing was done, try again."""


class AcceleratorTaken(Unavailable):
    """Other subjects that are followed just now have the accelerator's memory: this one goes on after them."""
