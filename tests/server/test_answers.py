"""What every answer of every route says about itself: its type, and that a browser may run and sniff nothing of it."""

from __future__ import annotations

import hashlib
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI

from server.parts import Parts
from server.protection import CONTENT_SECURITY_POLICY
from server.storage.named import blob_key
from server.tables.releases import Release, ReleaseFile, ReleaseState
from server.tables.training import Run, RunFile
from tests.server.permission_table import TABLE
from tests.server.test_permissions import ask_all, ids, people, undone
from tests.server.world import World, make_world, world

__all__ = ["ids", "make_world", "people", "undone", "world"]

ALWAYS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
NO_JSON = {("GET", "/api/events"): "text/event-stream"}
"""Files answer 304 in this test; what they say of themselves stands below."""
HARMLESS = {
    "application/json", "application/octet-stream", "application/x-ndjson", "application/vnd.apache.parquet",
    "application/zstd", "text/plain", "video/mp4",
}  # fmt: skip
SCRIPT = b"<script xmlns='http://www.w3.org/1999/xhtml'>alert(1)</script>"
NAMES = (
    "a.html", "a.HTM", "a.xhtml", "plots/a.svg", "a.svgz", "a.xml", "a.js", "a.mjs", "a.pdf", "a.md", "a.yaml",
    "a.json", "a.jsonl", "a.jsonl.zst", "a.parquet", "videos/a.mp4", "a", ".html", 'a".html',
    "a\r\nSet-Cookie: x=y.html", "../a.html", "가.html",
)  # fmt: skip


def test_every_answer_of_every_route(
    app: FastAPI, parts: Parts, ids: dict[str, str], people: dict[str, dict[str, str]], undone: None
) -> None:
    parts.events.close()  # a stream that is allowed ends at once
    asking = {kind: people[kind] for kind in ("nobody", "annotator", "admin")}
    wrong = []
    for (kind, method, path), answer in ask_all(app, asking, ids, sorted(TABLE)).items():
        where = f"{kind}: {method} {path} -> {answer.status_code}"
        headers = answer.headers
        wrong += [f"{where}: {name}: {headers.get(name)}" for name, want in ALWAYS.items() if headers.get(name) != want]
        wrong += [f"{where}: no {name}" for name in ("cache-control", "x-request-id") if name not in headers]
        media = headers.get("content-type", "").partition(";")[0]
        if answer.status_code >= 400:
            want = "application/problem+json"
        else:
            want = NO_JSON.get((method, path), "application/json") if answer.content else media
        if media != want:
            wrong.append(f"{where}: is {media}, not {want}")
    assert not wrong, "\n" + "\n".join(wrong)


def test_files_of_releases_and_runs_are_saved_and_never_shown(world: World) -> None:
    """Whatever name and bytes a file has: an attachment under a plain name, of a type that no browser runs."""
    sha256 = hashlib.sha256(SCRIPT).hexdigest()
    world.parts.storage.put(blob_key(sha256), SCRIPT)
    with world.parts.database.begin() as session:
        lead = world.users["lead"].id
        release = Release(project_id=world.project, number=1, name="r", rule={}, created_by=lead)
        release.state, release.manifest_sha256 = ReleaseState.READY, sha256
        session.add(release)
        session.flush()
        run = Run(release_id=release.id, recipe="smoke_cpu", code_version="0", created_by=lead)
        session.add(run)
        session.flush()
        size = len(SCRIPT)
        session.add_all(ReleaseFile(release_id=release.id, path=p, sha256=sha256, bytes=size) for p in NAMES)
        session.add_all(RunFile(run_id=run.id, path=p, sha256=sha256, bytes=size) for p in NAMES)
    addresses = [f"/api/releases/{release.id}/manifest.json"]
    addresses += [f"/api/{what}/files/{quote(p, safe='/')}" for p in NAMES[:-2] for what in _owners(release, run)]
    addresses += [f"/api/{what}/files/{quote(p, safe='')}" for p in NAMES[-2:] for what in _owners(release, run)]
    found = 0
    for address in addresses:
        for method in ("GET", "HEAD"):
            answer = world["lead"].request(method, address, headers={"sec-fetch-mode": "no-cors"})
            assert_harmless(method, address, answer)
            found += answer.status_code == 200
    assert found > 1.5 * len(addresses), "most of them are there"


def _owners(release: Release, run: Run) -> tuple[str, str]:
    return f"releases/{release.id}", f"runs/{run.id}"


def assert_harmless(method: str, address: str, answer: Any) -> None:
    """A file that is saved, or a problem; never a page."""
    headers = answer.headers
    media = headers["content-type"].partition(";")[0]
    assert headers["x-content-type-options"] == "nosniff" and "set-cookie" not in headers, address
    assert headers["content-security-policy"] == CONTENT_SECURITY_POLICY, address
    if answer.status_code != 200:
        assert (answer.status_code, media) == (404, "application/problem+json"), (method, address)
        return
    assert media in HARMLESS, (address, media)
    kept = headers["content-disposition"]
    assert kept.startswith('attachment; filename="') and kept.count('"') == 2 and kept.isascii(), (address, kept)
