"""The REST client downloads a release over a real connection that breaks, with a token that may only read."""

from __future__ import annotations

import http.client
from types import SimpleNamespace
from uuid import UUID

import orjson
import pytest
from sqlalchemy import update

from model.data.release import open_release
from server import cli
from server import client as rest
from server.accounts.tokens import make_token
from server.client import Client, Refused
from server.db import now
from server.jobs import enqueue
from server.releases.jobs import MEDIA_KEPT
from server.tables.accounts import Scope, User
from server.tables.releases import ReleaseMedia
from tests.server.releases.test_release import accepted_fgqa, fetch, release
from tests.server.test_events import address
from tests.server.workflow import ok

__all__ = ["address"]


def reader(parts, user_id, address):
    """A client with a read-only token of this person."""
    with parts.database.begin() as session:
        user = session.get_one(User, UUID(user_id))
        _, token = make_token(session, parts.key, user, name="download", scopes=[Scope.READ], expires_at=None)
    return Client(address, token)


def test_a_download_goes_on_after_breaks_and_every_byte_is_checked(site, clips, parts, address, tmp_path, monkeypatch):
    project = accepted_fgqa(site, clips)
    made = release(site, project)
    mine = reader(parts, site.ids["lea"], address)
    monkeypatch.setattr(rest, "time", SimpleNamespace(sleep=lambda _: None))  # of the client alone
    read, left = http.client.HTTPResponse.read, [3]
    ranges = []
    ask = Client._request

    def broken(answer, amount=None):
        """The connection ends after 700 bytes of a clip, three times."""
        if getattr(answer, "_cut", False):
            raise ConnectionResetError("cut by the test")
        if left[0] and amount and answer.getheader("Content-Type") == "video/mp4":
            left[0] -= 1
            answer._cut = True
            return read(answer, 700)
        return read(answer, amount)

    def seen(self, method, path, body=None, headers=None):
        ranges.append((headers or {}).get("Range"))
        return ask(self, method, path, body, headers)

    monkeypatch.setattr(http.client.HTTPResponse, "read", broken)
    monkeypatch.setattr(Client, "_request", seen)
    told = []
    folder = tmp_path / "release"
    manifest = mine.release(made["id"], folder, lambda *step: told.append(step))
    assert [each for each in ranges if each] == ["bytes=700-", "bytes=1400-", "bytes=2100-"]
    assert manifest["release_id"] == made["id"]
    assert told[-1][0] == told[-1][1] > 0
    open_release(folder, expected_sha256=made["manifest_sha256"])
    other = fetch(site["lea"], made, tmp_path / "other")
    names = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    assert names == sorted(path.relative_to(other) for path in other.rglob("*") if path.is_file())

    ranges.clear()
    (folder / "README.md").write_text("changed")
    mine.release(made["id"], folder)
    assert len(ranges) == 2, "the release, and the one file that is not right; the manifest is there"
    entry = next(file for file in made["files"] if file["path"] == "README.md")
    whole = folder / f"README.md.{entry['sha256'][:16]}.part"  # all of it came, and then the program was killed
    (folder / "README.md").rename(whole)
    ranges.clear()
    mine.release(made["id"], folder)
    assert ranges == [None, f"bytes={entry['bytes']}-"]
    assert ((folder / "README.md").is_file(), whole.exists()) == (True, False)
    parts.storage.put(f"blobs/{entry['sha256'][:2]}/{entry['sha256']}", b"damaged")
    (folder / "README.md").unlink()
    with pytest.raises(ValueError, match=r"README\.md arrived damaged"):
        mine.release(made["id"], folder)
    with pytest.raises(Refused, match="404"):
        mine.release("00000000-0000-7000-8000-000000000000", tmp_path / "none")
    with pytest.raises(Refused, match="403"):
        mine.post(f"/projects/{project}/releases", {})
    ok(site["lea"].post(f"/api/releases/{made['id']}/delete", json={"reason": "Consent."}))
    with pytest.raises(Refused, match="410: It was deleted: Consent"):
        mine.release(made["id"], folder)


def test_media_that_nobody_uses_are_forgotten_and_made_again(site, clips, parts, run_jobs):
    project = accepted_fgqa(site, clips)
    made = release(site, project)
    with parts.database.begin() as session:
        session.execute(update(ReleaseMedia).values(used_at=now() - MEDIA_KEPT * 2))
        enqueue(session, "forget_release_media", {})
    run_jobs()
    with parts.database.read() as session:
        assert session.query(ReleaseMedia).count() == 0
    again = release(site, project)
    assert again["files"] == made["files"]
    assert ok(site["lea"].get(f"/api/releases/{made['id']}/files?media=true"))["items"]


def test_the_command_says_what_must_not_be_used_any_more(site, clips, parts, address, tmp_path, monkeypatch, capsys):
    project = accepted_fgqa(site, clips)
    made = release(site, project)
    lea = site["lea"]
    with parts.database.begin() as session:
        user = session.get_one(User, UUID(site.ids["lea"]))
        _, token = make_token(session, parts.key, user, name="download", scopes=[Scope.READ], expires_at=None)
    monkeypatch.setenv("VIDGRAIN_TOKEN", token)

    def download(folder):
        command = ["vidgrain", "--json", "release", "download", address, made["id"], "--to", str(folder)]
        monkeypatch.setattr("sys.argv", command)
        capsys.readouterr()
        try:
            cli.main()
            status = 0
        except SystemExit as ended:
            status = ended.code or 0
        return status, orjson.loads(capsys.readouterr().out)

    folder = tmp_path / "release"
    status, told = download(folder)
    assert (status, told["deprecated"], told["withdrawn"], told["counts"]) == (0, None, [], made["counts"])
    open_release(folder, expected_sha256=made["manifest_sha256"])
    ok(lea.patch(f"/api/releases/{made['id']}", json={"deprecated_why": "Use 2."}))
    videos = ok(lea.get(f"/api/projects/{project}/videos"))["items"]
    for video in videos:
        ok(lea.put(f"/api/projects/{project}/videos/{video['id']}/flag", json={"reason": "Consent was withdrawn."}))
    status, told = download(folder)
    assert (status, told["deprecated"], len(told["withdrawn"])) == (0, "Use 2.", len(videos))
    pages = Client(address, token).every(f"/releases/{made['id']}/withdrawn", limit=1)
    assert pages == told["withdrawn"], "a page at a time"
    assert {each["video"] for each in pages} == {f"v{video['sha256'][:16]}" for video in videos}
    ok(lea.post(f"/api/releases/{made['id']}/delete", json={"reason": "Consent."}))
    status, refused = download(tmp_path / "other")
    assert (status, refused["error"]["field"], "Consent." in refused["error"]["detail"]) == (1, "release", True)
    assert not (tmp_path / "other").exists()
