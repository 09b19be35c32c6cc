"""Slows down whoever guesses passwords: attempts for each name and for each address, over memory or Redis."""

from __future__ import annotations

import hashlib
import math
import time

from limits import parse
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter

from server.accounts.errors import TooManyLogins
from server.settings import Settings


class LoginLimit:
    """Counts attempts. Each process counts for itself without Redis, together with it."""

    def __init__(self, settings: Settings) -> None:
        address = settings.redis_url or "memory://"
        self._limiter = MovingWindowRateLimiter(storage_from_string(address))
        self._rate = parse(settings.login_limit)
        # One address may be a whole office behind one router.
        self._rate_of_address = self._rate.__class__(self._rate.amount * 5, self._rate.multiples)

    def hit(self, email: str, address: str) -> None:
        """Count an attempt; TooManyLogins with Retry-After when it is one too many."""
        name = hashlib.sha256(email.strip().lower().encode()).hexdigest()[:32]
        for rate, keys in ((self._rate, ("login", "name", name)), (self._rate_of_address, ("login", "from", address))):
            if not self._limiter.hit(rate, *keys):
                free_at = self._limiter.get_window_stats(rate, *keys).reset_time
                wait = max(1, math.ceil(free_at - time.time()))
                raise TooManyLogins(headers={"Retry-After": str(wait)}, retry_after=wait)
