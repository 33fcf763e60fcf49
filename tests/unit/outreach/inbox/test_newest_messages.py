"""Reading a conversation back, the newest message first."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.inbox.newest_messages import read_back
from airflow_provider_flexout.twilio.api.messages import create_message
from airflow_provider_flexout.twilio.http.errors import NotFound


@pytest.fixture
def seven(client, elsewhere, sandbox):
    """A conversation with seven messages, and nothing asked of it yet."""
    for number in range(7):
        client.send(create_message(elsewhere, body=str(number)))
    sandbox.requests.clear()
    return elsewhere


def bodies(newest):
    return [one.body for one in newest.messages]


def test_to_the_beginning(client, seven, sandbox):
    newest = client.run(read_back(seven))
    assert bodies(newest) == ["6", "5", "4", "3", "2", "1", "0"]
    assert newest.reached is None
    assert newest.read_at == sandbox.clock.now().replace(microsecond=0)


def test_to_a_message(client, seven):
    newest = client.run(read_back(seven, lambda one: one.index <= 4))
    assert (bodies(newest), newest.reached.body) == (["6", "5"], "4")


def test_nothing_is_newer_than_the_newest(client, seven):
    newest = client.run(read_back(seven, lambda _: True))
    assert (bodies(newest), newest.reached.body) == ([], "6")


@pytest.mark.parametrize(("index", "requests"), [(6, 1), (5, 1), (4, 1), (3, 2), (1, 2), (0, 3), (-1, 3)])
def test_no_page_is_read_that_is_not_needed(client, seven, sandbox, index, requests):
    newest = client.run(read_back(seven, lambda one: one.index <= index, page_size=3))
    assert len(newest.messages) == 6 - index
    assert len(sandbox.requests) == requests


def test_no_more_pages_than_allowed(client, seven, sandbox):
    assert bodies(client.run(read_back(seven, page_size=3, pages=1))) == ["6", "5", "4"]
    assert len(sandbox.requests) == 1


def test_an_empty_conversation(client, elsewhere):
    newest = client.run(read_back(elsewhere))
    assert (newest.messages, newest.reached) == ([], None)


def test_a_conversation_that_is_gone(client):
    with pytest.raises(NotFound):
        client.run(read_back("CH" + 32 * "f"))
