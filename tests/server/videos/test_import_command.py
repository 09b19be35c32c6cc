"""`vidgrain import`: a folder with good, bad and foreign files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from server import cli
from server.settings import Settings
from tests.server.world import World, write_disc_clip


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
