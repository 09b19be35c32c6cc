"""Masklets: prompts in, masks out."""
