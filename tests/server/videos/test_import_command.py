"""`vidgrain import`: a folder with good, bad and foreign files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from server import cli
from server.errors import DomainError
from server.settings import Settings
from tests import servers
from tests.server.test_outbound import Web, web
from tests.server.videos.conftest import BUCKET
from tests.server.videos.test_fetch import settings
from tests.server.world import World, write_disc_clip

__all__ = ["settings", "web"]


def test_import_a_folder(
    world: World, clip: Path, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "clips"
    (folder / "below").mkdir(parents=True)
    (folder / "a.mp4").write_bytes(clip.read_bytes())
    (folder / "below" / "same.MP4").write_bytes(clip.read_bytes())
    (folder / "b.mkv").write_bytes(b"no video")
    (folder / "notes.txt").write_text("not looked at")
    (folder / "link.mp4").symlink_to("/etc/hostname")
    other = write_disc_clip(tmp_path / "c.mp4", seed=7)
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    cli._load_commands()
    asked = ["--json", "import", str(folder), str(other), "--project", "stc project", "--by", "lead@example.org"]
    ran = CliRunner().invoke(cli.app, asked)
    assert ran.exit_code == 1, ran.output
    rows = {Path(row["file"]).name: row for row in json.loads(ran.stdout)["videos"]}
    assert {name: row["state"] for name, row in rows.items()} == {
        "a.mp4": "ready", "same.MP4": "ready", "b.mkv": "refused", "c.mp4": "ready",
    }  # fmt: skip
    assert rows["a.mp4"]["id"] == rows["same.MP4"]["id"]
    assert "b.mkv" in rows["b.mkv"]["reason"]
    assert len(world["lead"].get(world.url("/videos")).json()["items"]) == 3


def test_unknown_project(world: World, clip: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    from server.errors import NotFound

    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    cli._load_commands()
    ran = CliRunner().invoke(cli.app, ["import", str(clip), "--project", "cats"])
    assert isinstance(ran.exception, NotFound)
    assert "stc project" in str(ran.exception)


def test_import_addresses(
    world: World, clip: Path, web: Web, store: servers.S3, settings: Settings, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """A list of URLs, a prefix of a bucket and a file, in one command; run again, nothing comes twice."""
    client = servers._client(store)
    other = write_disc_clip(tmp_path / "o.mp4", seed=21)
    client.put_object(Bucket=BUCKET, Key="cli/one.mp4", Body=clip.read_bytes())
    client.put_object(Bucket=BUCKET, Key="cli/two.mp4", Body=other.read_bytes())
    good, gone = web.file("/good.mp4", clip.read_bytes()), web.url("/gone.mp4")
    listing = tmp_path / "urls.txt"
    listing.write_text(f"# from the web\n{good}\n\n  {gone}\n")
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    cli._load_commands()
    asked = ["--json", "import", f"s3://{BUCKET}/cli", "--from-urls", str(listing), "--project", "stc project"]
    for turn in range(2):
        ran = CliRunner().invoke(cli.app, [*asked, "--by", "lead@example.org"])
        assert ran.exit_code == 1, ran.output
        rows = {row["file"]: row for row in json.loads(ran.stdout)["videos"]}
        assert {name: row["state"] for name, row in rows.items()} == {
            good: "ready", gone: "failed", f"s3://{BUCKET}/cli/one.mp4": "ready", f"s3://{BUCKET}/cli/two.mp4": "ready",
        }, turn  # fmt: skip
        assert "404" in rows[gone]["reason"]
        assert rows[good]["id"] == rows[f"s3://{BUCKET}/cli/one.mp4"]["id"]
    assert len(world["lead"].get(world.url("/videos")).json()["items"]) == 2
    assert [path for path, _ in web.asked].count("/good.mp4") == 1


def test_bad_sources_are_named(world: World, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    cli._load_commands()
    for source, word in (("file:///etc/passwd", "file"), ("s3://secrets/x", "VIDGRAIN_IMPORT_BUCKETS"), ("/no", "/no")):
        ran = CliRunner().invoke(cli.app, ["import", source, "--project", "stc project", "--by", "lead@example.org"])
        assert isinstance(ran.exception, DomainError) and word in str(ran.exception), source
    assert (
        CliRunner().invoke(cli.app, ["import", "--project", "stc project", "--by", "lead@example.org"]).exit_code == 1
    )
