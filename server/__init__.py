"""Who may do what to which record: HTTP, database, jobs."""
