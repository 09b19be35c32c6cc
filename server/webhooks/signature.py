"""Secrets of webhooks and what is signed with them, as standardwebhooks.com describes it.

A secret is derived from the site's own and a random salt. So the table holds none, whoever steals it can forge nothing,
and no cipher is needed to have it back for signing.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

PREFIX = "whsec_"
HINT = len(PREFIX) + 4


def new_salt() -> str:
    """What makes a secret another one."""
    return secrets.token_hex(32)


def secret_of(key: bytes, webhook_id: UUID, salt: str) -> str:
    """The secret of a webhook: `whsec_` and 32 bytes in base64. `key` is the site's."""
    made = hmac.new(key, b"webhook:" + webhook_id.bytes + salt.encode(), hashlib.sha256).digest()
    return PREFIX + base64.b64encode(made).decode()


def signed(secrets_: Iterable[str], message_id: UUID, moment: datetime, body: bytes) -> dict[str, str]:
    """The headers of a message: its id, when it is sent, and a signature by each of the secrets."""
    sent = str(int(moment.timestamp()))
    content = b".".join([str(message_id).encode(), sent.encode(), body])
    marks = [
        base64.b64encode(hmac.new(base64.b64decode(secret.removeprefix(PREFIX)), content, hashlib.sha256).digest())
        for secret in secrets_
    ]
    return {
        "webhook-id": str(message_id),
        "webhook-timestamp": sent,
        "webhook-signature": " ".join(f"v1,{mark.decode()}" for mark in marks),
    }
