"""A front as stands before many servers: it ends TLS, and says so in ``X-Forwarded-Proto``."""

from __future__ import annotations

import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

HOP_BY_HOP = {"connection", "content-length", "date", "server", "transfer-encoding"}
NAMES = "DNS:*.twilio.com,DNS:*.us1.twilio.com"


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
def front(sandbox_url: str, certificate: Path) -> Iterator[int]:
    """Serve a sandbox by TLS while the context lasts.

    :param sandbox_url: where the sandbox is.
    :param certificate: of :func:`make_certificate`.
    :return: the port.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            behind = HTTPConnection(urlsplit(sandbox_url).netloc)
            forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": self.headers["Host"]}
            behind.request(self.command, self.path, body, {**self.headers, **forwarded})
            response = behind.getresponse()
            content = response.read()
            behind.close()
            self.send_response(response.status)
            for name, value in response.getheaders():
                if name.lower() not in {
                    "content-length",
                    "connection",
                    "date",
                    "server",
                    "transfer-encoding",
                }:
                    self.send_header(name, value)
            if response.status != 204:
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
