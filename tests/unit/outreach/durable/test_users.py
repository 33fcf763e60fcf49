"""The product agrees with ``durable.py``, and spells none of its names itself."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import inspect
import json
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import pytest

from airflow_provider_flexout.bulk.outcome import ContactOutcome
from airflow_provider_flexout.bulk.progress import Progress
from airflow_provider_flexout.bulk.receipts.deliveries import SentContact
from airflow_provider_flexout.operators.bulk import BulkOutreachOperator
from airflow_provider_flexout.operators.dag_run import ScheduleFollowUpOperator
from airflow_provider_flexout.operators.follow_up import FollowUpOperator
from airflow_provider_flexout.operators.interaction import CreateInteractionOperator
from airflow_provider_flexout.operators.message import SendConversationMessageOperator
from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.agents.invite import Invited
from airflow_provider_flexout.outreach.follow_up.anchor import Anchor
from airflow_provider_flexout.outreach.inbox.poller import InboundMessage
from airflow_provider_flexout.outreach.interaction.record import OutreachRecord
from airflow_provider_flexout.outreach.interaction.request import InteractionResult
from airflow_provider_flexout.outreach.message.send_once import SentMessage
from airflow_provider_flexout.outreach.waiters import (
    InteractionWaiter,
    MessageWaiter,
    Outcome,
    Reply,
    ReplyWaiter,
    deserialize,
    serialize,
)
from airflow_provider_flexout.sensors.reply import ConversationReplySensor
from airflow_provider_flexout.triggers.poll import PollTrigger
from airflow_provider_flexout.triggers.reply import FlexReplyTrigger
from airflow_provider_flexout.triggers.timer import TimerTrigger

PRODUCT = Path(inspect.getfile(durable)).parents[1]
ELSEWHERE = ("sandbox", "demo")
"""They are Twilio's side and a user's, so they know nothing of the provider's names."""


@pytest.mark.parametrize(
    ("trigger", "arguments"),
    [
        (
            PollTrigger(
                waiter={"kind": "reply"},
                flexout_conn_id="flexout_default",
                started_at=1.5,
                deadline=None,
                resume_data={"message_sid": "IM0"},
            ),
            '{"waiter": {"kind": "reply"}, "flexout_conn_id": "flexout_default", "started_at": 1.5, '
            '"deadline": null, "resume_data": {"message_sid": "IM0"}}',
        ),
        (
            TimerTrigger(
                until=datetime(2026, 11, 22, tzinfo=timezone.utc), resume_data={"held_by": "agents"}
            ),
            '{"until": "2026-11-22T00:00:00+00:00", "resume_data": {"held_by": "agents"}}',
        ),
        (
            FlexReplyTrigger(dag_id="orders", poll_interval="1m"),
            '{"dag_id": "orders", "task_id": null, "poll_interval": 60.0, "days": 30, '
            '"flexout_conn_id": "flexout_default"}',
        ),
    ],
)
def test_triggers_are_made_again_from_what_is_in_the_database(trigger, arguments):
    path, given = trigger.serialize()
    module, name = path.rsplit(".", 1)
    assert path in (durable.POLL_TRIGGER, durable.TIMER_TRIGGER, durable.REPLY_TRIGGER)
    assert getattr(importlib.import_module(module), name) is type(trigger)
    assert json.dumps(given) == arguments
    assert type(trigger)(**json.loads(arguments)).serialize() == (path, given)


@pytest.mark.parametrize(
    ("operator", "method"),
    [
        (CreateInteractionOperator, "execute_complete"),
        (CreateInteractionOperator, "execute_after_hold"),
        (SendConversationMessageOperator, "execute_complete"),
        (SendConversationMessageOperator, "execute_after_hold"),
        (ConversationReplySensor, "execute_complete"),
        (FollowUpOperator, "execute_after_hold"),
        (FollowUpOperator, "execute_after_wait"),
        (ScheduleFollowUpOperator, "execute_when_due"),
        (BulkOutreachOperator, "execute_after_hold"),
        (BulkOutreachOperator, "execute_complete"),
    ],
)
def test_a_deferred_task_finds_the_method_that_it_resumes_in(operator, method):
    assert list(inspect.signature(getattr(operator, method)).parameters) == ["self", "context", "event"]


@pytest.mark.parametrize(
    ("model", "fields"),
    [
        (InteractionResult, durable.INTERACTION_FIELDS),
        (SentMessage, durable.MESSAGE_FIELDS),
        (Invited, durable.INVITE_FIELDS),
        (Reply, durable.REPLY_FIELDS),
        (Outcome, durable.OUTCOME_FIELDS),
        (InboundMessage, durable.INBOUND_MESSAGE_FIELDS),
        (Anchor, durable.ANCHOR_FIELDS),
    ],
)
def test_results_hold_what_is_pinned_and_no_more(model, fields):
    assert tuple(one.name for one in dataclasses.fields(model)) == fields


