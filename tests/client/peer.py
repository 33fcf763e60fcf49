"""A server of sockets: each connection is handled by a few lines that the test gives."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

ANSWER = b'{"sid": "CH0"}'


class Visit:
    """One connection, as the server sees it."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock

    def read_request(self) -> bytes:
        """Read one request to its end; empty when the client has gone."""
        data = b""
        while b"\r\n\r\n" not in data:
            piece = self.sock.recv(65536)
            if not piece:
                return b""
            data += piece
        head, _, body = data.partition(b"\r\n\r\n")
        lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        while lengths and len(body) < int(lengths[0].split(b":")[1]):
            body += self.sock.recv(65536)
        return head + b"\r\n\r\n" + body

    def answer(self, body: bytes = ANSWER, *headers: bytes) -> None:
        lines = (b"HTTP/1.1 200 OK", b"Content-Length: %d" % len(body), *headers, b"", body)
        self.sock.sendall(b"\r\n".join(lines))


class Peer:
    """What a server at ``url`` was sent."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.requests: list[bytes] = []
        self.connections = 0


@contextmanager
def serve(handle: Callable[[Peer, Visit], None]) -> Iterator[Peer]:
    """Serve each connection with ``handle``, in a thread, and close it when that returns."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        peer = Peer(listener.getsockname()[1])

        def visit(sock: socket.socket) -> None:
            with sock:
                handle(peer, Visit(sock))

        def listen() -> None:
            while True:
                try:
                    sock, _ = listener.accept()
                except OSError:
                    return
                peer.connections += 1
                threading.Thread(target=visit, args=(sock,), daemon=True).start()

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        try:
            yield peer
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
