"""A line to a server that can be cut."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from urllib.parse import urlsplit

from tests.system.celery.services import REDIS


class Line:
    """Passes bytes on between a port of its own and Redis, until it is cut."""

    def __init__(self) -> None:
        there = urlsplit(REDIS)
        self._there = (there.hostname, there.port or 6379)
        self._path = there.path or "/0"
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._ends: list[socket.socket] = []
        self._cut = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        """Redis, by way of this line."""
        return f"redis://127.0.0.1:{self._listener.getsockname()[1]}{self._path}"

    def cut(self) -> None:
        """Break all connections, and take no new ones."""
        self._cut.set()
        for end in [self._listener, *self._ends]:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _accept(self) -> None:
        while not self._cut.is_set():
            try:
                here, _ = self._listener.accept()
            except OSError:
                return
            there = socket.create_connection(self._there)
            self._ends += [here, there]
            for source, target in ((here, there), (there, here)):
                threading.Thread(target=self._pass_on, args=(source, target), daemon=True).start()

    @staticmethod
    def _pass_on(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while piece := source.recv(65536):
                target.sendall(piece)
        with suppress(OSError):
            target.shutdown(socket.SHUT_WR)
