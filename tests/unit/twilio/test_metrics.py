"""What is counted and timed, without Airflow."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from airflow_provider_flexout.twilio import metrics


class Taker:
    def __init__(self) -> None:
        self.taken: list[tuple[object, ...]] = []

    def incr(self, name: str) -> None:
        self.taken.append((name,))

    def timing(self, name: str, seconds: float) -> None:
        self.taken.append((name, seconds))


@pytest.fixture
def taker() -> Iterator[Taker]:
    one = Taker()
    metrics.send_to(lambda: one)
    yield one
    metrics.send_to(None)


def test_the_parts_of_a_name(taker):
    metrics.count("requests", 201)
    metrics.record_time(0.5, "wait_time", "reply")
    metrics.count_outreach("sms", created=True)
    metrics.count_outreach("sms", created=False)
    assert taker.taken == [
        ("flexout.requests.201",),
        ("flexout.wait_time.reply", 0.5),
        ("flexout.outreaches.opened.sms",),
        ("flexout.repeats_prevented.outreach",),
    ]


def test_whoever_takes_them_is_loaded_once_and_late():
    loaded: list[Taker] = []

    def load() -> Taker:
        loaded.append(Taker())
        return loaded[-1]

    metrics.send_to(load)
    assert loaded == []
    metrics.count("rate_limited")
    metrics.count("rate_limited")
    metrics.send_to(None)
    metrics.count("rate_limited")
    assert [one.taken for one in loaded] == [[("flexout.rate_limited",)] * 2]
