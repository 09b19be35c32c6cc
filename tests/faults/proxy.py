"""A wire on the loopback that can be cut: while it is, connections stay open and not a byte comes through."""

from __future__ import annotations

import select
import socket
import threading
from contextlib import suppress
from urllib.parse import urlsplit


class Proxy:
    """Forwards TCP to the host and port of `url`; `url` of this one goes through it."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._there = (parts.hostname or "127.0.0.1", parts.port or 6379)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = parts._replace(netloc=f"127.0.0.1:{self._listener.getsockname()[1]}").geturl()
        self._whole = threading.Event()
        self._whole.set()
        self._closed = False
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Stop forwarding, in both directions, without a word to either side."""
        self._whole.clear()

    def mend(self) -> None:
        """Forward again, also what was sent meanwhile."""
        self._whole.set()

    def close(self) -> None:
        """Forward no more."""
        self._closed = True
        self._whole.set()
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(near,), daemon=True).start()

    def _serve(self, near: socket.socket) -> None:
        with near:
            self._whole.wait()
            try:
                far = socket.create_connection(self._there, timeout=5)
            except OSError:
                return
            with far, suppress(OSError):
                other = {near: far, far: near}
                while not self._closed:
                    ready, _, _ = select.select([near, far], [], [], 1)
                    self._whole.wait()
                    for side in ready:
                        data = side.recv(65536)
                        if not data:
                            return
                        other[side].sendall(data)
