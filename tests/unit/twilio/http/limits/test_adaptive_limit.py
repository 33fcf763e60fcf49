"""The rate that Twilio accepts is found, kept to, and shared; in simulated time."""

from __future__ import annotations

import asyncio
import gc
import weakref
from concurrent.futures import ThreadPoolExecutor

import pytest

from airflow_provider_flexout.twilio.http.client import AsyncClient
from airflow_provider_flexout.twilio.http.limits.adaptive_limit import (
    AdaptiveRateLimit,
    RateLimits,
    shared_rate_limits,
)
from airflow_provider_flexout.twilio.http.settings import BasicCredentials, Hosts, OAuthCredentials, Settings
from tests.unit.twilio.http.limits.simulated_limits import Bucket, Sender, Window, simulate
from tests.unit.twilio.http.responses import SETTINGS

LIMITS = pytest.mark.parametrize("kind", [Window, Bucket])


@LIMITS
@pytest.mark.parametrize("limit", [30, 300])
def test_one_client_makes_use_of_95_percent_from_the_first_second_on(kind, limit):
    sender = Sender()
    simulate([sender], kind(limit), 60)
    assert sender.rate(0, 60) >= 0.95 * limit
    assert len(sender.rate_limited) <= 0.1 * len(sender.accepted) + 50  # 50 leave before the first response


@LIMITS
@pytest.mark.parametrize(
    "starts", [(0, 0, 0, 0), (0, 0, 0, 15), (0, 20, 40, 60)], ids=["together", "one_later", "in_turn"]
)
def test_four_clients_share_a_limit_15_seconds_after_the_last_has_come(kind, starts):
    ratios = []
    for seed in range(5):
        senders, begin = [Sender(starts=float(one)) for one in starts], max(starts) + 15
        end = begin + 60
        simulate(senders, kind(30), end, seed)
        rates = [sender.rate(begin, end) for sender in senders]
        assert sum(sender.rate(0, end) for sender in senders) >= 0.95 * 30
        assert sum(len(sender.rate_limited) for sender in senders) <= 0.25 * end * 30
        ratios.append(min(rates) / max(rates))
    # Whom a refusal meets is chance, and so is a part of this.
    assert sum(ratios) / len(ratios) >= 0.75
    assert min(ratios) >= 0.6


def test_a_limit_that_is_raised_is_found():
    sender, limit = Sender(), Bucket(30)
    simulate([sender], limit, 60)
    limit.rate = 120
    simulate([sender], limit, 60)
    again = Sender(adaptive_limit=sender.adaptive_limit, starts=60)
    simulate([again], limit, 120)
    assert again.rate(90, 120) >= 0.95 * 120


@LIMITS
def test_clients_with_one_limit_make_use_of_95_percent_and_get_equal_shares(kind):
    limit = AdaptiveRateLimit()
    senders = [
        Sender(adaptive_limit=limit),
        Sender(adaptive_limit=limit, at_once=5),
    ]  # 5 of 100 ms make 50 a second
    simulate(senders, kind(30), 60)
    rates = [sender.rate(0, 60) for sender in senders]
    assert sum(rates) >= 0.95 * 30
    assert min(rates) / max(rates) >= 0.8


def test_a_rate_limit_that_one_meets_slows_the_other():
    limit = AdaptiveRateLimit()
    for _ in range(20):
        limit.record_accepted(0.5)
    limit.record_rate_limited(0.0, 0.5)
    waits = [limit.reserve(0.5) for _ in range(10)]  # of somebody who was never refused
    assert waits == pytest.approx([0.0, *(place / limit.rate(0.5) for place in range(9))], abs=0.06)
    assert waits[-1] > 0.35


def test_all_threads_count_in_one_limit():
    limit, each = AdaptiveRateLimit(), 2000
    limit.record_rate_limited(0.0, 0.0)
    with ThreadPoolExecutor(4) as threads:
        waits = [
            wait
            for some in threads.map(lambda _: [limit.reserve(10.0) for _ in range(each)], range(4))
            for wait in some
        ]
    assert len(set(waits)) >= 4 * each - 1
    assert max(waits) == pytest.approx(4 * each / limit.rate(10.0), rel=0.01)


def test_nothing_is_held_back_until_twilio_refuses():
    limit = AdaptiveRateLimit()
    assert not any(limit.reserve(5.0) for _ in range(1000))
    assert limit.rate(5.0) is None


def test_requests_under_way_when_the_rate_was_cut_do_not_cut_it_again():
    limit = AdaptiveRateLimit()
    for place in range(50):
        if place % 5 < 3:
            limit.record_accepted(0.1)
        else:
            limit.record_rate_limited(0.0, 0.1)
    assert limit.rate(0.1) == pytest.approx(27.9)


def test_a_limit_that_was_long_not_tried_is_not_taken_for_granted():
    limit = AdaptiveRateLimit()
    limit.record_accepted(0.0)
    limit.record_rate_limited(0.0, 0.5)
    assert limit.rate(600) > 1e6
    for _ in range(10):
        limit.record_accepted(600)
    limit.record_rate_limited(600, 600.5)
    assert limit.rate(600.5) == pytest.approx(9.3)


def test_a_retry_after_is_kept_up_to_a_minute():
    limit = AdaptiveRateLimit()
    limit.record_rate_limited(0.0, 0.0, retry_after=7)
    assert limit.blocked_for(0.0) == limit.reserve(0.0) == 7
    limit.record_rate_limited(0.0, 0.0, retry_after=86_400)
    assert limit.blocked_for(0.0) == 60


@pytest.mark.parametrize(
    ("other", "shared"),
    [
        (
            Settings(
                BasicCredentials("AC" + "0" * 32, "another token"), Hosts(edge="dublin"), proxy="http://p"
            ),
            True,
        ),
        (Settings(BasicCredentials("SK" + "1" * 32, "secret"), account_sid="AC" + "0" * 32), True),
        (Settings(OAuthCredentials("OQ" + "1" * 32, "secret"), account_sid="AC" + "0" * 32), True),
        (Settings(BasicCredentials("SK" + "1" * 32, "secret")), False),
        (Settings(BasicCredentials("AC" + "2" * 32, "token")), False),
        (Settings(BasicCredentials("AC" + "0" * 32, "token"), Hosts(region="ie1")), False),
        (Settings(BasicCredentials("AC" + "0" * 32, "token"), Hosts(base_url="http://localhost:1")), False),
    ],
)
def test_an_account_has_its_limits_once(other, shared):
    async def run() -> None:
        one, two = AsyncClient(SETTINGS), AsyncClient(other)
        assert (one.rate_limiter.limits is two.rate_limiter.limits) == shared
        assert one.rate_limiter is not two.rate_limiter
        await asyncio.gather(one.aclose(), two.aclose())

    asyncio.run(run())


def test_limits_are_forgotten_with_its_last_client():
    settings = Settings(BasicCredentials("AC" + "9" * 32, "token"))
    limit = shared_rate_limits(settings)
    seen = weakref.ref(limit)
    assert shared_rate_limits(settings) is limit
    del limit
    gc.collect()
    assert seen() is None


def test_each_operation_has_a_limit_of_its_own():
    limits = RateLimits()
    limits.of("ListTask").record_rate_limited(0.0, 0.0, retry_after=7)
    assert limits.of("ListTask").blocked_for(0.0) == 7
    assert limits.of("CreateConversation").blocked_for(0.0) == 0
    assert limits.of("CreateConversation").rate(0.0) is None
