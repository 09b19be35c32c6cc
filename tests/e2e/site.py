"""A real Vidgrain in its own process, with people, for the browser tests."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import make_url, select

from server.accounts.people import add_user
from server.client import Client
from server.db import Database
from server.settings import Settings
from server.tables.accounts import User

PASSWORD = "a long enough word"
PEOPLE = ("admin", "lead", "rhea", "ann", "ben", "cho", "dan")


class Site:
    """One running site. `address` without a slash at the end."""

    def __init__(self, folder: Path, **more: Any) -> None:
        """Make the database and the people, where they are not there yet; `start` serves them. `more` are settings."""
        from migrations import run

        self.folder = folder
        given: dict[str, Any] = {
            "data_folder": folder / "data",
            "database_url": "",
            "redis_url": "",
            "s3_bucket": "",
            "import_private_hosts": "127.0.0.1",
            "webhook_private_hosts": "127.0.0.1",
        }
        self.settings = Settings(**given | more)
        run.upgrade(self.settings.database)
        database = Database.of(self.settings)
        self.users: dict[str, str] = {}
        with database.begin() as session:
            for name in PEOPLE:
                email = f"{name}@test.local"
                user = session.scalar(select(User).where(User.email == email)) or add_user(
                    session, email, name.title(), is_admin=name == "admin", password=PASSWORD
                )
                self.users[name] = str(user.id)
        database.dispose()
        self.port = _free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.log = folder / "server.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Serve, and wait until requests are answered."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "server.cli", "serve", "--port", str(self.port)],
                env={**os.environ, **self.settings.environment(), "VIDGRAIN_LOGIN_LIMIT": "1000/minute"},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(f"{self.address}/api/ready", timeout=2).close()
            except (urllib.error.URLError, OSError) as error:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"the site did not start: {error}\n{self.log.read_text()[-4000:]}") from error
                time.sleep(0.1)
            else:
                return

    def stop(self, with_signal: signal.Signals = signal.SIGTERM) -> None:
        """End the process as an operator, or a power cut, would."""
        if self._process is not None:
            self._process.send_signal(with_signal)
            self._process.wait(30)
            self._process = None

    @contextmanager
    def worker_paused(self) -> Iterator[None]:
        """The child that runs the jobs stands still, and not in the middle of a transaction: jobs wait."""
        assert self._process is not None
        children = [pid for task in Path(f"/proc/{self._process.pid}/task").glob("*/children")
                    for pid in task.read_text().split()]  # fmt: skip
        [worker] = [int(pid) for pid in children if b"embedded" in Path(f"/proc/{pid}/cmdline").read_bytes()]
        os.kill(worker, signal.SIGSTOP)
        while not self._writable():
            os.kill(worker, signal.SIGCONT)
            time.sleep(0.1)
            os.kill(worker, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(worker, signal.SIGCONT)

    def _writable(self) -> bool:
        connection = sqlite3.connect(make_url(self.settings.database).database or "", timeout=1, isolation_level=None)
        try:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
        except sqlite3.OperationalError:
            return False
        finally:
            connection.close()
        return True

    def client(self, name: str) -> Client:
        """A REST connection of one of the people."""
        client = Client(self.address)
        client.log_in(f"{name}@test.local", PASSWORD)
        return client

    def project(self, kind: str, name: str, *, review_share: float = 1.0) -> str:
        """A new project in which everybody but the admin has a role."""
        admin = self.client("admin")
        made = admin.post("/projects", {"name": name, "kind": kind, "review_share": review_share})
        for person, user in self.users.items():
            role = {"lead": "lead", "rhea": "reviewer"}.get(person, "annotator")
            if person != "admin":
                admin.put(f"/projects/{made['id']}/members/{user}", {"role": role})
        return str(made["id"])

    def import_clip(self, project: str, path: Path) -> dict[str, Any]:
        """Upload a clip as the lead and wait until it is ready or refused."""
        return self.settled(self.client("lead").upload(project, path)["id"])

    def settled(self, video: str) -> dict[str, Any]:
        """Wait until a video is ready or refused."""
        answer: dict[str, Any] = self.client("lead").wait(
            f"/videos/{video}",
            until=lambda answer: answer["state"] in ("ready", "refused", "failed"),
            seconds=240,
        )
        return answer


def next_task(client: Client, project: str, *kinds: str, seconds: float = 120) -> Any:
    """The person's next task; tasks are opened by a job a moment after their video or segment is there."""
    deadline = time.monotonic() + seconds
    while True:
        task = client.post(f"/projects/{project}/tasks/next", {"kinds": list(kinds)} if kinds else {})
        if task is not None:
            return task
        assert time.monotonic() < deadline, f"no task of {kinds or 'any kind'} within {seconds:.0f} s"
        time.sleep(0.3)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
