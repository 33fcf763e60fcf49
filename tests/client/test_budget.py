"""The rate that Twilio takes is found, kept to, and shared; in simulated time."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.twilio.budget import Budget
from tests.client.limits import Bucket, Sender, Window, simulate

LIMITS = pytest.mark.parametrize("kind", [Window, Bucket])


@LIMITS
@pytest.mark.parametrize("limit", [30, 300])
def test_one_client_makes_use_of_95_percent_from_the_first_second_on(kind, limit):
    sender = Sender()
    simulate([sender], kind(limit), 60)
    assert sender.rate(0, 60) >= 0.95 * limit
    assert len(sender.refused) <= 0.1 * len(sender.taken) + 50  # 50 leave before the first answer


@LIMITS
def test_four_clients_make_use_of_95_percent_and_share_it(kind):
    senders = [Sender() for _ in range(4)]
    simulate(senders, kind(30), 180)
    rates = [sender.rate(0, 180) for sender in senders]
    assert sum(rates) >= 0.95 * 30
    assert min(rates) / max(rates) >= 0.6
    assert sum(len(sender.refused) for sender in senders) <= 0.15 * 180 * 30


@LIMITS
def test_those_who_come_later_get_their_share(kind):
    senders = [Sender(starts=20.0 * place) for place in range(4)]
    simulate(senders, kind(30), 240)
    rates = [sender.rate(90, 240) for sender in senders]
    assert sum(rates) >= 0.95 * 30
    assert min(rates) / max(rates) >= 0.6


def test_a_limit_that_is_raised_is_found():
    sender, limit = Sender(), Bucket(30)
    simulate([sender], limit, 60)
    limit.rate = 120
    simulate([sender], limit, 60)
    again = Sender(budget=sender.budget, starts=60)
    simulate([again], limit, 120)
    assert again.rate(90, 120) >= 0.95 * 120


def test_nothing_is_held_back_until_twilio_refuses():
    budget = Budget()
    for _ in range(1000):
        assert budget.wait(5.0) <= 0
        budget.send(5.0)
    assert budget.rate(5.0) is None


def test_a_fixed_rate_is_kept_whatever_happens():
    budget, now, sent = Budget(rate=20), 0.0, 0
    while now < 10:
        now += max(0.0, budget.wait(now))
        budget.send(now)
        sent += 1
        budget.succeeded(now)
    assert 200 <= sent <= 202
    budget.refused(now, now)
    assert budget.rate(now) < 20
    assert budget.rate(now + 3600) == 20


def test_what_was_on_its_way_when_the_rate_was_cut_does_not_cut_it_again():
    budget = Budget()
    for _ in range(50):
        budget.send(0.0)
    for place in range(50):
        if place % 5 < 3:
            budget.succeeded(0.1)
        else:
            budget.refused(0.0, 0.1)
    assert budget.rate(0.1) == pytest.approx(27.9)
    assert budget.refusals == 20


def test_a_limit_that_was_long_not_tried_is_not_taken_for_granted():
    budget = Budget()
    budget.succeeded(0.0)
    budget.refused(0.0, 0.5)
    assert budget.rate(600) > 1e6
    for _ in range(10):
        budget.succeeded(600)
    budget.refused(600, 600.5)
    assert budget.rate(600.5) == pytest.approx(9.3)


def test_twilio_may_ask_for_silence_but_not_for_ever():
    budget = Budget()
    budget.refused(0.0, 0.0, retry_after=7)
    assert budget.wait(0.0) == 7
    budget.refused(0.0, 0.0, retry_after=86_400)
    assert budget.wait(0.0) == 60
