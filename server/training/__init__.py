"""Runs: trainings on a release, and their evaluations. The trainer is its own process; nothing here loads torch."""
