"""The API's memory stays flat under mixed traffic: saves, lists, leases, streams that come and go, uploads, media.

VIDGRAIN_SOAK_SECONDS is how long (45; an hour: 3600). Most of the bound does not grow with the time, so a longer soak
is a sharper one: the short one finds what keeps some 6 kB of each request, an hour what keeps a hundred bytes.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests import servers
from tests.faults.site import ROOT, Production, environment
from tests.faults.soak import KB, MB, Figures, Traffic, private_bytes, slope
from tests.faults.work import Ground

SECONDS = float(os.environ.get("VIDGRAIN_SOAK_SECONDS", "45"))
pytestmark = [pytest.mark.xdist_group("faults"), pytest.mark.timeout(SECONDS * 2 + 600)]

LEAKY = """
import os, sys
import server.operations.serve as serve
from server.settings import Settings

make, kept = serve.create_app, []

class Keeps:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        kept.append(os.urandom(20_000))
        await self.app(scope, receive, send)

serve.create_app = lambda **how: Keeps(make(**how))
serve.serve(Settings(), "127.0.0.1", int(sys.argv[1]))
"""
"""The same server, but it keeps 20 kB of each request."""


def clip_of(ground: Ground) -> Path:
    """The first video's file: it is in the project already."""
    return ground.folder / "short-0.mp4"


def test_the_memory_of_the_api_stays_flat(site: Production, ground: Ground) -> None:
    ground.ask(ground.videos[1], 9)  # a task that nobody ends
    api = site.programs["api"]
    api.stop()
    api.start()
    traffic = Traffic(ground, site.port, clip_of(ground))
    figures = traffic.soak(api.pid, SECONDS)
    print(figures)
    assert not traffic.broken, traffic.broken
    assert {"saves", "lists", "leases", "streams", "uploads", "media"} <= {
        k for k, n in figures.counts.items() if n > 9
    }
    assert figures.grown <= figures.allowed, str(figures)
    assert "Traceback" not in site.log("api"), site.log("api")[-4000:]


def test_a_server_that_leaks_is_found(site: Production, ground: Ground) -> None:
    """The proof that the test above can fail: 20 kB of each request are more than it allows."""
    port = servers.free_port()
    leaky = servers.Program(
        "leaky", [sys.executable, "-c", LEAKY, str(port)],
        lambda: servers.socket.create_connection(("127.0.0.1", port), 1).close(), site.folder / "leaky.log",
        cwd=ROOT, env=environment(site.settings),
    )  # fmt: skip
    leaky.start()
    try:
        figures = Traffic(ground, port, clip_of(ground)).soak(leaky.pid, 20)
    finally:
        leaky.stop()
    print(figures)
    assert figures.grown > figures.allowed, str(figures)
    assert slope(figures.samples) > 10 * KB, str(figures)


def test_a_slope_is_that_of_the_line_whatever_the_noise() -> None:
    numbers = random.Random(7)
    exact = [(x, 5 + 3 * x) for x in range(10)]
    assert slope(exact) == pytest.approx(3)
    for leak, found in ((0, False), (300, False), (4 * KB, True)):
        noisy = [(x * 100.0, 200 * MB + leak * x * 100 + numbers.uniform(-MB, MB)) for x in range(50)]
        assert slope(noisy) == pytest.approx(leak, abs=200)
        figures = Figures(noisy, Counter(), 25)
        assert (figures.grown > figures.allowed) is found, str(figures)


def test_private_memory_is_what_a_process_has_taken() -> None:
    """Of a child, whose memory nobody else touches: it takes 64 MiB when it is told to."""
    code = f"import os; print(flush=True); input(); kept = bytearray(os.urandom({64 * MB})); print(flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdin is not None and child.stdout is not None
        child.stdout.readline()
        before = private_bytes(child.pid)
        child.stdin.write(b"\n")
        child.stdin.flush()
        child.stdout.readline()
        grown = private_bytes(child.pid) - before
        child.stdin.write(b"\n")
    assert 60 * MB < grown < 80 * MB, grown
