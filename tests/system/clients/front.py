"""A front as stands before many servers: it ends TLS, and says so in ``X-Forwarded-Proto``."""

from __future__ import annotations

import json
import ssl
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

HOP_BY_HOP = {"connection", "content-length", "date", "server", "transfer-encoding"}
NAMES = "DNS:*.twilio.com,DNS:*.us1.twilio.com,DNS:localhost"


def make_certificate(folder: Path) -> Path:
    """Make a certificate for Twilio's names, which only those trust who are told to.

    :param folder: where it and its key are put, in one file.
    """
    file = folder / "front.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"),
            *("-days", "2", "-subj", "/CN=flexout sandbox", "-addext", f"subjectAltName={NAMES}"),
            *("-addext", "keyUsage=critical,digitalSignature,keyCertSign", "-keyout", file, "-out", file),
        ],
        check=True,
        capture_output=True,
    )
    return file


@contextmanager
def front(
    url: str, certificate: Path, elsewhere: Mapping[str, dict[str, Any]] | None = None
) -> Iterator[int]:
    """Serve a server by TLS while the context lasts.

    :param url: where the server is.
    :param certificate: of :func:`make_certificate`.
    :param elsewhere: names that another server than this one has, with its response to everything.
    :return: the port.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.headers["Host"] in (elsewhere or {}):
                self._respond(200, [], json.dumps(elsewhere[self.headers["Host"]]).encode())
                return
            behind = HTTPConnection(urlsplit(url).netloc)
            forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": self.headers["Host"]}
            behind.request(self.command, self.path, body, {**self.headers, **forwarded})
            response = behind.getresponse()
            content = response.read()
            behind.close()
            self._respond(response.status, response.getheaders(), content)

        def _respond(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
            self.send_response(status)
            for name, value in headers:
                if name.lower() not in HOP_BY_HOP:
                    self.send_header(name, value)
            if status != 204:
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_PUT = do_DELETE = do_POST  # noqa: N815 - the base class looks for these names

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
