"""Open streams of events, in process and over Redis: who lost the right hears no more, and nobody holds others back."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from server import events, live
from server.access import COOKIE
from server.db import new_id
from server.events import MemoryEvents
from server.events_redis import RedisEvents
from server.jobs import enqueue
from server.parts import Parts, make_parts
from server.settings import Settings
from server.tables.projects import Role
from server.tables.releases import Release
from tests.server.test_events import Listener, address, cookie_of
from tests.server.world import World, make_world, world

__all__ = ["address", "make_world", "world"]


@pytest.fixture(params=["memory", "redis"])
def parts(request: pytest.FixtureRequest, settings: Settings) -> Iterator[Parts]:
    source = MemoryEvents() if request.param == "memory" else RedisEvents(request.getfixturevalue("redis_url"))
    made = make_parts(settings, events=source)
    yield made
    made.close()


def own_job(world: World, name: str) -> str:
    """The topic of a job that this person may always follow."""
    with world.parts.database.begin() as session:
        return f"job:{enqueue(session, 'open_tasks', {}, created_by=world.users[name].id).id}"


def test_a_member_who_is_removed_hears_no_more_of_the_project(address: str, world: World) -> None:
    project, own = f"project:{world.project}", own_job(world, "ann")
    heard = Listener(address, cookie_of(world["ann"]), [project, own])
    world.parts.events.publish(project, "news", {"n": 1})
    assert heard.take(1)[0]["data"] == '{"n":1}'
    assert world["lead"].delete(world.url(f"/members/{world.users['ann'].id}")).status_code == 204
    begun = time.monotonic()
    gone = heard.take(1)[0]
    assert (gone["event"], gone["data"]) == ("gone", f'{{"topic":"{project}"}}')
    assert time.monotonic() - begun < 10
    world.parts.events.publish(project, "news", {"n": 2})
    world.parts.events.publish(own, "news", {"n": 3})
    assert heard.take(1)[0]["data"] == '{"n":3}', "the other topic goes on, the project's news are not told"
    heard.close()


def test_the_stream_of_somebody_who_logs_out_ends(address: str, world: World) -> None:
    topic = f"project:{world.project}"
    heard = Listener(address, cookie_of(world["ann"]), [topic])
    other = Listener(address, cookie_of(world["ben"]), [topic])
    assert world["ann"].delete("/api/session").status_code == 204
    assert heard.take(1)[0]["event"] == "gone"
    with pytest.raises(StopIteration):
        heard.take(1)
    world.parts.events.publish(topic, "news", {"n": 1})
    assert other.take(1)[0]["data"] == '{"n":1}'
    heard.close()
    other.close()


def test_a_change_that_nobody_announced_is_found(address: str, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody changed the tables by hand, or the announcement was lost with Redis."""
    monkeypatch.setattr(live, "CHECK_SECONDS", 0.5)
    heard = Listener(address, cookie_of(world["ann"]), [f"project:{world.project}"])
    with world.parts.database.begin() as session:
        session.connection().exec_driver_sql("DELETE FROM memberships")
    assert heard.take(1)[0]["event"] == "gone"
    heard.close()


def test_a_change_that_takes_nothing_away_ends_no_stream(address: str, world: World) -> None:
    topic = f"project:{world.project}"
    heard = Listener(address, cookie_of(world["ann"]), [topic])
    told = world["lead"].put(world.url(f"/members/{world.users['ann'].id}"), json={"role": Role.REVIEWER.value})
    assert told.status_code == 200, told.text
    world.parts.events.publish(topic, "news", {"n": 1})
    assert heard.take(1)[0]["event"] == "news"
    heard.close()


def test_a_lead_who_is_a_lead_no_more_hears_no_more_of_releases(address: str, world: World) -> None:
    ben = world.users["ben"].id
    assert world["lead"].put(world.url(f"/members/{ben}"), json={"role": Role.LEAD.value}).status_code == 200
    release = Release(id=new_id(), project_id=world.project, number=1, name="one", rule={}, created_by=ben)
    with world.parts.database.begin() as session:
        session.add(release)
    heard = Listener(address, cookie_of(world["ben"]), [f"release:{release.id}"])
    begun = time.monotonic()
    assert world["lead"].put(world.url(f"/members/{ben}"), json={"role": Role.ANNOTATOR.value}).status_code == 200
    assert heard.take(1)[0]["event"] == "gone"
    assert time.monotonic() - begun < 20, "it was found by the look of every minute, not by the news"
    heard.close()


def test_nobody_listens_to_the_access_of_others(world: World) -> None:
    for name in ("ann", "ben"):
        topic = events.access_topic(world.users["ann"].id)
        assert world[name].get("/api/events", params={"topic": topic}).status_code == 404


def test_open_streams_hold_no_connection_to_the_database(address: str, world: World) -> None:
    database = world.parts.database
    topic = f"project:{world.project}"
    listeners = [Listener(address, cookie_of(world["ann"]), [topic]) for _ in range(25)]  # more than any pool has
    begun = time.monotonic()
    while _in_use(database) and time.monotonic() - begun < 5:
        time.sleep(0.02)
    assert _in_use(database) == 0
    assert world["ann"].get(world.url()).status_code == 200
    world.parts.events.publish(topic, "news", {"n": 1})
    assert {heard.take(1)[0]["data"] for heard in listeners} == {'{"n":1}'}
    for heard in listeners:
        heard.close()


def _in_use(database: object) -> int:
    pools = {id(e.pool): e.pool for e in (database.engine, database._reader)}  # type: ignore[attr-defined]
    return sum(pool.checkedout() for pool in pools.values())


def test_a_listener_that_does_not_read_holds_nobody_back(address: str, world: World) -> None:
    """Its server buffers little, the maker waits for nothing, others hear all; later it is told to reload."""
    topic = f"project:{world.project}"
    publish = world.parts.events.publish
    where = urlsplit(address)
    assert where.hostname is not None and where.port is not None
    slow = socket.socket()
    slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32_768)
    slow.connect((where.hostname, where.port))
    head = f"Host: {where.netloc}\r\nCookie: {COOKIE}={cookie_of(world['ann'])}"
    slow.sendall(f"GET /api/events?topic={topic} HTTP/1.1\r\n{head}\r\n\r\n".encode())
    slow.settimeout(20)
    assert b"listening" in slow.recv(4096) + slow.recv(4096)
    quick = Listener(address, cookie_of(world["ben"]), [topic])
    many, text = events.REPLAY * 4, "x" * 10_000
    longest = 0.0
    for number in range(many):
        begun = time.monotonic()
        publish(topic, "news", {"n": number, "text": text})
        longest = max(longest, time.monotonic() - begun)
        if number % 100 == 99:
            assert quick.take(100)[-1]["data"].startswith(f'{{"n":{number},')
    assert longest < 2.0, "the maker never waits for a listener"
    quick.close()
    read = b""
    until = time.monotonic() + 30
    while b"event: reset" not in read and time.monotonic() < until:
        read = read[-100:] + slow.recv(1 << 20)
    assert b"event: reset" in read, "it fell further behind than is kept"
    publish(topic, "news", {"after": True})
    while b'{"after":true}' not in read and time.monotonic() < until:
        read = read[-100:] + slow.recv(1 << 20)
    assert b'{"after":true}' in read, "and goes on from there"
    slow.close()
