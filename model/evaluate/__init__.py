"""Benchmarks: what a checkpoint is asked about a release's held-out part, and how its answers are scored."""
