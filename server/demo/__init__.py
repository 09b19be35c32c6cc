"""`vidgrain demo`: a site furnished and worked through its own REST API; nothing else imports from here."""
