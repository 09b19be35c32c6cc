"""One contract for both kinds of events: within one process, and over Redis Streams."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest
import redis

from server import events
from server.events import Event, Events, MemoryEvents
from server.events_redis import RedisEvents


@pytest.fixture(params=["memory", "redis"])
def source(request: pytest.FixtureRequest) -> Iterator[Events]:
    if request.param == "memory":
        made: Events = MemoryEvents()
    else:
        url = request.getfixturevalue("redis_url")
        with redis.Redis.from_url(url) as client:
            client.flushdb()
        made = RedisEvents(url)
    yield made
    made.close()


async def take(heard: AsyncIterator[Event], count: int) -> list[Event]:
    return [await asyncio.wait_for(anext(heard), 20) for _ in range(count)]


async def is_silent(heard: AsyncIterator[Event]) -> bool:
    """Nothing comes within a moment; ends the subscription."""
    waiting = asyncio.ensure_future(anext(heard))
    done, _ = await asyncio.wait({waiting}, timeout=0.3)
    waiting.cancel()
    return not done


def in_loop(test: Callable[[], Awaitable[None]]) -> None:
    async def run() -> None:
        await test()

    asyncio.run(run())


async def listening(source: Events, topics: list[str]) -> tuple[AsyncIterator[Event], Event]:
    """A new listener and the first event it heard; it misses nothing that is published from `newest` on."""
    heard = source.subscribe(topics, await source.newest())
    await asyncio.to_thread(source.publish, topics[0], "begin", {})
    return heard, await asyncio.wait_for(anext(heard), 20)


def test_listeners_hear_their_topics_only_in_order_and_as_json(source: Events) -> None:
    async def run() -> None:
        source.publish("job:a", "old", {})  # before anybody listened
        heard, first = await listening(source, ["job:a", "job:b"])
        assert first.name == "begin"
        for number in range(5):
            source.publish("job:c", "foreign", {})
            source.publish("job:a" if number % 2 else "job:b", "news", {"n": number, "text": "é"})
        found = await take(heard, 5)
        assert [e.topic for e in found] == ["job:b", "job:a"] * 2 + ["job:b"]
        assert [e.data.decode() for e in found] == [f'{{"n":{n},"text":"é"}}' for n in range(5)]
        assert len({e.id for e in found}) == 5
        assert await is_silent(heard)

    in_loop(run)


def test_going_on_from_any_id_loses_and_repeats_nothing(source: Events) -> None:
    """Many topics, bursts within one millisecond, more than one reading holds: each id is a place in all of them."""
    topics = ["job:a", "job:b", "job:c"]

    async def run() -> None:
        heard, first = await listening(source, topics)
        for number in range(240):
            source.publish(topics[0] if number < 230 else topics[number % 3], "news", {"n": number})
        wanted = [f'{{"n":{n}}}' for n in range(240)]
        told = await take(heard, 240)
        assert [e.data.decode() for e in told] == wanted
        for seen in (first, told[0], told[97], told[98], told[229], told[233], told[238]):
            again = source.subscribe(topics, seen.id)
            rest = wanted[told.index(seen) + 1 :] if seen in told else wanted
            assert [e.data.decode() for e in await take(again, len(rest))] == rest
            assert await is_silent(again)
        after_all = source.subscribe(topics, told[-1].id)
        assert await is_silent(after_all)

    in_loop(run)


def test_a_later_topic_is_not_told_before_an_earlier_one(source: Events) -> None:
    """One topic has more than one reading holds, the other one event at its end: cut at any place, nothing is lost."""

    async def run() -> None:
        heard, first = await listening(source, ["job:a", "job:b"])
        for number in range(150):
            source.publish("job:a", "news", {"n": number})
        source.publish("job:b", "news", {"n": 150})
        got: list[str] = []
        seen = first.id
        while len(got) < 151:
            again = source.subscribe(["job:a", "job:b"], seen)
            part = await take(again, min(40, 151 - len(got)))
            await again.aclose()  # type: ignore[attr-defined]  # a generator
            got += [e.data.decode() for e in part]
            seen = part[-1].id
        assert got == [f'{{"n":{n}}}' for n in range(151)]
        await heard.aclose()  # type: ignore[attr-defined]  # a generator

    in_loop(run)


@pytest.mark.parametrize("bad", ["nonsense", "1-1", "²-²", "0" * 5000, "9" * 17 + "-0", "-", "zz-1", "9" * 30 + "-0"])
def test_an_id_that_is_not_ours_gets_a_reset_and_then_news(source: Events, bad: str) -> None:
    async def run() -> None:
        source.publish("job:a", "old", {})
        heard = source.subscribe(["job:a"], bad)
        first = (await take(heard, 1))[0]
        assert (first.name, first.topic) == ("reset", "job:a")
        source.publish("job:a", "news", {})
        assert [e.name for e in await take(heard, 1)] == ["news"]
        again = source.subscribe(["job:a"], first.id)
        assert [e.name for e in await take(again, 1)] == ["news"], "the reset's own id is a place to go on from"

    in_loop(run)


def test_whoever_missed_events_is_told(source: Events, monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        _, first = await listening(source, ["job:a"])
        for number in range(events.REPLAY * 2):
            source.publish("job:a", "news", {"n": number})
        heard = source.subscribe(["job:a"], first.id)
        assert [e.name for e in await take(heard, 1)] == ["reset"]
        source.publish("job:a", "after", {})
        assert [e.name for e in await take(heard, 1)] == ["after"]

    in_loop(run)


def test_a_listener_who_reads_slowly_is_told_what_it_missed(source: Events) -> None:
    async def run() -> None:
        heard, _ = await listening(source, ["job:a"])
        for number in range(events.REPLAY * 3):
            source.publish("job:a", "news", {"n": number})
        last = f'{{"n":{events.REPLAY * 3 - 1}}}'.encode()
        found = await take(heard, 1)
        while found[-1].name == "news" and found[-1].data != last:
            found += await take(heard, 1)
        numbers = [int(e.data[5:-1]) for e in found if e.name == "news"]
        gaps = any(b != a + 1 for a, b in zip([-1, *numbers], numbers, strict=False))
        assert not gaps or "reset" in [e.name for e in found]

    in_loop(run)


def test_threads_publish_at_once_and_nothing_is_lost(source: Events) -> None:
    async def run() -> None:
        heard, _ = await listening(source, ["job:a", "job:b"])

        def many(who: int) -> None:
            for number in range(40):
                source.publish("job:a" if who % 2 else "job:b", "news", {"who": who, "n": number})

        threads = [threading.Thread(target=many, args=(who,)) for who in range(4)]
        for thread in threads:
            thread.start()
        found = await take(heard, 160)
        for thread in threads:
            thread.join()
        assert len({e.data for e in found}) == 160
        ids: list[Any] = [int(e.id.split("-")[-1 if isinstance(source, MemoryEvents) else 0]) for e in found]
        assert ids == sorted(ids) and len(set(ids)) == 160

    in_loop(run)


def test_quiet_topics_that_left_redis(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that slept for hours: the topic's stream is gone, so that nobody knows what it missed."""
    with redis.Redis.from_url(redis_url) as client:
        client.flushdb()
        source = RedisEvents(redis_url)

        async def run() -> None:
            _, first = await listening(source, ["job:a"])
            source.publish("job:a", "missed", {})
            await asyncio.to_thread(client.delete, "vidgrain:events:job:a")
            monkeypatch.setattr(events, "REDIS_SECONDS", 0)
            await asyncio.sleep(1.1)
            assert [e.name for e in await take(source.subscribe(["job:a"], first.id), 1)] == ["reset"]
            newest = f"{int(client.get('vidgrain:events-clock') or 0)}-0"
            assert await is_silent(source.subscribe(["job:a"], newest)), "nothing came since: nothing was missed"
            assert await is_silent(source.subscribe(["job:a"], None))

        in_loop(run)
        source.close()


