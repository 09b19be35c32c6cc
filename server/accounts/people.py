"""Adding, inviting, changing and deactivating people. Nobody signs up by themselves."""

from __future__ import annotations

import secrets
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from server.access import hash_token
from server.accounts.errors import Deactivated, EmailTaken, InvitationOver, LastAdmin, OwnAccount
from server.accounts.login import log_out_everywhere
from server.accounts.passwords import check_password, hash_password
from server.db import now
from server.errors import NotFound
from server.events import announce_access
from server.jobs import enqueue
from server.tables.accounts import AccessToken, Invitation, InvitationPurpose, User


def add_user(session: Session, email: str, name: str, *, is_admin: bool = False, password: str | None = None) -> User:
    """A new person. Without a password they can not log in until they follow their invitation."""
    email = email.strip().lower()
    if session.scalar(select(User.id).where(User.email == email)) is not None:
        raise EmailTaken(f"{email} is taken.", field="email")
    if password is not None:
        check_password(password, email)
    user = User(
        email=email,
        name=name.strip() or email.partition("@")[0],
        is_admin=is_admin,
        password_hash=hash_password(password) if password is not None else None,
    )
    session.add(user)
    session.flush()
    return user


def user_by_email(session: Session, email: str) -> User:
    """The person with this address; NotFound names it."""
    user = session.scalar(select(User).where(User.email == email.strip().lower()))
    if user is None:
        raise NotFound(f"Nobody has the address {email}.", field="email")
    return user


def invite(session: Session, key: bytes, user: User, purpose: InvitationPurpose, hours: int) -> str:
    """A one-time link's token with which the person sets a password. Older links of theirs stop working."""
    if not user.active:
        raise Deactivated
    moment = now()
    session.execute(
        update(Invitation).where(Invitation.user_id == user.id, Invitation.used_at.is_(None)).values(used_at=moment)
    )
    token = secrets.token_urlsafe(32)
    session.add(
        Invitation(
            user_id=user.id,
            purpose=purpose,
            token_hash=hash_token(key, token),
            expires_at=moment + timedelta(hours=hours),
        )
    )
    session.flush()
    return token


def find_invitation(session: Session, key: bytes, token: str) -> Invitation:
    """The open invitation of a link; InvitationOver when it is used, expired or unknown."""
    row = session.scalar(select(Invitation).where(Invitation.token_hash == hash_token(key, token)))
    if row is None or row.used_at is not None or row.expires_at <= now() or not row.user.active:
        raise InvitationOver
    return row


def accept_invitation(session: Session, key: bytes, token: str, name: str | None, password: str) -> User:
    """Set the password by a one-time link. Ends all sessions: whoever knew the old password is out."""
    row = find_invitation(session, key, token)
    user = row.user
    check_password(password, user.email)
    used = session.execute(
        update(Invitation).where(Invitation.id == row.id, Invitation.used_at.is_(None)).values(used_at=now())
    )
    if used.rowcount != 1:  # type: ignore[attr-defined]  # somebody used it at the same moment
        raise InvitationOver
    user.password_hash = hash_password(password)
    if name and name.strip():
        user.name = name.strip()
    log_out_everywhere(session, user.id)
    session.flush()
    return user


def reset(session: Session, key: bytes, user: User, hours: int) -> str:
    """Take the password away, end all sessions, and give the token of a one-time link."""
    token = invite(session, key, user, InvitationPurpose.RESET, hours)
    user.password_hash = None
    log_out_everywhere(session, user.id)
    session.flush()
    return token


def edit_user(
    session: Session,
    user: User,
    *,
    by: UUID | None,
    name: str | None = None,
    is_admin: bool | None = None,
    active: bool | None = None,
) -> User:
    """Change a person. `by` is who does it, None for the command line."""
    if by == user.id and (is_admin is False or active is False):
        raise OwnAccount
    loses = user.is_admin and user.active and (is_admin is False or active is False)
    if loses and _active_admins(session) <= 1:
        raise LastAdmin
    if name is not None:
        user.name = name.strip() or user.name
    if is_admin is not None:
        user.is_admin = is_admin
        announce_access(session, user.id)
    if active is not None and active != user.active:
        user.active = active
        if not active:
            _leave(session, user)
    session.flush()
    return user


def _active_admins(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(User).where(User.is_admin, User.active)) or 0


def _leave(session: Session, user: User) -> None:
    """Somebody left: no session, token or link works any more, and what they hold goes back to the queue."""
    moment = now()
    log_out_everywhere(session, user.id)
    session.execute(
        update(AccessToken)
        .where(AccessToken.user_id == user.id, AccessToken.revoked_at.is_(None))
        .values(revoked_at=moment)
    )
    session.execute(
        update(Invitation).where(Invitation.user_id == user.id, Invitation.used_at.is_(None)).values(used_at=moment)
    )
    # Tasks come after accounts: they are woken by name.
    enqueue(session, "return_leases", {"user_id": str(user.id)}, dedupe_key=f"return_leases:{user.id}")
