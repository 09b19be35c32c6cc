"""Requests to addresses that people gave, guarded against SSRF: nobody reaches what lies behind this server.

Every address that a name resolves to must be public, and the connection goes to the very address that was checked, so
that an answer of the DNS that changes in between changes nothing. Each redirect is looked at in the same way.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from urllib.parse import SplitResult, urljoin, urlsplit

from server.errors import DomainError, Unprocessable

MAX_REDIRECTS = 5
MAX_ADDRESS = 2000
SILENCE_SECONDS = 30.0
"""A server that says nothing for so long is given up."""
ANSWER_BYTES = 4096
"""What is read of an answer to something that was sent."""
_CHUNK = 256 * 1024
_PORTS = {"http": 80, "https": 443}
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

Ip = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], list[str]]
"""Host and port to IP addresses as text. Raises OSError."""


class AddressRefused(Unprocessable):
    """This address is not one that the server fetches from."""


class SourceRefused(Unprocessable):
    """The other server does not give this file."""


class SourceTooLarge(Unprocessable):
    """The file is larger than the server accepts."""


class SourceUnavailable(DomainError):
    """The other server did not answer as it should: it is tried again."""

    # Not `Unavailable`: that is a part of this site, for which jobs wait without counting their attempts.
    status = 502


@dataclass(frozen=True)
class Limits:
    """Bounds of one fetch: bytes of the body, seconds from the first connection to the last byte."""

    max_bytes: int
    max_seconds: float


@dataclass(frozen=True)
class Answer:
    """What a server answered to something that was sent to it."""

    status: int
    text: str
    """Its beginning; empty from a private network, whose inside nobody reads through this server."""
    retry_after: float | None
    """Seconds that it asks to be left alone."""


def resolve(host: str, port: int) -> list[str]:
    """What the system's resolver says: every A and AAAA record."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def is_public(ip: Ip) -> bool:
    """True for an address of the public internet; also looks through IPv4 written inside IPv6."""
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if ip in _NAT64 or int(ip) < 2**32:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
        if ip.is_site_local:
            return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified or ip.is_link_local)


def check_address(address: str) -> SplitResult:
    """The parts of an address of the right form; nothing is looked up. AddressRefused says what is wrong with it."""
    if len(address) > MAX_ADDRESS:
        raise AddressRefused(f"An address has at most {MAX_ADDRESS} characters.")
    if not address.isascii() or any(ord(c) <= 0x20 or ord(c) == 0x7F or c == "\\" for c in address):
        raise AddressRefused(
            "An address has no spaces, control characters, backslashes or letters beyond ASCII: write them as %…."
        )
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError as error:
        raise AddressRefused("This is no address.") from error
    if parts.scheme not in _PORTS:
        raise AddressRefused(f"{(parts.scheme or 'no scheme')[:20]}: only http:// and https:// are fetched.")
    if not parts.hostname:
        raise AddressRefused("The address names no host.")
    if "@" in parts.netloc:
        raise AddressRefused("The address carries a name or a password: they would be kept. Leave them out.")
    if port == 0:
        raise AddressRefused("The address has port 0.")
    return parts


