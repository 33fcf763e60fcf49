"""Client CPU of one operator call, beside the ``twilio`` package making the same requests.

Both talk to a sandbox in a process of its own, in turn, so that only the client's own work counts:
a conversation, its participant, an interaction and its record, then whether its worker and queue can answer.
"""

from __future__ import annotations

import itertools
import json
import logging
import os
import re
import statistics
import time
from collections.abc import Callable
from typing import Any, TypeAlias

from airflow.sdk import BaseHook
from rich.table import Table
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client as TwilioClient

from tests.bench.served import served
from tests.bench.shown import show

ROUNDS, CALLS_A_ROUND = 15, 20
NUMBERS = itertools.count(2_000_000)

Call: TypeAlias = Callable[[], None]


class TaskInstance:
    """As much of Airflow's task instance as an operator may use."""

    dag_id, task_id, map_index, try_number, max_tries = "bench", "create", -1, 1, 0

    def __init__(self, run_id: str) -> None:
        self.run_id = run_id

    def xcom_push(self, key: str, value: Any) -> None:
        """Take what the operator pushes."""


class SandboxHttpClient(TwilioHttpClient):
    """Sends the package's requests to the sandbox."""

    def __init__(self, base_url: str) -> None:
        super().__init__()
        self._base_url = base_url

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        return super().request(method, re.sub(r"https://[^/]+", self._base_url, url), *args, **kwargs)


def number() -> str:
    """Give a customer that nobody has contacted yet."""
    return f"+1202{next(NUMBERS):07d}"


def by_operator() -> Callable[[], Call]:
    """Open a conversation as a task does, whose operator was made when the DAG was read."""
    from airflow.sdk.bases.operator import ExecutorSafeguard

    from airflow_provider_flexout.operators.interaction import CreateInteractionOperator

    def prepare() -> Call:
        to = number()
        operator = CreateInteractionOperator(
            task_id="create", channel="sms", to=to, customer_name="Ada", validate=False
        )

        def call() -> None:
            ExecutorSafeguard.tracker.set(operator)  # as Airflow's task runner does
            operator.execute({"ti": TaskInstance(to)})  # type: ignore[arg-type,typeddict-item]

        return call

    return prepare


def by_twilio(connection: dict[str, Any], *, reused: bool, looks_up: bool = False) -> Callable[[], Call]:
    """Make the same six requests with the ``twilio`` package, and no more than those.

    :param connection: of the sandbox.
    :param reused: whether one client makes all calls, in place of one for each.
    :param looks_up: whether the Airflow connection is looked up too, as the operator does each time.
    """
    extra = connection["extra"]

    def connect() -> TwilioClient:
        found = BaseHook.get_connection("flexout_default").extra_dejson if looks_up else extra
        http_client = SandboxHttpClient(found["base_url"])
        return TwilioClient(connection["login"], connection["password"], http_client=http_client)

    kept = connect()

    def call() -> None:
        to = number()
        twilio = kept if reused else connect()
        conversations = twilio.conversations.v1.conversations
        made = conversations.create(unique_name=to, attributes="{}")
        conversations(made.sid).participants.create(
            messaging_binding_address=to, messaging_binding_proxy_address=extra["sms_from"]
        )
        names = ("workspace_sid", "workflow_sid", "queue_sid", "worker_sid")
        interaction = twilio.flex_api.v1.interaction.create(
            channel={
                "type": "sms",
                "initiated_by": "agent",
                "properties": {"type": "sms", "media_channel_sid": made.sid},
            },
            routing={
                "properties": {name: extra[name] for name in names}
                | {"attributes": {"customerName": "Ada", "customerAddress": to}}
            },
        )
        conversations(made.sid).update(attributes=json.dumps({"interaction_sid": interaction.sid}))
        workspace = twilio.taskrouter.v1.workspaces(extra["workspace_sid"])
        workspace.workers(extra["worker_sid"]).fetch()
        workspace.task_queues(extra["queue_sid"]).real_time_statistics().fetch()

    return lambda: call


def cpu_of(prepare: Callable[[], Call]) -> float:
    """Give the milliseconds of CPU that one call takes, over a round of them."""
    calls = [prepare() for _ in range(CALLS_A_ROUND)]
    began = time.process_time()
    for call in calls:
        call()
    return (time.process_time() - began) * 1000 / CALLS_A_ROUND


def main() -> None:
    """Print the table."""
    logging.disable()  # the package logs each header, which under Airflow would cost it more than the request
    with served() as connection:
        os.environ["AIRFLOW_CONN_FLEXOUT_DEFAULT"] = json.dumps(connection)
        ways = {
            "CreateInteractionOperator.execute": by_operator(),
            "twilio package, one client for all": by_twilio(connection, reused=True),
            "twilio package, a client per call": by_twilio(connection, reused=False),
            "the same, and the connection looked up": by_twilio(connection, reused=False, looks_up=True),
        }
        for prepare in ways.values():
            cpu_of(prepare)  # warms up
        rounds = [{what: cpu_of(prepare) for what, prepare in ways.items()} for _ in range(ROUNDS)]
    table = Table(title=f"Client CPU to open one conversation (6 requests), {ROUNDS} x {CALLS_A_ROUND} calls")
    for column in ("what", "median ms", "min", "max", "operator / this"):
        table.add_column(column, justify="left" if column == "what" else "right")
    operator = next(iter(ways))
    for what in ways:
        figures = [one[what] for one in rounds]
        ratio = statistics.median(one[operator] / one[what] for one in rounds)
        table.add_row(what, *(f"{f(figures):.2f}" for f in (statistics.median, min, max)), f"{ratio:.2f}")
    show("client_cpu", table)


if __name__ == "__main__":
    main()
