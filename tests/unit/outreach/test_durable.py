"""The bytes of everything that outlives a process, for fixed inputs: the names, and what Airflow keeps.

A change that makes one of these tests fail makes the provider forget what an earlier version left behind, and
contact customers a second time. The expected values are written out, and none may be adapted to new code:
``docs/stability.md`` says what to do instead. Keys, records and files have such tests in ``durable/``, where
``test_changes.py`` shows that no single change of ``durable.py`` passes them all.
"""

from __future__ import annotations

import json
from datetime import datetime
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from airflow_provider_flexout.outreach import durable

NAMES = {
    "KEY_PREFIX": "fx",
    "KEY_DIGITS": 32,
    "KEY_LENGTH": 34,
    "FINGERPRINT_DIGITS": 16,
    "PSEUDONYM_DIGITS": 32,
    "UNIQUE_NAME_PREFIX": "flexout_",
    "LOCK_NAME_PREFIX": "flexout_lock_",
    "PROBE_NAME_PREFIX": "flexout_probe_",
    "RECORD_ATTRIBUTE": "flexout",
    "ROUTING_RECORD_ATTRIBUTE": "flexout_routing",
    "REPLY_RECORD_ATTRIBUTE": "flexout_on_reply",
    "LOCK_ATTRIBUTE": "flexout_lock",
    "PARKED_ATTRIBUTE": "flexout_parked",
    "PARKED_BY_ATTRIBUTE": "flexout_parked_by",
    "PARKED_BY_KEPT": 10,
    "KEY_ATTRIBUTE": "flexout_key",
    "SOURCE_ATTRIBUTE": "flexout_source",
    "EVENT_ATTRIBUTE": "flexout_event",
    "PROBE_ATTRIBUTE": "flexout_probe",
    "EVENT_FAILURE": "failure",
    "EVENT_DEADLINE": "deadline",
    "EVENT_RECOVERED": "recovered",
    "RECORD_VERSION": 1,
    "PIPELINE": "pipeline",
    "RECORD_SIDS": ("interaction_sid", "channel_sid", "task_sid", "invite_sid"),
    "SOURCE_FIELDS": ("dag_id", "run_id", "task_id", "map_index"),
    "SOURCE_CAMPAIGN": "campaign",
    "SOURCE_CONTACT": "contact",
    "RUN_ID_PREFIX": "flexout__",
    "REPLY_STATE": "flexout_waits_after",
    "INBOX_STATE": "flexout_replies",
    "INBOX_STATE_AT": "at",
    "INBOX_STATE_TOLD": "told",
    "INBOX_STATE_SINCE": "since",
    "INBOX_STATE_PLACE": "place",
    "EXECUTE_COMPLETE": "execute_complete",
    "EXECUTE_AFTER_HOLD": "execute_after_hold",
    "EXECUTE_AFTER_WAIT": "execute_after_wait",
    "EXECUTE_WHEN_DUE": "execute_when_due",
    "POLL_TRIGGER": "airflow_provider_flexout.triggers.poll.PollTrigger",
    "POLL_TRIGGER_ARGUMENTS": ("waiter", "flexout_conn_id", "started_at", "deadline", "resume_data"),
    "TIMER_TRIGGER": "airflow_provider_flexout.triggers.timer.TimerTrigger",
    "REPLY_TRIGGER": "airflow_provider_flexout.triggers.reply.FlexReplyTrigger",
    "REPLY_TRIGGER_ARGUMENTS": ("dag_id", "task_id", "poll_interval", "days", "flexout_conn_id"),
    "REPLY_TRIGGER_REQUESTS": "requests_per_round",
    "EVENT_FOUND": "found",
    "EVENT_TIMED_OUT": "timed_out",
    "EVENT_ERROR": "error",
    "EVENT_PERMANENT": "permanent",
    "EVENT_WAITER": "waiter",
    "EVENT_RESUME_DATA": "resume_data",
    "RESUME_ANCHOR": "anchor",
    "RESUME_HOLD": "hold",
    "RESUME_DUE": "due",
    "RESUME_TIME_LIMIT": "time_limit",
    "TIMER_UNTIL": "until",
    "HELD_SINCE": "held_since",
    "HELD_BY": "held_by",
    "ANCHOR_FIELDS": ("after", "asked_at"),
    "DELIVERY_WAIT_FIELDS": ("try_began", "wait_began", "outcomes", "pages"),
    "WAITER_KIND": "kind",
    "WAITER_INTERACTION": "interaction",
    "WAITER_MESSAGE": "message",
    "WAITER_REPLY": "reply",
    "WAITER_REPLY_LEVELS": "levels",
    "WAITER_FIELDS": {
        "interaction": ("workspace_sid", "interaction_sid", "channel_sid", "task_sid", "until"),
        "message": ("conversation_sid", "message_sid", "until"),
        "reply": ("conversation_sid", "after", "asked_at"),
    },
    "INTERACTION_FIELDS": (
        "interaction_sid",
        "channel_sid",
        "conversation_sid",
        "task_sid",
        "invite_sid",
        "channel_type",
        "created",
    ),
    "CONVERSATION_FIELDS": ("conversation_sid", "participant_sid", "webhook_sid", "channel_type", "created"),
    "MESSAGE_FIELDS": ("message_sid", "conversation_sid", "index", "created"),
    "INVITE_FIELDS": ("interaction_sid", "channel_sid", "invite_sid", "task_sid", "created"),
    "REPLY_FIELDS": (
        "conversation_sid",
        "replied",
        "message_sids",
        "count",
        "time_to_reply",
        "participant_sid",
    ),
    "OUTCOME_FIELDS": (
        "worker_sid",
        "time_to_accept",
        "duration",
        "inbound_messages",
        "outbound_messages",
        "wrap_up",
    ),
    "TRANSFER_FIELDS": ("outreaches", "messages", "unknown_tasks", "deleted"),
    "INBOUND_MESSAGE_FIELDS": (
        "message_sid",
        "conversation_sid",
        "index",
        "participant_sid",
        "written_at",
        "source",
    ),
    "INBOUND_MESSAGE_REPEATED": "repeated",
    "XCOM_SKIP_REASON": "skip_reason",
    "XCOM_DELIVERY_STATUS": "delivery_status",
    "XCOM_OUTCOME": "outcome",
    "XCOM_SUMMARY": "summary",
    "XCOM_PROGRESS": "progress",
    "XCOM_UNCONFIRMED": "unconfirmed",
    "UNCONFIRMED_FIELDS": ("line", "outcome", "conversation_sid", "message_sid"),
    "XCOM_LEFT": "left",
    "XCOM_RUN_AFTER": "run_after",
    "XCOM_RUN_ID": "run_id",
    "XCOM_CONVERSATION_SID": "conversation_sid",
    "XCOM_ALERT": "alert",
    "XCOM_TASK_LINK": "_link_flex_task",
    "XCOM_CONVERSATION_LINK": "_link_conversation",
    "PUSHED_VERSION": 1,
    "PUSHED_REPLY": "reply",
    "PUSHED_MESSAGE": "message",
    "PUSHED_RECEIPT": "receipt",
    "PUSHED_TASK": "task",
    "PUSHED_CHANNEL": "channel",
    "PUSHED_FIELDS": {
        "reply": ("message_sid", "conversation_sid", "index", "participant_sid", "written_at", "source"),
        "message": ("message_sid", "conversation_sid", "index", "participant_sid", "written_at", "source"),
        "receipt": ("message_sid", "conversation_sid", "participant_sid", "status", "error_code", "at"),
        "task": ("task_sid", "conversation_sid", "interaction_sid", "status", "at"),
        "channel": (
            "interaction_sid",
            "channel_sid",
            "conversation_sid",
            "task_sid",
            "status",
            "error_code",
            "at",
        ),
    },
    "PUSHED_TIMES": ("written_at", "at"),
    "ASSET_SCHEME": "flexout",
    "ASSET_KINDS": ("alerts", "replies"),
    "ALERT_FIELDS": ("name", "source", "data", "failures"),
    "EVENTS_STREAM": "flexout-events",
    "EVENTS_CHANNEL": "flexout-events",
    "EVENTS_STREAM_FIELD": "event",
    "RESULT_SIDS": ("interaction_sid", "channel_sid", "conversation_sid", "task_sid", "invite_sid"),
    "RESULT_SIDS_WITHOUT_AGENT": ("conversation_sid", "participant_sid", "webhook_sid"),
    "PROBE_FORMAT": "flexout probe",
    "PROBE_VERSION": 1,
    "PROBE_FINDING_FIELDS": ("setting", "value", "seen", "remark"),
}
KINDS = {
    "INTERACTION": "interaction",
    "MESSAGE": "message",
    "INVITE": "invite",
    "TRANSFER": "transfer",
    "FOLLOW_UP": "follow_up",
    "SCHEDULE": "schedule",
    "CAMPAIGN": "campaign",
    "CONVERSATION": "conversation",
    "PARK": "park",
    "NOTIFICATION": "notice",
}

