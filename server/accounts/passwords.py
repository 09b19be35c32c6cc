"""Passwords: argon2id hashes, and what is too easy to guess."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from server.accounts.errors import WeakPassword

SHORTEST = 10
LONGEST = 200
_COMMON = frozenset(
    [
        "password",
        "password1",
        "passw0rd",
        "1234567890",
        "12345678910",
        "0123456789",
        "qwertyuiop",
        "qwerty1234",
        "letmein123",
        "iloveyou12",
        "administrator",
        "welcome123",
        "changeme123",
        "vidgrain123",
    ]
)
_hasher = PasswordHasher()  # argon2id with the library's parameters (RFC 9106, low-memory profile)


def check_password(password: str, email: str) -> None:
    """Raise WeakPassword with the reason. Length counts, not kinds of characters (NIST SP 800-63B)."""
    if len(password) < SHORTEST:
        raise WeakPassword(f"A password has at least {SHORTEST} characters.", field="password")
    if len(password) > LONGEST:
        raise WeakPassword(f"A password has at most {LONGEST} characters.", field="password")
    plain = password.lower()
    if plain in _COMMON or len(set(plain)) < 4:
        raise WeakPassword("This password is among the first that anybody tries.", field="password")
    if plain in (email, email.partition("@")[0]):
        raise WeakPassword("A password is not one's e-mail address.", field="password")


def hash_password(password: str) -> str:
    """The hash that is stored."""
    return _hasher.hash(password)


@cache
def _nobody() -> str:
    return _hasher.hash("nobody has this password")


def verify_password(stored: str | None, password: str) -> bool:
    """True when the password belongs to the hash. Takes as long when there is no hash: names can not be tried out."""
    try:
        return _hasher.verify(stored or _nobody(), password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(stored: str) -> bool:
    """True when the hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(stored)
