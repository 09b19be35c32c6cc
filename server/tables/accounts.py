"""People, their sessions, invitations and access tokens. Only hashes of secrets are stored."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.db import Base, Id, Json, Stamped, UtcDateTime, enum_column


class Locale(StrEnum):
    """Language of the web app."""

    EN = "en"
    KO = "ko"


class Theme(StrEnum):
    """Look of the web app; `system` follows the machine."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class InvitationPurpose(StrEnum):
    """Why a one-time link was made."""

    INVITE = "invite"
    RESET = "reset"


class Scope(StrEnum):
    """What an access token may do."""

    READ = "read"
    WRITE = "write"


class User(Stamped, Base):
    """A person. `email` is lower case. Without a password hash nobody can log in: the invitation is open."""

    __tablename__ = "users"

    id: Mapped[Id]
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    password_hash: Mapped[str | None] = mapped_column(String(255))
    is_admin: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)
    locale: Mapped[Locale] = mapped_column(enum_column(Locale), default=Locale.EN)
    theme: Mapped[Theme] = mapped_column(enum_column(Theme), default=Theme.SYSTEM)
    preferences: Mapped[dict[str, Any]] = mapped_column(Json, default=dict, server_default=text("'{}'"))
    """How this person works (accounts.schemas.Preferences): their keys, their reaction time, what they were shown."""


class UserSession(Stamped, Base):
    """One log-in of one browser."""

    __tablename__ = "user_sessions"

    id: Mapped[Id]
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    user: Mapped[User] = relationship()


class Invitation(Stamped, Base):
    """A one-time link with which a person sets a password."""

    __tablename__ = "invitations"

    id: Mapped[Id]
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    purpose: Mapped[InvitationPurpose] = mapped_column(enum_column(InvitationPurpose))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    user: Mapped[User] = relationship()


class AccessToken(Stamped, Base):
    """A personal token for REST. `prefix` is its readable beginning, shown so that people can tell theirs apart."""

    __tablename__ = "access_tokens"

    id: Mapped[Id]
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    prefix: Mapped[str] = mapped_column(String(16))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[list[str]] = mapped_column(Json)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    user: Mapped[User] = relationship()
