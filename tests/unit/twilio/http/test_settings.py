"""Where each product is, as Twilio's own package has it, whose account it is, and that no secret shows."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from airflow_provider_flexout.twilio.http.settings import BasicCredentials, Hosts, Settings
from tests.unit.twilio.http.responses import ACCOUNT, OAUTH, SETTINGS


def test_secrets_are_in_no_repr(connect):
    settings = Settings(OAUTH, proxy="http://user:pass@proxy")
    shown = repr(settings) + repr(BasicCredentials("AC", "the-auth-token")) + repr(connect())
    for secret in (OAUTH.client_secret, "the-auth-token", "user:pass"):
        assert secret not in shown


def test_an_account_is_known_by_its_sid_or_else_by_the_credentials():
    assert SETTINGS.account == ACCOUNT
    assert Settings(BasicCredentials("SK1", "secret")).account == "SK1"
    assert Settings(OAUTH).account == OAUTH.client_id
    assert Settings(OAUTH, account_sid=ACCOUNT).account == ACCOUNT


@pytest.mark.parametrize(
    ("hosts", "base"),
    [
        (Hosts(), "https://flex-api.twilio.com"),
        (Hosts(region="ie1"), "https://flex-api.ie1.twilio.com"),
        (Hosts(edge="dublin"), "https://flex-api.dublin.us1.twilio.com"),
        (Hosts(region="ie1", edge="dublin"), "https://flex-api.dublin.ie1.twilio.com"),
        (Hosts(region="ie1", base_url="http://127.0.0.1:8765/"), "http://127.0.0.1:8765"),
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


def test_hosts_are_those_of_twilios_own_library():
    from twilio.rest import Client

    for region, edge in [(None, None), ("ie1", None), (None, "dublin"), ("au1", "sydney")]:
        theirs = Client("AC", "x", region=region, edge=edge).get_hostname("https://flex-api.twilio.com")
        assert Hosts(region=region, edge=edge).base("flex-api") == theirs


@pytest.mark.parametrize(
    "url", ["1/steal", ".evil.example/x", "//evil.example/x", "https://evil.example", "@evil/x"]
)
@pytest.mark.parametrize("hosts", [Hosts(), Hosts(base_url="http://proxy")])
def test_what_twilio_gives_as_a_url_never_reaches_the_name_of_a_host(hosts, url):
    assert hosts.relative(url).startswith("/")
    assert urlsplit(hosts.base("conversations") + hosts.relative(url)).netloc in {
        "conversations.twilio.com",
        "proxy",
    }


@pytest.mark.parametrize(
    "url", ["/" + "x" * 70_000, "/x?PageToken=" + "y" * 20_000, "/x y", "/x\r\nHost: evil"]
)
def test_what_is_no_url_of_twilios_is_refused(url):
    """httpx takes no URL beyond 65,536 characters."""
    with pytest.raises(ValueError, match="printable ASCII"):
        Hosts.relative(url)


def test_people_read_where_requests_go():
    assert Hosts(region="us1").described == "Twilio"
    assert "does not list Flex's interactions" in Hosts(region="ie1").described
    assert Hosts(base_url="http://127.0.0.1:8765").described.startswith("http://127.0.0.1:8765 (")
    there = Hosts(region="ie1", base_url="http://127.0.0.1:8765").described
    assert there.startswith("http://127.0.0.1:8765 (the connection's base_url: everything goes there, not to")
    assert there.endswith("not to Twilio in region ie1, where it does not list Flex's interactions)")
