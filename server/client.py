"""A small client of the REST API for scripts and the demo: JSON in and out, uploads, waiting for jobs, downloads.

Only the standard library is used, so that a machine that collects data needs nothing of the server's stack.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import http.cookiejar
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

CHUNK = 8 * 2**20
"""Bytes of one piece of an upload."""

ATTEMPTS = 5
"""How often a download is gone on with after its connection broke."""
_LATER = (408, 429)
"""What a proxy says that wants to be asked again later."""


class Refused(RuntimeError):
    """The server said no: its status and its problem document (RFC 9457)."""

    def __init__(self, status: int, problem: Mapping[str, Any], retry_after: float | None = None) -> None:
        """`problem` is the decoded body, or a made-up one where the answer was no JSON; `retry_after` in seconds."""
        super().__init__(f"{status}: {problem.get('detail') or problem.get('title') or 'no reason given'}")
        self.status = status
        self.problem = dict(problem)
        self.retry_after = retry_after


class Client:
    """One person's connection: a session cookie after `log_in`, or a personal access token."""

    def __init__(self, address: str, token: str | None = None) -> None:
        """`address` as `http://127.0.0.1:8000`, without `/api`."""
        self.address = address.rstrip("/")
        self._token = token
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))

    def log_in(self, email: str, password: str) -> dict[str, Any]:
        """Start a session; returns who I am."""
        me: dict[str, Any] = self.post("/session", {"email": email, "password": password})
        return me

    def get(self, path: str, **query: Any) -> Any:
        """GET; `query` values may be lists."""
        full = f"{path}?{urllib.parse.urlencode(query, doseq=True)}" if query else path
        return self._send("GET", full)

    def every(self, path: str, **query: Any) -> list[Any]:
        """The items of all pages of a list."""
        items: list[Any] = []
        cursor: dict[str, str] = {}
        while True:
            page = self.get(path, **query, **cursor)
            items += page["items"]
            if page["next"] is None:
                return items
            cursor = {"cursor": page["next"]}

    def post(self, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Any:
        """POST a JSON body."""
        return self._send("POST", path, body, headers)

    def put(self, path: str, body: Any) -> Any:
        """PUT a JSON body."""
        return self._send("PUT", path, body)

    def patch(self, path: str, body: Any, headers: Mapping[str, str] | None = None) -> Any:
        """PATCH with a JSON body, or with bytes as they are."""
        return self._send("PATCH", path, body, headers)

    def upload(self, project: str, path: Path, on_progress: Callable[[int, int], None] | None = None) -> dict[str, Any]:
        """Send a video in pieces and return its row; `on_progress` gets bytes sent and bytes in all."""
        size = path.stat().st_size
        upload = self.post(f"/projects/{project}/uploads", {"name": path.name, "size": size})
        digest = hashlib.sha256()
        with path.open("rb") as file:
            offset = 0
            while piece := file.read(CHUNK):
                digest.update(piece)
                self.patch(f"/uploads/{upload['id']}?offset={offset}", piece)
                offset += len(piece)
                if on_progress:
                    on_progress(offset, size)
        video: dict[str, Any] = self.post(f"/uploads/{upload['id']}/finish", {"sha256": digest.hexdigest()})
        return video

    def wait(self, path: str, *, until: Callable[[Any], bool], seconds: float = 120, every: float = 0.2) -> Any:
        """GET `path` until `until` is true of the answer; TimeoutError with the last answer otherwise."""
        deadline = time.monotonic() + seconds
        while True:
            answer = self.get(path)
            if until(answer):
                return answer
            if time.monotonic() > deadline:
                raise TimeoutError(f"{path} did not change within {seconds:.0f} s: {answer}")
            time.sleep(every)

    def download(self, path: str, target: Path, sha256: str | None = None) -> None:
        """Fetch a file beside its final name, check its hash, then move it into place."""
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(target.name + ".part")
        digest = hashlib.sha256()
        with self._opener.open(self._request("GET", path), timeout=60) as answer, part.open("wb") as file:
            while piece := answer.read(2**20):
                digest.update(piece)
                file.write(piece)
        if sha256 is not None and digest.hexdigest() != sha256:
            part.unlink()
            raise ValueError(f"{path} arrived damaged: its SHA-256 is not the one of the manifest; try again")
        part.replace(target)

    def release(
        self, release_id: str, folder: Path, on_progress: Callable[[int, int, str, int], None] | None = None
    ) -> dict[str, Any]:
        """Download a release into `folder`; its manifest. Files that are there and right are kept, half ones are gone
        on with, and every byte is checked. `on_progress` gets bytes before the file
        at work, bytes in all, the file's path, and bytes of it.

        ValueError names a file that arrives damaged; Refused says what the server said, or that it was deleted (410).
        """
        known = self.get(f"/releases/{release_id}", fields="manifest_sha256,deleted_why")
        if known["deleted_why"] is not None:
            raise Refused(410, {"detail": f"It was deleted: {known['deleted_why']}"})
        promised = str(known["manifest_sha256"])
        self._whole(f"/releases/{release_id}/manifest.json", folder / "manifest.json", promised, lambda _: None)
        manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_bytes())
        files, indexes = list(manifest["files"]), set(manifest.get("media", ()))
        files.sort(key=lambda file: file["path"] not in indexes)  # what names further files comes first
        total, done = sum(int(file["bytes"]) for file in files), 0
        for file in files:
            path = PurePosixPath(file["path"])
            if path.is_absolute() or ".." in path.parts:
                raise ValueError(f"{path}: a release lists only files inside its own folder")

            tell = partial(on_progress or _silent, done, total, str(path))
            tell(0)
            address = f"/releases/{release_id}/files/{urllib.parse.quote(str(path))}"
            self._whole(address, folder / path, file["sha256"], tell)
            done += int(file["bytes"])
            if file["path"] in indexes:
                more = [json.loads(line) for line in (folder / path).read_bytes().splitlines()]
                files += more
                total += sum(int(each["bytes"]) for each in more)
        (on_progress or _silent)(done, total, "", 0)
        return manifest

    def _whole(self, path: str, target: Path, sha256: str, tell: Callable[[int], None]) -> None:
        """A file with this hash: kept, or fetched, going on after a break where the last byte came."""
        if target.is_file() and _sha256(target) == sha256:
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        # Named by what it is a part of, so that a half file of another release is not gone on with. Not If-Range: a
        # bucket, which large files come from, has tags of its own and would begin anew.
        part = target.with_name(f"{target.name}.{sha256[:16]}.part")
        for attempt in range(ATTEMPTS):
            have = part.stat().st_size if part.is_file() else 0
            more = {"Range": f"bytes={have}-"} if have else {}
            try:
                if self._append(path, part, have, more, tell):
                    break
            except urllib.error.HTTPError as error:
                with error:
                    if error.code == 416:  # nothing is missing, or more is there than the file has
                        if _sha256(part) == sha256:
                            break
                        part.unlink(missing_ok=True)
                        continue
                    if (error.code < 500 and error.code not in _LATER) or attempt == ATTEMPTS - 1:
                        raise Refused(error.code, _problem(error.read())) from None
            except (OSError, http.client.HTTPException):
                if attempt == ATTEMPTS - 1:
                    raise
            time.sleep(2**attempt / 4)
        if not part.is_file() or _sha256(part) != sha256:
            part.unlink(missing_ok=True)
            raise ValueError(f"{path} arrived damaged: its SHA-256 is not the one of the manifest; try again")
        part.replace(target)

    def _append(
        self, path: str, part: Path, have: int, headers: Mapping[str, str], tell: Callable[[int], None]
    ) -> bool:
        """Write what comes behind what is there, or anew where the server begins anew; whether all of it came."""
        with self._opener.open(self._request("GET", path, headers=headers), timeout=60) as answer:
            start = have if answer.status == 206 else 0
            with part.open("ab" if start else "wb") as file:
                while piece := answer.read(2**20):
                    file.write(piece)
                    tell(file.tell())
                promised = answer.headers.get("Content-Length")
                return promised is None or file.tell() == start + int(promised)

    def _request(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> urllib.request.Request:
        data, kind = None, None
        if isinstance(body, bytes):
            data, kind = body, "application/octet-stream"
        elif body is not None:
            data, kind = json.dumps(body).encode(), "application/json"
        request = urllib.request.Request(f"{self.address}/api{path}", data=data, method=method)  # noqa: S310 - the person chose the address
        if kind:
            request.add_header("Content-Type", kind)
        if self._token:
            request.add_unredirected_header("Authorization", f"Bearer {self._token}")
        for name, value in (headers or {}).items():
            request.add_header(name, value)
        return request

    def _send(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Any:
        try:
            with self._opener.open(self._request(method, path, body, headers), timeout=60) as answer:
                raw = answer.read()
        except urllib.error.HTTPError as error:
            with error:
                wait = error.headers.get("Retry-After", "")
                retry_after = float(wait) if wait.isdigit() else None
                raise Refused(error.code, _problem(error.read()), retry_after) from None
        return json.loads(raw) if raw else None


class NotOurs(ValueError):
    """A message that does not come from the site that shares the webhook's secret, or that is old."""


def verify_webhook(
    secret: str, headers: Mapping[str, str], body: bytes, *, tolerance: float = 300, at: float | None = None
) -> dict[str, Any]:
    """What a webhook was told, once its signature is right; NotOurs says why it is not.

    `body` are the bytes as they came, `headers` have names in lower case, `tolerance` is in seconds and `at` is the
    present moment (tests). The same message may come twice: remember its `id`.
    """
    try:
        message_id, sent = headers["webhook-id"], headers["webhook-timestamp"]
        given = headers["webhook-signature"].split()
        moment = int(sent)
    except (KeyError, ValueError) as error:
        raise NotOurs("it carries no signature") from error
    if abs((time.time() if at is None else at) - moment) > tolerance:
        raise NotOurs("it is too old, or a clock is wrong")
    key = base64.b64decode(secret.removeprefix("whsec_"))
    mark = hmac.new(key, f"{message_id}.{sent}.".encode() + body, hashlib.sha256).digest()
    right = "v1," + base64.b64encode(mark).decode()
    if not any(hmac.compare_digest(right.encode(), each.encode()) for each in given):
        raise NotOurs("its signature is wrong")
    told: dict[str, Any] = json.loads(body)
    return told


def _silent(_before: int, _total: int, _path: str, _more: int) -> None:
    """Nobody looks."""


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _problem(raw: bytes) -> dict[str, Any]:
    try:
        problem = json.loads(raw)
    except ValueError:
        problem = None
    return problem if isinstance(problem, dict) else {"detail": raw[:200].decode("utf-8", "replace")}
