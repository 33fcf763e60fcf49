"""The functions of a public Flex project, as they stand, park an interaction, wake it and hand it over.

The project is Twilio's template, ``twilio-professional-services/flex-project-template``; whoever runs the
test fetches it, and names its folder ``serverless-functions``, in which ``npm install`` has run. The runtime
that Twilio publishes for developers' machines serves its functions, and they ask the sandbox.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from airflow_provider_flexout.demo.settings import free_port
from tests.missing import missing

from .front import front

HERE = Path(__file__).parent
PROJECT = os.environ.get("FLEXOUT_FLEX_PROJECT")
CUSTOMER = "+12025550141"
VALID = {"iam.twilio.com": {"valid": True, "roles": ["agent"]}}
"""Who is logged in to Flex, Twilio's service of tokens says, which the sandbox does not have."""


@pytest.fixture
def call(sandbox: httpx.Client, certificate: Path) -> Iterator[Callable[..., Any]]:
    """Call a function of the project, as Flex's front end does."""
    if PROJECT is None:
        missing("the project is not there: set FLEXOUT_FLEX_PROJECT to its folder serverless-functions")
    sandbox.post("/sandbox/reset").raise_for_status()
    connection, port = sandbox.get("/sandbox/connection").json(), free_port()
    with (
        front(str(sandbox.base_url), certificate, VALID) as twilio,
        front(f"http://127.0.0.1:{port}", certificate) as public,
    ):
        environment = {
            "ACCOUNT_SID": connection["login"],
            "AUTH_TOKEN": connection["password"],
            "FRONT_PORT": str(twilio),
            "FUNCTIONS_PORT": str(port),
            "FUNCTIONS_URL": f"https://localhost:{public}",
            "NODE_EXTRA_CA_CERTS": str(certificate),
            "NODE_OPTIONS": f"--require {HERE / 'resolve.cjs'}",
            "PATH": os.environ["PATH"],
            "TWILIO_FLEX_CHAT_TRANSFER_WORKFLOW_SID": connection["extra"]["workflow_sid"],
            "TWILIO_FLEX_WORKSPACE_SID": connection["extra"]["workspace_sid"],
        }
        command = ["node", HERE / "functions.cjs"]
        with subprocess.Popen(
            command, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, text=True
        ) as node:
            assert node.stdout is not None
            assert node.stdout.readline() == f"{port}\n"

            def called(path: str, **fields: str) -> Any:
                response = httpx.post(
                    f"http://127.0.0.1:{port}{path}",
                    json={"Token": "x", **fields},
                    trust_env=False,
                    timeout=60,
                )
                assert response.status_code == 200, response.text
                return response.json()

            yield called
            node.terminate()


def test_a_conversation_is_parked_woken_and_handed_over(sandbox, call):
    extra = sandbox.get("/sandbox/connection").json()["extra"]
    person = {"address": CUSTOMER, "proxy_address": extra["sms_from"]}
    channel = {"type": "sms", "initiated_by": "agent", "participants": [person]}
    names = ("workspace_sid", "workflow_sid", "queue_sid", "worker_sid")
    routing = {"properties": {name: extra[name] for name in names}}
    opened = sandbox.post(
        "/v1/Interactions", data={"Channel": json.dumps(channel), "Routing": json.dumps(routing)}
    ).json()
    task = opened["routing"]["properties"]
    conversation = json.loads(task["attributes"])["conversationSid"]
    path = f"/v1/Interactions/{opened['sid']}/Channels/{opened['channel']['sid']}"
    sids = {"interactionSid": opened["sid"], "channelSid": opened["channel"]["sid"]}

    def rows(resources: str) -> list[dict[str, Any]]:
        response = sandbox.get(f"{path}/{resources}")
        return response.raise_for_status().json()[resources.lower()]

    def agents() -> list[dict[str, Any]]:
        return [row for row in rows("Participants") if row["type"] == "agent"]

    def until(met: Callable[[], Any]) -> Any:
        give_up = time.monotonic() + 60
        while not (found := met()):
            assert time.monotonic() < give_up
            sandbox.post("/sandbox/clock", json={"advance": "1s"}).raise_for_status()
        return found

    [agent] = until(agents)
    parked = call(
        "/features/park-interaction/flex/park-interaction",
        **sids,
        participantSid=agent["sid"],
        conversationSid=conversation,
        channelType="sms",
        taskSid=task["sid"],
        workflowSid=task["workflow_sid"],
        taskChannelUniqueName=task["task_channel_unique_name"],
        queueName=task["queue_name"],
        queueSid=task["queue_sid"],
        taskAttributes=task["attributes"],
        workerSid=extra["worker_sid"],
        createUpdateSyncMapItem="false",
    )
    assert parked["success"]
    assert agents() == []
    hooks = f"/v1/Conversations/{conversation}/Webhooks"
    assert [hook["sid"] for hook in sandbox.get(hooks).json()["webhooks"]] == [parked["webhook"]["sid"]]

    customer = {"address": CUSTOMER, "says": "Are you there?"}
    sandbox.post("/sandbox/customers", json=customer).raise_for_status()
    [second] = until(agents)
    assert second["routing_properties"]["task_sid"] != task["sid"]
    assert sandbox.get(hooks).json()["webhooks"] == []
    assert len(rows("Invites")) == 2

    handed = call(
        "/features/conversation-transfer/flex/invite-participant",
        taskSid=second["routing_properties"]["task_sid"],
        conversationId=conversation,
        conversationSid=conversation,
        jsonAttributes=task["attributes"],
        transferTargetSid=extra["queue_sid"],
        transferQueueName=task["queue_name"],
        workersToIgnore="{}",
        flexInteractionSid=opened["sid"],
        flexInteractionChannelSid=opened["channel"]["sid"],
        removeFlexInteractionParticipantSid=second["sid"],
        taskChannelUniqueName=task["task_channel_unique_name"],
    )
    [third] = until(agents)
    assert third["routing_properties"]["task_sid"] == handed["invitesTaskSid"]

    call(
        "/features/conversation-transfer/flex/remove-participant",
        flexInteractionSid=opened["sid"],
        flexInteractionChannelSid=opened["channel"]["sid"],
        flexInteractionParticipantSid=third["sid"],
        conversationSid=conversation,
    )
    assert sandbox.get(path).json()["status"] == "closed"