CONVERSATION = "CH" + 32 * "1"


def test_names():
    names = {name: value for name, value in vars(durable).items() if name.isupper()}
    del names["TYPE_CHECKING"]
    assert names == NAMES
    assert json.dumps(names) == json.dumps(NAMES)  # in their order
    assert {name: kind for name, kind in vars(durable.KeyKind).items() if name.isupper()} == KINDS


def test_unique_names():
    assert durable.unique_name("fx0") == "flexout_fx0"
    assert durable.lock_name("fx0") == "flexout_lock_fx0"
    assert durable.visibility_name("fx0", "CH0") == "flexout_lock_fx7330706755f3b2acef31563740241d01"
    run_id = durable.scheduled_run_id("fxcf44d47d8bc74023f1a0c0bb4047a174", "follow_up_dag", CONVERSATION)
    assert run_id == "flexout__fxd509ebc5fb2d9e971f29cd51775071eb"


def test_the_arguments_of_the_timer():
    moment = datetime(2026, 11, 22, 7, tzinfo=ZoneInfo("Europe/Berlin"))
    written = json.dumps(durable.timer_arguments(moment, {"held_by": "agents"}))
    assert written == '{"until": "2026-11-22T07:00:00+01:00", "resume_data": {"held_by": "agents"}}'


