"""Whole sites in processes that can be killed one by one: production-like (its servers, API, worker), and embedded."""

from __future__ import annotations

import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from server.accounts.people import add_user
from server.client import Client
from server.db import Database
from server.settings import Settings
from server.storage import Storage, open_storage
from tests import servers
from tests.conftest import make_tables
from tests.faults.proxy import Proxy

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "a long enough word"
PEOPLE = ("admin", "lead", "ann", "ben", "cho", "dan")
QUICK = {
    "job_heartbeat_seconds": 0.5,
    "job_lost_seconds": 8.0,
    "job_backoff_seconds": 1.0,
    "login_limit": "1000/minute",
    "secret": "the-faults-have-a-secret-of-37-letters",
}


class Site:
    """A running site. What can be killed stands in `programs`, by name."""

    def __init__(self, folder: Path, settings: Settings, programs: dict[str, servers.Program]) -> None:
        """Make the tables and the people. `settings` are the API's."""
        self.folder, self.settings, self.programs = folder, settings, programs
        make_tables(settings.database)
        self.database = Database(settings.database)
        self.users: dict[str, str] = {}
        with self.database.begin() as session:
            for name in PEOPLE:
                email = f"{name}@test.local"
                user = add_user(session, email, name.title(), is_admin=name == "admin", password=PASSWORD)
                self.users[name] = str(user.id)
        self.port = servers.free_port()
        self.address = f"http://127.0.0.1:{self.port}"

    @property
    def storage(self) -> Storage:
        """Where the site's objects lie, read without the site."""
        return open_storage(self.settings)

    def program(self, name: str, settings: Settings, *arguments: str) -> servers.Program:
        """A process `vidgrain …` that is not started yet."""
        log = self.folder / f"{name}.log"
        made = servers.Program(
            name,
            [sys.executable, "-m", "server.cli", *arguments],
            self._answers if name == "api" else lambda: None,
            log,
            cwd=ROOT,
            env=environment(settings),
        )
        self.programs[name] = made
        return made

    def _answers(self) -> None:
        urllib.request.urlopen(f"{self.address}/api/health", timeout=5).close()

    def start_api(self) -> None:
        """Serve, and wait until requests are answered."""
        self.program("api", self.settings, "serve", "--port", str(self.port)).start()

    def log(self, name: str) -> str:
        """What a process has said."""
        path = self.programs[name].log
        return path.read_text(errors="replace") if path.exists() else ""

    def client(self, name: str) -> Client:
        """A REST connection of one of the people."""
        client = Client(self.address)
        client.log_in(f"{name}@test.local", PASSWORD)
        return client

    def project(self, kind: str, name: str) -> str:
        """A new project without reviews, in which all but the admin have a role."""
        admin = self.client("admin")
        made = admin.post("/projects", {"name": name, "kind": kind, "review_share": 0.0})
        for person, user in self.users.items():
            if person != "admin":
                role = "lead" if person == "lead" else "annotator"
                admin.put(f"/projects/{made['id']}/members/{user}", {"role": role})
        return str(made["id"])

    def import_clip(self, project: str, path: Path) -> dict[str, Any]:
        """Upload a clip as the lead and wait until it is ready."""
        lead = self.client("lead")
        video = lead.upload(project, path)
        found: dict[str, Any] = lead.wait(
            f"/videos/{video['id']}", until=lambda v: v["state"] in ("ready", "refused", "failed")
        )
        assert found["state"] == "ready", found
        return found

    def close(self) -> None:
        """End our own processes."""
        self.database.dispose()
        for name, program in self.programs.items():
            if name == "api" or name.startswith("worker"):
                program.stop()


class Production(Site):
    """PostgreSQL, Redis behind a wire that can be cut, an S3 that keeps its files, one API, one worker at a time."""

    def __init__(self, folder: Path, postgres: servers.Postgres, redis: servers.Redis, s3: servers.S3) -> None:
        postgres.run("DROP DATABASE IF EXISTS faults WITH (FORCE)", "CREATE DATABASE faults")
        self.redis_wire = Proxy(redis.url)
        settings = Settings(
            data_folder=folder / "api",
            database_url=postgres.url("faults"),
            redis_url=self.redis_wire.url,
            s3_bucket=s3.bucket,
            s3_endpoint=s3.endpoint,
            s3_access_key=s3.access_key,
            s3_secret_key=s3.secret_key,
            **QUICK,
        )
        self.redis_url = redis.url
        programs = {"postgres": postgres.program, "redis": redis.program, "s3": s3.program}
        super().__init__(folder, settings, {n: p for n, p in programs.items() if p is not None})
        self._workers = 0
        self._standing = self.start_worker()
        self.start_api()

    def worker_settings(self, number: int) -> Settings:
        """A worker stands on a machine of its own: its own data folder, its own wire to Redis."""
        changed = {"data_folder": self.folder / f"worker-{number}", "redis_url": self.redis_url}
        return self.settings.model_copy(update=changed)

    def start_worker(self) -> str:
        """Start one more worker, on another machine so to speak; its name."""
        self._workers += 1
        name = f"worker-{self._workers}"
        self.program(name, self.worker_settings(self._workers), "worker", "--concurrency", "6").start()
        return name

    @property
    def worker(self) -> str:
        """The name of the worker that stays."""
        return self._standing

    def replace_worker(self) -> str:
        """Start another worker, which stays."""
        self._standing = self.start_worker()
        return self._standing

    def heal(self) -> None:
        """Start what a test that failed left dead, so that the next one fails for its own reasons only."""
        self.redis_wire.mend()
        for name in ("postgres", "redis", "s3", "api", self._standing):
            program = self.programs[name]
            if program.process is None or program.process.poll() is not None:
                program.start()

    def close(self) -> None:
        super().close()
        self.redis_wire.close()


class Embedded(Site):
    """`vidgrain serve` alone: SQLite, a folder, a child process that runs the jobs."""

    def __init__(self, folder: Path, **more: Any) -> None:
        # A worker that was killed is missed at once, when the next one starts: the time-out is for slow machines.
        settings = Settings(data_folder=folder / "data", **QUICK | {"job_lost_seconds": 60.0} | more)
        super().__init__(folder, settings, {})
        self.start_api()

    def worker_pid(self) -> int:
        """The process id of the child that runs the jobs."""
        found: list[int] = []
        for listed in Path(f"/proc/{self.programs['api'].pid}/task").glob("*/children"):
            for child in listed.read_text().split():
                if b"embedded" in Path(f"/proc/{child}/cmdline").read_bytes():
                    found.append(int(child))
        [pid] = found
        return pid


def environment(settings: Settings) -> dict[str, str]:
    """The variables of a process with these settings and nothing of ours."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("VIDGRAIN_")}
    return inherited | settings.environment() | {"OMP_NUM_THREADS": "1"}


def run_command(settings: Settings, *arguments: str, timeout: float = 240) -> subprocess.CompletedProcess[str]:
    """`vidgrain …` as an operator types it."""
    return subprocess.run(
        [sys.executable, "-m", "server.cli", *arguments],
        cwd=ROOT,
        env=environment(settings),
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout,
    )


@contextmanager
def production(folder: Path) -> Iterator[Production]:
    """A production-like site with servers of its own."""
    with (
        servers.postgres(killable=True) as postgres,
        servers.redis_server(servers.free_port()) as redis,
        servers.rclone() as s3,
    ):
        site = Production(folder, postgres, redis, s3)
        try:
            yield site
        finally:
            site.close()
