"""A sandbox in memory, and requests to it: no server, no client, nobody else's code between."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any
from urllib.parse import urlencode

import pytest

from airflow_provider_flexout.sandbox import HttpRequest, HttpResponse, Sandbox

START = datetime(2026, 3, 1, 9, tzinfo=timezone.utc)
CUSTOMER = "+15005550010"
FORM = "application/x-www-form-urlencoded"
CONNECTION = Sandbox().connection()
LOGIN = base64.b64encode(f"{CONNECTION['login']}:{CONNECTION['password']}".encode()).decode()


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(seed=7, frozen=True, start=START)


def request(method: str, path: str, form: dict[str, Any] | None = None) -> HttpRequest:
    """Return a request of the account's, with a form where there is one."""
    headers = {"authorization": f"Basic {LOGIN}", "content-type": FORM}
    path, _, query = path.partition("?")
    return HttpRequest(method, path, query, headers, urlencode(form or {}, doseq=True).encode())


def control(path: str, body: dict[str, Any]) -> HttpRequest:
    """Return a request to the sandbox's own controls."""
    return HttpRequest("POST", f"/sandbox/{path}", body=json.dumps(body).encode())


@pytest.fixture
def ask(sandbox: Sandbox) -> Callable[..., HttpResponse]:
    return lambda *args, **kwargs: sandbox.handle(request(*args, **kwargs))


@pytest.fixture
def opened(sandbox: Sandbox) -> Any:
    """Return a conversation of an interaction with a customer, by SMS."""
    response = sandbox.handle(request("POST", "/v1/Interactions", interaction()))
    assert response.status == 200, response.body
    return sandbox.conversations[0]


def interaction(customer: str = CUSTOMER, kind: str = "sms") -> dict[str, str]:
    """Return the form of an interaction."""
    extra = CONNECTION["extra"]
    keys = ("workspace_sid", "workflow_sid", "queue_sid", "worker_sid")
    participants = [{"address": customer, "proxy_address": extra[f"{kind}_from"]}]
    channel = {"type": kind, "initiated_by": "agent", "participants": participants}
    return {
        "Channel": json.dumps(channel),
        "Routing": json.dumps({"properties": {key: extra[key] for key in keys}}),
    }
