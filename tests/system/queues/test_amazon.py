"""SQS and Kinesis, by Airflow's triggers and Amazon's own clients; moto's server stands in for Amazon."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import boto3
import pytest
from airflow.providers.common.messaging.triggers.msg_queue import MessageQueueTrigger
from moto.server import ThreadedMotoServer

from airflow_provider_flexout.events import read_event
from tests.system.queues.watching import first_payload, kinds
from tests.unit.outreach.events.pushed import MESSAGE_ADDED, ON_MESSAGE_ADDED, REPLY, TASK_WRAPUP

REGION = "eu-central-1"
KEYS = {"aws_access_key_id": "none", "aws_secret_access_key": "none", "region_name": REGION}


@pytest.fixture(scope="module")
def endpoint():
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(autouse=True)
def connection(endpoint, monkeypatch):
    extra = {"region_name": REGION, "endpoint_url": endpoint}
    made = {"conn_type": "aws", "login": "none", "password": "none", "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", json.dumps(made))


def test_sqs(endpoint):
    sqs = boto3.client("sqs", endpoint_url=endpoint, **KEYS)
    url = sqs.create_queue(QueueName="flexout")["QueueUrl"]
    sns = boto3.client("sns", endpoint_url=endpoint, **KEYS)
    topic = sns.create_topic(Name="flexout")["TopicArn"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    for body in (REPLY, [MESSAGE_ADDED, TASK_WRAPUP]):
        sqs.send_message(QueueUrl=url, MessageBody=json.dumps(body))
    sqs.send_message(QueueUrl=url, MessageBody=urlencode(ON_MESSAGE_ADDED))
    sns.publish(TopicArn=topic, Message=json.dumps(REPLY))
    trigger = MessageQueueTrigger(scheme="sqs", sqs_queue=url, max_messages=10, waiter_delay=1)
    found = first_payload(trigger)
    assert sorted(kinds(found)) == ["reply"] * 4 + ["task"]
    assert [one.payload() for one in read_event(found) if one.kind == "reply"] == [REPLY] * 4
    left = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
    assert left["Attributes"]["ApproximateNumberOfMessages"] == "0"


def test_kinesis(endpoint):
    kinesis = boto3.client("kinesis", endpoint_url=endpoint, **KEYS)
    kinesis.create_stream(StreamName="flexout", ShardCount=1)
    kinesis.get_waiter("stream_exists").wait(StreamName="flexout", WaiterConfig={"Delay": 1})

    def put():
        data = [
            {"Data": json.dumps(one).encode(), "PartitionKey": "1"} for one in (MESSAGE_ADDED, TASK_WRAPUP)
        ]
        kinesis.put_records(StreamName="flexout", Records=data)

    trigger = MessageQueueTrigger(
        scheme="kinesis", stream_name="flexout", shard_iterator_type="TRIM_HORIZON", waiter_delay=1
    )
    found = first_payload(trigger, put)
    assert kinds(found) == ["reply", "task"]
    assert read_event(found)[0].payload() == REPLY
