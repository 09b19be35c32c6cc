"""People: log-in, invitations, passwords, access tokens."""
