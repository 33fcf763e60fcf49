"""A warehouse, and outreaches in all their ends."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_flexout.hooks.flex import FlexHook
from airflow_provider_flexout.operators.bulk import BulkOutreachOperator
from airflow_provider_flexout.sandbox import Sandbox
from airflow_provider_flexout.twilio.api.conversations import create_conversation

FIRST = 100


def number(at: int) -> str:
    return f"+1202555{FIRST + at:04d}"


def contacts(count: int, first: int = 0) -> list[dict[str, Any]]:
    return [{"to": number(at), "id": 5000 + at} for at in range(first, first + count)]


def campaign(rows: list[dict[str, Any]], **arguments: Any) -> BulkOutreachOperator:
    given = {"message": "Your order is late.", "channel": "sms", "campaign": "spring"} | arguments
    return BulkOutreachOperator(task_id="reach", contacts=rows, **given)


@pytest.fixture
def warehouse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "warehouse.db"
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE", json.dumps({"conn_type": "sqlite", "host": str(path)}))
    return path


def rows_in(path: Path, table: str = "outreach") -> list[dict[str, Any]]:
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(one) for one in connection.execute(f"SELECT * FROM {table} ORDER BY 1")]  # noqa: S608


@pytest.fixture
def ends(run: Callable[..., Any], served: Sandbox) -> dict[str, str]:
    """Run a campaign whose outreaches end in different ways; give the ending of each contact's."""
    agent = served.agent().accepts(after=0)
    served.customer(number(0)).replies("Yes", after="10s")
    served.customer(number(1)).fails(30007)
    served.customer(number(2)).replies("STOP", after="5s")
    for at in (0, 3, 4):
        served.customer(number(at)).receives("1s", reads_after="2s")
    agent.finishes(after="5m", outcome={"result": "sold", "note": number(0)}, wrap_up="1m")
    run(campaign(contacts(4)))
    for text in ("STOP", "START"):
        served.clock.advance("10s")
        served.customer(number(3)).says(text)
    served.clock.advance("20m")
    agent.away()
    run(campaign(contacts(1, first=4)))
    served.clock.advance("1m")
    served.customer(number(5)).replies("Who is this?", after="1s")
    served.customer(number(7)).closes(after="1m")
    run(campaign(contacts(3, first=5), agent="on_reply"))
    agent.accepts(after="2s")
    served.clock.advance("10m")
    agent.declines()
    run(campaign(contacts(1, first=8)))
    served.clock.advance("10m")
    return {
        number(0): "completed",
        number(1): "undelivered",
        number(2): "opted_out",
        number(3): "completed",
        number(4): "completed",
        number(5): "completed",
        number(6): "open",
        number(7): "unanswered",
        number(8): "canceled",
    }


@pytest.fixture
def connect_elsewhere(served: Sandbox, use_connection: Callable[..., None]) -> Callable[[], str]:
    """Open a conversation as any other program would; give its SID."""

    def connect() -> str:
        with FlexHook().get_conn() as client:
            sid: str = client.send(create_conversation(attributes={"flexout": "not a record"})).sid
        served.requests.clear()
        return sid

    return connect
