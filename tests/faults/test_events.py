"""News when Redis dies or the wire to it is cut: nobody waits long, and whoever may have missed something is told."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator

import pytest

from server.ear import WAIT_SECONDS
from server.events import Event
from server.events_redis import _AWAY_SECONDS, RedisEvents
from tests import servers
from tests.faults.proxy import Proxy

pytestmark = pytest.mark.xdist_group("faults")


@pytest.fixture(scope="module")
def broker() -> Iterator[servers.Redis]:
    with servers.redis_server(servers.free_port()) as server:
        yield server


async def until_after(heard: AsyncIterator[Event]) -> set[str]:
    """The names of the events up to the one that was published last."""
    names: set[str] = set()
    while "after" not in names:
        names.add((await asyncio.wait_for(anext(heard), 30)).name)
    return names


async def insist(source: RedisEvents, listener: asyncio.Task[set[str]]) -> None:
    """Publish until publishers ask Redis again and the listener has heard it."""
    deadline = time.monotonic() + 30
    while not listener.done() and time.monotonic() < deadline:
        await asyncio.to_thread(source.publish, "job:a", "after", {})
        await asyncio.sleep(0.1)


@pytest.mark.parametrize("fault", ["killed", "cut"])
def test_a_listener_goes_on_after_an_outage(broker: servers.Redis, fault: str) -> None:
    assert broker.program is not None
    wire = Proxy(broker.url)
    source = RedisEvents(wire.url)

    async def run() -> None:
        await asyncio.to_thread(source.publish, "job:a", "old", {})
        heard = source.subscribe(["job:a"], await source.newest())
        await asyncio.to_thread(source.publish, "job:a", "before", {})
        assert (await asyncio.wait_for(anext(heard), 20)).name == "before"
        if fault == "killed":
            broker.program.kill()
        else:
            wire.cut()
        pending = asyncio.ensure_future(until_after(heard))
        begun = time.monotonic()
        for number in range(200):
            await asyncio.to_thread(source.publish, "job:a", "lost", {"n": number})
        assert time.monotonic() - begun < 8, "whoever publishes does not wait for each event"
        if fault == "killed":
            broker.program.start()
        else:
            wire.mend()
        await insist(source, pending)
        assert "reset" in await pending

    asyncio.run(run())
    source.close()
    wire.close()


def test_who_comes_while_redis_is_away_begins_with_a_reset(broker: servers.Redis) -> None:
    assert broker.program is not None
    source = RedisEvents(broker.url)
    broker.program.kill()

    async def run() -> None:
        begun = time.monotonic()
        heard = source.subscribe(["job:a"], await source.newest())
        assert time.monotonic() - begun < 3
        pending = asyncio.ensure_future(until_after(heard))
        await asyncio.sleep(0.5)
        broker.program.start()
        await insist(source, pending)
        assert "reset" in await pending

    asyncio.run(run())
    source.close()


def test_pages_that_come_while_redis_is_silent_wait_once(broker: servers.Redis) -> None:
    """Pages come in numbers, and some hold a connection of the database while they ask: the next ones do not wait."""
    wire = Proxy(broker.url)
    source = RedisEvents(wire.url)
    source.publish("job:kept", "news", {"n": 1})
    assert [event.data for event in source.kept("job:kept")] == [b'{"n":1}']
    wire.cut()
    begun = time.monotonic()
    assert not any(source.kept("job:kept") for _ in range(50))
    assert time.monotonic() - begun < 2 * WAIT_SECONDS

    async def many() -> set[str]:
        return set(await asyncio.gather(*(source.newest() for _ in range(50))))

    time.sleep(_AWAY_SECONDS)
    begun = time.monotonic()
    assert len(asyncio.run(many())) == 1, "all of them begin with a reset"
    assert time.monotonic() - begun < 2 * WAIT_SECONDS
    wire.mend()
    deadline = time.monotonic() + 30
    while not source.kept("job:kept"):
        assert time.monotonic() < deadline, "it is asked again"
        time.sleep(0.1)
    source.close()
    wire.close()
