"""``flexout relay``: what it refuses, and a relay that runs as a process of its own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time

import httpx
import pytest
from typer.testing import CliRunner

from airflow_provider_flexout.cli.main import build_app
from airflow_provider_flexout.demo.settings import free_port
from tests.redis_server import RedisServer


def relay(*arguments: str):
    return CliRunner().invoke(build_app(), ["relay", *arguments])


@pytest.mark.parametrize("auth", ["api_key", "oauth"])
def test_twilio_signs_with_the_auth_token_alone(use_connection, served, auth):
    use_connection(auth)
    done = relay("--to", "redis://127.0.0.1:1/0")
    assert done.exit_code == 1
    assert "primary auth token" in done.stderr
    assert "--conn-id" in done.stderr
    assert served.connection(auth)["password"] not in done.output + done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "No queue: pass --to redis://"),
        (["--to", "http://:secret@h"], "--to"),
        (["--to", "redis://h", "--url", "hooks.example.com"], "--url must be the URL"),
        (["--to", "redis://h", "--url", "https://hooks.example.com/events?a=b"], "--url must be the URL"),
    ],
)
def test_what_cannot_work_is_said_at_once(use_connection, arguments, said):
    done = relay(*arguments)
    assert done.exit_code == 1
    assert said in done.stderr
    assert "secret" not in done.output + done.stderr


@pytest.mark.parametrize("host", ["127.0.0.1", "nowhere.invalid", "a..b"])
def test_where_it_cannot_listen(use_connection, host):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = relay("--to", "redis://127.0.0.1:1/0", "--host", host, "--port", str(port))
    assert done.exit_code == 1
    assert done.stderr.startswith(f"Can't listen on {host}, port {port}: ")
    assert not done.stdout


def test_the_queue_of_the_connection_is_the_default(use_connection, served, tmp_path):
    port = free_port()
    with RedisServer(tmp_path) as redis_server:
        use_connection(events_queue=redis_server.url.replace("redis://", "redis://default:secret@"))
        process = subprocess.Popen(
            [sys.executable, "-m", "airflow_provider_flexout.cli.main", "relay", "--port", str(port)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
        )
        try:
            said = process.stdout.readline()
            while "Events go" not in said:
                assert said, "it has ended"
                said = process.stdout.readline()
            give_up = time.monotonic() + 60
            while (health := asked(port)) is None:
                assert time.monotonic() < give_up
                time.sleep(0.05)
            unsigned = httpx.post(f"http://127.0.0.1:{port}/events", data={"EventType": "x"}, trust_env=False)
            process.send_signal(signal.SIGTERM)
            rest = process.communicate(timeout=60)[0]
        finally:
            process.kill()
    assert "secret" not in said + rest
    assert health.status_code == 200, health.text
    assert unsigned.status_code == 403
    assert len([line for line in rest.splitlines() if "403" in line]) == 1
    assert json.dumps(served.connection()["password"]) not in said + rest


def asked(port: int) -> httpx.Response | None:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health", trust_env=False)
    except httpx.TransportError:
        return None
