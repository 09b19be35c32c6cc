"""What goes over the wire about people."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from server.tables.accounts import InvitationPurpose, Locale, Scope, Theme
from server.tables.projects import ProjectKind, Role

Email = Annotated[
    str, StringConstraints(strip_whitespace=True, to_lower=True, max_length=254, pattern=r"^[^@\s<>]+@[^@\s<>]+$")
]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
Password = Annotated[str, StringConstraints(min_length=1, max_length=1000)]


class In(BaseModel):
    """Unknown fields are refused: a typo never silently does nothing."""

    model_config = ConfigDict(extra="forbid")


class Login(In):
    """A log-in."""

    email: Annotated[str, StringConstraints(max_length=254)]
    password: Password


class MyProject(BaseModel):
    """A project that I am in."""

    id: UUID
    name: str
    kind: ProjectKind
    role: Role


Chord = Annotated[str, StringConstraints(max_length=48, pattern=r"^(Mod\+)?(Alt\+)?(Shift\+)?[A-Z][A-Za-z0-9]*$")]
"""Modifiers in this order, then a KeyboardEvent code: `Mod+Shift+KeyZ`."""
ActionId = Annotated[str, StringConstraints(max_length=64, pattern=r"^[A-Za-z0-9_.]+$")]


Keys = Annotated[dict[ActionId, Annotated[list[Chord], Field(max_length=6)]], Field(max_length=300)]


class Preferences(BaseModel):
    """How a person works, the same in every browser. What a newer version of the site stored beside it does no harm."""

    keys: Keys = Field(default_factory=dict)
    """Instead of an action's own keys. That no two actions of a screen share one is the screen's check."""
    reaction_ms: int = Field(default=250, ge=0, le=1000)
    """From seeing a moment to pressing its key: marks that are made while the clip plays are set this much earlier."""
    tour_done: bool = False
    setup_done: bool = False
    """The checklist of a new site was put away."""


class PreferencesPatch(In):
    """What changes of how a person works; what is left out stays, so that two pages do not undo each other."""

    keys: Keys | None = None
    reaction_ms: int | None = Field(default=None, ge=0, le=1000)
    tour_done: bool | None = None
    setup_done: bool | None = None


class Me(BaseModel):
    """Who I am."""

    id: UUID
    email: str
    name: str
    is_admin: bool
    locale: Locale
    theme: Theme
    preferences: Preferences
    projects: list[MyProject]


class MePatch(In):
    """What I may change about myself."""

    name: Name | None = None
    locale: Locale | None = None
    theme: Theme | None = None
    preferences: PreferencesPatch | None = None


class PasswordChange(In):
    """A new password."""

    current: Password
    new: Password


class TokenIn(In):
    """A token to make."""

    name: Name
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=2)]
    expires_at: AwareDatetime | None = None


class TokenOut(BaseModel):
    """A token; itself only its beginning."""

    id: UUID
    name: str
    prefix: str
    scopes: list[Scope]
    expires_at: datetime | None
    last_used_at: datetime | None
    created_at: datetime


class TokenMade(TokenOut):
    """A new token, shown this once."""

    token: str


class Tokens(BaseModel):
    """All my tokens."""

    items: list[TokenOut]
    next: None


class UserIn(In):
    """A person to invite."""

    email: Email
    name: Name
    is_admin: bool = False


class UserPatch(In):
    """What an admin may change about a person."""

    name: Name | None = None
    is_admin: bool | None = None
    active: bool | None = None


class UserOut(BaseModel):
    """A person, for admins."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    email: str
    name: str
    is_admin: bool
    active: bool
    created_at: datetime


class UserInvited(BaseModel):
    """A new person and the link to send them."""

    user: UserOut
    invitation_url: str


class Link(BaseModel):
    """A one-time link."""

    invitation_url: str


class InvitationOut(BaseModel):
    """Whom a one-time link is for."""

    email: str
    name: str
    purpose: InvitationPurpose


class InvitationAnswer(In):
    """The password that the person chose."""

    name: Name | None = None
    password: Password


class DemoAccount(BaseModel):
    """A log-in of the demo, shown on its log-in page."""

    email: str
    name: str
    password: str
    role: str


class SystemOut(BaseModel):
    """What the log-in page needs to know."""

    name: str
    version: str
    propagators: list[str]
    recipes: list[str]
    demo_accounts: list[DemoAccount] | None
