"""A sandbox in memory, a client that talks to it without a network, and an Airflow home to throw away."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from weakref import WeakValueDictionary

import httpx
import pytest

from airflow_provider_flexout.outreach.message import templates
from airflow_provider_flexout.outreach.values.defaults import ConnectionDefaults
from airflow_provider_flexout.sandbox import Sandbox
from airflow_provider_flexout.sandbox.wire.http import HttpRequest
from airflow_provider_flexout.twilio.http.client import Client
from airflow_provider_flexout.twilio.http.limits import adaptive_limit
from airflow_provider_flexout.twilio.http.settings import BasicCredentials, Hosts, Settings

# Airflow reads its environment when it is first imported, so this stands before any fixture.
_FOLDER = tempfile.TemporaryDirectory(prefix="flexout-tests-")  # removed when the interpreter ends
HOME = Path(_FOLDER.name)
os.environ |= {
    "AIRFLOW_HOME": str(HOME),
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__CORE__DAGS_FOLDER": str(HOME / "dags"),
    "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
}


def pytest_configure(config: pytest.Config) -> None:
    if not config.pluginmanager.has_plugin("flexout"):
        raise pytest.UsageError("the entry points of this checkout are not installed: make .venv/.test")


READ_TIMEOUT = 30.0
LONGEST_WAIT = 30 * 86_400.0


class InMemory(httpx.BaseTransport):
    """Hands requests to a sandbox; a connection that it closes looks as it does on a network."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._sandbox.handle(
            HttpRequest(
                method=request.method,
                path=request.url.path,
                query=request.url.query.decode(),
                headers=dict(request.headers),
                body=request.read(),
            )
        )
        if answer.delay > READ_TIMEOUT:
            self._sandbox.clock.advance(READ_TIMEOUT)
            raise httpx.ReadTimeout("timed out", request=request)
        if answer.delay:
            self._sandbox.clock.advance(answer.delay)
        if answer.connection == "closed":
            raise httpx.RemoteProtocolError("Server disconnected without sending a response.")
        return httpx.Response(answer.status, headers=answer.headers, content=answer.body)


@pytest.fixture
def sandbox() -> Sandbox:
    """A sandbox in memory, whose clock only moves when it is moved."""
    return Sandbox(seed=7, frozen=True)


@pytest.fixture(autouse=True)
def no_templates_from_before() -> None:
    templates.clear_cache()


@pytest.fixture(autouse=True)
def forget_budgets(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Know of no limit from before; call it to be as in another process."""

    def forget() -> None:
        monkeypatch.setattr(adaptive_limit, "_shared", WeakValueDictionary())

    forget()
    return forget


@pytest.fixture
def connect(sandbox: Sandbox) -> Callable[[], Client]:
    """Make clients whose waiting moves the sandbox's clock."""
    connection = sandbox.connection()
    settings = Settings(
        BasicCredentials(connection["login"], connection["password"]), Hosts(base_url="http://localhost")
    )

    began = sandbox.clock.now()

    def sleep(seconds: float) -> None:
        sandbox.clock.advance(seconds)
        waited = (sandbox.clock.now() - began).total_seconds()
        assert waited < LONGEST_WAIT, "this wait has no end"

    def make() -> Client:
        return Client(settings, transport=InMemory(sandbox), sleep=sleep)

    return make


@pytest.fixture
def client(connect: Callable[[], Client]) -> Iterator[Client]:
    with connect() as made:
        yield made


@pytest.fixture
def defaults(sandbox: Sandbox) -> ConnectionDefaults:
    return ConnectionDefaults.from_extra("flexout_default", sandbox.connection()["extra"])
