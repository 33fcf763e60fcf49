"""Replies are pushed from the sandbox through the relay and Redis to a real Airflow, and all are hit.

Many conversations are open, and in a few of them the customer replies: in some a task waits for it, and each
reply is to start a run. First nothing is in the way. Then the relay, Redis and the triggerer are killed in
the middle, and every reply is still told of, and thanked for once. FLEXOUT_PUSH says how many are open.
"""

from __future__ import annotations

import os
import statistics
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from rich.console import Console
from rich.table import Table

from airflow_provider_flexout.demo.run import DagRun
from airflow_provider_flexout.sandbox import Sandbox
from tests.redis_server import RedisServer
from tests.system.celery.services import database
from tests.system.push.stack import Stack, open_conversations, until

OPEN = int(os.environ.get("FLEXOUT_PUSH", "500"))
REPLIES = max(20, OPEN // 50)
"""In each of the two parts."""
WAITS = REPLIES // 5
"""In so many of the conversations in which the customer replies, in each part, a task waits."""
APART = 60.0 / 200
"""Seconds from one reply to the next: 200 in a minute."""
POLL = 300
"""Requests of one poll, as the DAG has it."""


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(seed=7).serve() as sandbox:
        yield sandbox


@pytest.fixture
def customers(sandbox) -> dict[str, str]:
    """By conversation, the customer in it."""
    return open_conversations(sandbox, OPEN)


def test_each_reply_is_told_of_and_thanked_for_once(tmp_path, sandbox, customers):
    replying = iter(customers)
    parts = [[next(replying) for _ in range(REPLIES)] for _ in range(2)]
    waiting = [sid for part in parts for sid in part[: -1 : REPLIES // WAITS]]
    with RedisServer(tmp_path / "redis") as redis, database() as metadata:
        stack = Stack(tmp_path, sandbox, redis, metadata)
        airflow = stack.airflow
        try:
            stack.subscribe()
            with airflow:
                stack.start_relay()
                run = airflow.run("wait_for_replies", {"conversations": waiting})
                airflow.api.patch("dags/thank_for_replies", {"is_paused": False})
                until(lambda: states(run).count("deferred") == len(waiting), airflow, "all wait")
                until(lambda: polls(sandbox) >= 1 and stack.keeps_state(), airflow, "the trigger has begun")

                began = sandbox.requests[-1].n
                reply(stack, customers, parts[0], {})
                until(lambda: states(run).count("success") == len(waiting) // 2, airflow, "half have woken")
                quiet = reads(sandbox, set(customers) - {sid for part in parts for sid in part}, began)
                calm = figures(stack, parts[0], waiting)

                reply(stack, customers, parts[1], hits(stack))
                until(lambda: states(run) == ["success"] * len(waiting), airflow, "all have woken")
                hit = figures(stack, parts[1], waiting)
                late = reads(sandbox, set(customers) - {sid for part in parts for sid in part}, began)
                found = [run.xcom(task) for task in run.task_instances("wait")]
        finally:
            stack.relay.kill()
    show(calm, hit, quiet, late)
    assert Counter(one["conversation_sid"] for one in found) == dict.fromkeys(waiting, 1)
    assert [one["count"] for one in found] == [1] * len(waiting)
    assert calm["asset events"] == REPLIES
    assert hit["replies with an event"] == calm["replies with an event"] == REPLIES
    assert stack.thanks() == dict.fromkeys([sid for part in parts for sid in part], 1)
    assert quiet == 0
    assert late <= 2 * POLL  # a poll as the queue came back, and one as the new triggerer began


def reply(stack: Stack, customers: dict[str, str], part: list[str], kills: dict[int, Any]) -> None:
    """Let the customers of some conversations reply, one after the other, and do what is to be done."""
    for n, sid in enumerate(part):
        if n in kills:
            kills[n]()
        stack.customer_says(customers[sid], sid)
        time.sleep(APART)  # the pace of the customers
    for n, happen in kills.items():
        if n >= len(part):
            happen()
    until(lambda: stack.thanks().keys() >= set(part), stack.airflow, "all are thanked")
    until(lambda: not stack.runs_at_work(), stack.airflow, "all runs have ended")


def hits(stack: Stack) -> dict[int, Any]:
    """Say what happens before which reply."""
    step = REPLIES // 6
    return {
        step: stack.relay.kill,
        2 * step: stack.start_relay,
        3 * step: stack.redis.kill,
        4 * step: stack.redis.start,
        5 * step: stack.airflow.triggerer.kill,
        REPLIES: stack.airflow.triggerer.start,
    }


def states(run: DagRun) -> list[str | None]:
    return [one.state for one in run.task_instances("wait")]


def polls(sandbox: Sandbox) -> int:
    """Count the polls of the trigger: each begins with the list of open conversations."""
    return sum(
        one.operation == "ListConversation" and "PageToken" not in one.path for one in sandbox.requests
    )


def reads(sandbox: Sandbox, of: set[str], after: int) -> int:
    """Count the requests for the messages of some conversations, after one with a number."""
    return sum(
        one.n > after and one.operation == "ListConversationMessage" and one.path.split("/")[3] in of
        for one in sandbox.requests
    )


def figures(stack: Stack, part: list[str], waiting: list[str]) -> dict[str, float]:
    """Measure how the replies in some conversations came through."""
    sandbox = stack.sandbox
    written = {
        one.sid: one for one in sandbox.messages if one.role == "customer" and one.conversation_sid in part
    }
    told = [(sid, at) for sid, at in stack.told() if sid in written]
    first: dict[str, datetime] = {}
    for sid, at in told:
        first[sid] = min(at, first.get(sid, at))
    runs = [(at, [sid for sid in sids if sid in written]) for at, sids in stack.runs()]
    first_run: dict[str, datetime] = {}
    for at, sids in runs:
        for sid in sids:
            first_run[sid] = min(at, first_run.get(sid, at))
    looks = [
        look
        for one in written.values()
        if one.conversation_sid in waiting and (look := first_look(sandbox, one)) is not None
    ]
    return {
        "replies with an event": len(first),
        "asset events": len(told),
        "runs": sum(bool(sids) for _, sids in runs),
        **delays("event", [(at - written[sid].at).total_seconds() for sid, at in first.items()]),
        **delays("run started", [(at - written[sid].at).total_seconds() for sid, at in first_run.items()]),
        **delays("wait woken", looks),
    }


def delays(what: str, seconds: list[float]) -> dict[str, float]:
    return {
        f"{what}, median s": round(statistics.median(seconds), 1),
        f"{what}, longest s": round(max(seconds), 1),
    }


def first_look(sandbox: Sandbox, message: Any) -> float | None:
    """Give the seconds from a reply to the next request for the messages of its conversation."""
    return next(
        (
            (one.at - message.at).total_seconds()
            for one in sandbox.requests
            if one.at >= message.at
            and one.operation == "ListConversationMessage"
            and message.conversation_sid in one.path
        ),
        None,
    )


def show(calm: dict[str, float], hit: dict[str, float], quiet: int, late: int) -> None:
    table = Table(
        title=f"{OPEN:,} open conversations, {REPLIES} replies, 200 a minute; tasks wait for {WAITS}"
    )
    for column in ("", "undisturbed", "with kills"):
        table.add_column(column, justify="right" if column else "left")
    for name in calm:
        table.add_row(name, str(calm[name]), str(hit[name]))
    table.add_row("reads of conversations in which nobody replies", str(quiet), str(late))
    Console(width=110).print(table)
