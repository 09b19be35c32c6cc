"""Mixed traffic on a running API for some time, and how its memory grew with the requests that it answered."""

from __future__ import annotations

import hashlib
import http.client
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from tests.faults.site import PASSWORD
from tests.faults.work import Ground

MB, KB = 2**20, 2**10
WANDERS = 10 * MB
"""By so much the memory of a process that keeps nothing may differ between two moments: each of its threads has a heap
of its own, which fills and breaks up for some thousand requests while the number of Python's objects stays the same."""
KEEPS = 64 * KB
"""Beyond that, by so many bytes it may grow in a thousand requests."""
WARM_REQUESTS = 1500
SAMPLE_SECONDS = 0.5
HEARTBEAT_EVERY = 50
"""Saves between two heartbeats of a lease."""


def private_bytes(pid: int) -> int:
    """Memory that this process alone has written to, in bytes.

    Its clean pages do not count: they are of files such as libraries, and become "private" by tens of megabytes
    whenever another process that has them open ends.
    """
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return KB * sum(int(line.split()[1]) for line in text.splitlines() if line.startswith(("Private_Dirty:", "Swap:")))


def slope(samples: Sequence[tuple[float, float]]) -> float:
    """The slope of the straight line with the least squares through (x, y)."""
    n = len(samples)
    middle_x, middle_y = sum(x for x, _ in samples) / n, sum(y for _, y in samples) / n
    spread = sum((x - middle_x) ** 2 for x, _ in samples)
    return sum((x - middle_x) * (y - middle_y) for x, y in samples) / spread


@dataclass(frozen=True)
class Figures:
    """What a soak measured after the warm-up: (requests answered so far, private bytes) at several moments."""

    samples: list[tuple[float, float]]
    counts: Counter[str]
    seconds: float

    @property
    def requests(self) -> int:
        """Answered while it was measured."""
        return int(self.samples[-1][0] - self.samples[0][0])

    @property
    def grown(self) -> float:
        """Bytes, by the line through all samples."""
        return slope(self.samples) * self.requests

    @property
    def allowed(self) -> float:
        """Bytes that it may have grown by."""
        return WANDERS + KEEPS * self.requests / 1000

    def __str__(self) -> str:
        first, last = self.samples[0][1] / MB, self.samples[-1][1] / MB
        return (
            f"{self.requests} requests in {self.seconds:.0f} s, {first:.1f} → {last:.1f} MiB, "
            f"{slope(self.samples) * 1000 / KB:+.1f} KiB per thousand requests: {self.grown / MB:+.2f} MiB, "
            f"allowed {self.allowed / MB:.2f}; {dict(sorted(self.counts.items()))}"
        )


class Wire:
    """One person's connection, which is kept."""

    def __init__(self, port: int, name: str) -> None:
        self.port, self._cookie = port, ""
        self._open = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.ask("POST", "/session", {"email": f"{name}@test.local", "password": PASSWORD})

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """The answer's JSON, its bytes, or None. Raises AssertionError for an error, with what it said."""
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        sent = {"Cookie": self._cookie, **{name.replace("_", "-"): value for name, value in headers.items()}}
        if data is not None:
            sent["Content-Type"] = "application/octet-stream" if isinstance(body, bytes) else "application/json"
        try:
            self._open.request(method, f"/api{path}", data, sent)
            answer = self._open.getresponse()
        except (http.client.RemoteDisconnected, ConnectionError):  # the server closed an idle connection
            self._open.close()
            self._open.request(method, f"/api{path}", data, sent)
            answer = self._open.getresponse()
        content = answer.read()
        # On a busy machine a part may answer readiness too late; that is no error of the server's.
        fine = answer.status < 400 or (path == "/ready" and answer.status == 503)
        assert fine, (method, path, answer.status, content[:500])
        if cookie := answer.headers.get("Set-Cookie"):
            self._cookie = cookie.partition(";")[0]
        is_json = "json" in (answer.headers.get("Content-Type") or "")
        return json.loads(content) if content and is_json else content or None

    def close(self) -> None:
        """End the connection."""
        self._open.close()

    def listen(self, topic: str, seconds: float) -> None:
        """Open a stream, read its first words, and leave after a while without a word."""
        stream = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            stream.request("GET", f"/api/events?topic={topic}", headers={"Cookie": self._cookie})
            answer = stream.getresponse()
            assert answer.status == 200 and answer.readline(), answer.status
            time.sleep(seconds)
        finally:
            stream.close()


