"""``flexout sandbox`` as a process of its own, and clients with an account's credentials."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import httpx

COMMAND = (sys.executable, "-m", "airflow_provider_flexout.cli.main", "sandbox", "--port", "0", "--no-log")


def start_sandbox(*options: str, **settings: Any) -> tuple[subprocess.Popen[str], dict[str, Any]]:
    """Start a sandbox on a free port; give its process, and the connection that leads to it.

    :param options: more for the command line.
    :param settings: more for ``Popen``, such as the environment.
    """
    process = subprocess.Popen([*COMMAND, *options], stdout=subprocess.PIPE, text=True, **settings)
    assert process.stdout is not None
    for line in process.stdout:
        if found := re.search(r"AIRFLOW_CONN_FLEXOUT_DEFAULT='(.*)'", line):
            return process, json.loads(found[1])
    raise RuntimeError(f"The sandbox ended with {process.wait()} before it said where it is.")


def client_of(connection: Mapping[str, Any], **options: Any) -> httpx.Client:
    """Make a client with the credentials of a connection.

    :param connection: as a sandbox gives it.
    :param options: more for httpx, such as the transport of a sandbox that is not served.
    """
    auth = (connection["login"], connection["password"])
    base_url = connection["extra"].get("base_url", "http://localhost")
    return httpx.Client(base_url=base_url, auth=auth, trust_env=False, timeout=30, **options)
