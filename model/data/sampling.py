"""Which pictures of a clip the model sees: the public PLM loader's rule, index for index."""

from __future__ import annotations

from model.data.conversations import SAMPLED_FRAMES


def sample_pictures(
    count: int,
    rate: float,
    *,
    start_s: float | None = None,
    end_s: float | None = None,
    frames: int = SAMPLED_FRAMES,
) -> list[int]:
    """Indices of the pictures to take of a clip of `count` pictures at `rate` a second, in ascending order.

    Candidates stand one second apart. More than `frames` of them are thinned evenly; fewer give way to an even choice
    over all pictures of the window, so that a short clip still fills the frames. ValueError for an empty window.
    """
    if count < 1 or rate <= 0:
        raise ValueError(f"a clip of {count} pictures at {rate} a second has nothing to sample")
    first = 0 if start_s is None else int(start_s * rate)
    last = count - 1 if end_s is None else min(int(end_s * rate), count - 1)
    if not 0 <= first <= last:
        raise ValueError(f"window {start_s}–{end_s} s holds no picture of a clip of {count} pictures")
    candidates = range(first, last + 1, max(1, round(rate)))
    if len(candidates) >= frames:
        return [candidates[index] for index in _spread(len(candidates), frames)]
    size = last - first + 1
    return [first + index for index in _spread(size, min(frames, size))]


def _spread(size: int, chosen: int) -> list[int]:
    """`chosen` indices spread evenly over `size`, both ends included."""
    if chosen == 1:
        return [0]
    return [round(index * (size - 1) / (chosen - 1)) for index in range(chosen)]