STATE = SimpleNamespace(step=1, message_sids=("IM0",), reply_sids=("IM1",), time_to_reply=1.5)


def test_the_result_of_a_follow_up():
    ended = SimpleNamespace(state=STATE, outcome="replied")
    assert list(durable.follow_up_result(ended, "CH0").items()) == [
        ("outcome", "replied"),
        ("step", 1),
        ("message_sids", ["IM0"]),
        ("reply_sids", ["IM1"]),
        ("time_to_reply", 1.5),
        ("conversation_sid", "CH0"),
    ]


@pytest.mark.parametrize(("hold", "held"), [(None, False), (SimpleNamespace(), True)])
def test_the_progress_of_a_follow_up(hold, held):
    waiting = SimpleNamespace(state=STATE, hold=hold)
    assert list(durable.follow_up_progress(waiting, 3, "2026-11-22T06:00:00+00:00").items()) == [
        ("step", 1),
        ("of", 3),
        ("message_sids", ["IM0"]),
        ("waiting_until", "2026-11-22T06:00:00+00:00"),
        ("held", held),
    ]


def test_fields_keep_their_order():
    value = SimpleNamespace(b=1, a=None, c=3)
    assert json.dumps(durable.fields(value, ("b", "a"))) == '{"b": 1, "a": null}'


def test_the_xcoms_of_messages_that_are_waited_for():
    assert [durable.unconfirmed_page(number) for number in (0, 12)] == ["unconfirmed_0", "unconfirmed_12"]
