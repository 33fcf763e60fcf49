"""New messages of customers in all conversations that outreach opened."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from datetime import datetime, timedelta

import pytest

from airflow_provider_flexout.outreach.inbox.poller import InboxPoller
from airflow_provider_flexout.sandbox.rules import conversations, participants
from airflow_provider_flexout.twilio.api.conversations import update_conversation
from airflow_provider_flexout.twilio.http.errors import AuthenticationFailed

KEY = "fx" + "0" * 32
CUSTOMER = "+12025550117"
SOURCE = {"dag_id": "orders", "run_id": "r", "task_id": "open", "map_index": -1}


@pytest.fixture
def poll(client):
    poller = InboxPoller(timedelta(days=30), 1_000)
    return lambda: client.run(poller.poll()).messages


@pytest.fixture
def conversation_sid(attempt):
    return attempt(source=SOURCE).conversation_sid


def test_what_a_customer_wrote(poll, conversation_sid, sandbox):
    assert poll() == []
    sandbox.customer(CUSTOMER).says("Hi", in_conversation=conversation_sid)
    (message,) = poll()
    assert message.message_sid == sandbox.messages[0].sid
    assert (message.conversation_sid, message.source) == (conversation_sid, SOURCE)
    assert "Hi" not in json.dumps(message.as_dict())
    assert CUSTOMER not in json.dumps(message.as_dict())


def test_the_first_round_finds_what_was_written_within_a_day(poll, conversation_sid, sandbox):
    sandbox.customer(CUSTOMER).says("Hi", in_conversation=conversation_sid)
    sandbox.clock.advance("23h")
    assert len(poll()) == 1


def test_what_was_written_more_than_an_hour_before_the_last_reading_is_passed_over(
    poll, conversation_sid, sandbox
):
    poll()
    sandbox.customer(CUSTOMER).says("Hi", in_conversation=conversation_sid)
    sandbox.clock.advance("2h")
    assert len(poll()) == 1
    sandbox.clock.advance("2h")
    assert poll() == []


def test_conversations_of_others_are_passed_over(poll, elsewhere, sandbox):
    sandbox.customer(CUSTOMER).says("Hi", in_conversation=elsewhere)
    assert poll() == []


def test_a_record_of_a_newer_version_tells_its_source_too(poll, conversation_sid, client, sandbox):
    (conversation,) = sandbox.conversations
    record = {**conversation.attributes["flexout"], "v": 2, "claim": "somewhere else"}
    client.send(update_conversation(conversation_sid, attributes={"flexout": record}))
    sandbox.customer(CUSTOMER).says("Hi", in_conversation=conversation_sid)
    assert [one.source for one in poll()] == [SOURCE]


def test_a_conversation_that_is_deleted_meanwhile_is_no_error(poll, conversation_sid, sandbox):
    sandbox.customer(CUSTOMER).says("Hi", in_conversation=conversation_sid)
    sandbox.faults.fail("ListConversationMessage", 404)
    assert poll() == []
    assert len(poll()) == 1


@pytest.fixture
def open_many(sandbox):
    """Open conversations of ours, each with a customer who can write; give them by their customer."""
    sandbox.settings.update({"rate_limits": False})
    numbers = itertools.count(5_550_000)

    def make(count):
        made = {}
        for number in itertools.islice(numbers, count):
            attributes = json.dumps({"flexout": {"v": 1, "key": KEY, "source": SOURCE}})
            row = conversations.create(sandbox._store, {"Attributes": attributes}, "system")
            participants.add(sandbox._store, row, address=f"+1202{number}", proxy_address="+13115550100")
            made[f"+1202{number}"] = row.sid
        return made

    return make


@pytest.fixture
def rounds(client, sandbox):
    """Poll round by round, half a minute apart, within a number of requests; give what came of each."""

    def poll_for(requests_per_round):
        poller = InboxPoller(timedelta(days=30), requests_per_round)
        while True:
            before = len(sandbox.requests)
            result = client.run(poller.poll())
            yield result, sandbox.requests[before:]
            sandbox.clock.advance(30)

    return poll_for


def read_in(sent):
    """The conversations whose messages were asked for."""
    return [one.path.split("/")[3] for one in sent if one.operation == "ListConversationMessage"]


def test_a_round_keeps_to_its_requests_and_each_conversation_is_read_within_the_rounds_it_says(
    open_many, rounds
):
    sids = set(open_many(60).values())
    polled = rounds(12)
    next(polled)
    last_read = dict.fromkeys(sids, 0)
    for number in range(1, 40):
        result, sent = next(polled)
        assert len(sent) <= 12
        last_read |= dict.fromkeys(read_in(sent), number)
        if number > 6:  # the first pass over all of them is over
            assert result.conversations == 60
            assert number - min(last_read.values()) <= result.rounds
    assert result.rounds == 10


def test_the_youngest_are_read_most_often(open_many, rounds, sandbox):
    old = set(open_many(60).values())
    sandbox.clock.advance("3d")
    young = set(open_many(6).values())
    polled = rounds(12)
    for _ in range(8):
        next(polled)
    reads = Counter(sid for _ in range(20) for sid in read_in(next(polled)[1]))
    assert min(reads[sid] for sid in young) >= 2 * max(1, round(sum(reads[sid] for sid in old) / len(old)))
    assert all(reads[sid] for sid in old)


def test_a_conversation_that_is_new_is_read_as_soon_as_it_is_listed(open_many, rounds):
    open_many(60)
    polled = rounds(12)
    for _ in range(7):
        next(polled)
    new = set(open_many(3).values())
    assert new <= set(read_in(next(polled)[1]))


def test_every_reply_is_found_however_few_requests_there_are(open_many, rounds, sandbox):
    customers = open_many(60)
    polled, wrote, found = rounds(8), {}, {}
    next(polled)
    for number, (customer, sid) in enumerate(list(customers.items())[::3]):
        sandbox.customer(customer).says(f"{number}", in_conversation=sid)
        wrote[sandbox.messages[-1].sid] = number
        result, _ = next(polled)
        found |= {one.message_sid: one for one in result.messages}
    for _ in range(result.rounds):
        found |= {one.message_sid: one for one in next(polled)[0].messages}
    assert found.keys() == wrote.keys()


def test_nothing_new_is_found_that_was_written_before_what_has_been_read(open_many, rounds, sandbox):
    customers = open_many(24)
    polled, seen = rounds(4), set()
    reached = next(polled)[0].read_until
    for customer, sid in [*list(customers.items())[::2], *[(None, None)] * 130]:
        if customer:
            sandbox.customer(customer).says("Yes", in_conversation=sid)
        result, _ = next(polled)
        fresh = [one for one in result.messages if one.message_sid not in seen]
        assert all(datetime.fromisoformat(one.written_at) >= reached for one in fresh)
        assert result.read_until >= reached
        reached, seen = result.read_until, seen | {one.message_sid for one in fresh}
    assert len(seen) == 12
    assert sandbox.clock.now() - reached < timedelta(hours=2)


def test_what_was_written_last_in_a_conversation_that_is_closed_is_found(
    poll, conversation_sid, client, sandbox
):
    assert poll() == []
    sandbox.customer(CUSTOMER).says("Thank you", in_conversation=conversation_sid)
    client.send(update_conversation(conversation_sid, state="closed"))
    assert len(poll()) == 1
    before = len(sandbox.requests)
    assert poll() == []
    assert read_in(sandbox.requests[before:]) == []


def test_what_a_round_found_before_an_error_is_told_by_the_next(open_many, client, sandbox):
    customers = open_many(3)
    poller = InboxPoller(timedelta(days=30), 100)
    client.run(poller.poll())
    for customer, sid in customers.items():
        sandbox.customer(customer).says("Yes", in_conversation=sid)
    sandbox.faults.fail("ListConversationMessage", 401, times=1)
    with pytest.raises(AuthenticationFailed):
        client.run(poller.poll())
    assert len(client.run(poller.poll()).messages) == 3


def test_a_list_whose_page_has_expired_is_read_anew(open_many, rounds, sandbox):
    open_many(210)
    polled = rounds(8)  # two pages a round
    next(polled)
    sandbox.faults.fail("ListConversation", 400, times=1)
    next(polled)
    for _ in range(3):
        result, _ = next(polled)
    assert result.conversations == 210


def test_a_list_that_is_refused_is_an_error(open_many, client, sandbox):
    open_many(1)
    sandbox.faults.fail("ListConversation", 403, times=1)
    with pytest.raises(AuthenticationFailed):
        client.run(InboxPoller(timedelta(days=30), 100).poll())
