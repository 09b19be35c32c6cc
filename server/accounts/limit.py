"""Slows down whoever guesses passwords: attempts for each name and for each address, over memory or Redis.

While Redis is away each process counts for itself: people still get in, and guessing is still slow.
"""

from __future__ import annotations

import hashlib
import math
import time

import structlog
from limits import RateLimitItem, parse
from limits.errors import StorageError
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter

from server.accounts.errors import TooManyLogins
from server.settings import Settings

log = structlog.get_logger()

REDIS_SECONDS = 2.0
"""How long a log-in waits for Redis."""
AWAY_SECONDS = 10.0
"""How long Redis is left alone after it did not answer."""


class LoginLimit:
    """Counts attempts. Each process counts for itself without Redis, together with it."""

    def __init__(self, settings: Settings) -> None:
        self._alone = MovingWindowRateLimiter(storage_from_string("memory://"))
        self._together: MovingWindowRateLimiter | None = None
        self._away_until = 0.0
        if settings.redis_url:
            wait = {"socket_timeout": REDIS_SECONDS, "socket_connect_timeout": REDIS_SECONDS}
            shared = storage_from_string(settings.redis_url, wrap_exceptions=True, **wait)
            self._together = MovingWindowRateLimiter(shared)
        self._rate = parse(settings.login_limit)
        # One address may be a whole office behind one router.
        self._rate_of_address = self._rate.__class__(self._rate.amount * 5, self._rate.multiples)

    def hit(self, email: str, address: str) -> None:
        """Count an attempt; TooManyLogins with Retry-After when it is one too many."""
        name = hashlib.sha256(email.strip().lower().encode()).hexdigest()[:32]
        for rate, keys in ((self._rate, ("login", "name", name)), (self._rate_of_address, ("login", "from", address))):
            free_at = self._count(rate, keys)
            if free_at is not None:
                wait = max(1, math.ceil(free_at - time.time()))
                raise TooManyLogins(headers={"Retry-After": str(wait)}, retry_after=wait)

    def _count(self, rate: RateLimitItem, keys: tuple[str, ...]) -> float | None:
        """Count; when it is one too many, the time at which the next is free."""
        if self._together is not None and time.monotonic() >= self._away_until:
            try:
                return _hit(self._together, rate, keys)
            except StorageError as error:
                self._away_until = time.monotonic() + AWAY_SECONDS
                log.warning("log_ins_counted_alone", error=str(error))
        return _hit(self._alone, rate, keys)


def _hit(limiter: MovingWindowRateLimiter, rate: RateLimitItem, keys: tuple[str, ...]) -> float | None:
    return None if limiter.hit(rate, *keys) else limiter.get_window_stats(rate, *keys).reset_time
