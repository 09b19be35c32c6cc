"""What keeps a site running: processes, an orderly start and end, health, readiness, metrics."""
