"""Requests to addresses that people gave never reach what lies behind the server: each class of SSRF by name."""

from __future__ import annotations

import http.server
import ipaddress
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from server import outbound
from server.outbound import (
    AddressRefused,
    Guard,
    Limits,
    SourceRefused,
    SourceTooLarge,
    SourceUnavailable,
    check_address,
    is_public,
)

LIMITS = Limits(max_bytes=100_000, max_seconds=20)


@dataclass
class Web:
    """A server on the loopback. `pages[path]` answers; `asked` are the paths and Host headers that came."""

    port: int
    pages: dict[str, Callable[[http.server.BaseHTTPRequestHandler], None]] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def file(self, path: str, body: bytes, **headers: str) -> str:
        self.pages[path] = lambda handler: answer(handler, 200, body, **headers)
        return self.url(path)

    def redirect(self, path: str, to: str, status: int = 302) -> str:
        self.pages[path] = lambda handler: answer(handler, status, b"", Location=to)
        return self.url(path)


def answer(handler: http.server.BaseHTTPRequestHandler, status: int, body: bytes, **headers: str) -> None:
    handler.send_response(status)
    for name, value in {"Content_Length": str(len(body)), **headers}.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


@pytest.fixture
def web() -> Iterator[Web]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked.append((self.path, self.headers["Host"]))
            page = found.pages.get(self.path)
            if page is None:
                answer(self, 404, b"an inner page with secrets")
            else:
                page(self)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found = Web(server.server_port)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield found
    server.shutdown()
    server.server_close()


def inside(web: Web) -> Guard:
    """A guard that may reach the test's server, and nothing else of this machine."""
    return Guard(frozenset({f"127.0.0.1:{web.port}"}))


def fetch(guard: Guard, address: str, limits: Limits = LIMITS) -> bytes:
    return b"".join(guard.open(address, limits).pieces())


@pytest.mark.parametrize(
    "ip",
    [
        "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fc00::1",
        "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2002:a00:1::1", "2001:0:7f00:1::80ff:fffe", "fec0::1", "2001:db8::1",
    ],
)  # fmt: skip
def test_private_addresses(ip: str) -> None:
    assert not is_public(ipaddress.ip_address(ip))


@pytest.mark.parametrize("ip", ["8.8.8.8", "93.184.215.14", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_public_addresses(ip: str) -> None:
    assert is_public(ipaddress.ip_address(ip))


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd", "gopher://127.0.0.1:6379/_FLUSHALL", "ftp://example.org/a.mp4", "//example.org/a.mp4",
        "data:video/mp4;base64,AAAA", "http:///a.mp4", "https://", "http://user:pass@example.org/a.mp4",
        "http://user@example.org/a.mp4", "http://example.org\\@127.0.0.1/", "http://example.org/a b.mp4",
        "http://example.org/\r\nHost: inner", "http://example.org/\x00", "http://[::1", "http://example.org:99999/",
        "http://example.org:0/", "http://пример.рф/a.mp4", "", "a.mp4", "http://example.org/" + "a" * 2000,
        "s3://bucket/a.mp4", "HTTP+unix://socket/",
    ],
)  # fmt: skip
def test_addresses_of_a_wrong_form(address: str) -> None:
    with pytest.raises(AddressRefused):
        check_address(address)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0", "[::1]", "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]", "0.0.0.0", "[::]",
    ],
)  # fmt: skip
def test_the_loopback_in_all_its_spellings(web: Web, host: str) -> None:
    """What the system's own resolver makes of decimal, octal, hexadecimal and short forms is what is checked."""
    web.file("/a.mp4", b"inner")
    with pytest.raises((AddressRefused, SourceUnavailable)) as caught:
        fetch(Guard(), web.url("/a.mp4", host))
    assert "inner" not in str(caught.value)
    assert web.asked == []


def test_a_redirect_to_a_private_address(web: Web) -> None:
    targets = [
        f"http://localhost:{web.port}/inner", "http://169.254.169.254/latest/meta-data/", "http://10.0.0.1/",
        f"http://[::ffff:127.0.0.1]:{web.port}/inner", f"http://2130706433:{web.port}/inner",
    ]  # fmt: skip
    web.file("/inner", b"inner")
    for status, target in zip((301, 302, 303, 307, 308), targets, strict=True):
        with pytest.raises(AddressRefused, match="private network"):
            fetch(inside(web), web.redirect("/go", target, status))
    assert {path for path, _ in web.asked} == {"/go"}


@pytest.mark.parametrize("target", ["file:///etc/passwd", "gopher://127.0.0.1:6379/_X", "http://u:p@127.0.0.1/"])
def test_a_redirect_to_something_else(web: Web, target: str) -> None:
    with pytest.raises(AddressRefused):
        fetch(inside(web), web.redirect("/go", target))


def test_redirects_are_followed_a_few_times(web: Web) -> None:
    web.file("/5", b"there")
    for step in range(5):
        web.redirect(f"/{step}", f"/{step + 1}")
    assert fetch(inside(web), web.url("/0")) == b"there"
    web.redirect("/round", "/round")
    with pytest.raises(SourceRefused, match="redirects"):
        fetch(inside(web), web.url("/round"))
    assert len([path for path, _ in web.asked if path == "/round"]) == 6


