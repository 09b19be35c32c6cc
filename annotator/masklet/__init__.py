"""Masklets: the mask codec, the packed file of a track, geometry and editing of masks."""
