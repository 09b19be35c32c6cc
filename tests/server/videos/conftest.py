"""The fixtures of these slices."""

from tests.server.world import clip, make_world, world

__all__ = ["clip", "make_world", "world"]
