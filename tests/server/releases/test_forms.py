"""`vidgrain release export` and `check` on a folder, without a site: no database, no settings."""

from __future__ import annotations

import orjson
import pytest

from server import cli
from tests.annotator.formats.releases import FRAMES, VIDEOS, write_release


@pytest.fixture
def shell(monkeypatch, capsys, tmp_path):
    """Runs `vidgrain …` in an empty folder: (exit status, the JSON document)."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        monkeypatch.setattr("sys.argv", ["vidgrain", "--json", *map(str, arguments)])
        capsys.readouterr()
        try:
            cli.main()
            status = 0
        except SystemExit as ended:
            status = ended.code or 0
        return status, orjson.loads(capsys.readouterr().out)

    return run


def test_a_folder_is_exported_and_what_comes_back_is_checked(shell, tmp_path):
    release = write_release(tmp_path / "release")
    status, told = shell("release", "export", release, "--form", "webvtt", "--to", "out")
    assert (status, told["files"], told["form"]) == (0, 6, "webvtt")
    (tmp_path / "out").rename(tmp_path / "webvtt")
    status, told = shell("release", "export", release, "--form", "davis", "--to", "out")
    assert told["notes"] == ["A pixel has one value here: 192 pixels of masks lie under a smaller one."]
    file = tmp_path / "webvtt" / "train" / f"{VIDEOS['train'][0]}.2.vtt"
    status, told = shell("release", "check", file, "--form", "webvtt")
    assert (status, told["rows"], told["bad"]) == (0, 2, 0)
    assert told["captions"] == [{"video": VIDEOS["train"][0], "subject": "2", "captions": 2}]
    file.write_text(
        file.read_text("utf-8").replace("4-8", "x").replace("00:00:00.667 -->", "00:00:00.500 -->"), "utf-8"
    )
    status, told = shell("release", "check", file, "--form", "webvtt")
    assert told["errors"] == [
        {"where": f"{file.name}, line 8", "error": f"frames 3 to {FRAMES - 1} overlap 0 to 3 of the same subject"}
    ]
    for arguments, field, kind in (
        (("check", file, "--form", "csv"), "file", "unprocessable"),
        (("check", file, "--form", "davis"), "form", "not_found"),
        (("export", release, "--form", "docx", "--to", "new"), "form", "not_found"),
        (("export", release, "--form", "csv", "--to", "out"), "release", "not_exported"),
    ):
        status, told = shell("release", *arguments)
        assert (status, told["error"]["field"], told["error"]["type"]) == (1, field, kind)
    (release / "records/train/rcap.jsonl").write_text("{}\n")
    status, told = shell("release", "export", release, "--form", "csv", "--to", "new")
    assert "records/train/rcap.jsonl: changed" in told["error"]["detail"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out", "release", "webvtt"]
