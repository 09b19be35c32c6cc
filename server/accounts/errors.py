"""What can go wrong with accounts."""

from __future__ import annotations

from server.errors import Conflict, Forbidden, Gone, TooMany, Unauthorized, Unprocessable


class WrongLogin(Unauthorized):
    """The e-mail address or the password is wrong."""


class TooManyLogins(TooMany):
    """Too many attempts to log in: wait a minute."""


class WrongPassword(Unprocessable):
    """The present password is wrong."""


class WeakPassword(Unprocessable):
    """This password is too easy to guess."""


class EmailTaken(Conflict):
    """Somebody has this e-mail address already."""


class InvitationOver(Gone):
    """This link was used, is too old, or was replaced by a newer one."""


class OwnAccount(Forbidden):
    """Nobody takes their own admin rights or deactivates themselves: ask another admin."""


class LastAdmin(Conflict):
    """This is the last active admin."""


class Deactivated(Conflict):
    """This account is deactivated: activate it first."""
