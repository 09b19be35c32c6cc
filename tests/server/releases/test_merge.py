"""Conversations of many shards in one file, in their drawn order."""

from __future__ import annotations

import hashlib

import pytest
import zstandard

from server.releases import merge
from server.releases.merge import ORDER_BYTES, merge_parts
from server.storage import LocalStorage, ObjectMissing
from server.storage.named import blob_key


def line(number):
    """A line with its place in the order before it."""
    return hashlib.sha256(str(number).encode()).hexdigest()[:16].encode() + b' {"id": "%d"}\n' % number


def test_more_parts_than_may_be_open_are_joined_in_turns(tmp_path, monkeypatch):
    """The file is the same as from parts that are all open at once, and of uneven parts none is lost."""
    storage = LocalStorage(tmp_path / "objects")
    parts, lines = [], [line(number) for number in range(500)]
    for start, end in ((0, 1), (1, 200), (200, 200), (200, 310), (310, 311), (311, 499), (499, 500)):
        data = zstandard.compress(b"".join(sorted(lines[start:end])))
        parts.append(hashlib.sha256(data).hexdigest())
        storage.put(blob_key(parts[-1]), data)
    expected = b"".join(each[ORDER_BYTES:] for each in sorted(lines))
    for ways in (100, 3, 2):
        monkeypatch.setattr(merge, "WAYS", ways)
        out = tmp_path / str(ways) / "train.jsonl"
        out.parent.mkdir()
        assert merge_parts(storage, parts, out, lambda _: None) == 500
        assert out.read_bytes() == expected
    storage.delete(blob_key(parts[3]))
    with pytest.raises(ObjectMissing):
        merge_parts(storage, parts, tmp_path / "x.jsonl", lambda _: None)
