from __future__ import annotations

import httpx
import pytest

from airflow_provider_flexout import __version__
from airflow_provider_flexout.twilio.api import conversations, media, messages
from airflow_provider_flexout.twilio.http.hosts import Hosts
from airflow_provider_flexout.twilio.http.pagination import read_pages

CH = "CH" + "a" * 32


@pytest.mark.parametrize(
    ("hosts", "base"),
    [
        (Hosts(), "https://flex-api.twilio.com"),
        (Hosts(region="ie1"), "https://flex-api.ie1.twilio.com"),
        (Hosts(edge="dublin"), "https://flex-api.dublin.us1.twilio.com"),
        (Hosts(region="ie1", edge="dublin"), "https://flex-api.dublin.ie1.twilio.com"),
        (Hosts(region="ie1", base_url="http://127.0.0.1:8765/"), "http://127.0.0.1:8765"),
        (Hosts(base_url="http://proxy/twilio"), "http://proxy/twilio"),
    ],
)
def test_hosts(hosts, base):
    assert hosts.base("flex-api") == base


@pytest.mark.parametrize(
    ("hosts", "base"),
    [
        (Hosts(), "https://mcs.us1.twilio.com"),
        (Hosts(region="ie1", edge="dublin"), "https://mcs.ie1.twilio.com"),
        (Hosts(base_url="http://127.0.0.1:8765"), "http://127.0.0.1:8765"),
    ],
)
def test_the_media_service_names_its_region_and_has_no_edges(hosts, base):
    assert hosts.base("mcs") == base


def test_a_file_is_sent_as_it_is(client, network):
    network.will(httpx.Response(201, json={"sid": "ME1", "size": 3}))
    made = client.send(media.create_media("IS1", b"\x89PN", "image/png"))
    (request,) = network.requests
    assert str(request.url) == "https://mcs.us1.twilio.com/v1/Services/IS1/Media"
    assert (request.method, request.read()) == ("POST", b"\x89PN")
    assert request.headers["Content-Type"] == "image/png"
    assert (made.sid, made.size) == ("ME1", 3)


def test_hosts_are_those_of_twilios_own_library():
    from twilio.rest import Client

    for region, edge in [(None, None), ("ie1", None), (None, "dublin"), ("au1", "sydney")]:
        theirs = Client("AC", "x", region=region, edge=edge).get_hostname("https://flex-api.twilio.com")
        assert Hosts(region=region, edge=edge).base("flex-api") == theirs


def page(key: str, sids: list[str], next_page_url: str | None) -> httpx.Response:
    items = [{"sid": sid} for sid in sids]
    return httpx.Response(200, json={key: items, "meta": {"key": key, "next_page_url": next_page_url}})


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


def test_who_asks(client, network):
    network.will(page("conversations", [], None))
    client.send(conversations.list_conversations())
    assert f"airflow-provider-flexout/{__version__}" in network.requests[0].headers["User-Agent"]


def test_every_phase_of_a_request_has_its_timeout(connect, network):
    network.will(page("conversations", [], None))
    connect(read_timeout=12.0).send(conversations.list_conversations())
    assert network.requests[0].extensions["timeout"] == {
        "connect": 5.0,
        "read": 12.0,
        "write": 10.0,
        "pool": 30.0,
    }


def test_values_cannot_climb_out_of_their_place_in_a_path(client, network):
    network.will(httpx.Response(200, json={"sid": CH}))
    client.send(conversations.fetch_conversation("../Services?x=1"))
    assert network.requests[0].url.raw_path == b"/v1/Conversations/..%2FServices%3Fx%3D1"


def test_the_address_is_escaped_in_the_query(client, network):
    network.will(page("conversations", [], None))
    client.send(conversations.list_participant_conversations(address="+13115552368"))
    assert network.requests[0].url.query == b"Address=%2B13115552368"
