"""Every operator refuses a wrong literal of every argument when the DAG is parsed."""

from __future__ import annotations

import math
from decimal import Decimal
from functools import partial

import pytest
from airflow.sdk import BaseOperator

from airflow_provider_flexout.mixins.literals.outreach import connection_like
from airflow_provider_flexout.notifications.flex import FlexNotifier
from airflow_provider_flexout.operators.agents import (
    InviteAgentOperator,
    TransferInteractionOperator,
    UpdateTaskAttributesOperator,
)
from airflow_provider_flexout.operators.bulk import BulkOutreachOperator
from airflow_provider_flexout.operators.conversation import CreateConversationOperator
from airflow_provider_flexout.operators.dag_run import ScheduleFollowUpOperator
from airflow_provider_flexout.operators.follow_up import FollowUpOperator
from airflow_provider_flexout.operators.interaction import CloseInteractionOperator, CreateInteractionOperator
from airflow_provider_flexout.operators.message import SendConversationMessageOperator
from airflow_provider_flexout.outreach.channels.registry import CHANNELS
from airflow_provider_flexout.sensors.reply import ConversationReplySensor
from airflow_provider_flexout.transfers.outreach import (
    OutreachToObjectStorageOperator,
    OutreachToSqlOperator,
)
from airflow_provider_flexout.version_compat import AirflowFailException
from tests.unit.mixins.test_template_fields_of import OWNERS

SID = {kind: kind + "1" * 32 for kind in ("CH", "HX", "KD", "WK", "WQ", "WT")}
CUSTOMER = "+12025550117"
STEPS = [{"after": "4h", "body": "Hello?"}]
RIGHT = {
    BulkOutreachOperator: {"contacts": [{"to": CUSTOMER}], "message": "Hello {to}.", "channel": "sms"},
    CloseInteractionOperator: {"interaction_sid": SID["KD"]},
    ConversationReplySensor: {"conversation_sid": SID["CH"]},
    CreateConversationOperator: {"channel": "sms", "to": CUSTOMER},
    CreateInteractionOperator: {"channel": "sms", "to": CUSTOMER},
    FollowUpOperator: {"conversation_sid": SID["CH"], "steps": STEPS},
    InviteAgentOperator: {"interaction_sid": SID["KD"], "routing": {"queue": "Support"}},
    OutreachToObjectStorageOperator: {"path": "outreach.csv"},
    OutreachToSqlOperator: {"conn_id": "warehouse"},
    ScheduleFollowUpOperator: {
        "trigger_dag_id": "follow_up", "conversation_sid": SID["CH"], "after": "3d", "at": None,
    },
    SendConversationMessageOperator: {"conversation_sid": SID["CH"], "body": "Hello."},
    TransferInteractionOperator: {"interaction_sid": SID["KD"], "routing": {"worker": "ada"}},
    UpdateTaskAttributesOperator: {"task_sid": SID["WT"], "attributes": {"vip": True}},
}  # fmt: skip
JUNK = (
    "\ud800", "None", "no such thing", " ", "", 0, -1, 5, 1.5, math.nan, math.inf, Decimal("1.5"), True,
    False, b"x", b"\xff", [], ["x"], [None], [[]], {}, {"x": "y"}, {5: None}, {"after": 5}, (1,), {1},
    object(), None,
)  # fmt: skip
ANYTHING = {
    "author", "bcc", "cc", "conn_id", "create_tables", "customer_name", "from_name", "include_addresses",
    "include_bodies", "media", "rehearsed", "results", "subject", "webhook_ttid",
}  # fmt: skip
"""Arguments that a wrong text is not told from a right one of, or that other tests hold."""
WRONG = {
    "after": "soon", "agent": "later", "at": "soon", "attributes": "vip", "available_timeout": "soon",
    "campaign": " ", "channel": "pigeon", "channel_sid": SID["CH"], "channel_status": "open",
    "close_after": "1m", "columns": {"too": "phone"}, "concurrency": 0, "conf": "[", "consent": "always",
    "contact_window": {"from": "9"}, "content_sid": "survey", "content_variables": "[", "contacts": "[1]",
    "conversation_sid": SID["KD"], "conversations": "CH", "dag_id": " ", "end": "soon",
    "delivery_timeout": "soon", "timezone": "Europe/Room", "flexout_conn_id": 5,
    "frequency_cap": {"most": 1}, "from_": "x", "from_worker_sid": "Ada",
    "idempotency_key": "", "initiated_by": "bot", "interaction_context_sid": "x", "interaction_sid": "x",
    "last_wait": "soon", "levels": "from", "lookback": "soon", "max_failures": -1, "media_channel_sid": "x",
    "media_sid": "x", "message": "{", "messages_path": "m.xml", "messages_table": "a b",
    "messaging_service_sid": "x", "on_closed_window": "wait", "on_exhausted": "stop",
    "on_open_conversation": "wait", "on_reply": "bot", "on_skip": "go on", "on_timeout": "wait",
    "opt_outs_table": "a b", "path": "o.xml", "rate": 0, "routing": {"queu": "Support"}, "start": "soon",
    "steps": [{"body": "Hello?"}], "strategy": "twice", "suppression": [1.5], "table": "a b",
    "task_sid": "x", "task_status": "open", "timeout": "soon", "to": "+1202", "transfer_type": "hot",
    "trigger_dag_id": 5, "wait_until": "soon", "workspace_sid": "x", "body": " ",
}  # fmt: skip
SWITCHES = {"dry_run", "require_available_agents", "validate", "include_body", "deferrable"}


