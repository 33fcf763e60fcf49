"""A sandbox for clients that believe to talk with Twilio, and what its front shows them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

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
    command = [
        sys.executable,
        "-m",
        "airflow_provider_flexout.cli.main",
        "sandbox",
        "--port",
        "0",
        "--no-log",
    ]
    environment = {**os.environ, "SSL_CERT_FILE": str(certificate)}  # its webhooks go through a front too
    with subprocess.Popen([*command, *names], env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = re.search(r"http://\S+", process.stdout.readline())
        assert url is not None
        login = httpx.get(f"{url[0]}/sandbox/connection", trust_env=False).json()
        auth = (login["login"], login["password"])
        with httpx.Client(base_url=url[0], auth=auth, trust_env=False, timeout=30) as client:
            yield client
        process.terminate()
