"""The times that the client keeps are those that the page promises."""

from __future__ import annotations

from airflow_provider_flexout.outreach.timing import VISIBILITY_DELAY
from airflow_provider_flexout.twilio.api import conversations
from airflow_provider_flexout.twilio.http import timing
from airflow_provider_flexout.twilio.http.request import MAX_CONTENT
from tests.paths import DOCS
from tests.unit.twilio.http.responses import SETTINGS, page


def test_every_phase_of_a_request_has_its_timeout(connect, network):
    network.will(page("conversations", [], None))
    connect(read_timeout=12.0).send(conversations.list_conversations())
    assert network.requests[0].extensions["timeout"] == {
        "connect": timing.CONNECT_TIMEOUT,
        "read": 12.0,
        "write": timing.WRITE_TIMEOUT,
        "pool": timing.POOL_TIMEOUT,
    }


def test_the_page_has_these_times():
    text = " ".join((DOCS / "requests.md").read_text().split())
    for sentence in (
        f"Connecting may take {timing.CONNECT_TIMEOUT:.0f} s, writing {timing.WRITE_TIMEOUT:.0f} s, "
        f"a response {timing.READ_TIMEOUT:.0f} s",
        f"waiting for a free connection of the pool {timing.POOL_TIMEOUT:.0f} s",
        f"no connection after {timing.BEGINS_WITHIN:.0f} s",
        f"a request may take {SETTINGS.longest_time:.0f} s",
        f"larger than {MAX_CONTENT / 2**20:.0f} MB after decompression",
        f"at most {timing.MAX_CONCURRENCY} requests are under way",
        f"for that long, {timing.MAX_RETRY_AFTER:.0f} s at most",
        f"sent {timing.MAX_ATTEMPTS} times at most, within {timing.START_WITHIN:.0f} s",
        f"looked up again after {timing.CONNECTION_TTL / 60:.0f} minutes",
    ):
        assert sentence in text


def test_twilios_gateway_gives_up_before_we_do():
    assert timing.READ_TIMEOUT > 26
    assert timing.CONNECT_TIMEOUT < timing.BEGINS_WITHIN < VISIBILITY_DELAY
    assert timing.MAX_BACKOFF_WITH_PERMITS < timing.MAX_BACKOFF < timing.START_WITHIN