def test_what_is_kept_is_read_from_any_event_on(source: Events) -> None:
    for number in range(5):
        source.publish("job:a", "news", {"n": number})
        source.publish("job:b", "foreign", {})
    kept = source.kept("job:a")
    assert [(e.topic, e.data) for e in kept] == [("job:a", b'{"n":%d}' % n) for n in range(5)]
    for place, event in enumerate(kept):
        assert source.kept("job:a", event.id) == kept[place + 1 :]
    assert source.kept("job:nobody") == []


def test_many_listeners_that_come_while_news_are_made_hear_all_after_their_id(source: Events) -> None:
    """Fifty pages with overlapping topics open and close in the middle of a burst; none hears one twice, or too few."""
    topics = [f"job:{n}" for n in range(5)]
    count = 400

    async def listen(number: int, after: str, told: dict[str, list[int]]) -> None:
        mine = [topics[number % 5], topics[(number + 1) % 5]]
        for _ in range(number % 3):  # pages that leave at once subscribe to the same and give it up
            leaving = source.subscribe(mine, after)
            await asyncio.wait_for(anext(leaving), 20)
            await leaving.aclose()  # type: ignore[attr-defined]  # a generator
        found: list[int] = []
        heard = source.subscribe(mine, after)
        while not found or found[-1] < count - 5:
            event = await asyncio.wait_for(anext(heard), 20)
            assert event.topic in mine and event.name == "news", event
            found.append(int(event.data[5:-1]))
            if number % 7 == 0:
                await asyncio.sleep(0.005)  # a slow one, which falls behind
        wanted = [n for n in range(count) if topics[n % 5] in mine]
        told[str(number)] = found if found != wanted[: len(found)] else []
        await heard.aclose()  # type: ignore[attr-defined]  # a generator

    async def run() -> None:
        _, first = await listening(source, ["job:begin"])
        made = threading.Thread(
            target=lambda: [
                source.publish(topics[n % 5], "news", {"n": n}) or time.sleep(0.001)  # type: ignore[func-returns-value]
                for n in range(count)
            ]
        )
        made.start()
        wrong: dict[str, list[int]] = {}
        waiting = []
        for number in range(50):
            waiting.append(asyncio.ensure_future(listen(number, first.id, wrong)))
            await asyncio.sleep(0.005)
        await asyncio.gather(*waiting)
        made.join()
        assert len(wrong) == 50 and not any(wrong.values()), {k: v for k, v in wrong.items() if v}

    in_loop(run)