class Guard:
    """Opens addresses. `private_hosts` are `host` or `host:port` that may lie in a private network, and `setting` is
    the name of the list that they stand in."""

    def __init__(
        self,
        private_hosts: frozenset[str] = frozenset(),
        resolve: Resolve = resolve,
        *,
        setting: str = "VIDGRAIN_IMPORT_PRIVATE_HOSTS",
    ) -> None:
        self._private = private_hosts
        self._resolve = resolve
        self._setting = setting

    def may_be_private(self, host: str, port: int) -> bool:
        """Whether whoever runs this site lets this host lie in a private network."""
        return host in self._private or f"{host}:{port}" in self._private

    def allowed(self, host: str, port: int) -> list[str]:
        """The IP addresses to connect to, after every one of the host's was checked."""
        try:
            texts = self._resolve(host, port)
            found = [ipaddress.ip_address(text.partition("%")[0]) for text in texts]
        except UnicodeError as error:
            raise AddressRefused(f"{host} is no name of a host.") from error
        except (OSError, ValueError) as error:
            raise SourceUnavailable(f"The name {host} is not known.") from error
        if not found:
            raise SourceUnavailable(f"The name {host} is not known.")
        if not self.may_be_private(host, port):
            for ip in found:
                if not is_public(ip):
                    raise AddressRefused(
                        f"{host} lies in a private network. Whoever runs this site can allow it: {self._setting}."
                    )
        return list(dict.fromkeys(texts))

    def open(self, address: str, limits: Limits) -> Opened:
        """The answer to a GET, after at most five redirects. The caller closes it.

        Raises AddressRefused, SourceRefused, SourceTooLarge (trying again is no use), or SourceUnavailable.
        """
        deadline = time.monotonic() + limits.max_seconds
        for _ in range(MAX_REDIRECTS + 1):
            parts = check_address(address)
            assert parts.hostname is not None
            answer, connection = self._ask(parts, parts.hostname)
            place = answer.getheader("Location")
            if answer.status not in (301, 302, 303, 307, 308) or place is None:
                return _checked(answer, connection, parts.hostname, limits, deadline)
            connection.close()
            following = urljoin(address, place)
            if parts.scheme == "https" and following.startswith("http:"):
                raise AddressRefused(f"{parts.hostname} leads from https to http.")
            address = following
            if time.monotonic() > deadline:
                raise SourceUnavailable(f"{parts.hostname} took too long.")
        raise SourceRefused(f"More than {MAX_REDIRECTS} redirects.")

    def _ask(self, parts: SplitResult, host: str) -> tuple[http.client.HTTPResponse, http.client.HTTPConnection]:
        port = parts.port or _PORTS[parts.scheme]
        connection = _Pinned(host, port, self.allowed(host, port), tls=parts.scheme == "https")
        with _told(connection), connection.hurried(2 * SILENCE_SECONDS):
            connection.request("GET", _path(parts), headers={"User-Agent": "vidgrain", "Accept-Encoding": "identity"})
            return connection.getresponse(), connection

    def receiver(self, address: str) -> tuple[SplitResult, str, int]:
        """The parts, host and port of an address that something may be sent to: https, or http to a host that may be
        private. Nothing is looked up. Raises AddressRefused."""
        parts = check_address(address)
        assert parts.hostname is not None
        port = parts.port or _PORTS[parts.scheme]
        if parts.scheme != "https" and not self.may_be_private(parts.hostname, port):
            raise AddressRefused(
                f"What is sent to {parts.hostname} can be read on its way: use https. Whoever runs this site can allow "
                f"http to hosts of its own network: {self._setting}."
            )
        return parts, parts.hostname, port

    def post(self, address: str, body: bytes, headers: Mapping[str, str], seconds: float) -> Answer:
        """Send something; the answer, whatever its status is. A redirect is an answer like any other: not followed.

        Raises AddressRefused, SourceRefused (its certificate), or SourceUnavailable after twice `seconds` at most.
        """
        parts, host, port = self.receiver(address)
        ips = self.allowed(host, port)[:2]
        connection = _Pinned(host, port, ips, tls=parts.scheme == "https", silence=seconds / 2)
        try:
            with _told(connection), connection.hurried(seconds):
                connection.request("POST", _path(parts), body=body, headers={"User-Agent": "vidgrain", **headers})
                answer = connection.getresponse()
                read = b""
                with suppress(OSError, http.client.HTTPException):  # its status stands, however slow its words are
                    read = answer.read(ANSWER_BYTES)
        finally:
            connection.close()
        text = "" if self.may_be_private(host, port) else read.decode("utf-8", "replace")
        asked = answer.getheader("Retry-After", "")
        return Answer(answer.status, text, float(asked) if asked.isascii() and asked.isdigit() else None)


