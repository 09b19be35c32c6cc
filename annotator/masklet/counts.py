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
    long = np.flatnonzero((values + 16).view(np.uint32) >= 32)
    if not len(long):
        return codes.tobytes().decode("ascii")
    codes[long] += 0x20
    rest = values[long] >> 5
    extra = np.ones(len(long), dtype=np.int64)  # groups after the first
    for group in range(2, MAX_GROUPS):
        larger = (rest + (16 << 5 * (group - 2))).view(np.uint32) >= 32 << 5 * (group - 2)
        if not larger.any():
            break
        extra += larger
    ends = np.cumsum(extra)
    place = long + ends - extra + 1  # where each long number's second character goes
    text = np.empty(len(codes) + int(ends[-1]), dtype=np.uint8)
    single = np.ones(len(text), dtype=np.bool_)
    while len(place):
        more = extra > 1
        text[place] = (rest & 0x1F) + np.where(more, 48 + 0x20, 48)
        single[place] = False
        place, rest, extra = place[more] + 1, rest[more] >> 5, extra[more] - 1
    text[single] = codes
    return text.tobytes().decode("ascii")


def to_runs(text: str, pixels: int) -> Runs:
    """The run lengths, zeros first, int64[M] summing to `pixels`. Raises RleError for any other string.

    Memory stays within a small multiple of the string, which may be at most six characters a run, two runs a pixel.
    """
    try:
        codes = np.frombuffer(text.encode("ascii"), dtype=np.uint8) - np.uint8(48)
    except UnicodeEncodeError as error:
        raise RleError("counts hold characters that no RLE has") from error
    if not len(codes):
        raise RleError("counts are empty")
    if len(codes) > MAX_GROUPS * (2 * pixels + 2):
        raise RleError(f"counts of {len(codes)} characters are too long for {pixels} pixels")
    if int(codes.max()) > 63:
        raise RleError("counts hold characters that no RLE has")
    if codes[-1] & 0x20:
        raise RleError("counts end in the middle of a number")
    values = _numbers(codes)
    # Sums in 64 bits: a hostile string may make them far larger than any mask, and must not wrap around.
    values[1::2] = np.cumsum(values[1::2])
    values[2::2] = np.cumsum(values[2::2])
    if int(values.min()) < 0:
        raise RleError("counts hold a negative run")
    covered = int(values.sum()) if int(values.max()) <= pixels else int(values.max())
    if covered != pixels:
        raise RleError(f"counts cover {covered} pixels, the mask has {pixels}")
    return values


def _numbers(codes: NDArray[np.uint8]) -> NDArray[np.int64]:
    """The numbers in groups of five bits; the last group is known to be an end."""
    goes_on = codes >= 0x20
    begins = np.empty(len(codes), dtype=np.bool_)
    begins[0] = True
    np.logical_not(goes_on[:-1], out=begins[1:])
    heads = codes[begins]
    which = np.flatnonzero(heads >= 0x20)
    # The lowest five bits as a signed number; the long ones are put right below.
    values = (((heads & 0x1F) ^ 0x10).view(np.int8) - np.int8(16)).astype(np.int64)
    if not len(which):
        return values
    number = (heads[which] & 0x1F).astype(np.int64)
    place = np.flatnonzero(begins & goes_on) + 1
    for group in range(1, MAX_GROUPS):
        code = codes[place]
        number |= (code & 0x1F).astype(np.int64) << 5 * group
        more = code >= 0x20
        done = ~more
        sign = np.where(code[done] & 0x10, np.int64(32) << 5 * group, 0)
        values[which[done]] = number[done] - sign
        place, which, number = place[more] + 1, which[more], number[more]
        if not len(place):
            return values
    raise RleError("counts hold a number that is too large")
