"""The pictures of a preview, as many at once as a site can make."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from server.documents import sheet
from server.documents.errors import SheetsWait
from server.parts import Parts
from server.tables.masklets import Track
from server.tables.videos import Video


def test_few_sheets_at_once(monkeypatch: pytest.MonkeyPatch, parts: Parts) -> None:
    running, most, go = 0, 0, threading.Event()
    lock = threading.Lock()

    def slow(*_: Any) -> bytes:
        nonlocal running, most
        with lock:
            running, most = running + 1, max(most, running + 1)
        assert go.wait(30)
        with lock:
            running -= 1
        return b""

    async def crowd() -> list[bytes]:
        asked = sheet.AT_ONCE + sheet.WAITING
        waiting = [asyncio.create_task(sheet.sheet_in_turn(parts.storage, Video(), Track())) for _ in range(asked)]
        await asyncio.sleep(0.3)
        with pytest.raises(SheetsWait) as late:
            await sheet.sheet_in_turn(parts.storage, Video(), Track())
        assert late.value.status == 503 and late.value.headers
        go.set()
        return await asyncio.gather(*waiting)

    monkeypatch.setattr(sheet, "sheet", slow)
    found = asyncio.run(crowd())
    assert (len(found), most) == (sheet.AT_ONCE + sheet.WAITING, sheet.AT_ONCE)
