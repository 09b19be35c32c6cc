"""Routes of people: log-in, my account, my tokens, and what admins do."""

from __future__ import annotations

import json
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from annotator.propagate.registry import NAMES as PROPAGATORS
from model.recipes import RECIPES
from server.access import COOKIE, CurrentActor, CurrentAdmin, CurrentPerson, SessionOnly, hash_token
from server.accounts import errors, login, people, tokens
from server.accounts.schemas import (
    DemoAccount,
    InvitationAnswer,
    InvitationOut,
    Link,
    Login,
    Me,
    MePatch,
    MyProject,
    PasswordChange,
    Preferences,
    SystemOut,
    TokenIn,
    TokenMade,
    TokenOut,
    Tokens,
    UserIn,
    UserInvited,
    UserOut,
    UserPatch,
)
from server.db import Db, Page, page
from server.errors import NotFound, Unauthorized, responses
from server.parts import Parts
from server.settings import Settings
from server.tables.accounts import AccessToken, InvitationPurpose, Scope, User, UserSession
from server.tables.projects import Membership, Project, Role

router = APIRouter(tags=["accounts"])


def _parts(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


def _me(db: Session, user: User) -> Me:
    rows = db.execute(
        select(Project.id, Project.name, Project.kind, Membership.role)
        .join(Membership, Membership.project_id == Project.id)
        .where(Membership.user_id == user.id, Project.archived.is_(False))
        .order_by(Project.name, Project.id)
    )
    return Me(
        id=user.id,
        email=user.email,
        name=user.name,
        is_admin=user.is_admin,
        locale=user.locale,
        theme=user.theme,
        preferences=Preferences.model_validate(user.preferences),
        projects=[MyProject(id=i, name=n, kind=k, role=Role(r)) for i, n, k, r in rows],
    )


def _start_session(request: Request, response: Response, db: Session, user: User) -> None:
    parts = _parts(request)
    hours = parts.settings.session_hours
    response.set_cookie(
        COOKIE,
        login.open_session(db, parts.key, user, hours),
        max_age=hours * 3600,
        path="/",
        httponly=True,
        samesite="lax",
        secure=parts.settings.cookie_secure,
    )


def _link(request: Request, token: str) -> str:
    base = _parts(request).settings.public_url or str(request.base_url)
    return f"{base.rstrip('/')}/invitation/{token}"


@router.post("/session", responses=responses(errors.WrongLogin, errors.TooManyLogins))
def log_in(request: Request, response: Response, db: Db, body: Login) -> Me:
    """Log in: sets the session cookie."""
    request.app.state.login_limit.hit(body.email, request.client.host if request.client else "")
    user = login.log_in(db, body.email, body.password)
    _start_session(request, response, db, user)
    return _me(db, user)


@router.delete("/session", status_code=204)
def log_out(request: Request, response: Response, db: Db) -> None:
    """Log out here. Silent when one is not logged in."""
    cookie = request.cookies.get(COOKIE)
    if cookie:
        hashed = hash_token(_parts(request).key, cookie)
        found = db.scalar(select(UserSession).where(UserSession.token_hash == hashed))
        if found is not None:
            login.log_out(db, found.id)
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax")


@router.delete("/sessions", status_code=204, responses=responses(Unauthorized, SessionOnly))
def log_out_everywhere(response: Response, db: Db, who: CurrentPerson) -> None:
    """Log out on all machines."""
    login.log_out_everywhere(db, who.id)
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax")


@router.get("/me", responses=responses(Unauthorized))
def get_me(db: Db, who: CurrentActor) -> Me:
    """Who I am, and my projects."""
    return _me(db, who.user)


@router.patch("/me", responses=responses(Unauthorized, SessionOnly))
def edit_me(db: Db, who: CurrentPerson, body: MePatch) -> Me:
    """Change my name, language, theme, or how I work."""
    user = who.user
    if body.preferences is not None:
        # Two pages may change two of them at once.
        db.refresh(user, ["preferences"], with_for_update=True)
        user.preferences = {**user.preferences, **body.preferences.model_dump(exclude_none=True)}
    if body.name is not None:
        user.name = body.name
    if body.locale is not None:
        user.locale = body.locale
    if body.theme is not None:
        user.theme = body.theme
    db.flush()
    return _me(db, user)


@router.post(
    "/me/password",
    status_code=204,
    responses=responses(Unauthorized, SessionOnly, errors.WrongPassword, errors.WeakPassword, errors.TooManyLogins),
)
def change_password(request: Request, db: Db, who: CurrentPerson, body: PasswordChange) -> None:
    """Change my password. My other sessions end."""
    # Whoever found an open browser must not guess here instead.
    request.app.state.login_limit.hit(who.user.email, request.client.host if request.client else "")
    login.change_password(db, who.user, body.current, body.new, here=who.session_id)


def _token_out(row: AccessToken) -> TokenOut:
    return TokenOut(
        id=row.id,
        name=row.name,
        prefix=row.prefix,
        scopes=[Scope(s) for s in row.scopes],
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        created_at=row.created_at,
    )


@router.get("/me/tokens", responses=responses(Unauthorized, SessionOnly))
def list_tokens(db: Db, who: CurrentPerson) -> Tokens:
    """My access tokens that work."""
    return Tokens(items=[_token_out(row) for row in tokens.list_tokens(db, who.user)], next=None)


@router.post("/me/tokens", status_code=201, responses=responses(Unauthorized, SessionOnly, tokens.TooManyTokens))
def make_token(request: Request, db: Db, who: CurrentPerson, body: TokenIn) -> TokenMade:
    """Make an access token. It is shown this once. Tokens can not make tokens."""
    row, token = tokens.make_token(
        db, _parts(request).key, who.user, name=body.name, scopes=body.scopes, expires_at=body.expires_at
    )
    return TokenMade(**_token_out(row).model_dump(), token=token)


@router.delete("/me/tokens/{token_id}", status_code=204, responses=responses(Unauthorized, SessionOnly, NotFound))
def revoke_token(db: Db, who: CurrentPerson, token_id: UUID) -> None:
    """Revoke an access token."""
    tokens.revoke_token(db, who.user, token_id)


@router.get("/users", responses=responses(Unauthorized, SessionOnly))
def list_users(
    db: Db, _: CurrentAdmin, limit: Annotated[int, Query(ge=1, le=200)] = 50, cursor: str | None = None
) -> Page[UserOut]:
    """All people."""
    rows, following = page(db, select(User), (User.name, User.id), cursor=cursor, limit=limit)
    return Page(items=[UserOut.model_validate(row) for row in rows], next=following)


@router.post("/users", status_code=201, responses=responses(Unauthorized, SessionOnly, errors.EmailTaken))
def add_user(request: Request, db: Db, _: CurrentAdmin, body: UserIn) -> UserInvited:
    """Invite a person: send them the link."""
    parts = _parts(request)
    user = people.add_user(db, body.email, body.name, is_admin=body.is_admin)
    token = people.invite(db, parts.key, user, InvitationPurpose.INVITE, parts.settings.invitation_hours)
    return UserInvited(user=UserOut.model_validate(user), invitation_url=_link(request, token))


def _user(db: Session, user_id: UUID) -> User:
    user = db.get(User, user_id)
    if user is None:
        raise NotFound
    return user


@router.patch(
    "/users/{user_id}",
    responses=responses(Unauthorized, SessionOnly, NotFound, errors.OwnAccount, errors.LastAdmin),
)
def edit_user(db: Db, who: CurrentAdmin, user_id: UUID, body: UserPatch) -> UserOut:
    """Change a person. Deactivating ends their sessions and tokens and returns their tasks."""
    user = people.edit_user(
        db, _user(db, user_id), by=who.id, name=body.name, is_admin=body.is_admin, active=body.active
    )
    return UserOut.model_validate(user)


@router.post("/users/{user_id}/reset", responses=responses(Unauthorized, SessionOnly, NotFound, errors.Deactivated))
def reset_user(request: Request, db: Db, _: CurrentAdmin, user_id: UUID) -> Link:
    """Take a person's password away and get a one-time link for a new one."""
    parts = _parts(request)
    return Link(
        invitation_url=_link(request, people.reset(db, parts.key, _user(db, user_id), parts.settings.invitation_hours))
    )


@router.get("/invitations/{token}", responses=responses(errors.InvitationOver))
def get_invitation(request: Request, db: Db, token: str) -> InvitationOut:
    """Whom a one-time link is for."""
    row = people.find_invitation(db, _parts(request).key, token)
    return InvitationOut(email=row.user.email, name=row.user.name, purpose=row.purpose)


@router.post("/invitations/{token}", responses=responses(errors.InvitationOver, errors.WeakPassword))
def accept_invitation(request: Request, response: Response, db: Db, token: str, body: InvitationAnswer) -> Me:
    """Set a password by a one-time link, and log in."""
    user = people.accept_invitation(db, _parts(request).key, token, body.name, body.password)
    _start_session(request, response, db, user)
    return _me(db, user)


def _demo_accounts(settings: Settings) -> list[DemoAccount] | None:
    path = settings.data_folder / "demo-accounts.json"
    if not settings.demo or settings.production or not path.exists():
        return None
    return [DemoAccount.model_validate(item) for item in json.loads(path.read_text())]


@router.get("/system")
def system(request: Request) -> SystemOut:
    """What the log-in page needs to know. Public."""
    return SystemOut(
        name="Vidgrain",
        version=request.app.version,
        propagators=list(PROPAGATORS),
        recipes=list(RECIPES),
        demo_accounts=_demo_accounts(_parts(request).settings),
    )
