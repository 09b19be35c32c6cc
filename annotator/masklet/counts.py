"""The characters of COCO's compressed RLE and the run lengths they stand for, both ways, in numpy.

From the fourth run on the difference to the run before the last is stored. A number is written in groups of five bits,
lowest first, two's complement, as characters from `0` on; bit 5 of a character says that another group follows (the
scheme of the COCO API, `maskApi.c`).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Runs = NDArray[np.signedinteger[Any]]

MAX_GROUPS = 6
"""Groups of one number: 30 bits, more than any difference of two runs of a mask needs."""


class RleError(ValueError):
    """The string is no RLE of a mask of this size."""


def to_text(runs: Runs) -> str:
    """The characters of run lengths below 2^29, byte for byte as pycocotools writes them."""
    values = runs.astype(np.int32)
    values[3:] -= runs[1:-2].astype(np.int32, copy=False)
    codes = (values & 0x1F).astype(np.uint8)
    codes += 48
    # A number needs n groups when -16·32^(n-1) <= number < 16·32^(n-1): the top bit of the last group is its sign.
    is_long = _beyond(values, 16)
    long = np.flatnonzero(is_long)
    if not len(long):
        return codes.tobytes().decode("ascii")
    codes += is_long.view(np.uint8) << 5
    rest = values[long] >> 5
    extra = np.ones(len(long), dtype=np.int64)  # groups after the first
    limit = 16
    while (larger := _beyond(rest, limit)).any():
        extra += larger
        limit <<= 5
    ends = np.cumsum(extra)
    place = long + (ends - extra + 1)  # where each long number's second character goes
    text = np.empty(len(codes) + int(ends[-1]), dtype=np.uint8)
    single = np.ones(len(text), dtype=np.bool_)
    while True:
        single[place] = False
        more = np.flatnonzero(extra > 1)
        code = (rest & 0x1F).astype(np.uint8)
        code += 48
        code[more] += 0x20
        text[place] = code
        if not len(more):
            break
        place, rest, extra = place[more] + 1, rest[more] >> 5, extra[more] - 1
    _put(text, single, codes, len(long))
    return text.tobytes().decode("ascii")


def to_runs(text: str, pixels: int) -> Runs:
    """The run lengths, zeros first, int32[M] summing to `pixels` (at most 2^29). Raises RleError for any other string.

    Memory stays within a small multiple of the string, which may be at most six characters a run, two runs a pixel.
    """
    if len(text) > MAX_GROUPS * (2 * pixels + 2):
        raise RleError(f"counts of {len(text)} characters are too long for {pixels} pixels")
    try:
        codes = np.frombuffer(text.encode("ascii"), dtype=np.uint8) - np.uint8(48)
    except UnicodeEncodeError as error:
        raise RleError("counts hold characters that no RLE has") from error
    if not len(codes):
        raise RleError("counts are empty")
    if int(codes.max()) > 63:
        raise RleError("counts hold characters that no RLE has")
    if codes[-1] & 0x20:
        raise RleError("counts end in the middle of a number")
    values = _numbers(codes)
    # A sum that leaves 32 bits wraps around. It cannot do so unseen: a step is less than 2^30, so the first sum that is
    # wrong would follow a run that is right, and be negative or larger than the mask.
    for first in (1, 2):
        values[first::2] = np.cumsum(values[first::2], dtype=np.int32)
    if int(values.min()) < 0:
        raise RleError("counts hold a negative run")
    longest = int(values.max())
    covered = int(values.sum(dtype=np.int64)) if longest <= pixels else longest
    if covered != pixels:
        raise RleError(f"counts cover {covered} pixels, the mask has {pixels}")
    return values


def _numbers(codes: NDArray[np.uint8]) -> NDArray[np.int32]:
    """The numbers in groups of five bits; the last group is known to be an end."""
    goes_on = codes >= 0x20
    begins = np.empty(len(codes), dtype=np.bool_)
    begins[0] = True
    np.logical_not(goes_on[:-1], out=begins[1:])
    few = int(np.count_nonzero(goes_on)) * _FEW < len(codes)
    heads = codes[begins] if few else codes[np.flatnonzero(begins)]
    which = np.flatnonzero(heads >= 0x20)
    # The lowest five bits as a signed number; the long ones are put right below.
    values = (((heads & 0x1F) ^ 0x10).view(np.int8) - np.int8(16)).astype(np.int32)
    if not len(which):
        return values
    number = (heads[which] & 0x1F).astype(np.int32)
    place = np.flatnonzero(begins & goes_on)
    for group in range(1, MAX_GROUPS):
        place += 1
        code = codes[place]
        number |= (code & 0x1F).astype(np.int32) << 5 * group
        # What is not yet at its end gets a wrong value here, and the right one from a later round.
        values[which] = number - ((code & 0x10).astype(np.int32) << 5 * group + 1)
        more = np.flatnonzero(code >= 0x20)
        if not len(more):
            return values
        place, which, number = place[more], which[more], number[more]
    raise RleError("counts hold a number that is too large")


_FEW = 16  # fewer long numbers than one in so many: stretches are copied; else positions are gathered


def _beyond(values: NDArray[np.int32], limit: int) -> NDArray[np.bool_]:
    """Which numbers are outside -limit … limit - 1."""
    shifted = values + np.int32(limit)
    return np.asarray(shifted.view(np.uint32) >= np.uint32(2 * limit))


def _put(text: NDArray[np.uint8], single: NDArray[np.bool_], codes: NDArray[np.uint8], long: int) -> None:
    """The first characters of all numbers, at the places that are left."""
    if long * _FEW < len(codes):
        text[single] = codes
    else:
        text[np.flatnonzero(single)] = codes
