"""Replies of customers, as events by which DAG runs start."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections import Counter
from datetime import datetime, timedelta, timezone

import httpx
import pytest
import time_machine

from airflow_provider_flexout.operators.interaction import CreateInteractionOperator
from airflow_provider_flexout.operators.message import SendConversationMessageOperator
from airflow_provider_flexout.triggers.reply import FlexReplyTrigger
from airflow_provider_flexout.twilio.http.client import AsyncClient
from airflow_provider_flexout.twilio.http.errors import AuthenticationFailed, ServiceUnavailable
from airflow_provider_flexout.twilio.http.retry import RetryPolicy
from tests.unit.triggers.asset_state import Store
from tests.virtual_time import run_at_once

ADA, BEN = "+12025550101", "+12025550102"
LONG = 60.0
TRIES = RetryPolicy().max_attempts


@pytest.fixture
def opened(run):
    """Open a conversation with somebody, for a DAG; give its SID."""

    def open_one(to, dag_id="orders"):
        operator = CreateInteractionOperator(task_id="open", channel="sms", to=to)
        return run(operator, dag_id=dag_id).xcoms["conversation_sid"]

    return open_one


def trigger(store=None, **arguments):
    made = FlexReplyTrigger(poll_interval=0.02, **arguments)
    made.asset_state_store = store
    return made


async def listen(made, rounds, happenings):
    """Look so many times, let one thing happen after each look, and give the events."""
    waiting = iter(happenings)

    async def seen():
        left = rounds
        async for one in FlexReplyTrigger.open_shared_stream(made.serialize()[1]):
            yield one
            left -= 1
            if not left:
                return
            next(waiting, lambda: None)()

    return [event.payload async for event in made.filter_shared_stream(seen())]


def last_inbound(made, rounds, *happenings):
    return asyncio.run(asyncio.wait_for(listen(made, rounds, happenings), LONG))


def sids(events):
    return [one["message_sid"] for one in events]


def test_a_reply_is_an_event_of_sids(served, opened):
    sid = opened(ADA)
    (event,) = last_inbound(
        trigger(), 3, lambda: served.customer(ADA).says("Yes please", in_conversation=sid)
    )
    (message,) = served.messages
    assert event["message_sid"] == message.sid
    assert event["conversation_sid"] == sid
    assert event["source"]["dag_id"] == "orders"
    assert "Yes" not in json.dumps(event)
    assert ADA not in json.dumps(event)


def test_what_we_say_and_what_was_written_before_is_no_reply(served, opened, run):
    sid = opened(ADA)
    served.customer(ADA).says("before", in_conversation=sid)
    say = SendConversationMessageOperator(task_id="say", conversation_sid=sid, body="Hello")
    after = [lambda: run(say), lambda: served.customer(ADA).says("after", in_conversation=sid)]
    assert sids(last_inbound(trigger(), 4, *after)) == [served.messages[-1].sid]


def test_a_trigger_listens_to_the_dag_that_it_names(served, opened):
    of_orders, of_bills = opened(ADA, "orders"), opened(BEN, "bills")

    def both():
        served.customer(ADA).says("about the order", in_conversation=of_orders)
        served.customer(BEN).says("about the bill", in_conversation=of_bills)

    (event,) = last_inbound(trigger(dag_id="bills"), 2, both)
    assert event["conversation_sid"] == of_bills


def test_a_restarted_trigger_tells_of_what_was_written_meanwhile_and_of_nothing_twice(served, opened):
    sid, store = opened(ADA), Store()
    say = served.customer(ADA).says
    first = sids(last_inbound(trigger(store), 2, lambda: say("one", in_conversation=sid)))
    assert sids(last_inbound(trigger(store), 1)) == first  # the one before died before it took note
    say("two", in_conversation=sid)
    assert sids(last_inbound(trigger(store), 2)) == [one.sid for one in served.messages]
    assert last_inbound(trigger(store), 2) == []
    say("three", in_conversation=sid)
    assert sids(last_inbound(trigger(store), 2)) == [served.messages[-1].sid]


def test_a_state_that_an_older_version_wrote_is_read(served, opened):
    sid, store = opened(ADA), Store()
    for text in ("told of", "not told of"):
        served.customer(ADA).says(text, in_conversation=sid)
    told, untold = (one.sid for one in served.messages)
    now = datetime.now(timezone.utc).isoformat()
    store.kept["flexout_replies"] = {"at": now, "told": [told]}
    assert sids(last_inbound(trigger(store), 2)) == [untold]
    assert set(store.kept["flexout_replies"]["told"]) == {told, untold}


def test_with_few_requests_every_reply_is_told_of_once_over_restarts(served, opened):
    talks = {
        customer: opened(customer, dag_id=customer) for customer in (f"+1202555{n:04d}" for n in range(12))
    }
    store, told = Store(), []
    told += last_inbound(trigger(store, requests_per_round=4), 2)
    for customers in (list(talks)[:6], list(talks)[6:]):
        for one in customers:
            served.customer(one).says("Yes", in_conversation=talks[one])
        told += last_inbound(trigger(store, requests_per_round=4), 5)
        told += last_inbound(trigger(store, requests_per_round=4), 14)
    assert sorted(set(sids(told))) == sorted(one.sid for one in served.messages)
    # The last round before a restart has no later one that keeps what it told of.
    again = Counter(sids(told))
    assert sum(again.values()) - len(again) <= 2 * 4


def test_the_log_says_how_late_a_reply_may_be_told_of(served, opened, caplog):
    for n in range(12):
        opened(f"+1202555{n:04d}", dag_id=f"dag{n}")
    with caplog.at_level("INFO", logger="airflow_provider_flexout.triggers"):
        last_inbound(trigger(requests_per_round=4), 6)
    (line,) = (one.getMessage() for one in caplog.records if "Reading" in one.getMessage())
    assert (
        "Reading 12 open conversations with up to 4 requests a round, each at least once in 6 rounds" in line
    )
    assert re.search(r"a reply is noticed within \d seconds?\.", line), line


def test_many_conversations_cost_no_more_than_the_requests_of_a_round(served, opened):
    for n in range(12):
        opened(f"+1202555{n:04d}", dag_id=f"dag{n}")
    before = len(served.requests)
    last_inbound(trigger(requests_per_round=4), 6)
    assert len(served.requests) - before <= 6 * 4


def test_an_outage_is_sat_out(served, opened, caplog):
    sid = opened(ADA)

    def fail_and_say():
        served.faults.fail("ListConversation", 503, times=TRIES)
        served.customer(ADA).says("yes", in_conversation=sid)

    assert len(last_inbound(trigger(), 2, fail_and_say)) == 1
    assert "Could not poll for replies, and will poll again" in caplog.text


def test_an_outage_without_an_end_ends_it_as_it_ends_every_wait(served, monkeypatch, caplog):
    down = httpx.MockTransport(lambda _request: httpx.Response(503))
    monkeypatch.setitem(AsyncClient.__init__.__kwdefaults__, "transport", down)
    made = FlexReplyTrigger()
    with time_machine.travel(0.0, tick=False) as travel:
        with pytest.raises(ServiceUnavailable):
            run_at_once(listen(made, 1, ()), travel.shift)
        assert 17 * 60 <= time.time() <= 40 * 60
    assert caplog.text.count("will poll again") == 19


def test_wrong_credentials_end_it(served, monkeypatch):
    connection = served.connection() | {"password": "wrong"}
    monkeypatch.setenv("AIRFLOW_CONN_FLEXOUT_DEFAULT", json.dumps(connection))
    with pytest.raises(AuthenticationFailed):
        last_inbound(trigger(), 1)


def test_triggers_of_one_connection_share_one_poll():
    one, other = FlexReplyTrigger(dag_id="a"), FlexReplyTrigger(dag_id="b", task_id="c")
    assert one.shared_stream_key() == other.shared_stream_key()
    for others in ({"flexout_conn_id": "x"}, {"requests_per_round": 50}):
        assert FlexReplyTrigger(**others).shared_stream_key() != one.shared_stream_key()


@pytest.mark.parametrize("interval", [timedelta(minutes=1), 60, "1m", "PT1M"])
def test_its_interval_is_written_like_every_length_of_time(interval):
    assert (
        FlexReplyTrigger(poll_interval=interval).serialize() == FlexReplyTrigger(poll_interval=60).serialize()
    )


@pytest.mark.parametrize("interval", ["often", 0])
def test_an_interval_that_is_no_length_of_time_is_refused(interval):
    with pytest.raises(ValueError, match=r"poll_interval: .* is not a length of time"):
        FlexReplyTrigger(poll_interval=interval)


def test_it_comes_back_from_its_serialized_form():
    made = FlexReplyTrigger(dag_id="a", task_id="b", poll_interval=9.0, days=3, flexout_conn_id="x")
    path, arguments = made.serialize()
    assert path == "airflow_provider_flexout.triggers.reply.FlexReplyTrigger"
    assert FlexReplyTrigger(**json.loads(json.dumps(arguments))).serialize() == made.serialize()


@pytest.mark.parametrize("days", [7, "7", " 7 "])
def test_days_may_be_a_text(days):
    assert FlexReplyTrigger(days=days).serialize()[1]["days"] == 7


def test_more_days_than_a_calendar_has_are_refused():
    with pytest.raises(ValueError, match=r"days: .* is longer than a hundred years"):
        FlexReplyTrigger(days=40_000)


@pytest.mark.parametrize("days", [0, -1, 1.5, True, None, "a week", "٣٠"])
def test_days_that_are_none_are_refused_where_the_dag_is_read(days):
    with pytest.raises(ValueError, match=r"days: .* is not a whole number above zero"):
        FlexReplyTrigger(days=days)


@pytest.mark.parametrize("requests", [0, "many", 2.5])
def test_requests_that_are_no_number_are_refused_where_the_dag_is_read(requests):
    with pytest.raises(ValueError, match=r"requests_per_round: .* is not a whole number above zero"):
        FlexReplyTrigger(requests_per_round=requests)


def test_the_requests_of_a_round_are_kept_only_where_they_were_given():
    assert "requests_per_round" not in FlexReplyTrigger().serialize()[1]
    assert FlexReplyTrigger(requests_per_round="50").serialize()[1]["requests_per_round"] == 50
