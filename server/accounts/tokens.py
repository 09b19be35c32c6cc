"""Personal access tokens for scripts: shown once, stored as a hash."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from server.access import TOKEN_PREFIX, hash_token
from server.db import now
from server.errors import Conflict, NotFound, Unprocessable
from server.tables.accounts import AccessToken, Scope, User

MOST = 50


class TooManyTokens(Conflict):
    """You have too many access tokens: revoke one first."""


def make_token(
    session: Session, key: bytes, user: User, *, name: str, scopes: Iterable[Scope], expires_at: datetime | None
) -> tuple[AccessToken, str]:
    """A new token's row, and the token itself, which nobody can read again. Writing includes reading."""
    if expires_at is not None and expires_at <= now():
        raise Unprocessable("The token would have expired already.", field="expires_at")
    if len(list_tokens(session, user)) >= MOST:
        raise TooManyTokens
    wanted = set(scopes)
    if Scope.WRITE in wanted:
        wanted.add(Scope.READ)
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    row = AccessToken(
        user_id=user.id,
        name=name.strip(),
        prefix=token[:9],
        token_hash=hash_token(key, token),
        scopes=sorted(s.value for s in wanted),
        expires_at=expires_at,
    )
    session.add(row)
    session.flush()
    return row, token


def list_tokens(session: Session, user: User) -> list[AccessToken]:
    """The person's tokens that work, newest first."""
    return list(
        session.scalars(
            select(AccessToken)
            .where(
                AccessToken.user_id == user.id,
                AccessToken.revoked_at.is_(None),
                or_(AccessToken.expires_at.is_(None), AccessToken.expires_at > now()),
            )
            .order_by(AccessToken.id.desc())
        )
    )


def revoke_token(session: Session, user: User, token_id: UUID) -> None:
    """End a token of the person. NotFound for one of somebody else."""
    row = session.get(AccessToken, token_id)
    if row is None or row.user_id != user.id or row.revoked_at is not None:
        raise NotFound
    row.revoked_at = now()
    session.flush()
