"""Releases: accepted work frozen into immutable, hashed datasets."""
