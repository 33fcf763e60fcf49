"""The metrics that a real listener for StatsD gets from Airflow while operators run."""

from __future__ import annotations

import re
import socket
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from airflow_provider_flexout.connection.metrics import AirflowMetrics
from airflow_provider_flexout.twilio import metrics
from tests.paths import ROOT
from tests.unit.bulk.test_runner import bulk, people
from tests.unit.operators.test_interaction import create, send
from tests.version_compat import NoStatsLogger, get_statsd_logger, send_metrics

CUSTOMERS = [one["to"] for one in people(10)]
TEXT = "Your order A-100 is late."


@pytest.fixture
def received(monkeypatch) -> Iterator[Callable[[], dict[str, str]]]:
    """Listen as StatsD does; give what has come since the last call, the last value by name."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.setblocking(False)
        host, port = listener.getsockname()
        for name, value in {"ON": "True", "HOST": host, "PORT": str(port), "PREFIX": "airflow"}.items():
            monkeypatch.setenv(f"AIRFLOW__METRICS__STATSD_{name}", value)
        send_metrics(get_statsd_logger)

        def read() -> dict[str, str]:
            found: Counter[str] = Counter()
            times: dict[str, str] = {}
            while True:
                try:
                    lines = listener.recv(65_536).decode().splitlines()
                except BlockingIOError:
                    return {name: f"{count}|c" for name, count in found.items()} | times
                for line in lines:
                    name, value = line.split(":", 1)
                    if value.endswith("|c"):
                        found[name] += int(value.removesuffix("|c"))
                    else:
                        times[name] = value

        yield read
    send_metrics(NoStatsLogger)


def test_what_a_campaign_tells(run, served, received):
    served.customer().receives(after=0)
    served.customer(CUSTOMERS[1]).fails(30003, after=0)
    rows = [*people(3), people(1)[0], {"to": "nobody", "order": "1"}]
    run(bulk(rows, wait_until="delivered", deferrable=False, suppression=[CUSTOMERS[2]]))
    got = received()
    assert got["airflow.flexout.outreaches.opened.sms"] == "2|c"
    assert got["airflow.flexout.outreaches.suppressed.sms"] == "1|c"
    assert got["airflow.flexout.outreaches.duplicate.sms"] == "1|c"
    assert got["airflow.flexout.outreaches.invalid.sms"] == "1|c"
    assert got["airflow.flexout.messages.queued"] == "2|c"
    assert got["airflow.flexout.messages.delivered"] == "1|c"
    assert got["airflow.flexout.messages.undelivered"] == "1|c"
    counted = [count for name, count in got.items() if ".flexout.requests." in name]
    assert sum(int(one.removesuffix("|c")) for one in counted) == len(served.requests)
    assert got["airflow.flexout.request_time"].endswith("|ms")
    assert got["airflow.flexout.permit_time"].endswith("|ms")
    run(bulk(people(2)), try_number=2)
    assert received()["airflow.flexout.repeats_prevented.outreach"] == "2|c"


def test_what_single_operators_tell(run, served, received):
    served.agent().accepts(after=0)
    served.customer().receives(after=0)
    served.faults.fail("CreateInteraction", 429, code=20429)
    opened = run(create(to=CUSTOMERS[0], wait_until="active", deferrable=False)).xcoms["return_value"]
    got = received()
    assert got["airflow.flexout.outreaches.opened.sms"] == "1|c"
    assert got["airflow.flexout.requests.429"] == got["airflow.flexout.rate_limited"] == "1|c"
    for _ in range(2):
        run(send(opened["conversation_sid"], body=TEXT, wait_until="delivered", deferrable=False))
    run(create(to=CUSTOMERS[0]), try_number=2)
    got = received()
    assert got["airflow.flexout.messages.queued"] == "1|c"
    assert got["airflow.flexout.messages.delivered"] == "2|c"
    assert got["airflow.flexout.repeats_prevented.message"] == "1|c"
    assert got["airflow.flexout.repeats_prevented.outreach"] == "1|c"


def test_a_metric_holds_no_address_no_text_and_no_sid(run, served, received):
    rows = [{"to": CUSTOMERS[0], "order": "A-100", "channel": f"x {CUSTOMERS[1]}"}, *people(1)]
    run(bulk(rows))
    names = received()
    assert "airflow.flexout.outreaches.invalid.unknown" in names
    assert not [one for one in names if re.search(r"\d{5}|[A-Z]|order", one)]


def test_each_is_described():
    """Every part of a name that the product counts or times stands in the page."""
    page = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
    called = re.compile(r"metrics\.(?:count|record_time)\((?:[^\"\n]*, )?\"(\w+)\"")
    for path in (ROOT / "airflow_provider_flexout").rglob("*.py"):
        for name in called.findall(path.read_text(encoding="utf-8")):
            assert f"`flexout.{name}" in page, f"{path} counts {name}"


def test_a_metric_that_cannot_be_sent_fails_nothing():
    class Broken:
        def __getattr__(self, name: str) -> Callable[..., None]:
            raise OSError

    sink = AirflowMetrics()
    sink._stats = Broken()
    sink.incr("flexout.requests.200")
    sink.timing("flexout.request_time", 1.0)


def test_nobody_has_to_listen():
    metrics.send_to(None)
    metrics.count("requests", 200)
    metrics.record_time(1.0, "request_time")
