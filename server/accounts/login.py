"""Logging in and out. A session is a random token whose hash is stored, so it can be ended from here."""

from __future__ import annotations

import secrets
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from server.access import hash_token
from server.accounts.errors import WrongLogin, WrongPassword
from server.accounts.passwords import check_password, hash_password, is_outdated, verify_password
from server.db import now
from server.events import announce_access
from server.tables.accounts import User, UserSession


def log_in(session: Session, email: str, password: str) -> User:
    """The person, when the password is theirs and the account is active; else WrongLogin, without saying why."""
    user = session.scalar(select(User).where(User.email == email.strip().lower()))
    right = verify_password(user.password_hash if user else None, password)
    if user is None or not right or not user.active:
        raise WrongLogin
    assert user.password_hash is not None
    if is_outdated(user.password_hash):
        user.password_hash = hash_password(password)
    return user


def open_session(session: Session, key: bytes, user: User, hours: int) -> str:
    """A new session of the person: the token for the cookie. Their expired ones are removed."""
    token = secrets.token_urlsafe(32)
    moment = now()
    session.execute(delete(UserSession).where(UserSession.user_id == user.id, UserSession.expires_at <= moment))
    session.add(
        UserSession(
            user_id=user.id,
            token_hash=hash_token(key, token),
            expires_at=moment + timedelta(hours=hours),
            last_seen_at=moment,
        )
    )
    session.flush()
    return token


def log_out(session: Session, session_id: UUID) -> None:
    """End one session."""
    user_id = session.scalar(delete(UserSession).where(UserSession.id == session_id).returning(UserSession.user_id))
    if user_id is not None:
        announce_access(session, user_id)


def log_out_everywhere(session: Session, user_id: UUID, *, but: UUID | None = None) -> None:
    """End all sessions of a person, except `but`."""
    gone = delete(UserSession).where(UserSession.user_id == user_id)
    session.execute(gone if but is None else gone.where(UserSession.id != but))
    announce_access(session, user_id)


def change_password(session: Session, user: User, current: str, new: str, *, here: UUID | None) -> None:
    """Set a new password and end the person's other sessions."""
    if not verify_password(user.password_hash, current):
        raise WrongPassword(field="current")
    check_password(new, user.email)
    user.password_hash = hash_password(new)
    log_out_everywhere(session, user.id, but=here)
    session.flush()
