"""What the queue did not keep is not acknowledged."""

from __future__ import annotations

import re
import socket

import httpx

from tests.unit.relay.served import served
from tests.unit.relay.twilio_requests import post, webhook


def test_nothing_is_acknowledged_that_is_not_kept(relay, redis_server, caplog):
    assert httpx.get(f"{relay}/health", trust_env=False).status_code == 200
    redis_server.kill()
    refused = post(relay, webhook())
    assert refused.status_code == 503
    health = httpx.get(f"{relay}/health", trust_env=False)
    assert (health.status_code, list(health.json())) == (503, ["queue"])
    told = [record.levelname for record in caplog.records if re.search(r"\b503\b", record.getMessage())]
    assert told == ["WARNING"]
    redis_server.start()
    assert post(relay, webhook()).status_code == 204
    assert len(redis_server.events()) == 1


def test_a_queue_that_says_no_is_a_queue_that_keeps_nothing(relay, redis_server):
    redis_server.client.config_set("maxmemory", "1")
    redis_server.client.config_set("maxmemory-policy", "noeviction")
    assert post(relay, webhook()).status_code == 503
    assert redis_server.events() == []


def test_a_queue_that_hangs_is_not_waited_for_longer_than_twilio_waits(monkeypatch):
    monkeypatch.setattr("airflow_provider_flexout.relay.app.QUEUE_TIMEOUT", 0.2)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with served("redis://{}:{}/0".format(*silent.getsockname())) as where:
            assert post(where, webhook()).status_code == 503


def test_a_queue_that_does_not_answer_is_said_at_the_start(caplog):
    with served("redis://127.0.0.1:1/0"):
        pass
    assert [record.message for record in caplog.records] == [
        "The queue does not respond (ConnectionError). Until it does, Twilio's requests get 503."
    ]