class Traffic:
    """People who do the same few things again and again until they are told to stop."""

    def __init__(self, ground: Ground, port: int, clip: Path) -> None:
        """`clip` is a small file that is uploaded again and again: the same content is one video."""
        self.ground, self.port, self.clip = ground, port, clip.read_bytes()
        self.counts: Counter[str] = Counter()
        self.broken: list[str] = []
        self._over = threading.Event()
        self._lock = threading.Lock()
        doers: list[tuple[str, str, Callable[[Wire], Callable[[], int]]]] = [
            *(("saves", name, self._saves(name)) for name in ("ben", "cho", "dan")),
            ("lists", "lead", self._lists), ("lists", "admin", self._lists), ("leases", "ann", self._leases),
            ("streams", "ben", self._streams), ("streams", "lead", self._streams),
            ("uploads", "lead", self._uploads), ("media", "cho", self._media),
        ]  # fmt: skip
        self._threads = [threading.Thread(target=self._run, args=doer, daemon=True) for doer in doers]

    def _run(self, what: str, name: str, make: Callable[[Wire], Callable[[], int]]) -> None:
        try:
            with closing(Wire(self.port, name)) as wire:
                step = make(wire)
                while not self._over.wait(0.005):
                    done = step()
                    with self._lock:
                        self.counts[what] += done
        except Exception as error:  # noqa: BLE001 - told by the test
            self.broken.append(f"{what} of {name}: {type(error).__name__}: {error}")

    @property
    def requests(self) -> int:
        """Answered so far."""
        with self._lock:
            return self.counts.total()

    def soak(self, pid: int, seconds: float) -> Figures:
        """Let them work: a third of the time to warm up, and at least WARM_REQUESTS; then measure `pid`."""
        for thread in self._threads:
            thread.start()
        try:
            begun = time.monotonic()
            while time.monotonic() - begun < seconds / 3 or self.requests < WARM_REQUESTS:
                assert not self.broken and time.monotonic() - begun < seconds + 120, self.broken or self.counts
                time.sleep(0.1)
            begun, samples = time.monotonic(), []
            while time.monotonic() - begun < seconds * 2 / 3 or self.requests - samples[0][0] < WARM_REQUESTS:
                samples.append((float(self.requests), float(private_bytes(pid))))
                assert not self.broken and time.monotonic() - begun < seconds + 120, self.broken or self.counts
                time.sleep(SAMPLE_SECONDS)
            return Figures(samples, self.counts, time.monotonic() - begun)
        finally:
            self._over.set()
            for thread in self._threads:
                thread.join(60)

    # --- what they do; each step gives the number of its requests -----------------------------------------------

    def _saves(self, name: str) -> Callable[[Wire], Callable[[], int]]:
        def make(wire: Wire) -> Callable[[], int]:
            document = wire.ask("GET", f"/tasks/{self.ground.tasks[name]['id']}/document")
            questions = sorted(document["body"]["questions"])
            revision = int(document["revision"])
            number = 0

            def step() -> int:
                nonlocal revision, number
                number += 1
                if number % HEARTBEAT_EVERY == 0:
                    wire.ask("POST", f"/tasks/{self.ground.tasks[name]['id']}/heartbeat", {})
                    return 1
                record = {"id": random.choice(questions), "verdict": "write", "text": uuid4().hex * 8, "reason": None}
                edit = {"id": uuid4().hex, "verb": "put", "collection": "answers", "record_id": record["id"]}
                body = {"operations": [{**edit, "record": record}]}
                where = f"/documents/{document['id']}"
                revision = int(wire.ask("PATCH", where, body, If_Match=f'"{revision}"')["revision"])
                return 1

            return step

        return make

    def _lists(self, wire: Wire) -> Callable[[], int]:
        projects = f"/projects/{self.ground.fgqa}", f"/projects/{self.ground.stc}"
        paths = ["/me", "/projects", "/runs", "/ready"]
        paths += [f"{p}{tail}" for p in projects for tail in ("", "/tasks", "/videos", "/releases")]

        def step() -> int:
            wire.ask("GET", random.choice(paths))
            return 1

        return step

    def _leases(self, wire: Wire) -> Callable[[], int]:
        def step() -> int:
            task = wire.ask("POST", f"/projects/{self.ground.fgqa}/tasks/next", {"kinds": ["fgqa_answer"]})
            if task is None:
                return 1
            wire.ask("POST", f"/tasks/{task['id']}/heartbeat", {})
            wire.ask("POST", f"/tasks/{task['id']}/release")
            return 3

        return step

    def _streams(self, wire: Wire) -> Callable[[], int]:
        def step() -> int:
            wire.listen(f"project:{self.ground.fgqa}", random.uniform(0, 0.5))
            return 1

        return step

    def _uploads(self, wire: Wire) -> Callable[[], int]:
        size, half = len(self.clip), len(self.clip) // 2
        sha256 = hashlib.sha256(self.clip).hexdigest()

        def step() -> int:
            begun = wire.ask("POST", f"/projects/{self.ground.fgqa}/uploads", {"name": "again.mp4", "size": size})
            where = f"/uploads/{begun['id']}"
            wire.ask("PATCH", f"{where}?offset=0", self.clip[:half])
            wire.ask("PATCH", f"{where}?offset={half}", self.clip[half:])
            wire.ask("POST", f"{where}/finish", {"sha256": sha256})
            return 4

        return step

    def _media(self, wire: Wire) -> Callable[[], int]:
        def step() -> int:
            video = f"/videos/{random.choice(self.ground.videos)}"
            first = random.randrange(2000)
            wire.ask("GET", f"{video}/proxy.mp4", Range=f"bytes={first}-{first + 4000}")
            wire.ask("GET", f"{video}/{random.choice(('frames', 'thumbnails.jpg', 'proxy.mp4'))}")
            return 2

        return step
