"""More requests at once than threads and connections: each gets its answer."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import httpx2

from tests.bench.collection import collection, serve

PEOPLE = 80
"""Twice as many as the threads that serve requests."""


def test_a_crowd_at_a_small_pool_is_answered() -> None:
    with collection(people=PEOPLE, tasks=1) as made, serve(made, pool=2) as (address, tokens):

        def ask(token: str) -> list[int]:
            headers = {"Authorization": f"Bearer {token}"}
            with httpx2.Client(base_url=address, headers=headers, timeout=60, verify=False) as client:
                return [client.get("/api/me").status_code for _ in range(3)]

        with ThreadPoolExecutor(PEOPLE) as crowd:
            assert [code for codes in crowd.map(ask, tokens) for code in codes] == [200] * 3 * PEOPLE
