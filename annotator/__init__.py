"""The annotation engine: videos, masklets, propagators, task types and formats. Knows no HTTP, database or cloud."""
