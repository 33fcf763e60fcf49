"""Lists are read to their end, from the host that was asked."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.twilio.api import conversations, messages
from airflow_provider_flexout.twilio.http import pagination
from airflow_provider_flexout.twilio.http.errors import ServiceUnavailable
from airflow_provider_flexout.twilio.http.pagination import read_pages
from airflow_provider_flexout.twilio.http.settings import Hosts
from tests.unit.twilio.http.responses import CH, page


def test_a_list_is_read_to_its_end(client, network):
    following = f"https://conversations.twilio.com/v1/Conversations/{CH}/Messages?PageSize=100&PageToken=x"
    network.will(page("messages", ["IM1", "IM2"], following), page("messages", ["IM3"], None))
    found = client.run(read_pages(messages.list_messages(CH)))
    assert [message.sid for message in found] == ["IM1", "IM2", "IM3"]
    assert str(network.requests[1].url) == following


def test_the_next_page_is_asked_of_the_same_host(connect, network):
    stranger = "https://evil.example/v1/Conversations?PageSize=100&PageToken=x"
    network.will(page("conversations", [], stranger), page("conversations", [], None))
    connect(hosts=Hosts(region="ie1", edge="dublin")).run(read_pages(conversations.list_conversations()))
    assert network.requests[1].url.host == "conversations.dublin.ie1.twilio.com"
    assert network.requests[1].url.query == b"PageSize=100&PageToken=x"


@pytest.mark.parametrize("pages", [1, 2, 3, 7])
def test_a_list_that_points_back_ends(client, network, pages):
    urls = [
        f"https://conversations.twilio.com/v1/Conversations?PageToken={number}" for number in range(pages)
    ]
    network.will(*(page("conversations", [], urls[number % pages]) for number in range(3 * pages + 2)))
    with pytest.raises(ServiceUnavailable, match="points back to a page that was read before"):
        client.run(read_pages(conversations.list_conversations()))
    assert len(network.requests) <= 3 * pages + 1


def test_a_list_without_an_end_ends(client, network, monkeypatch):
    monkeypatch.setattr(pagination, "MAX_PAGES", 5)
    network.will(
        *(page("conversations", [], f"https://x.example/v1/C?PageToken={number}") for number in range(9))
    )
    with pytest.raises(ServiceUnavailable, match="more than 5 pages"):
        client.run(read_pages(conversations.list_conversations()))
