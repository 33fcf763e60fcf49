"""Lines of results, the file of a probe, and events on a queue: the bytes of each, for fixed inputs."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from types import SimpleNamespace

import pytest

from airflow_provider_flexout.bulk.outcome import ContactOutcome
from airflow_provider_flexout.bulk.result import Result
from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.probe.observations import ProbeFinding

SIX = datetime(2026, 11, 22, 6, tzinfo=timezone.utc)
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


def test_a_repetition():
    written = durable.write_repetition({"message_sid": "IM0"})
    assert json.dumps(written) == '{"message_sid": "IM0", "repeated": true}'
    assert [durable.is_repetition(one) for one in (written, {}, {"repeated": "x"})] == [True, False, False]


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


def test_a_probe():
    assert durable.probe_name("0a1b", 3) == "flexout_probe_0a1b_3"
    findings = [
        ProbeFinding("close_twice", "refuse", 3),
        ProbeFinding("task_list_lag", 2.0, 2, "0 to 2 s"),
        ProbeFinding("list_order", None, 0, "they are not in the order of their dates (größer)"),
    ]
    assert durable.probe_file(findings, SIX, "sms") == PROBE
