"""Tasks: who works on what, for how long, and what comes next."""
