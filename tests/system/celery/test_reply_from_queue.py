"""The example that starts runs from Redis, with the real Redis and a running Airflow."""

from __future__ import annotations

import json

import pytest
import redis

from airflow_provider_flexout.demo.airflow import RealAirflow
from airflow_provider_flexout.sandbox import Sandbox
from tests.examples import EXAMPLES
from tests.paths import EXAMPLES as FOLDER
from tests.system.celery.services import NEEDED, REDIS
from tests.system.running import until, with_customer

CHANNEL = "flexout-events"
CUSTOMER = "+12025550142"


@pytest.fixture
def server():
    client = redis.Redis.from_url(REDIS)
    try:
        client.ping()
    except redis.ConnectionError as error:
        pytest.fail(f"{NEEDED}\n{error}", pytrace=False)
    yield client
    client.close()


def test_each_pushed_reply_is_thanked_once(tmp_path, server):
    host = server.connection_pool.connection_kwargs
    connection = {
        "conn_type": "redis",
        "host": host["host"],
        "port": host["port"],
        "extra": {"db": host["db"]},
    }
    with Sandbox(seed=7).serve() as sandbox:
        sandbox.agent().accepts(after=0)
        dags = [FOLDER / f"{name}.py" for name in ("sms_outreach", "reply_from_queue")]
        connections = {"flexout_default": sandbox.connection(), "redis_default": connection}
        with RealAirflow(tmp_path, dags=dags, connections=connections) as airflow:
            run = airflow.run("sms_outreach", EXAMPLES["sms_outreach"].given(sandbox, tmp_path).conf)
            assert run.wait(180) == "success", run.failures()
            (conversation,) = sandbox.conversations
            number = next(one.address for one in conversation.participants if one.address)

            def thanked():
                (found,) = with_customer(sandbox, number)
                return sum("Thank you!" in (one.body or "") for one in found.transcript)

            def listens():
                return dict(server.pubsub_numsub(CHANNEL))[CHANNEL.encode()] > 0

            airflow.api.patch("dags/reply_from_queue", {"is_paused": False})
            for count, text in enumerate(("Where is it?", "And the other one?"), 1):
                until(listens, airflow, "the trigger listens")
                sandbox.customer(number).says(text, in_conversation=conversation.sid)
                reply = [one for one in sandbox.messages if one.role == "customer"][-1]
                event = {
                    "v": 1,
                    "kind": "message",
                    "message_sid": reply.sid,
                    "conversation_sid": reply.conversation_sid,
                    "index": reply.index,
                    "participant_sid": next(one.sid for one in conversation.participants if one.address),
                    "written_at": reply.at.isoformat(),
                    "source": None,
                }
                server.publish(CHANNEL, json.dumps(event))
                until(lambda wanted=count: thanked() == wanted, airflow, f"reply {count} is thanked")
            assert thanked() == 2