def test_a_message_that_is_waited_for_holds_what_is_pinned():
    assert SentContact._fields == durable.UNCONFIRMED_FIELDS


def test_a_record_holds_what_is_read():
    assert {one.name for one in dataclasses.fields(OutreachRecord)} == set(
        durable.read_record({"key": "fx0"})
    )


def test_how_a_contact_may_end():
    assert [one.value for one in ContactOutcome] == [
        "opened",
        "adopted",
        "joined",
        "held",
        "suppressed",
        "duplicate",
        "invalid",
        "failed",
        "undelivered",
        "would_open",
    ]


def test_what_a_campaign_counts():
    assert list(Progress().as_dict()) == [
        "contacts",
        "opened",
        "adopted",
        "joined",
        "held",
        "suppressed",
        "duplicate",
        "invalid",
        "failed",
        "undelivered",
        "seconds",
    ]


@pytest.mark.parametrize(
    ("waiter", "written"),
    [
        (
            InteractionWaiter("WS0", "KD0", "UO0", "WT0", until="assigned"),
            '{"kind": "interaction", "workspace_sid": "WS0", "interaction_sid": "KD0", "channel_sid": "UO0", '
            '"task_sid": "WT0", "until": "assigned"}',
        ),
        (
            MessageWaiter("CH0", "IM0", "read"),
            '{"kind": "message", "conversation_sid": "CH0", "message_sid": "IM0", "until": "read"}',
        ),
        (
            ReplyWaiter("CH0", 3, 1.5),
            '{"kind": "reply", "conversation_sid": "CH0", "after": 3, "asked_at": 1.5}',
        ),
        (
            ReplyWaiter("CH0", 3, 1.5, ("to", "cc")),
            '{"kind": "reply", "conversation_sid": "CH0", "after": 3, "asked_at": 1.5, '
            '"levels": ["to", "cc"]}',
        ),
    ],
)
def test_waiters_are_made_again_from_what_is_in_the_database(waiter, written):
    assert json.dumps(serialize(waiter)) == written
    assert deserialize(json.loads(written)) == waiter


def literals(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Give the texts of a module, parts of f-strings among them, but for docstrings."""
    docstrings = {
        id(one.value)
        for one in ast.walk(tree)
        if isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.lineno, node.value


def sources() -> Iterator[Path]:
    for path in sorted(PRODUCT.rglob("*.py")):
        if path.relative_to(PRODUCT).parts[0] not in ELSEWHERE and path.name != "durable.py":
            yield path


COINED = {
    value
    for name, value in vars(durable).items()
    if isinstance(value, str)
    and name.isupper()
    and ("flexout" in value or value.startswith(("execute_", "_link_")))
} | {durable.KEY_PREFIX}
TAKES_A_NAME = {
    "xcom_push": "key",
    "defer": "method_name",
    "derive_key": None,
    "key_of": None,
    "user_key": None,
    "aget": None,
    "aset": None,
}
"""Calls that leave a name behind: by this keyword, or by any argument."""
OF_THE_CONNECTION = {
    "hooks/flex.py",
    "get_provider_info.py",
    "cli/main.py",
    "cli/airflow_commands.py",
    "mixins/templates.py",
    "twilio/metrics.py",
}
"""The connection type, the command and the section of airflow.cfg are called ``flexout`` too."""


def test_no_other_module_spells_a_name_that_we_coined():
    spelled = [
        f"{path.relative_to(PRODUCT)}:{line}: {text!r}"
        for path in sources()
        for line, text in literals(ast.parse(path.read_text(encoding="utf-8")))
        if text in COINED and not (text == "flexout" and str(path.relative_to(PRODUCT)) in OF_THE_CONNECTION)
    ]
    assert spelled == []


def test_no_other_module_begins_a_name_as_ours_begin():
    begun = [
        f"{path.relative_to(PRODUCT)}:{line}: {text!r}"
        for path in sources()
        for line, text in literals(ast.parse(path.read_text(encoding="utf-8")))
        if text.startswith(("flexout_", "_link_", "execute_"))
        and text not in ("flexout_default", "flexout_conn_id", "flexout_contacts")
    ]
    assert begun == []


def test_whatever_leaves_a_name_behind_takes_it_from_durable():
    spelled = []
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = getattr(
                getattr(node, "func", None), "attr", getattr(getattr(node, "func", None), "id", "")
            )
            if not isinstance(node, ast.Call) or called not in TAKES_A_NAME:
                continue
            keyword = TAKES_A_NAME[called]
            given = (
                [*node.args]
                if keyword is None
                else [one.value for one in node.keywords if one.arg == keyword]
            )
            if any(isinstance(one, ast.Constant) and isinstance(one.value, str) for one in given):
                spelled.append(f"{path.relative_to(PRODUCT)}:{node.lineno}: {ast.unparse(node)[:80]}")
    assert spelled == []
