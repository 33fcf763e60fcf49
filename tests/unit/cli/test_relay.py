"""``flexout relay``: what it refuses, and a relay that runs as a process of its own."""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import httpx
import pytest
from typer.testing import CliRunner

from airflow_provider_flexout.cli.main import build_app
from airflow_provider_flexout.demo.settings import free_port
from tests.redis_server import RedisServer
from tests.unit.relay.test_app import post, webhook

HEAD = b"POST /events HTTP/1.1\r\nHost: 127.0.0.1\r\n"


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
        (["--to", ""], "--to"),
        (["--to", "redis://h", "--host", ""], "--host is empty"),
        (["--to", "redis://h", "--url", ""], "--url must be the URL"),
        (["--to", "redis://h", "--url", "https://[a/events"], "--url must be the URL"),
        (["--to", "redis://h", "--url", "https://hooks.example.com/ events"], "--url must be the URL"),
        (["--to", "redis://h", "--url", "hooks.example.com"], "--url must be the URL"),
        (["--to", "redis://h", "--url", "https://hooks.example.com:99999/events"], "--url must be the URL"),
        (["--to", "redis://h", "--url", "https://:8443/events"], "--url must be the URL"),
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


@pytest.fixture
def running(use_connection, tmp_path) -> Iterator[Running]:
    with RedisServer(tmp_path) as redis_server:
        use_connection(events_queue=redis_server.url.replace("redis://", "redis://default:secret@"))
        with Running(redis_server) as started:
            yield started


class Running:
    """The command as a process of its own, with the queue of the connection."""

    def __init__(self, redis_server: RedisServer) -> None:
        self.redis_server, self.port = redis_server, free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Running:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "airflow_provider_flexout.cli.main", "relay", "--port", str(self.port)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
        )
        self.said = self.process.stdout.readline()
        while "Events go" not in self.said:
            assert self.said, "it has ended"
            self.said = self.process.stdout.readline()
        give_up = time.monotonic() + 60
        while (health := asked(self.port)) is None:
            assert time.monotonic() < give_up
            time.sleep(0.05)
        assert health.status_code == 200, health.text
        return self

    def stop(self) -> str:
        """Tell it to stop; give what it has said."""
        self.process.send_signal(signal.SIGTERM)
        return self.said + self.process.communicate(timeout=60)[0]

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()


def test_the_queue_of_the_connection_is_the_default(running, served):
    endless = [response_to_endless(running.port, begin) for begin in (b"POST /", b"GET / HTTP/1.1\r\nA: ")]
    unsigned = httpx.post(f"{running.url}/events", data={"EventType": "x"}, trust_env=False)
    said = running.stop()
    assert "secret" not in said
    assert endless == [400, 400]
    assert unsigned.status_code == 403
    assert len([line for line in said.splitlines() if "Refused a request with 403" in line]) == 1
    assert json.dumps(served.connection()["password"]) not in said


@pytest.mark.parametrize(
    "begin",
    [
        b"",
        b"POST /events HTTP/1.1\r\nHost: a\r\n",
        b"POST /events HTTP/1.1\r\nContent-Length: 9\r\nHost: a\r\n\r\nA",
    ],
    ids=["idle", "half a head", "half a body"],
)
def test_connections_on_which_no_request_comes_keep_nobody_out(running, served, begin):
    with ExitStack() as opened:
        opened.enter_context(files_for(2_500))
        for _ in range(2_000):
            one = opened.enter_context(socket.create_connection(("127.0.0.1", running.port), timeout=60))
            one.sendall(begin)
        statuses = {
            post(running.url, webhook(), served.connection()["password"]).status_code for _ in range(20)
        }
    said = running.stop()
    assert statuses == {204}
    assert len(running.redis_server.events()) == 20
    assert "Traceback" not in said


@pytest.mark.parametrize("signals", [[signal.SIGTERM], [signal.SIGINT, signal.SIGINT]], ids=["once", "twice"])
def test_a_stop_in_the_middle_of_a_body_is_one_line_and_no_acknowledgement(running, signals):
    with ExitStack() as opened:
        half = []
        for _ in range(3):
            half.append(opened.enter_context(socket.create_connection(("127.0.0.1", running.port), 60)))
            half[-1].sendall(HEAD + b"Content-Length: 9\r\nExpect: 100-continue\r\n\r\n")
            assert half[-1].recv(100).startswith(b"HTTP/1.1 100 ")  # now it reads the body
            half[-1].sendall(b"A")
        for one in signals:
            running.process.send_signal(one)
        said = running.process.communicate(timeout=60)[0]
        assert [int(one.recv(12).split()[1]) for one in half] == [503] * 3
    (line,) = said.splitlines()
    assert line.endswith("Cancel 3 running task(s), timeout graceful shutdown exceeded"), line


@contextmanager
def files_for(wanted: int) -> Iterator[None]:
    least, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(least, wanted), most))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (least, most))


def response_to_endless(port: int, begin: bytes) -> int:
    """Give the status with which a request is ended of which nothing but the beginning ever comes."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(begin)
        connection.sendall(b"a" * (1 << 17))
        return int(connection.recv(12).split()[1])


def asked(port: int) -> httpx.Response | None:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health", trust_env=False)
    except httpx.TransportError:
        return None
