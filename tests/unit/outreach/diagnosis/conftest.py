"""A diagnosis of the sandbox's account, in memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from airflow_provider_flexout.outreach.diagnosis.diagnose import diagnose
from airflow_provider_flexout.outreach.diagnosis.finding import Finding, Level
from airflow_provider_flexout.outreach.diagnosis.target import DiagnosisTarget
from airflow_provider_flexout.sandbox.wire.http import HttpRequest

SID = "0" * 32


@pytest.fixture
def diagnosed(connect, sandbox, defaults) -> Callable[..., list[Finding]]:
    """Diagnose the account, with changes of the connection, and a clock that may be ahead."""

    def run(**changes: Any) -> list[Finding]:
        account_sid = changes.pop("account_sid", sandbox.connection()["extra"]["account_sid"])
        ahead = changes.pop("ahead", timedelta())
        senders = {**defaults.senders, **changes.pop("senders", {})}
        given = replace(defaults, senders={name: one for name, one in senders.items() if one}, **changes)
        target = DiagnosisTarget(
            "auth token", "the sandbox", given, account_sid, lambda: sandbox.clock.now() + ahead
        )
        with connect() as client:
            return client.run(diagnose(target))

    return run


@pytest.fixture
def complaint(diagnosed) -> Callable[..., Finding]:
    """Diagnose an account in which one thing is not good, and give the finding about it."""

    def run(**changes: Any) -> Finding:
        complaints = [one for one in diagnosed(**changes) if one.level is not Level.GOOD]
        assert len(complaints) == 1, complaints
        [found] = complaints
        assert found.meaning, found
        assert found.action, found
        return found

    return run


@pytest.fixture
def send(sandbox) -> Callable[..., dict[str, Any]]:
    """Change something at Twilio, as its Console would."""

    def post(method: str, path: str, body: str = "") -> Any:
        authorization = sandbox._store.credentials["basic"].basic
        response = sandbox.handle(
            HttpRequest(method, path, headers={"Authorization": authorization}, body=body.encode())
        )
        assert response.status < 300, response.body
        return response.json() if response.body else {}

    return post
