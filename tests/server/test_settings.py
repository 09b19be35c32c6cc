"""Settings that would start an unsafe server are refused, by name; the command line says so, also as JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import ValidationError
from typer.main import get_command

from server import cli
from server.access import COOKIE, hash_token
from server.app import install_parts
from server.db import now
from server.operations.safety import refuse_processes
from server.parts import make_parts
from server.settings import MIN_SECRET, Settings, UnsafeSettings
from server.tables.accounts import User, UserSession

GOOD: dict[str, Any] = {
    "production": True,
    "secret": "kR8vq2Zt0yLwX5mN7bC1dF4gH6jP9sQe-uA3",
    "public_url": "https://annotate.example.org",
    "database_url": "postgresql+psycopg://u:p@db/vidgrain",
    "redis_url": "redis://queue:6379/0",
}


def test_a_good_production_server_may_start() -> None:
    Settings(**GOOD).check()
    assert Settings(**GOOD).cookie_secure


def test_endpoints_that_are_listed_may_start() -> None:
    listed = {"s3_endpoint": "http://store:8333", "s3_public_endpoint": "https://objects.example.org/"}
    allowed = "http://store:8333, https://objects.example.org:443"
    Settings(**GOOD, **listed, s3_allowed_endpoints=allowed).check()
    with pytest.raises(UnsafeSettings):  # also where it is no production
        Settings(**listed, s3_allowed_endpoints="http://store:8334").check()


def test_an_address_with_a_password_is_not_repeated() -> None:
    with pytest.raises(UnsafeSettings, match="VIDGRAIN_S3_ENDPOINT must be") as caught:
        Settings(s3_endpoint="http://me:the-password@store").check()
    assert "the-password" not in str(caught.value)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (
            {
                "s3_endpoint": "http://10.0.0.9:9000",
                "s3_allowed_endpoints": "https://objects.example.org, http://store:1",
            },
            "VIDGRAIN_S3_ENDPOINT is http://10.0.0.9:9000, which is not in VIDGRAIN_S3_ALLOWED_ENDPOINTS",
        ),
        ({"s3_public_endpoint": "https://a.example", "s3_allowed_endpoints": "http://a.example"}, "S3_PUBLIC_ENDPOINT"),
        ({"import_s3_endpoint": "http://b:2", "s3_allowed_endpoints": "http://b:3"}, "VIDGRAIN_IMPORT_S3_ENDPOINT"),
        ({"s3_endpoint": "store:9000"}, "VIDGRAIN_S3_ENDPOINT must be"),
        ({"s3_endpoint": "file:///etc"}, "VIDGRAIN_S3_ENDPOINT must be"),
        ({"s3_endpoint": "http://store:9000/path"}, "VIDGRAIN_S3_ENDPOINT must be"),
        ({"s3_endpoint": "http://store:99999"}, "VIDGRAIN_S3_ENDPOINT must be"),
        ({"s3_allowed_endpoints": "store"}, "VIDGRAIN_S3_ALLOWED_ENDPOINTS must be"),
        ({"s3_bucket": "site", "import_buckets": "footage,site"}, "VIDGRAIN_IMPORT_BUCKETS names VIDGRAIN_S3_BUCKET"),
        ({"secret": None}, "VIDGRAIN_SECRET"),
        ({"secret": ""}, "VIDGRAIN_SECRET"),
        ({"secret": "short"}, "VIDGRAIN_SECRET"),
        ({"secret": "kR8vq2Zt0yLwX5mN7bC1dF4gH6jP9sQ"}, str(MIN_SECRET)),
        ({"secret": "changeme-kR8vq2Zt0yLwX5mN7bC1dF4gH6jP9"}, "example"),
        ({"secret": "Please-Change-kR8vq2Zt0yLwX5mN7bC1dF4g"}, "example"),
        ({"secret": "abababababababababababababababababab"}, "regular"),
        ({"public_url": "http://annotate.example.org"}, "VIDGRAIN_PUBLIC_URL"),
        ({"public_url": ""}, "VIDGRAIN_PUBLIC_URL"),
        ({"public_url": "https://"}, "VIDGRAIN_PUBLIC_URL"),
        ({"public_url": "https://a@annotate.example.org"}, "VIDGRAIN_PUBLIC_URL"),
        ({"database_url": ""}, "VIDGRAIN_DATABASE_URL"),
        ({"database_url": "postgresql+psycopg://postgres:Postgres@db/vidgrain"}, "VIDGRAIN_DATABASE_URL"),
        ({"redis_url": "redis://:changeme@queue:6379/0"}, "VIDGRAIN_REDIS_URL"),
        ({"s3_bucket": "b", "s3_access_key": "minioadmin", "s3_secret_key": "minioadmin"}, "VIDGRAIN_S3_ACCESS_KEY"),
        ({"metrics_token": "changeme"}, "VIDGRAIN_METRICS_TOKEN"),
        ({"demo": True}, "VIDGRAIN_DEMO"),
    ],
)
def test_unsafe_production_is_refused_by_name(change: dict[str, Any], named: str) -> None:
    with pytest.raises(UnsafeSettings, match=named) as caught:
        Settings(**{**GOOD, **change}).check()
    assert GOOD["secret"] not in str(caught.value)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"database_url": "mysql://u:hidden@db/x"}, "VIDGRAIN_DATABASE_URL"),
        ({"database_url": "postgresql://u:hidden@db/x"}, "VIDGRAIN_DATABASE_URL"),
        ({"database_url": "hidden nonsense"}, "VIDGRAIN_DATABASE_URL"),
        ({"redis_url": "amqp://u:hidden@queue", "database_url": GOOD["database_url"]}, "VIDGRAIN_REDIS_URL"),
        ({"redis_url": "redis://queue:6379/0"}, "VIDGRAIN_DATABASE_URL"),
        ({"login_limit": "hidden"}, "VIDGRAIN_LOGIN_LIMIT"),
        ({"metrics_token": "hidden"}, "VIDGRAIN_METRICS_TOKEN"),
        ({"job_heartbeat_seconds": 20.0, "job_lost_seconds": 30.0}, "VIDGRAIN_JOB_LOST_SECONDS"),
    ],
)
def test_what_can_not_work_is_refused_everywhere(change: dict[str, Any], named: str) -> None:
    with pytest.raises(UnsafeSettings, match=named) as caught:
        Settings(**change).check()
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize(
    ("change", "processes", "named"),
    [
        ({}, 2, "VIDGRAIN_DATABASE_URL"),
        ({"database_url": GOOD["database_url"]}, 2, "VIDGRAIN_REDIS_URL"),
        ({}, 1, ""),
        ({"database_url": GOOD["database_url"], "redis_url": GOOD["redis_url"]}, 8, ""),
    ],
)
def test_several_processes_need_postgresql_and_redis(change: dict[str, Any], processes: int, named: str) -> None:
    if not named:
        refuse_processes(Settings(**change), processes)
        return
    with pytest.raises(UnsafeSettings, match=named):
        refuse_processes(Settings(**change), processes)


def test_an_invitation_s_link_is_made_of_the_setting(one_app: Any, database_url: str, tmp_path: Path) -> None:
    """Whatever Host a request names: a link to somewhere else would give the account away."""
    settings = Settings(
        data_folder=tmp_path, database_url=database_url, embedded_worker=False, public_url=GOOD["public_url"]
    )
    made = make_parts(settings)
    install_parts(one_app, made)
    with made.database.begin() as session:
        admin = User(email="root@example.org", name="Root", is_admin=True, active=True)
        session.add(admin)
        session.flush()
        session.add(
            UserSession(
                user_id=admin.id, token_hash=hash_token(made.key, "cookie"), last_seen_at=now(),
                expires_at=now() + timedelta(hours=1),
            )
        )  # fmt: skip
    browser = TestClient(one_app, cookies={COOKIE: "cookie"}, headers={"host": "evil.example"})
    answer = browser.post("/api/users", json={"email": "new@example.org", "name": "New"})
    assert answer.status_code == 201
    assert answer.json()["invitation_url"].startswith(f"{GOOD['public_url']}/invitation/")
    made.close()


def test_secrets_are_not_shown_and_pairs_are_whole() -> None:
    assert GOOD["secret"] not in repr(Settings(**GOOD))
    with pytest.raises(ValidationError, match="VIDGRAIN_S3_SECRET_KEY"):
        Settings(s3_access_key="a")


def test_a_secret_is_made_once_and_is_private(tmp_path: Path) -> None:
    key = Settings(data_folder=tmp_path).key()
    assert len(key) >= MIN_SECRET and Settings(data_folder=tmp_path).key() == key
    assert (tmp_path / "secret").stat().st_mode & 0o077 == 0


def vidgrain(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The real command, with these settings only."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("VIDGRAIN_")}
    return subprocess.run(
        [sys.executable, "-m", "server.cli", *arguments],
        cwd=Path(__file__).resolve().parents[2], env={**kept, **environment},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def test_every_command_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    cli._load_commands()
    program: Any = get_command(cli.app)  # made once: typer's runner would make all commands anew for each
    waiting: list[tuple[list[str], Any]] = [([], program)]
    seen = set()
    while waiting:
        words, command = waiting.pop()
        code = program.main([*words, "--help"], prog_name="vidgrain", standalone_mode=False)
        assert code == 0 and "Usage" in capsys.readouterr().out, words
        assert command.help, f"vidgrain {' '.join(words)} has no help"
        seen.add(" ".join(words))
        waiting += [([*words, name], inner) for name, inner in getattr(command, "commands", {}).items()]
    assert {
        "serve",
        "worker",
        "migrate",
        "demo",
        "import",
        "release",
        "train",
        "evaluate",
        "user add",
        "backup",
        "restore",
        "ready",
    } <= seen


AWAY = {"VIDGRAIN_START_SECONDS": "1"}
DATABASE = {"VIDGRAIN_DATABASE_URL": "postgresql+psycopg://u@127.0.0.1:9/x"}
BUCKET = {
    "VIDGRAIN_S3_BUCKET": "b", "VIDGRAIN_S3_ENDPOINT": "http://127.0.0.1:9", "VIDGRAIN_S3_ACCESS_KEY": "access",
    "VIDGRAIN_S3_SECRET_KEY": "hidden",
}  # fmt: skip


@pytest.mark.parametrize(
    ("words", "environment", "named"),
    [
        (["migrate"], {"VIDGRAIN_PRODUCTION": "1"}, "VIDGRAIN_SECRET"),
        (["migrate"], {"VIDGRAIN_MAX_SIDE": "wide"}, "VIDGRAIN_MAX_SIDE"),
        (["serve", "--port", "0"], {}, "vidgrain migrate"),
        (["serve", "--port", "0", "--workers", "2"], {}, "SQLite"),
        (
            ["serve", "--port", "0"],
            {**AWAY, **DATABASE},
            "DATABASE_URL",
        ),
        (["serve", "--port", "0"], {**AWAY, **BUCKET}, "VIDGRAIN_S3"),
        (["migrate"], {**AWAY, **DATABASE}, "DATABASE_URL"),
        (["migrate", "--check"], {}, "vidgrain migrate"),
        (["ready"], {}, "vidgrain migrate"),
        (["backup", "nowhere"], {}, "vidgrain migrate"),
        (["restore", "nowhere"], {}, "manifest.json is missing"),
        (["worker"], {}, "VIDGRAIN_REDIS_URL"),
    ],
)
def test_refusals_go_to_standard_error_and_fail(
    words: list[str], environment: dict[str, str], named: str, tmp_path: Path
) -> None:
    done = vidgrain(*words, VIDGRAIN_DATA_FOLDER=str(tmp_path), **environment)
    assert (done.returncode, done.stdout) == (1, ""), done
    assert named in done.stderr and "Traceback" not in done.stderr, done.stderr


def test_json_of_migrate_and_people(tmp_path: Path) -> None:
    own = {"VIDGRAIN_DATA_FOLDER": str(tmp_path)}
    revision = json.loads(vidgrain("--json", "migrate", **own).stdout)["revision"]
    assert revision
    made = json.loads(vidgrain("--json", "user", "add", "--admin", "Ada@Example.org", **own).stdout)
    assert made["email"] == "ada@example.org" and "/invitation/" in made["invitation_url"]
    assert all(part["ok"] for part in json.loads(vidgrain("--json", "ready", **own).stdout))
    kept = json.loads(vidgrain("--json", "backup", str(tmp_path / "kept"), **own).stdout)
    assert kept["rows"] >= 2 and kept["objects"] == 0 and kept["revision"] == revision
    refused = json.loads(vidgrain("--json", "restore", str(tmp_path / "kept"), **own).stdout)["error"]
    assert refused["type"] == "site_not_empty"
    other = {"VIDGRAIN_DATA_FOLDER": str(tmp_path / "other")}
    assert json.loads(vidgrain("--json", "restore", str(tmp_path / "kept"), **other).stdout)["rows"] == kept["rows"]
    assert [row["email"] for row in json.loads(vidgrain("--json", "user", "list", **other).stdout)] == [made["email"]]
    twice = vidgrain("--json", "user", "add", "ada@example.org", **own)
    assert twice.returncode == 1 and "email_taken" in twice.stdout + twice.stderr
    wrong = vidgrain("worker", "--lanes", "clicks,nonsense", **own)
    assert wrong.returncode == 2 and "nonsense" in wrong.stderr
