"""Of what was pushed, which messages are read for, in which order, and what that costs."""

from __future__ import annotations

from datetime import datetime, timezone

from airflow_provider_flexout.outreach.events.event import Event
from airflow_provider_flexout.outreach.inbox.pushed_messages import ReplyChooser

SOURCE = {"dag_id": "orders"}


def message(number, kind="reply", **fields):
    at = datetime(2026, 11, 22, 6, 0, number, tzinfo=timezone.utc)
    sids = {"conversation_sid": f"CH{number:032}", "message_sid": f"IM{number:032}"}
    return Event(kind, **sids, time=at, index=number, **fields)


def test_the_oldest_is_first_and_what_names_its_source_needs_no_request(client, sandbox):
    three, one, two = (message(number, source=SOURCE) for number in (3, 1, 2))
    assert client.run(ReplyChooser().choose([three, one, two])) == [one, two, three]
    assert list(sandbox.requests) == []


def test_an_event_that_names_its_source_stands_for_the_same_message_without(client, sandbox):
    known, unknown = message(1, source=SOURCE), message(1)
    assert client.run(ReplyChooser().choose([unknown, known, unknown])) == [known]
    assert client.run(ReplyChooser().choose([known])) == [known]
    assert list(sandbox.requests) == []


def test_what_nobody_who_takes_part_wrote_is_not_read_for(client, sandbox):
    events = [message(1, "message"), Event("task", task_sid="WT" + 32 * "0"), message(2, "receipt")]
    assert client.run(ReplyChooser().choose(events)) == []
    assert list(sandbox.requests) == []


def test_a_conversation_that_is_not_there_has_none(client, sandbox):
    assert client.run(ReplyChooser().choose([message(1)])) == []
    assert [one.operation for one in sandbox.requests] == ["FetchConversation"]
