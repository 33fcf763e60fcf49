"""Requests by the hundred for every operation, made up from the sandbox's own OpenAPI page: never a 5xx."""

from __future__ import annotations

import itertools
import json
import os
import re

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airflow_provider_flexout.sandbox import Sandbox

EXAMPLES = int(os.environ.get("FLEXOUT_FUZZ", "100"))
IN_JSON = {"Attributes", "Channel", "ContentVariables", "Configuration", "Routing"}
WORDS = (
    "type",
    "sms",
    "email",
    "participants",
    "address",
    "properties",
    "attributes",
    "status",
    "closed",
    "media",
)
SENTENCES = st.sampled_from(WORDS) | st.text(max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | SENTENCES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(SENTENCES, inner, max_size=4),
    max_leaves=8,
).map(json.dumps)

PREFIXES = {
    "ChannelSid": "UO",
    "ChatServiceSid": "IS",
    "ConversationSid": "CH",
    "InteractionSid": "KD",
    "MessageSid": "IM",
    "ServiceSid": "IS",
    "TaskSid": "WT",
    "WorkerSid": "WK",
    "WorkspaceSid": "WS",
}
OF = {
    "Activities": "WA",
    "Channels": "UO",
    "Content": "HX",
    "Conversations": "CH",
    "Events": "EV",
    "Interactions": "KD",
    "Messages": "IM",
    "Participants": "MB",
    "Receipts": "DY",
    "Reservations": "WR",
    "TaskChannels": "TC",
    "TaskQueues": "WQ",
    "Tasks": "WT",
    "Workers": "WK",
    "Workflows": "WW",
    "Workspaces": "WS",
}
NUMBERED = itertools.count(1)

SANDBOX = Sandbox(seed=7).serve()
CONNECTION = SANDBOX.connection()
AUTH = (CONNECTION["login"], CONNECTION["password"])
SCHEMA = schemathesis.openapi.from_url(f"{SANDBOX.base_url}/sandbox/openapi.json")
CLIENT = httpx.Client(base_url=SANDBOX.base_url, auth=AUTH, trust_env=False, timeout=30)


@pytest.fixture(scope="module", autouse=True)
def served():
    with SANDBOX, CLIENT:
        yield


@pytest.fixture
def known(served):
    """SIDs of things that are there, by their two letters; made anew for each operation: some delete."""
    extra = CONNECTION["extra"]
    number = f"+1202555{next(NUMBERED):04d}"
    participants = [{"address": number, "proxy_address": extra["sms_from"]}]
    channel = {"type": "sms", "initiated_by": "agent", "participants": participants}
    properties = {key: extra[key] for key in ("workspace_sid", "workflow_sid", "queue_sid", "worker_sid")}
    form = {"Channel": json.dumps(channel), "Routing": json.dumps({"properties": properties})}
    made = CLIENT.post("/v1/Interactions", data=form).json()
    conversation = json.loads(made["routing"]["properties"]["attributes"])["conversationSid"]
    messages = f"/v1/Conversations/{conversation}/Messages"
    CLIENT.post(messages, data={"Body": "Hello"})
    SANDBOX.clock.advance("5s")
    workspace = f"/v1/Workspaces/{extra['workspace_sid']}"
    shown = [
        json.dumps([made, CONNECTION]),
        *(
            CLIENT.get(path).text
            for path in (
                messages,
                f"/v1/Conversations/{conversation}/Participants",
                f"/v1/Interactions/{made['sid']}/Channels/{made['channel']['sid']}/Participants",
                f"{workspace}/Tasks/{made['routing']['properties']['sid']}/Reservations",
                f"{workspace}/Activities",
                f"{workspace}/TaskChannels",
                f"{workspace}/Workers/{extra['worker_sid']}/Channels",
                f"{workspace}/Events?PageSize=5",
                "/v1/Content?PageSize=5",
            )
        ),
    ]
    found = sorted(set(re.findall(r"\b([A-Z]{2}[0-9a-f]{32})\b", " ".join(shown))))
    return {prefix: [sid for sid in found if sid[:2] == prefix] for prefix in {sid[:2] for sid in found}}


def fitting(name, path, known):
    """The SIDs that a name in a path can stand for."""
    prefix = PREFIXES.get(name) or next((OF[part] for part in reversed(path.split("/")) if part in OF), None)
    return known.get(prefix, [])


@SCHEMA.given(data=st.data())
@SCHEMA.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_request_is_too_much(case, data, known):
    for name in case.path_parameters or {}:
        sids = fitting(name, case.path, known)
        if sids and data.draw(st.integers(0, 9)):
            case.path_parameters[name] = data.draw(st.sampled_from(sids))
    if isinstance(case.body, dict):
        for name in IN_JSON & case.body.keys():
            case.body[name] = data.draw(JSON)
    answer = case.call(base_url=SANDBOX.base_url, auth=AUTH)
    assert answer.status_code < 500, (case.as_curl_command(), answer.text)


CONTROLS = ("clock", "customers", "agents", "desk", "faults", "settings", "templates", "tokens")
SAID = ("says", "replies", "text", "after", "receives", "fails", "reads", "opts_out", "in_conversation")
DONE = ("worker", "accepts", "by_hand", "finishes", "goes", "handles", "task", "does", "outcome")
SET = (
    "advance",
    "frozen",
    "speed",
    "kind",
    "operation",
    "times",
    "probability",
    "seconds",
    "status",
    "address",
)
NAMES = st.sampled_from((*SAID, *DONE, *SET))
TELLING = ("ana", "2h", "accept", "drop_answer", "CreateInteraction", "Available", "+12025550141")
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=8) | st.sampled_from(TELLING),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize("control", CONTROLS)
def test_no_control_is_too_much(control, known):
    @settings(max_examples=EXAMPLES, deadline=None)
    @given(body=st.dictionaries(NAMES, VALUES, max_size=4))
    def plant(body):
        answer = CLIENT.post(f"/sandbox/{control}", json=body)
        CLIENT.delete("/sandbox/faults")
        assert answer.status_code < 500, (body, answer.text)

    plant()
