"""Lists are read to their end, from the host that was asked."""

from __future__ import annotations

from airflow_provider_flexout.twilio.api import conversations, messages
from airflow_provider_flexout.twilio.http.hosts import Hosts
from airflow_provider_flexout.twilio.http.pagination import read_pages
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


def test_a_base_url_with_a_path_is_not_doubled(connect, network):
    following = "http://proxy/twilio/v1/Conversations?PageToken=x"
    network.will(page("conversations", [], following), page("conversations", [], None))
    connect(hosts=Hosts(base_url="http://proxy/twilio")).run(read_pages(conversations.list_conversations()))
    assert str(network.requests[1].url) == following
