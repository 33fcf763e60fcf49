"""Who in a conversation is a customer, and which messages are theirs."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.inbox.customers import CustomerIndex, customers_of, list_customers
from airflow_provider_flexout.outreach.inbox.newest_messages import read_back
from airflow_provider_flexout.twilio.api.conversations import Participant
from airflow_provider_flexout.twilio.api.messages import create_message

CUSTOMER = "+12025550117"


def identities(participants):
    return [one.identity for one in participants]


def test_who_has_an_address_is_a_customer(client, attempt, sandbox):
    sid = attempt().conversation_sid
    sandbox.agent().accepts(after=0)
    sandbox.clock.advance("1m")
    (customer,) = client.run(list_customers(sid))
    assert customer.messaging_binding["address"] == CUSTOMER


def test_in_a_chat_it_is_who_joined_first(client, attempt, sandbox):
    sid = attempt(channel="chat", to="guest_42").conversation_sid
    sandbox.clock.advance("10s")
    sandbox.agent().accepts(after=0)
    sandbox.clock.advance("1m")
    assert identities(client.run(list_customers(sid))) == ["guest_42"]


@pytest.fixture
def written(client, attempt, sandbox):
    """A conversation in which the pipeline and the customer wrote, with both messages."""
    sid = attempt().conversation_sid
    client.send(create_message(sid, body="Hello"))
    sandbox.customer(CUSTOMER).says("Hi", in_conversation=sid)
    messages = client.run(read_back(sid)).messages
    sandbox.requests.clear()
    return sid, messages


def test_messages_of_customers_are_inbound(client, written):
    sid, messages = written
    assert [one.body for one in client.run(CustomerIndex().inbound(sid, messages))] == ["Hi"]


def test_an_author_is_looked_up_once(client, written, sandbox):
    sid, messages = written
    index = CustomerIndex()
    for _ in range(3):
        client.run(index.inbound(sid, messages))
    assert [one.operation for one in sandbox.requests] == ["ListConversationParticipant"]


def test_where_nobody_wrote_nobody_is_looked_up(client, written, sandbox):
    sid, _ = written
    assert client.run(CustomerIndex().inbound(sid, [])) == []
    assert list(sandbox.requests) == []


@pytest.mark.parametrize(
    ("levels", "authors"),
    [
        (("to",), ["ada@example.com"]),
        (("cc",), ["ben@example.com"]),
        (("to", "cc"), ["ada@example.com", "ben@example.com"]),
    ],
)
def test_in_a_mail_the_level_tells_who_the_customer_is(client, attempt, sandbox, levels, authors):
    sid = attempt(channel="email", to="ada@example.com", cc="ben@example.com").conversation_sid
    for author in ("ada@example.com", "ben@example.com"):
        sandbox.customer(author).says("Hi", in_conversation=sid)
    messages = client.run(read_back(sid)).messages[::-1]
    assert [one.author for one in client.run(CustomerIndex(levels).inbound(sid, messages))] == authors


def test_where_nobody_is_at_the_level_everybody_with_an_address_is_a_customer():
    people = [
        Participant(sid="MB1", messaging_binding={"address": "ada@example.com", "level": "cc"}),
        Participant(sid="MB2", messaging_binding={"projected_address": "us@example.com"}),
    ]
    assert [one.sid for one in customers_of(people)] == ["MB1"]