def test_all_pages_of_a_process_cost_redis_one_connection(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        client.flushdb()
        before = {each["id"] for each in client.client_list()}
        source = RedisEvents(redis_url)

        async def run() -> None:
            heard = [source.subscribe([f"job:{n}", "job:all"], await source.newest()) for n in range(50)]
            waiting = [asyncio.ensure_future(anext(each)) for each in heard]
            await asyncio.sleep(0.3)
            await asyncio.to_thread(source.publish, "job:all", "news", {})
            assert {(await asyncio.wait_for(each, 20)).name for each in waiting} == {"news"}
            ours = [each for each in client.client_list() if each["id"] not in before]
            subscribed = [each for each in ours if each["sub"] != "0"]
            assert [each["sub"] for each in subscribed] == ["52"], "51 topics and the clock, by one connection"
            assert len(ours) <= 8, f"{len(ours)} connections: the others read what was kept, and publish"
            for each in heard:
                await each.aclose()  # type: ignore[attr-defined]  # a generator
            deadline = time.monotonic() + 10
            while [e["sub"] for e in client.client_list() if e["sub"] != "0"] != ["1"]:
                assert time.monotonic() < deadline, "topics that nobody listens to are given up"
                await asyncio.sleep(0.02)

        in_loop(run)
        source.close()
        deadline = time.monotonic() + 10
        while {each["id"] for each in client.client_list()} - before:
            assert time.monotonic() < deadline, "a source that is closed keeps no connection"
            time.sleep(0.02)
