"""What can be wrong with webhooks."""

from __future__ import annotations

from server.errors import Conflict, NotFound, Unprocessable


class WebhookNotFound(NotFound):
    """There is no such webhook, or you may not see it."""


class DeliveryNotFound(NotFound):
    """This webhook has no such delivery: it may have been forgotten after a month."""


class TooManyWebhooks(Conflict):
    """There are too many webhooks here: delete one first."""


class WebhookPaused(Conflict):
    """This webhook is paused: let it go on first."""


class WebhookRefused(Unprocessable):
    """Nothing can be sent to this address."""
