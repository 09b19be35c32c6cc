"""Who is asking, and what they may see: `visible` and `require` are the only membership filters."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, Literal, TypeVar
from uuid import UUID

from fastapi import Depends, Request
from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload

from server.db import Base, Db, now
from server.errors import Forbidden, NotFound, Unauthorized
from server.tables.accounts import AccessToken, Scope, User, UserSession
from server.tables.projects import Membership, Role

COOKIE = "vg_session"
TOKEN_PREFIX = "vg_"  # noqa: S105 - the visible beginning of tokens, no secret
_SEEN_EVERY = timedelta(minutes=5)

T = TypeVar("T", bound=Base)


class SessionOnly(Forbidden):
    """Access tokens can not do this: sign in."""


class AdminOnly(Forbidden):
    """Only an admin may do this."""


class RoleTooLow(Forbidden):
    """Your role in this project does not allow this."""


class ScopeMissing(Forbidden):
    """This access token may only read."""


@dataclass(frozen=True)
class Actor:
    """The person behind a request and how they came in. `user` belongs to the request's session."""

    user: User
    via: Literal["session", "token"]
    scopes: frozenset[Scope]
    session_id: UUID | None = None

    @property
    def id(self) -> UUID:
        """The person's id."""
        return self.user.id

    @property
    def is_admin(self) -> bool:
        """True when the person may do everything a lead may, in every project."""
        return self.user.is_admin


def hash_token(key: bytes, token: str) -> str:
    """What is stored of a session cookie, a one-time link or an access token: nobody can log in from a stolen table."""
    return hmac.new(key, token.encode(), hashlib.sha256).hexdigest()


_TOKEN = select(AccessToken).options(joinedload(AccessToken.user))
_SESSION = select(UserSession).options(joinedload(UserSession.user))


def _by_token(db: Session, key: bytes, token: str, *, writes: bool) -> Actor:
    row = db.scalar(_TOKEN.where(AccessToken.token_hash == hash_token(key, token)))
    moment = now()
    if row is None or row.revoked_at is not None or (row.expires_at is not None and row.expires_at <= moment):
        raise Unauthorized("This access token is unknown, revoked or expired.", headers={"WWW-Authenticate": "Bearer"})
    if not row.user.active:
        raise Unauthorized("This account is deactivated.")
    if writes:
        if Scope.WRITE.value not in row.scopes:
            raise ScopeMissing
        if row.last_used_at is None or moment - row.last_used_at > _SEEN_EVERY:
            row.last_used_at = moment
    return Actor(row.user, "token", frozenset(Scope(s) for s in row.scopes))


def _by_cookie(db: Session, key: bytes, cookie: str, *, writes: bool) -> Actor:
    row = db.scalar(_SESSION.where(UserSession.token_hash == hash_token(key, cookie)))
    moment = now()
    if row is None or row.expires_at <= moment or not row.user.active:
        raise Unauthorized
    if writes and moment - row.last_seen_at > _SEEN_EVERY:
        row.last_seen_at = moment
    return Actor(row.user, "session", frozenset(Scope), row.id)


def actor(request: Request, db: Db) -> Actor:
    """The signed-in person, by access token or session cookie; else Unauthorized."""
    key: bytes = request.app.state.parts.key
    writes = request.method not in ("GET", "HEAD", "OPTIONS")
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        return _by_token(db, key, token.strip(), writes=writes)
    cookie = request.cookies.get(COOKIE)
    if not cookie:
        raise Unauthorized
    return _by_cookie(db, key, cookie, writes=writes)


CurrentActor = Annotated[Actor, Depends(actor, scope="function")]
"""Anybody signed in."""


def person(who: CurrentActor) -> Actor:
    """The signed-in person, not a token: for what tokens can not do."""
    if who.via != "session":
        raise SessionOnly
    return who


CurrentPerson = Annotated[Actor, Depends(person, scope="function")]
"""Somebody signed in by a session: accounts, tokens and passwords."""


def admin(who: CurrentPerson) -> Actor:
    """A signed-in admin."""
    if not who.is_admin:
        raise AdminOnly
    return who


CurrentAdmin = Annotated[Actor, Depends(admin, scope="function")]
"""An admin signed in by a session."""


def visible(
    who: Actor, project_id: InstrumentedAttribute[UUID] | InstrumentedAttribute[UUID | None]
) -> ColumnElement[bool]:
    """A condition for `where`: the row's project is one that the person is in. Takes the column of the project's id."""
    if who.is_admin:
        return true()
    return project_id.in_(select(Membership.project_id).where(Membership.user_id == who.id))


def role_in(db: Session, who: Actor, project_id: UUID) -> Role | None:
    """The person's role in a project, None when they are not in it. An admin is a lead everywhere."""
    if who.is_admin:
        return Role.LEAD
    role = db.scalar(select(Membership.role).where(Membership.user_id == who.id, Membership.project_id == project_id))
    return None if role is None else Role(role)


def require(db: Session, who: Actor, project_id: UUID, wanted: Role = Role.ANNOTATOR) -> Role:
    """The person's role in the project. NotFound when they are not in it, RoleTooLow when it does not suffice."""
    role = role_in(db, who, project_id)
    if role is None:
        raise NotFound
    if role.rung < wanted.rung:
        raise RoleTooLow(f"Only a {wanted.value} may do this; you are {role.value} in this project.")
    return role


def find(db: Session, who: Actor, table: type[T], row_id: UUID, wanted: Role = Role.ANNOTATOR) -> T:
    """The row of a table that has a `project_id`, when the person may see it and their role suffices.

    NotFound for a row that does not exist and for one of a foreign project alike.
    """
    row: Any = db.get(table, row_id)
    if row is None:
        raise NotFound
    require(db, who, row.project_id, wanted)
    return row  # type: ignore[no-any-return]