def _path(parts: SplitResult) -> str:
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


@contextmanager
def _told(connection: http.client.HTTPConnection) -> Iterator[None]:
    """Close a connection that broke, and say how."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        connection.close()
        raise SourceRefused(f"The certificate of {connection.host} is not valid.") from error
    except (OSError, http.client.HTTPException) as error:
        connection.close()
        raise SourceUnavailable(f"{connection.host} did not answer.") from error


class _Pinned(http.client.HTTPConnection):
    """A connection to one of the IP addresses that were checked, whatever its host's name resolves to by now."""

    def __init__(self, host: str, port: int, ips: list[str], *, tls: bool, silence: float | None = None) -> None:
        super().__init__(host, port, timeout=SILENCE_SECONDS if silence is None else silence)
        self._ips = ips
        self._tls = tls
        self.default_port = _PORTS["https" if tls else "http"]  # so that the Host header leaves it out

    def connect(self) -> None:
        for place, ip in enumerate(self._ips):
            try:
                self.sock = socket.create_connection((ip, self.port), self.timeout)
                break
            except OSError:
                if place == len(self._ips) - 1:
                    raise
        if self._tls:
            try:
                self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)
            except BaseException:
                self.sock.close()
                raise

    @contextmanager
    def hurried(self, seconds: float) -> Iterator[None]:
        """Cut the connection after so long: for headers that come byte by byte, below any time-out of silence."""
        timer = threading.Timer(seconds, self._cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _cut(self) -> None:
        if self.sock is not None:
            with suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)


def _checked(
    answer: http.client.HTTPResponse,
    connection: http.client.HTTPConnection,
    host: str,
    limits: Limits,
    deadline: float,
) -> Opened:
    # Never the other server's own words: whoever asked would read the inside of a network from them.
    with suppress(ValueError):
        opened = Opened(answer, connection, host, limits, deadline)
        if answer.status == 200 and answer.getheader("Content-Encoding", "identity").lower() == "identity":
            if opened.size is not None and opened.size > limits.max_bytes:
                opened.close()
                raise SourceTooLarge(f"{host}: {opened.size} bytes; at most {limits.max_bytes} are accepted.")
            return opened
    connection.close()
    status = answer.status
    if status in (408, 425, 429) or status >= 500:
        raise SourceUnavailable(f"{host} answered with status {status}.")
    raise SourceRefused(f"{host} answered with status {status}, not with a plain file.")


class Opened:
    """A file that another server sends. `size` in bytes when it says so."""

    def __init__(
        self,
        answer: http.client.HTTPResponse,
        connection: http.client.HTTPConnection,
        host: str,
        limits: Limits,
        deadline: float,
    ) -> None:
        length = answer.getheader("Content-Length")
        self.size: int | None = int(length) if length is not None and not answer.chunked else None
        self._answer = answer
        self._connection = connection
        self._host = host
        self._limits = limits
        self._deadline = deadline

    def pieces(self) -> Iterator[bytes]:
        """The bytes. Raises SourceTooLarge or SourceUnavailable; a file that ends early is never taken for whole."""
        received = 0
        try:
            while True:
                if time.monotonic() > self._deadline:
                    raise SourceUnavailable(f"{self._host} took longer than {self._limits.max_seconds:.0f} seconds.")
                # read1: one that sends a byte now and then does not hold us for a whole piece.
                piece = self._answer.read1(_CHUNK)
                if not piece:
                    break
                received += len(piece)
                if received > self._limits.max_bytes:
                    raise SourceTooLarge(f"{self._host} sends more than {self._limits.max_bytes} bytes.")
                yield piece
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise SourceUnavailable(f"The connection to {self._host} broke after {received} bytes.") from error
        finally:
            self.close()
        if self.size is not None and received != self.size:
            raise SourceUnavailable(f"{self._host} sent {received} of {self.size} bytes.")

    def close(self) -> None:
        """Let the connection go."""
        self._answer.close()
        self._connection.close()
