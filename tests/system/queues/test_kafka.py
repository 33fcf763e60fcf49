"""Kafka, by Airflow's trigger and the client that it uses; its mock cluster stands in for the brokers."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest
from airflow.providers.common.messaging.triggers.msg_queue import MessageQueueTrigger
from confluent_kafka import Producer

from airflow_provider_flexout.events import read_event
from tests.system.queues.watching import first_payload, kinds
from tests.unit.outreach.events.pushed import MESSAGE_ADDED, ON_MESSAGE_ADDED, REPLY, TASK_WRAPUP

TOPIC, TIMEOUT = "flexout", 60.0


@pytest.fixture
def brokers():
    """The address of a cluster that is there as long as the client that made it."""
    cluster = Producer({"bootstrap.servers": "none", "test.mock.num.brokers": 1})
    found = cluster.list_topics(timeout=TIMEOUT).brokers.values()
    return ",".join(f"{one.host}:{one.port}" for one in found), cluster


@pytest.fixture
def produce(brokers, monkeypatch):
    """Write messages into the topic's first partition, from which they come in their order."""
    address, _ = brokers
    extra = {
        "bootstrap.servers": address,
        "group.id": "flexout",
        "auto.offset.reset": "earliest",
        "group.protocol": "consumer",  # whoever leaves an older group of the mock's leaves it in disorder
    }
    monkeypatch.setenv("AIRFLOW_CONN_KAFKA_DEFAULT", json.dumps({"conn_type": "kafka", "extra": extra}))
    producer = Producer({"bootstrap.servers": address})

    def write(*messages):
        for one in messages:
            producer.produce(TOPIC, one, partition=0)
        assert producer.flush(TIMEOUT) == 0

    return write


def next_payload():
    """Give what the next trigger fires; Airflow starts one after each event."""
    return first_payload(MessageQueueTrigger(scheme="kafka", topics=[TOPIC], poll_timeout=1, poll_interval=1))


def test_each_form_is_read(produce):
    written = [REPLY, MESSAGE_ADDED, [MESSAGE_ADDED, TASK_WRAPUP]]
    produce(*(json.dumps(one).encode() for one in written), urlencode(ON_MESSAGE_ADDED).encode())
    found = [next_payload() for _ in range(4)]
    assert [kinds(one) for one in found] == [["reply"], ["reply"], ["reply", "task"], ["reply"]]
    assert [read_event(one)[0].payload() for one in found] == [REPLY] * 4


def test_a_triggerer_that_was_away_finds_what_came_meanwhile_and_nothing_twice(produce):
    numbered = [REPLY | {"index": n} for n in range(6)]
    produce(*(json.dumps(one).encode() for one in numbered[:2]))
    before = [next_payload() for _ in range(2)]
    produce(None, *(json.dumps(one).encode() for one in numbered[2:]))  # the first has no value
    after = [next_payload() for _ in range(4)]
    assert [read_event(one)[0].payload() for one in before + after] == numbered