def arguments_of(kind):
    """Name the arguments that are an operator's own, and not Airflow's."""
    names = {name for one in kind.__mro__ for name in getattr(one.__init__, "__annotations__", ())}
    airflows = set(BaseOperator.__init__.__annotations__) | {"return", "kwargs", "poke_interval", "mode"}
    airflows |= {"soft_fail", "exponential_backoff", "max_wait", "silent_fail", "never_fail"}
    return sorted(names - airflows - SWITCHES)


every_argument = pytest.mark.parametrize(
    ("kind", "name"),
    [(kind, name) for kind in RIGHT for name in arguments_of(kind)],
    ids=lambda value: getattr(value, "__name__", value),
)


def made(kind, **arguments):
    return kind(task_id="one", **RIGHT[kind] | arguments)


def test_every_operator_is_here():
    assert {one for one in OWNERS if one is not FlexNotifier} <= set(RIGHT)


@pytest.mark.parametrize("kind", RIGHT, ids=lambda kind: kind.__name__)
def test_what_is_right_is_taken(kind):
    made(kind)
    for name in RIGHT[kind]:
        if name not in ("at", "after"):
            made(kind, **{name: "{{ params.any }}"})


@every_argument
def test_a_wrong_literal_of_each_argument_is_refused(kind, name):
    if name in ANYTHING and name not in WRONG:
        return
    beside = {"after": None} if name == "at" else {}
    with pytest.raises(AirflowFailException, match=rf"^{name}\b.* In {kind.__name__}\(task_id='one'\)\.$"):
        made(kind, **beside | {name: WRONG[name]})


@every_argument
def test_whatever_is_given_is_taken_or_refused_in_a_sentence(kind, name):
    sentences = []
    for value in JUNK:
        for make in (partial(made, kind), partial(kind.partial, task_id="one")):
            try:
                make(**{name: value})
            except AirflowFailException as error:
                sentences.append(str(error))
    for sentence in sentences:
        assert sentence.endswith(f" In {kind.__name__}(task_id='one').")
        assert not any(one in sentence for one in (CUSTOMER, "(1,)", "[[]]", "object at"))


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_connection_may_provide_the_sender(channel):
    sender = connection_like()
    fields = CHANNELS[channel].sender_fields
    assert all(sender.senders[field] for field in fields)
    assert connection_like("+12015550100").senders["sms_from"] != "+12015550100"


def test_the_customer_may_have_the_number_of_the_stand_in():
    for to in ("+12015550100", "+12015550101"):
        made(CreateInteractionOperator, to=to)
        made(CreateInteractionOperator, channel="whatsapp", to=f"whatsapp:{to}")
