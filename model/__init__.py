"""The Perception Language Model trainer. Reads folders, reports through files; needs no server."""
