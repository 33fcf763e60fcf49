"""The bytes of everything that outlives a process, for fixed inputs.

A change that makes one of these tests fail makes the provider forget what an earlier version left behind, and
contact customers a second time. The expected values are written out, and none may be adapted to new code:
``docs/stability.md`` says what to do instead. ``mutate_durable.py`` shows that no single change of the module
passes.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pendulum
import pytest

from airflow_provider_flexout.bulk.contacts.contact import contact_of, key_of
from airflow_provider_flexout.bulk.result import ContactOutcome, Result
from airflow_provider_flexout.bulk.sources.row import Row
from airflow_provider_flexout.notifications.event import CallbackEvent
from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.probe.observations import ProbeFinding
from airflow_provider_flexout.outreach.values.keys import user_key

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
    "NOTIFICATION": "notice",
}

RUN = "manual__2026-11-22T06:00:00+00:00"
SIX = datetime(2026, 11, 22, 6, tzinfo=timezone.utc)
RECIPIENT = "c8408aa34bce139b"
NOVEMBER = "fxefc1e0c0ecbb7fda8731d90a5bf1970f"
CONVERSATION = "CH" + 32 * "1"

PROBE = """\
{
  "format": "flexout probe",
  "version": 1,
  "probed_at": "2026-11-22T06:00:00+00:00",
  "channel": "sms",
  "settings": {
    "close_twice": "refuse",
    "task_list_lag": 2.0
  },
  "findings": [
    {
      "setting": "close_twice",
      "value": "refuse",
      "seen": 3,
      "remark": ""
    },
    {
      "setting": "task_list_lag",
      "value": 2.0,
      "seen": 2,
      "remark": "0 to 2 s"
    },
    {
      "setting": "list_order",
      "value": null,
      "seen": 0,
      "remark": "they are not in the order of their dates (größer)"
    }
  ]
}
"""


def test_names():
    names = {name: value for name, value in vars(durable).items() if name.isupper()}
    del names["TYPE_CHECKING"]
    assert names == NAMES
    assert json.dumps(names) == json.dumps(NAMES)  # in their order
    assert {name: kind for name, kind in vars(durable.KeyKind).items() if name.isupper()} == KINDS


@pytest.mark.parametrize(
    ("arguments", "key"),
    [
        (("interaction", "orders", RUN, None, "open", -1), "fx2efb91f17bb4271aea473493639a1e7f"),
        (("message", "orders", RUN, None, "open", -1), "fxb0743bba96b62e470981102babbd9a02"),
        (("invite", "orders", RUN, None, "open", -1), "fxb17dd73c160a017a6e0c6b79d22bad31"),
        (("transfer", "orders", RUN, None, "open", -1), "fx73f5c643bc72ae483a3e0bb7b51493ec"),
        (("follow_up", "orders", RUN, None, "open", -1), "fxcf62c38a48302f50f04e4cb3faf68ff5"),
        (("schedule", "orders", RUN, None, "open", -1), "fxcf44d47d8bc74023f1a0c0bb4047a174"),
        (("interaction", "orders", RUN, None, "open", 3), "fxf991ef2b798975d56a05013084116999"),
        (("interaction", "orders", RUN, SIX, "open", -1), "fxdf41ae1709ee9bd291f828ad959bc9a8"),
        (("interaction", "orders", "backfill__1", SIX, "open", -1), "fxdf41ae1709ee9bd291f828ad959bc9a8"),
    ],
)
def test_default_keys(arguments, key):
    assert durable.task_key(*arguments) == key


def test_the_default_key_of_a_campaign():
    assert durable.campaign_key("orders", RUN, None, "tell") == "fx0465e7f93a1701128b1209b132faf0a9"
    assert durable.campaign_key("orders", RUN, SIX, "tell") == "fx8bb253b1fe196352ca724dcec34755fb"


@pytest.mark.parametrize(
    "moment",
    [
        SIX,
        datetime(2026, 11, 22, 7, tzinfo=ZoneInfo("Europe/Berlin")),
        datetime(2026, 11, 22, 0, 30, tzinfo=timezone(timedelta(hours=-5, minutes=-30))),
        datetime(2026, 11, 22, 6),  # noqa: DTZ001 - Airflow gives none such, and it must not depend on the machine
        pendulum.datetime(2026, 11, 22, 6),
        pendulum.datetime(2026, 11, 22, 15, tz="Asia/Tokyo"),
    ],
)
def test_one_moment_has_one_text(moment):
    assert durable.utc_text(moment) == "2026-11-22T06:00:00+00:00"


def test_every_part_of_a_moment_counts():
    moment = datetime(2027, 1, 2, 3, 4, 5, 250, tzinfo=timezone(timedelta(hours=1)))
    assert durable.utc_text(moment) == "2027-01-02T02:04:05.000250+00:00"


@pytest.mark.parametrize(
    ("kind", "text", "key"),
    [
        ("interaction", "order-4711", "fx0b306b0ab77b4d5423c80bb4c8132c3a"),
        ("message", "order-4711", "fx84835c62d019825ba0c82ae8a708872a"),
        ("interaction", 4711, "fxe5b20d4c1722ea56f4b9cb868e721946"),
        ("campaign", "november", NOVEMBER),
    ],
)
def test_keys_that_users_give(kind, text, key):
    assert user_key(kind, text) == key
    assert durable.user_text_key(kind, str(text)) == key


@pytest.mark.parametrize(
    ("kind", "row", "key"),
    [
        ("interaction", {"id": "17", "to": "+12025550117"}, "fxec0c3c5aceaff03303a86def569546ea"),
        ("message", {"id": "17", "to": "+12025550117"}, "fx8ec34fc42b4bcd420a73da3be76cebca"),
        ("interaction", {"to": "+12025550117"}, "fxaef4a10658eb11cd316ebdfecc394cff"),
        ("interaction", {"to": "whatsapp:+12025550117"}, "fxaef4a10658eb11cd316ebdfecc394cff"),
        ("message", {"to": "Ada@Example.com"}, "fx71000fab734fd4cae16fb6e31930e2c2"),
    ],
)
def test_keys_of_contacts(kind, row, key):
    assert key_of(NOVEMBER, contact_of(Row(1, row), {}), kind) == key


def test_keys_of_contacts_are_made_of_the_campaign_and_the_id():
    assert durable.contact_key("interaction", NOVEMBER, "17") == "fxec0c3c5aceaff03303a86def569546ea"


def test_keys_of_steps():
    follow_up = "fxcf62c38a48302f50f04e4cb3faf68ff5"
    assert durable.step_key(follow_up, 0) == "fx0aef3eca248c5d51c1ace3e22612a0dd"
    assert durable.step_key(follow_up, 1) == "fx5ffd72b4f1f238fd6cb484472dcdda9f"


def test_keys_of_alerts():
    assert durable.alert_key("stock", "ada", ["2", "1", "2"]) == "fx3e23ffa96cb02c0aa6d5a91c60b2d6f7"
    assert durable.alert_key("stock", "ada", list("918273645")) == "fx89142729686e07e847d00b19547e1d97"


@pytest.mark.parametrize(
    ("event", "key"),
    [
        (("failure", "orders", RUN, "load", -1, None), "fxeddb633114dfa85d189c900f0c77e596"),
        (("deadline", "orders", RUN, None, -1, "7"), "fxab32525254041308a9aa9e80cb8559b6"),
        (("failure", None, None, None, -1, None), "fxdd63161e1c4daf0d157a7cc29934dc54"),
    ],
)
def test_keys_of_notifications(event, key):
    assert durable.notification_key(RECIPIENT, CallbackEvent(*event)) == key


@pytest.mark.parametrize(
    ("group", "key"),
    [
        (("dag", "orders", RUN, "load", 123), "fx8d30614e7eb83bc27798918c8181f83f"),
        (("run", "orders", RUN, "load", None), "fx3558e56239a08d2979a3f60f4d542251"),
        (("task", "orders", RUN, "load", 123), "fx8bb776a2c4145f7ba41e1615af03403e"),
        (("warehouse", "orders", RUN, "load", 123), "fxf2a9d01cac7fe2747e47198068cc50fd"),
        (("task", None, None, None, 123), "fxce3eb183102978109c0e396aa8b61207"),
    ],
)
def test_keys_of_grouped_notifications(group, key):
    group_by, dag_id, run_id, task_id, period = group
    event = CallbackEvent("failure", dag_id, run_id, task_id)
    assert durable.group_key(RECIPIENT, event, group_by, period) == key


def test_the_key_of_a_recovery():
    assert durable.recovery_key(RECIPIENT, "IM" + 32 * "1") == "fxfcf6af8544456d453098b8b680ae3605"


def test_keys_that_users_give_for_notifications():
    kind = durable.notification_kind(RECIPIENT)
    assert kind == "notice c8408aa34bce139b"
    assert user_key(kind, "night") == "fx4cbd8ab6b12bf92120d793caed75b156"


@pytest.mark.parametrize(
    ("parts", "digits"),
    [
        (("sms", "+12025550117", None), RECIPIENT),
        (("chat", "ada", None), "506431c3c8ccd531"),
        (("whatsapp", "whatsapp:+12025550117", "CH" + 32 * "0"), "bf6ad8447b69be8f"),
    ],
)
def test_fingerprints(parts, digits):
    assert durable.fingerprint(*parts) == digits


@pytest.mark.parametrize(
    ("secret", "person", "digits"),
    [
        ("secret", "+12025550117", "edbd4e0186031192cd0d2bd2128f032f"),
        ("sécret", "ada@müller.de", "53e230da20eed73b565fbe2f54b42f40"),
    ],
)
def test_pseudonyms(secret, person, digits):
    assert durable.pseudonym(secret, person) == digits


def test_keys_of_any_parts():
    assert durable.derive_key("a", 1) == "fx2657442bb4a48d62f780ea60395ef2d2"
    assert durable.derive_key("é") == "fxd8f81e7a2fa1455720e881bd1d164699"


def test_unique_names():
    assert durable.unique_name("fx0") == "flexout_fx0"
    assert durable.lock_name("fx0") == "flexout_lock_fx0"
    assert durable.visibility_name("fx0", "CH0") == "flexout_lock_fx7330706755f3b2acef31563740241d01"
    run_id = durable.scheduled_run_id("fxcf44d47d8bc74023f1a0c0bb4047a174", "follow_up_dag", CONVERSATION)
    assert run_id == "flexout__fxd509ebc5fb2d9e971f29cd51775071eb"


HALF = (
    '{"v": 1, "key": "fx0", "to": "+1202…17", "channel": "sms", "fingerprint": "c8408aa34bce139b", '
    '"claim": {"by": "0f", "within": 20.0}}'
)
WHOLE = (
    '{"v": 1, "key": "fx0", "to": "+1202…17", "channel": "sms", "fingerprint": "c8408aa34bce139b", '
    '"claim": {"by": "0f", "within": 0.0}, "source": {"dag_id": "orders", "map_index": -1}, '
    '"sids": {"interaction_sid": "KD0", "invite_sid": null}, "greeted": "IM0"}'
)
NO_AGENT = (
    '{"v": 1, "key": "fx0", "to": "+1202…17", "channel": "sms", "fingerprint": "c8408aa34bce139b", '
    '"claim": {"by": "0f", "within": 20.0}, "on_reply": "FW0"}'
)
OF_ONE = HALF.removesuffix("}") + ', "campaign": "fx1"}'
SHARED = {"key": "fx0", "to": "+1202…17", "channel": "sms", "fingerprint": RECIPIENT, "lease_holder": "0f"}
OF_HALF = {
    **SHARED,
    "lease_ttl": 20.0,
    "source": None,
    "sids": None,
    "first_message_sid": None,
    "on_reply": None,
    "campaign": None,
}
OF_NO_AGENT = {**OF_HALF, "on_reply": "FW0"}
OF_CAMPAIGN = {**OF_HALF, "campaign": "fx1"}
OF_WHOLE = {
    **SHARED,
    "lease_ttl": 0.0,
    "source": {"dag_id": "orders", "map_index": -1},
    "sids": {"interaction_sid": "KD0", "invite_sid": None},
    "first_message_sid": "IM0",
    "on_reply": None,
    "campaign": None,
}


@pytest.mark.parametrize(
    ("written", "record"),
    [(HALF, OF_HALF), (WHOLE, OF_WHOLE), (NO_AGENT, OF_NO_AGENT), (OF_ONE, OF_CAMPAIGN)],
)
def test_records(written, record):
    assert json.dumps(durable.write_record(SimpleNamespace(**record)), ensure_ascii=False) == written
    assert list(durable.read_record(json.loads(written)).items()) == list(record.items())
    assert durable.record_version(json.loads(written)) == 1


def test_records_of_before_there_were_versions():
    before = json.loads(HALF.replace('"v": 1, ', ""))
    assert durable.record_version(before) == 1
    assert durable.read_record(before) == OF_HALF


def test_records_that_somebody_changed():
    assert durable.read_record({"key": 7, "to": 1, "channel": 2, "fingerprint": 3, "claim": {"by": 4}}) == {
        "key": "7",
        "to": "1",
        "channel": "2",
        "fingerprint": "3",
        "lease_holder": "4",
        "lease_ttl": 0.0,
        "source": None,
        "sids": None,
        "first_message_sid": None,
        "on_reply": None,
        "campaign": None,
    }
    bare = durable.read_record({"key": "fx0", "claim": None})
    assert (bare["to"], bare["channel"], bare["fingerprint"], bare["lease_holder"]) == ("None",) * 4
    assert repr(bare["lease_ttl"]) == "0.0"
    assert repr(durable.read_record({"key": "fx0", "claim": {"within": 20}})["lease_ttl"]) == "20.0"


def test_the_key_and_source_of_a_record_of_any_version():
    newer = {"v": 2, "key": "fx0", "source": {"dag_id": "orders"}}
    assert durable.record_version(newer) == 2
    assert durable.record_key(newer) == "fx0"
    assert durable.record_key({"key": 7}) == "7"
    assert [durable.record_key(one) for one in (None, "fx0", {}, {"key": ""}, {"key": None})] == [None] * 5
    assert durable.record_campaign(newer | {"campaign": "fx1"}) == "fx1"
    assert [durable.record_campaign(one) for one in (None, "fx1", {}, newer)] == [None] * 4
    assert durable.record_on_reply(newer | {"on_reply": "FW0"}) == "FW0"
    assert [durable.record_on_reply(one) for one in (None, "FW0", {}, newer)] == [None] * 4
    assert durable.record_sids(newer | {"sids": {"task_sid": "WT0"}}) == {"task_sid": "WT0"}
    assert [durable.record_sids(one) for one in (None, "WT0", {}, {"sids": "WT0"})] == [None] * 4
    assert durable.record_channel(newer | {"channel": "web"}) == "web"
    assert durable.record_channel(newer | {"channel": 5}) == "5"
    assert [durable.record_channel(one) for one in (None, "sms", {}, {"channel": None})] == [None] * 4
    assert durable.record_source(newer) == {"dag_id": "orders"}
    assert [durable.record_source(one) for one in ({}, {"source": "orders"}, {"source": None})] == [None] * 3


def test_the_key_of_a_message():
    assert durable.attribute_key({"flexout_key": "fx0"}) == "fx0"
    wrong = ({}, {"flexout_key": ""}, {"flexout_key": 7}, {"flexout_key": ["fx0"]}, {"flexout_key": None})
    assert [durable.attribute_key(one) for one in wrong] == [None] * 5


@pytest.mark.parametrize(
    ("given", "written"),
    [
        (
            ({"dag_id": "orders"}, "spring", "4711"),
            '{"dag_id": "orders", "campaign": "spring", "contact": "4711"}',
        ),
        (({"dag_id": "orders"}, None, None), '{"dag_id": "orders"}'),
        ((None, "", "0"), '{"campaign": "", "contact": "0"}'),
    ],
)
def test_the_source_of_a_campaigns_outreach(given, written):
    assert json.dumps(durable.campaign_source(*given)) == written


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


SIDS = {"conversation_sid": "CH0", "message_sid": "IM0", "participant_sid": "MB0", "task_sid": "WT0"}
PUSHED = {
    **SIDS,
    "interaction_sid": "KD0",
    "channel_sid": "UO0",
    "index": 0,
    "status": "x",
    "error_code": 30008,
    "source": None,
}


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        (
            "reply",
            '{"v": 1, "kind": "reply", "message_sid": "IM0", "conversation_sid": "CH0", "index": 0, '
            '"participant_sid": "MB0", "written_at": "2026-11-22T06:00:00+00:00", "source": null}',
        ),
        (
            "message",
            '{"v": 1, "kind": "message", "message_sid": "IM0", "conversation_sid": "CH0", "index": 0, '
            '"participant_sid": "MB0", "written_at": "2026-11-22T06:00:00+00:00", "source": null}',
        ),
        (
            "receipt",
            '{"v": 1, "kind": "receipt", "message_sid": "IM0", "conversation_sid": "CH0", '
            '"participant_sid": "MB0", "status": "x", "error_code": 30008, '
            '"at": "2026-11-22T06:00:00+00:00"}',
        ),
        (
            "task",
            '{"v": 1, "kind": "task", "task_sid": "WT0", "conversation_sid": "CH0", '
            '"interaction_sid": "KD0", "status": "x", "at": "2026-11-22T06:00:00+00:00"}',
        ),
        (
            "channel",
            '{"v": 1, "kind": "channel", "interaction_sid": "KD0", "channel_sid": "UO0", '
            '"conversation_sid": "CH0", "task_sid": "WT0", "status": "x", "error_code": 30008, '
            '"at": "2026-11-22T06:00:00+00:00"}',
        ),
    ],
)
def test_events(kind, written):
    assert json.dumps(durable.write_event(SimpleNamespace(kind=kind, time=SIX, **PUSHED))) == written
    read = durable.read_event(json.loads(written))
    assert next(iter(read)) == "kind"
    assert read.pop("time") == "2026-11-22T06:00:00+00:00"
    assert read.pop("kind") == kind
    assert read == {name: PUSHED[name] for name in durable.PUSHED_FIELDS[kind] if name in PUSHED}


def test_events_that_say_less():
    without_time = SimpleNamespace(kind="task", time=None, **PUSHED)
    assert durable.write_event(without_time)["at"] is None
    nothing = {"participant_sid": None, "index": None, "source": None}
    assert durable.read_event({"message_sid": "IM0", "conversation_sid": "CH0", "written_at": "then"}) == {
        "kind": "reply",
        "time": "then",
        "message_sid": "IM0",
        "conversation_sid": "CH0",
        **nothing,
    }
    assert durable.read_event({"kind": 7, "at": "then"}) == {"kind": "7"}
    assert [durable.event_version(one) for one in ({}, {"v": 2})] == [1, 2]


def test_fields_keep_their_order():
    value = SimpleNamespace(b=1, a=None, c=3)
    assert json.dumps(durable.fields(value, ("b", "a"))) == '{"b": 1, "a": null}'


def test_lines_of_results():
    sids = {"interaction_sid": "KD0", "channel_sid": "UO0", "conversation_sid": "CH0", "task_sid": "WT0"}
    opened = SimpleNamespace(**sids, invite_sid=None, channel_type="sms", created=True)
    done = Result(2, "é", ContactOutcome.OPENED, opened=opened, message_sid="IM0")
    assert durable.result_line(done) == (
        '{"line": 2, "id": "é", "outcome": "opened", "interaction_sid": "KD0", "channel_sid": "UO0", '
        '"conversation_sid": "CH0", "task_sid": "WT0", "invite_sid": null, "message_sid": "IM0"}'
    )
    sids = {"conversation_sid": "CH0", "participant_sid": "MB0", "webhook_sid": None}
    without_agent = Result(4, "b", ContactOutcome.OPENED, opened=SimpleNamespace(**sids), message_sid="IM0")
    assert durable.result_line(without_agent) == (
        '{"line": 4, "id": "b", "outcome": "opened", "conversation_sid": "CH0", "participant_sid": "MB0", '
        '"webhook_sid": null, "message_sid": "IM0"}'
    )
    failed = Result(3, None, ContactOutcome.FAILED, "No.")
    assert durable.result_line(failed) == '{"line": 3, "id": null, "outcome": "failed", "reason": "No."}'


LINE = '{"line": 2, "id": "é", "outcome": "opened", "conversation_sid": "CH0", "message_sid": "IM0"}'


@pytest.mark.parametrize(
    ("delivery", "reason", "written"),
    [
        (("delivered", None), None, LINE.replace("}", ', "status": "delivered"}')),
        ((None, None), None, LINE.replace("}", ', "status": null}')),
        (
            ("failed", 63016),
            "No.",
            '{"line": 2, "id": "é", "outcome": "undelivered", "conversation_sid": "CH0", '
            '"message_sid": "IM0", "reason": "No.", "status": "failed", "code": 63016}',
        ),
    ],
)
def test_lines_of_results_with_what_became_of_the_message(delivery, reason, written):
    given = SimpleNamespace(status=delivery[0], error_code=delivery[1])
    assert durable.add_delivery(LINE + "\n", given, reason) == written
    assert durable.add_delivery(written, given, reason) == written


def test_the_xcoms_of_messages_that_are_waited_for():
    assert [durable.unconfirmed_page(number) for number in (0, 12)] == ["unconfirmed_0", "unconfirmed_12"]


def test_a_probe():
    assert durable.probe_name("0a1b", 3) == "flexout_probe_0a1b_3"
    findings = [
        ProbeFinding("close_twice", "refuse", 3),
        ProbeFinding("task_list_lag", 2.0, 2, "0 to 2 s"),
        ProbeFinding("list_order", None, 0, "they are not in the order of their dates (größer)"),
    ]
    assert durable.probe_file(findings, SIX, "sms") == PROBE
