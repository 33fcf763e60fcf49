"""Requests by the hundred for every operation, made up from the sandbox's own OpenAPI page: never a 5xx."""

from __future__ import annotations

import json

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airflow_provider_flexout.sandbox import Sandbox
from tests.sandbox_process import client_of
from tests.system.fuzz.good_requests import FILE, Things

EXAMPLES = 100
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

SANDBOX = Sandbox(seed=7).serve()
CONNECTION = SANDBOX.connection()
AUTH = (CONNECTION["login"], CONNECTION["password"])
CLIENT_ID = (SANDBOX.connection("oauth")["login"], SANDBOX.connection("oauth")["password"])
TRIED, REACHED = set(), set()
SCHEMA = schemathesis.openapi.from_url(f"{SANDBOX.base_url}/sandbox/openapi.json")
CLIENT = client_of(CONNECTION)


@pytest.fixture(scope="module", autouse=True)
def served():
    with SANDBOX, CLIENT:
        yield


@pytest.fixture
def things(served):
    """One of everything. Of the requests to an operation, at least one has to be carried out."""
    TRIED.clear()
    REACHED.clear()
    CLIENT.post("/sandbox/reset")  # scripts that were made up before would keep messages from arriving
    yield Things(CLIENT, CONNECTION["extra"])
    assert TRIED == REACHED, "no request was good enough"


@SCHEMA.given(data=st.data())
@SCHEMA.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_request_is_too_much(case, data, things):
    told = case.operation.definition.raw
    if data.draw(st.booleans()):
        answer = almost_good(case, data, things)
    else:
        for name, sid in things.named_in(case.operation.path, told["operationId"]).items():
            if data.draw(st.integers(0, 9)):
                case.path_parameters[name] = data.draw(st.sampled_from([sid] * 8 + things.all))
        if isinstance(case.body, dict):
            for name in IN_JSON & case.body.keys():
                case.body[name] = data.draw(JSON)
        answer = case.call(base_url=SANDBOX.base_url, auth=AUTH)
    TRIED.add(told["operationId"])
    if answer.status_code < 300:
        REACHED.add(told["operationId"])
    # What Twilio takes and the sandbox does not have is 501, of an operation's field as well.
    assert answer.status_code < 500 or answer.json()["code"] == 20501, (case.as_curl_command(), answer.text)


def almost_good(case, data, things):
    """Send the good request, or one in which a single field is not as it should be."""
    fields = dict(things.request(case.operation.definition.raw["operationId"], CLIENT_ID))
    given = {**(case.query or {}), **(case.body if isinstance(case.body, dict) else {})}
    if given and data.draw(st.booleans()):
        name = data.draw(st.sampled_from(sorted(given)))
        fields[name] = data.draw(JSON) if name in IN_JSON else given[name]
    operation = case.operation.definition.raw["operationId"]
    path = case.operation.path.format(**things.named_in(case.operation.path, operation))
    if case.method == "GET":
        return CLIENT.get(path, params=as_text(fields))
    if case.method == "DELETE":
        return CLIENT.delete(path)
    kind = next(iter(case.operation.definition.raw["requestBody"]["content"]))
    if kind == "application/json":
        return CLIENT.post(path, json=fields)
    if kind == "application/octet-stream":
        return CLIENT.post(path, **FILE)
    return CLIENT.post(path, data=as_text(fields))


def as_text(fields):
    return {name: one if isinstance(one, str) else json.dumps(one) for name, one in fields.items()}


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
TELLING = ("ana", "2h", "accept", "drop_response", "CreateInteraction", "Available", "+12025550141")
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=8) | st.sampled_from(TELLING),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize("control", CONTROLS)
@pytest.mark.usefixtures("things")
def test_no_control_is_too_much(control):
    @settings(max_examples=EXAMPLES, deadline=None)
    @given(body=st.dictionaries(NAMES, VALUES, max_size=4))
    def plant(body):
        answer = CLIENT.post(f"/sandbox/{control}", json=body)
        CLIENT.delete("/sandbox/faults")
        assert answer.status_code < 500, (body, answer.text)

    plant()
