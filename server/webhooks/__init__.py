"""Webhooks: other programs are told what happened, by an outbox, signed, at least once."""
