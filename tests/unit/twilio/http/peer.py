"""A server of sockets: each connection is handled by a few lines that the test gives."""

from __future__ import annotations

import datetime as dt
import fcntl
import ipaddress
import socket
import ssl
import struct
import termios
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from airflow_provider_flexout.twilio.http.errors import TwilioError
from airflow_provider_flexout.twilio.http.request import SendFailed

BODY = b'{"sid": "CH0"}'


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

    def respond(self, body: bytes = BODY, *headers: bytes, status: bytes = b"200 OK") -> None:
        lines = (b"HTTP/1.1 " + status, b"Content-Length: %d" % len(body), *headers, b"", body)
        self.sock.sendall(b"\r\n".join(lines))

    def deliver(self, data: bytes) -> None:
        """Send what no request asked for, and wait until the client's machine has acknowledged it."""
        self.sock.sendall(data)
        while struct.unpack("i", fcntl.ioctl(self.sock, termios.TIOCOUTQ, b"\0" * 4)) != (0,):
            time.sleep(0.001)


class Peer:
    """What a server at ``url`` was sent."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.requests: list[bytes] = []
        self.connections = 0
        self._visits: list[threading.Thread] = []

    def begin(self, visit: Callable[..., None], sock: socket.socket) -> None:
        """Handle a connection in a thread."""
        self.connections += 1
        self._visits.append(threading.Thread(target=visit, args=(sock,), daemon=True))
        self._visits[-1].start()

    def wait(self) -> None:
        """Wait until each connection was handled to its end."""
        for one in self._visits:
            one.join(30)

    def error_once_read(self, send: Callable[[], object]) -> Exception:
        """Send until a request was read, and give the error in which that ended.

        On a machine that stands still for a moment, a short timeout may be over before anything is sent.
        """
        for _ in range(50):
            with pytest.raises((TwilioError, SendFailed)) as caught:
                send()
            self.wait()
            if self.requests:
                return caught.value
        raise AssertionError("nothing was read")

    def read_request(self, visit: Visit) -> bytes:
        """Read one request to its end, and keep it; empty when the client has gone."""
        request = visit.read_request()
        if request:
            self.requests.append(request)
        return request


@contextmanager
def serve(handle: Callable[[Peer, Visit], None], tls: ssl.SSLContext | None = None) -> Iterator[Peer]:
    """Serve each connection with ``handle``, in a thread, and close it when that returns.

    At the end, each connection that a client has opened was handled to its end.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        peer = Peer(listener.getsockname()[1])

        def visit(sock: socket.socket) -> None:
            with sock, suppress(OSError):  # a client that breaks off is what some tests are about
                handle(peer, Visit(tls.wrap_socket(sock, server_side=True) if tls else sock))

        def listen() -> None:
            while True:
                try:
                    sock, _ = listener.accept()
                except OSError:
                    return
                peer.begin(visit, sock)

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        try:
            yield peer
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
            peer.wait()


def certificate(folder: Path) -> ssl.SSLContext:
    """Make a certificate for 127.0.0.1 that nobody trusts yet, as ``certificate.pem`` in ``folder``."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "peer")])
    now = dt.datetime.now(dt.timezone.utc)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "certificate.pem"
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (folder / "key.pem").write_bytes(secret)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, folder / "key.pem")
    return context
