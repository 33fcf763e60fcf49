"""A sandbox for clients that believe to talk with Twilio, and what its front shows them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.sandbox_process import client_of, start_sandbox

from .front import make_certificate

HOSTS = ("api", "conversations", "flex-api", "taskrouter")


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of the front."""
    return make_certificate(tmp_path_factory.mktemp("front"))


@pytest.fixture(scope="session")
def sandbox(certificate: Path) -> Iterator[httpx.Client]:
    """A sandbox in a process of its own, and a client for its controls."""
    names = [part for host in HOSTS for part in ("--allow-host", f"{host}.twilio.com")]
    environment = {**os.environ, "SSL_CERT_FILE": str(certificate)}  # its webhooks go through a front too
    process, connection = start_sandbox(*names, env=environment)
    with process, client_of(connection) as client:
        yield client
        process.terminate()
