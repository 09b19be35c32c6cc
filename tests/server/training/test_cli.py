"""`vidgrain release`, `train` and `evaluate` from a shell."""

from __future__ import annotations

import orjson
import pytest
import structlog
from sqlalchemy import text

from migrations.run import newest
from server import cli
from tests.server.workflow import answer, ok

ONE_DATABASE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def shell(settings, parts, monkeypatch, capsys):
    """Runs `vidgrain …` on the test's site: (exit status, the JSON document)."""
    with parts.database.begin() as session:  # the tests' tables are made without the migrations' own one
        session.execute(text("CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) NOT NULL)"))
        session.execute(text("DELETE FROM alembic_version"))
        session.execute(text("INSERT INTO alembic_version VALUES (:newest)"), {"newest": newest()})
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)

    def run(*arguments):
        monkeypatch.setattr("sys.argv", ["vidgrain", "--json", *map(str, arguments)])
        capsys.readouterr()
        try:
            cli.main()
            status = 0
        except SystemExit as ended:
            status = ended.code or 0
        return status, orjson.loads(capsys.readouterr().out)

    yield run
    structlog.reset_defaults()  # the commands' logs went to this test's standard error


@ONE_DATABASE
@pytest.mark.timeout(900)  # the libraries alone take half a minute to load on a busy machine
def test_from_accepted_work_to_a_scored_network(site, clips, shell, tmp_path):
    project = site.project("fgqa", {"ann": "annotator", "lea": "lead"}, review_share=0.0)
    status, refused = shell("release", project, "--out", tmp_path / "none")
    assert status == 1
    assert refused["error"]["type"] == "nothing_accepted"
    for clip in clips:
        video = site.video(project, clip)
        asked = [{"text": question, "q_type": "Pose"} for question in ("How?", "Where to?")]
        ids = [q["id"] for q in site.segment(project, video["id"], asked)["questions"]]
        task = site.lease("ann", project, "fgqa_answer")["id"]
        site.submit("ann", task, [answer(i, "write", f"So {clip.stem} {n}.") for n, i in enumerate(ids)])

    folder = tmp_path / "release"
    status, made = shell("release", "A fgqa project", "--out", folder)
    assert (status, made["counts"]["answers"]) == (0, 4)
    assert orjson.loads((folder / "manifest.json").read_bytes())["release_id"] == made["id"]
    assert ok(site["lea"].get(f"/api/releases/{made['id']}"))["state"] == "ready", "the page shows it, too"

    for options, wrong in (
        (("--since", made["id"], "--split-by-annotator"), "nothing_selected"), (("--name", "a/b"), "unprocessable"),
    ):  # fmt: skip
        status, refused = shell("release", "A fgqa project", *options)
        assert (status, refused["error"]["type"]) == (1, wrong)

    status, told = shell("release", "export", made["id"], "--form", "csv", "--to", tmp_path / "csv")
    assert (status, told["files"]) == (0, 2), "the answers of both splits, from the site and not from a folder"
    within_a_file = folder / "manifest.json" / "csv"
    status, refused = shell("release", "export", made["id"], "--form", "csv", "--to", within_a_file)
    assert (status, refused["error"]["type"], refused["error"]["field"]) == (1, "not_exported", "to")

    status, refused = shell("train", "--release", folder, "--recipe", "nope", "--out", tmp_path / "run")
    assert (status, refused["error"]["field"]) == (1, "recipe")
    status, trained = shell(
        "train", "--release", folder, "--recipe", "smoke_cpu", "--out", tmp_path / "run", "--set", "steps=1"
    )
    assert (status, trained["status"]["state"]) == (0, "done")
    status, report = shell(
        "evaluate", "--checkpoint", tmp_path / "run/export", "--release", folder, "--out", tmp_path / "scores"
    )
    assert status == 0
    assert report["split"] == "test"

    changed = folder / "conversations/train.jsonl"
    changed.write_bytes(changed.read_bytes().replace(b"So", b"No", 1))
    status, refused = shell("train", "--release", folder, "--recipe", "smoke_cpu", "--out", tmp_path / "run2")
    assert status == 1
    assert "conversations/train.jsonl: changed" in refused["error"]["detail"]