def test_a_name_with_one_private_address_is_refused(web: Web) -> None:
    """Every A and AAAA record is looked at, not only the first."""
    for records in (["8.8.8.8", "127.0.0.1"], ["2606:4700::1111", "::ffff:10.0.0.1"], ["8.8.8.8", "fe80::1%eth0"]):
        guard = Guard(resolve=lambda _host, _port, records=records: records)  # type: ignore[misc]
        with pytest.raises(AddressRefused, match="private network"):
            fetch(guard, "http://clips.example.org/a.mp4")


def test_dns_that_changes_changes_nothing(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    """The name is public when it is looked at, and private a moment later: the connection goes to what was checked."""
    answers = iter([["198.51.100.7"], ["127.0.0.1"], ["127.0.0.1"]])
    connected: list[Any] = []

    def connect(address: Any, *_: object) -> socket.socket:
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(outbound, "is_public", lambda ip: str(ip) != "127.0.0.1")
    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(SourceUnavailable):
        fetch(Guard(resolve=lambda _host, _port: next(answers)), f"http://clips.example.org:{web.port}/a.mp4")
    assert connected == [("198.51.100.7", web.port)]
    assert next(answers) == ["127.0.0.1"], "the name was looked up again"


def test_the_connection_goes_to_the_address_that_was_checked(web: Web) -> None:
    """A name that no DNS knows: only what the guard resolved can lead there, and the server is asked by the name."""
    web.file("/a.mp4", b"bytes")
    guard = Guard(frozenset({"clips.test"}), resolve=lambda _host, _port: ["127.0.0.1"])
    assert fetch(guard, web.url("/a.mp4", "clips.test")) == b"bytes"
    assert web.asked == [("/a.mp4", f"clips.test:{web.port}")]


def test_private_hosts_are_allowed_by_name_and_port(web: Web) -> None:
    web.file("/a.mp4", b"bytes")
    assert fetch(Guard(frozenset({"127.0.0.1"})), web.url("/a.mp4")) == b"bytes"
    with pytest.raises(AddressRefused):
        fetch(Guard(frozenset({f"127.0.0.1:{web.port + 1}"})), web.url("/a.mp4"))


def test_too_many_bytes(web: Web) -> None:
    small = Limits(max_bytes=1000, max_seconds=20)
    with pytest.raises(SourceTooLarge, match="1001"):
        fetch(inside(web), web.file("/said", b"x" * 1001), small)

    def unsaid(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(b"x" * 50_000)

    web.pages["/unsaid"] = unsaid
    with pytest.raises(SourceTooLarge):
        fetch(inside(web), web.url("/unsaid"), small)


def test_a_file_that_ends_early_is_not_taken(web: Web) -> None:
    with pytest.raises(SourceUnavailable, match="10 of 99"):
        fetch(inside(web), web.file("/short", b"x" * 10, Content_Length="99"))


def test_two_lengths_are_not_believed(web: Web) -> None:
    web.pages["/two"] = lambda handler: answer(handler, 200, b"x" * 10, **{"Content-Length": "99"})
    with pytest.raises(SourceRefused):
        fetch(inside(web), web.url("/two"))


def test_a_server_that_takes_too_long(web: Web) -> None:
    def slow(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "100")
        handler.end_headers()
        for _ in range(100):
            handler.wfile.write(b"x")
            handler.wfile.flush()
            time.sleep(0.05)

    web.pages["/slow"] = slow
    with pytest.raises(SourceUnavailable, match="longer than"):
        fetch(inside(web), web.url("/slow"), Limits(max_bytes=1000, max_seconds=0.3))


def test_headers_that_come_byte_by_byte(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbound, "SILENCE_SECONDS", 0.3)

    def trickle(handler: http.server.BaseHTTPRequestHandler) -> None:
        for _ in range(100):
            handler.wfile.write(b"H")
            handler.wfile.flush()
            time.sleep(0.05)

    web.pages["/trickle"] = trickle
    with pytest.raises(SourceUnavailable):
        fetch(inside(web), web.url("/trickle"))


@pytest.mark.parametrize(
    ("status", "error"),
    [(404, SourceRefused), (401, SourceRefused), (206, SourceRefused), (304, SourceRefused), (500, SourceUnavailable),
     (503, SourceUnavailable), (429, SourceUnavailable)],
)  # fmt: skip
def test_other_answers(web: Web, status: int, error: type[Exception]) -> None:
    """Trying again helps against some; the other server's words are never repeated."""
    web.pages["/x"] = lambda handler: answer(handler, status, b"" if status == 304 else b"inner words")
    with pytest.raises(error) as caught:
        fetch(inside(web), web.url("/x"))
    assert str(status) in str(caught.value) and "inner" not in str(caught.value)


def test_a_packed_answer_is_not_taken(web: Web) -> None:
    with pytest.raises(SourceRefused):
        fetch(inside(web), web.file("/z", b"x", Content_Encoding="gzip"))


def test_names_that_nobody_knows() -> None:
    with pytest.raises(SourceUnavailable, match="not known"):
        fetch(Guard(), "http://no-such-host.invalid/a.mp4")
    with pytest.raises((AddressRefused, SourceUnavailable)):
        fetch(Guard(), "http://" + "a" * 70 + ".example/a.mp4")
