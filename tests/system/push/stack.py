"""The relay, Redis and a real Airflow in front of a sandbox in which many conversations are open."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import httpx

from airflow_provider_flexout.demo.airflow import RealAirflow
from airflow_provider_flexout.demo.component import Component
from airflow_provider_flexout.demo.run import DagRun
from airflow_provider_flexout.demo.settings import HOST, free_port
from airflow_provider_flexout.outreach.durable import (
    PIPELINE,
    RECORD_ATTRIBUTE,
    derive_key,
    is_repetition,
    write_record,
)
from airflow_provider_flexout.outreach.interaction.record import OutreachRecord
from airflow_provider_flexout.sandbox import Sandbox
from airflow_provider_flexout.sandbox.rules import conversations, participants
from tests.redis_server import RedisServer
from tests.sandbox_process import client_of
from tests.system import running

TIMEOUT = 900.0
MESSAGE = "com.twilio.conversations.message.added"


def open_conversations(sandbox: Sandbox, count: int) -> dict[str, str]:
    """Open conversations, as an outreach of a DAG does; give the customer of each.

    :param sandbox: in which.
    :param count: how many.
    """
    made = {}
    for n in range(count):
        customer = f"+1202{5_550_000 + n:07d}"
        source = {"dag_id": "campaign", "run_id": "manual", "task_id": "open", "map_index": n}
        record = OutreachRecord(
            derive_key(customer), "+1•••••", "sms", "-", "-", 60.0, source=source, on_reply=PIPELINE
        )
        attributes = json.dumps({RECORD_ATTRIBUTE: write_record(record)})
        row = conversations.create(sandbox._store, {"Attributes": attributes}, "system")
        proxy = sandbox.connection()["extra"]["sms_from"]
        participants.add(sandbox._store, row, address=customer, proxy_address=proxy)
        made[row.sid] = customer
    return made


def until(condition: Callable[[], bool], airflow: RealAirflow, what: str) -> None:
    """Wait until something is so, as long as Airflow runs.

    :param condition: says whether it is.
    :param airflow: the Airflow.
    :param what: what is waited for, in words.
    """
    running.until(condition, airflow, what, TIMEOUT)


class Stack:
    """The relay, Redis and Airflow, in front of a sandbox.

    :param folder: for their files.
    :param sandbox: stands in for Twilio.
    :param redis: the queue.
    :param metadata: URL of Airflow's database.
    """

    def __init__(self, folder: Path, sandbox: Sandbox, redis: RedisServer, metadata: str) -> None:
        self.sandbox, self.redis = sandbox, redis
        connection = sandbox.connection()
        connection["extra"]["events_queue"] = redis.url
        self.airflow = RealAirflow(
            folder / "airflow",
            dags=[Path(__file__).parent / "dags" / "pushed.py"],
            connections={"flexout_default": connection},
            database=metadata.replace("postgresql://", "postgresql+psycopg2://"),
            settings={"core": {"max_active_tasks_per_dag": 64, "max_active_runs_per_dag": 8}},
        )
        self.port = free_port()
        self.relay = Component(
            "relay",
            [sys.executable, "-m", "airflow_provider_flexout.cli.main", "relay", "--port", str(self.port)],
            folder=folder,
            environment=self.airflow.environment | {"AIRFLOW_CONN_FLEXOUT_DEFAULT": json.dumps(connection)},
        )

    def start_relay(self) -> None:
        self.relay.start()
        until(self._relay_answers, self.airflow, "the relay answers")

    def subscribe(self) -> None:
        """Let Event Streams tell the relay of messages, as twilio-cli would."""
        url = f"http://{HOST}:{self.port}/events"
        configuration = json.dumps({"destination": url, "method": "POST"})
        form = {"Description": "x", "SinkType": "webhook", "SinkConfiguration": configuration}
        with client_of(self.sandbox.connection()) as http:
            sink = http.post("/v1/Sinks", data=form).raise_for_status().json()["sid"]
            types = json.dumps({"type": MESSAGE, "schema_version": 1})
            form = {"Description": "x", "SinkSid": sink, "Types": types}
            http.post("/v1/Subscriptions", data=form).raise_for_status()

    def customer_says(self, customer: str, conversation_sid: str) -> None:
        self.sandbox.customer(customer).says("Yes", in_conversation=conversation_sid)

    def told(self) -> list[tuple[str, datetime]]:
        """List the asset events but repetitions: the message that each tells of, and when Airflow had it."""
        found = self.airflow.api.every("assets/events", "asset_events", order_by="timestamp")
        return [
            (one["extra"]["payload"]["message_sid"], datetime.fromisoformat(one["timestamp"]))
            for one in found
            if not is_repetition(one["extra"]["payload"])
        ]

    def is_quiet(self, seconds: float) -> bool:
        """Say whether Airflow has had no event for some time."""
        *_, newest = self.airflow.api.every("assets/events", "asset_events", order_by="timestamp")
        last = datetime.fromisoformat(newest["timestamp"])
        return (datetime.now(timezone.utc) - last).total_seconds() > seconds

    def runs(self) -> list[tuple[datetime, list[str]]]:
        """Give when each run that has thanked began, and the messages that it was told of."""
        found = []
        for one in self.airflow.api.every("dags/thank_for_replies/dagRuns", "dag_runs"):
            assert one["state"] != "failed"
            if one["state"] == "success":
                run = DagRun(self.airflow.api, "thank_for_replies", one["dag_run_id"], self.airflow.check)
                (task,) = run.task_instances("thank")
                found.append((datetime.fromisoformat(one["start_date"]), run.xcom(task)))
        return found

    def runs_at_work(self) -> list[Any]:
        return [
            one
            for one in self.airflow.api.every("dags/thank_for_replies/dagRuns", "dag_runs")
            if one["state"] in ("queued", "running")
        ]

    def keeps_state(self) -> bool:
        """Say whether the trigger has kept since when it tells of replies."""
        (asset,) = self.airflow.api.get("assets", uri_pattern="flexout://replies/pushed")["assets"]
        return bool(self.airflow.api.get(f"assets/{asset['id']}/state-store")["total_entries"])

    def thanks(self) -> Counter[str]:
        """Count the thanks in each conversation."""
        return Counter(one.conversation_sid for one in self.sandbox.messages if one.body == "Thank you!")

    def _relay_answers(self) -> bool:
        try:
            return httpx.get(f"http://{HOST}:{self.port}/health", trust_env=False).status_code == 200
        except httpx.TransportError:
            return False
