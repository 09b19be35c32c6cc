"""What a start refuses: settings that let anybody in, lose work, or can not be understood. Each is named."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from limits import parse_many
from pydantic import SecretStr
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from server.settings import KNOWN_SECRETS, MIN_SECRET, Settings, UnsafeSettings

KNOWN_PASSWORDS = frozenset(
    (*KNOWN_SECRETS, "postgres", "admin", "root", "redis", "minio", "minioadmin", "test", "example", "user", "1234")
)
"""Passwords of databases, brokers and stores that stand in everybody's manual."""
MIN_METRICS_TOKEN = 16


def refuse_unsafe(settings: Settings) -> None:
    """Raise UnsafeSettings, naming the setting. Most is asked of production only."""
    _understood(settings)
    if settings.job_lost_seconds < 2 * settings.job_heartbeat_seconds:
        raise UnsafeSettings(
            "VIDGRAIN_JOB_LOST_SECONDS must be at least twice VIDGRAIN_JOB_HEARTBEAT_SECONDS: "
            "else jobs are taken from workers that are well"
        )
    if settings.metrics_token and len(settings.metrics_token.get_secret_value()) < MIN_METRICS_TOKEN:
        raise UnsafeSettings(f"VIDGRAIN_METRICS_TOKEN must have at least {MIN_METRICS_TOKEN} characters")
    if settings.is_sqlite and settings.redis_url:
        raise UnsafeSettings("VIDGRAIN_DATABASE_URL is needed beside VIDGRAIN_REDIS_URL: workers cannot share SQLite")
    if settings.production:
        _production(settings)


def _understood(settings: Settings) -> None:
    try:
        kind = make_url(settings.database).drivername
    except ArgumentError:
        kind = ""
    if kind not in ("sqlite", "sqlite+pysqlite", "postgresql+psycopg"):
        # The text is not told: it may carry a password.
        raise UnsafeSettings("VIDGRAIN_DATABASE_URL must begin with postgresql+psycopg:// or sqlite:///")
    if settings.redis_url and urlsplit(settings.redis_url).scheme not in ("redis", "rediss", "unix"):
        raise UnsafeSettings("VIDGRAIN_REDIS_URL must begin with redis://, rediss:// or unix://")
    try:
        parse_many(settings.login_limit)
    except ValueError:
        raise UnsafeSettings("VIDGRAIN_LOGIN_LIMIT must be like 10/minute") from None


def _production(settings: Settings) -> None:
    if settings.demo:
        raise UnsafeSettings("VIDGRAIN_DEMO shows passwords to everybody: it does not go with production")
    secret = _plain(settings.secret)
    if len(secret) < MIN_SECRET:
        raise UnsafeSettings(
            f"VIDGRAIN_SECRET must have at least {MIN_SECRET} characters; "
            "make one with: python -c 'import secrets; print(secrets.token_urlsafe(48))'"
        )
    if secret.lower().startswith(KNOWN_SECRETS) or len(set(secret)) < 8:
        raise UnsafeSettings("VIDGRAIN_SECRET is an example value or too regular: set a random one")
    if not settings.public_url:
        raise UnsafeSettings(
            "VIDGRAIN_PUBLIC_URL is not set: invitation links would be made of whatever address a request names"
        )
    address = urlsplit(settings.public_url)
    if address.scheme != "https" or not address.hostname or "@" in address.netloc or address.query or address.fragment:
        raise UnsafeSettings("VIDGRAIN_PUBLIC_URL must begin with https:// in production, as https://host")
    passwords = {
        "VIDGRAIN_DATABASE_URL": make_url(settings.database).password,
        "VIDGRAIN_REDIS_URL": unquote(urlsplit(settings.redis_url).password or ""),
        "VIDGRAIN_S3_ACCESS_KEY": _plain(settings.s3_access_key) if settings.s3_bucket else "",
        "VIDGRAIN_S3_SECRET_KEY": _plain(settings.s3_secret_key) if settings.s3_bucket else "",
        "VIDGRAIN_METRICS_TOKEN": _plain(settings.metrics_token),
    }
    for name, password in passwords.items():
        if str(password or "").lower() in KNOWN_PASSWORDS:
            raise UnsafeSettings(f"{name} holds a password that everybody knows: set a random one")


def _plain(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret is not None else ""


def refuse_processes(settings: Settings, processes: int) -> None:
    """Raise UnsafeSettings unless so many processes may serve these settings."""
    if processes == 1:
        return
    if settings.is_sqlite:
        raise UnsafeSettings(
            f"{processes} processes cannot share SQLite: set VIDGRAIN_DATABASE_URL to PostgreSQL, or serve with one"
        )
    if not settings.redis_url:
        raise UnsafeSettings(
            f"{processes} processes tell each other's pages nothing without Redis: "
            "set VIDGRAIN_REDIS_URL, or serve with one"
        )
