"""Stored masks as processes keep them at hand."""

from __future__ import annotations

from typing import Any

import pytest

from annotator.masklet.packed import pack
from server.masklets import read
from server.parts import Parts


def test_the_masklets_used_last_stay_open_as_far_as_there_is_room(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = pack(4, 4, [(0, "0`0", 0.5), (1, None, 0.5)], 2)
    for key in "abcd":
        parts.storage.put(f"masklets/m/{key}.masklet", data)
    real = read.read_bytes
    asked: list[str] = []

    def counted(*given: Any) -> bytes:
        asked.append(given[1])
        return real(*given)

    monkeypatch.setattr(read, "read_bytes", counted)
    monkeypatch.setattr(read, "KEPT_BYTES", 2 * len(data))

    def reads(key: str) -> int:
        asked.clear()
        assert read.packed(parts.storage, f"masklets/m/{key}.masklet").count == 2
        return len(asked)

    assert [reads(key) for key in "abab"] == [1, 1, 0, 0]
    assert [reads(key) for key in "cba"] == [1, 0, 1], "the one that was used longest ago went"
    monkeypatch.setattr(read, "KEPT_BYTES", 1)
    assert [reads(key) for key in "ddc"] == [1, 0, 1], "one stays, however large it is"
