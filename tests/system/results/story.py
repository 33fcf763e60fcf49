"""Outreaches in all the ways in which they end, opened by campaigns and tasks against a served sandbox."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk.bases.operator import ExecutorSafeguard

from airflow_provider_flexout.bulk.receipts import sender_check
from airflow_provider_flexout.hooks.flex import FlexHook
from airflow_provider_flexout.operators.bulk import BulkOutreachOperator
from airflow_provider_flexout.operators.conversation import CreateConversationOperator
from airflow_provider_flexout.sandbox import Sandbox
from airflow_provider_flexout.twilio.api.conversations import update_conversation

SECRET = "what the pseudonyms are made with"
CAMPAIGNS = ("spring", "summer", "autumn")
TWELFTHS = (0, 3, 7, 12)
"""How far the outreaches have come when each campaign begins, and at the end."""
AT_ONCE = 10_000
WAYS = {
    "silent": "open",
    "reads": "open",
    "closes": "unanswered",
    "answers": "completed",
    "stops": "opted_out",
    "stops and starts": "completed",
    "is not there": "undelivered",
    "stopped before": "opted_out",
    "is not there and writes": "completed",
}
"""What customers of a campaign without agents do, and how their outreaches end."""


@dataclass
class Story:
    """A sandbox with what happened in it.

    :param sandbox: the sandbox, whose clock stands still.
    :param endings: how the outreach to each address ended.
    :param contact_ids: the contact's id in the campaign, by address.
    """

    sandbox: Sandbox
    endings: dict[str, str] = field(default_factory=dict)
    contact_ids: dict[str, str] = field(default_factory=dict)


def execute(operator: Any, dag_id: str = "marketing", run_id: str = "by hand", **context: Any) -> Any:
    """Execute an operator as a task of a run."""
    ti = SimpleNamespace(dag_id=dag_id, run_id=run_id, task_id=operator.task_id, map_index=-1)
    ti.try_number, ti.max_tries, ti.xcom_push = 1, 0, lambda **_: None
    ExecutorSafeguard.tracker.set(operator)  # as Airflow's task runner does
    return operator.execute({"ti": ti, **context})


@contextmanager
def told(count: int) -> Iterator[Story]:
    """Let about so many outreaches happen, over three weeks, and stop the clock.

    :param count: how many.
    """
    with Sandbox(seed=7).serve() as sandbox, pytest.MonkeyPatch.context() as patch:
        sandbox.settings.update({"rate_limits": False})
        patch.setattr(sender_check, "LAST_WAIT", 0.0)
        connection = sandbox.connection()
        connection["extra"] |= {"pseudonym_secret": SECRET}
        patch.setenv("AIRFLOW_CONN_FLEXOUT_DEFAULT", json.dumps(connection))
        story = Story(sandbox)
        for week, name in enumerate(CAMPAIGNS):
            sandbox.clock.advance("7d")  # what was left open in the week before closes by its timer
            story.endings |= {one: "unanswered" for one, end in story.endings.items() if end == "open"}
            _week(story, name, range(*(count * TWELFTHS[at] // 12 for at in (week, week + 1))))
        sandbox.clock.freeze()
        yield story


def _week(story: Story, name: str, numbers: range) -> None:
    """Contact a third of them: most without an agent, some with one, a few by tasks of their own."""
    agent = story.sandbox.agent().handles(AT_ONCE).accepts(after="2s")
    agent.finishes(after="5m", outcome={"result": "sold"}, wrap_up="1m")
    later = numbers[: -len(numbers) // 5]
    now, declined, alone = _thirds(numbers[len(later) :])
    ways = list(WAYS)
    by_way = {way: later[at :: len(ways)] for at, way in enumerate(ways)}
    for way, some in by_way.items():
        _prepare(story, way, some)
    _campaign(story, f"{name} later", later, agent="on_reply")
    story.sandbox.clock.advance("1m")
    for way in ("stops and starts", "is not there and writes"):
        for one in by_way[way]:
            customer = story.sandbox.customer(number(one))
            for text in ("STOP", "START") if way == "stops and starts" else ("Hello?",):
                customer.says(text)
                story.sandbox.clock.advance("1s")
    _campaign(story, f"{name} now", now, agent="now")
    story.endings.update({number(one): "completed" for one in now})
    story.sandbox.clock.advance("1h")
    agent.declines()
    _campaign(story, f"{name} declined", declined, agent="now")
    story.endings.update({number(one): "canceled" for one in declined})
    _open_and_close(story, alone)


def _thirds(numbers: range) -> tuple[range, range, range]:
    third = len(numbers) // 3
    return numbers[:third], numbers[third : 2 * third], numbers[2 * third :]


def number(one: int) -> str:
    return f"+1202{5_550_000 + one:07d}"


def _prepare(story: Story, way: str, numbers: range) -> None:
    for one in numbers:
        customer = story.sandbox.customer(number(one)).receives("1s")
        story.endings[number(one)] = WAYS[way]
        if way == "reads":
            customer.receives("1s", reads_after="5s")
        elif way == "closes":
            customer.closes(after="1h")
        elif way == "answers":
            customer.replies("Yes", after=10 + one % 50)
        elif way == "stops":
            customer.replies("STOP", after="5s")
        elif way.startswith("is not there"):
            customer.fails(30007 if one % 4 else 30003)
        elif way == "stopped before":
            customer.fails(21610)


def _campaign(story: Story, name: str, numbers: range, agent: str) -> None:
    rows = [{"to": number(one), "id": f"contact {one}"} for one in numbers]
    story.contact_ids.update({row["to"]: row["id"] for row in rows})
    operator = BulkOutreachOperator(
        task_id="reach",
        contacts=rows,
        channel="sms",
        message="Your order is late.",
        campaign=name,
        agent=agent,
        concurrency=50,
        max_failures=None,
    )
    execute(operator, run_id=name)
    story.sandbox.clock.advance("10s")


def _open_and_close(story: Story, numbers: range) -> None:
    """Open conversations that no agent gets: one in two customers writes, and then they are closed."""
    for one in numbers:
        address = number(one) if one % 3 else f"whatsapp:{number(one)}"
        operator = CreateConversationOperator(
            task_id="open", channel="sms" if one % 3 else "whatsapp", to=address, on_reply="pipeline"
        )
        sid = execute(operator, dag_id="orders", run_id=f"order {one}")["conversation_sid"]
        if one % 2:
            story.sandbox.customer(address).says("Who is this?")
        story.sandbox.clock.advance("1s")
        with FlexHook().get_conn() as client:
            client.send(update_conversation(sid, state="closed"))
        story.endings[address] = "replied" if one % 2 else "unsent"
