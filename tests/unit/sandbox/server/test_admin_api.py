"""The sandbox's controls: what each takes, and the sentence where it does not."""

from __future__ import annotations

import inspect
import json
import re

import pytest

from airflow_provider_flexout.sandbox import HttpRequest
from airflow_provider_flexout.sandbox.rules.studio import add_flow
from airflow_provider_flexout.sandbox.rules.templates import decide
from airflow_provider_flexout.sandbox.server.admin_api import _CONTROLS, handle_admin_request
from airflow_provider_flexout.sandbox.server.admin_index import AGENT, FAULTS, INDEX
from airflow_provider_flexout.sandbox.server.admin_index import CUSTOMER as CUSTOMER_DOES
from airflow_provider_flexout.sandbox.simulation.actors import Agent, Customer
from airflow_provider_flexout.sandbox.simulation.agent_desk import act
from airflow_provider_flexout.sandbox.wire.fault_injection import Faults
from tests.unit.sandbox.conftest import CUSTOMER, control


@pytest.fixture
def post(sandbox):
    return lambda path, body: handle_admin_request(sandbox, sandbox._store, control(path, body))


@pytest.fixture
def get(sandbox):
    def ask(path):
        path, _, query = path.partition("?")
        return handle_admin_request(sandbox, sandbox._store, HttpRequest("GET", f"/sandbox/{path}", query))

    return ask


def test_true_calls_an_object_is_arguments_and_a_list_is_many_calls(sandbox, post):
    body = {"address": CUSTOMER, "replies": [{"text": "a", "after": "1s"}, "b"], "opts_out": True}
    assert post("customers", body).json() == {"address": CUSTOMER}
    assert sandbox._store.scripts.replies(CUSTOMER) == [("a", 1), ("b", 0)]
    assert sandbox._store.opted_out == {(CUSTOMER, "*")}


def test_every_control_is_on_the_index(get):
    listed = set(re.findall(r"/sandbox/([a-z.]+)", " ".join(get("").json()["controls"])))
    assert listed >= {"clock", "customers", "agents", "desk", "faults", "settings", "reset"}


@pytest.mark.parametrize(
    ("path", "body", "sentence"),
    [
        ("clock", {"frozen": "yes"}, "frozen is true or false"),
        ("clock", {"forward": 1}, "unknown: forward; known: advance, frozen, speed"),
        ("agents", {"worker": "nobody", "away": True}, "no worker 'nobody' in the sandbox: ana, ben, chloe"),
        ("faults", {"kind": "storm"}, "kind is one of drop_response, lose_request"),
        ("templates", {"template": "none", "status": "approved"}, "no template none"),
        (
            "settings",
            {"nmae_lag": 1},
            "no such setting: nmae_lag; there are second_interaction, close_twice,",
        ),
        ("settings", {"name_lag": "soon"}, "name_lag: 'soon' is not a duration"),
        ("tokens", {}, 'write {"revoke": true}'),
        ("desk", {"task": "WT1", "does": "accept"}, "no task WT1"),
        ("desk", {"tusk": "WT1", "does": "accept"}, "a desk has no tusk; it takes task, does, text"),
        ("customers", {"replies": {"txt": "a"}}, "replies has no txt; it takes text, after"),
        ("customers", {"replies": {"self": 1}}, "replies has no self; it takes text, after"),
        ("customers", {"replies": True}, "replies needs text; it takes text, after"),
        ("customers", {"address": CUSTOMER, "opts_out": "now"}, "opts_out takes true alone"),
        ("customers", {"address": []}, "address is a text or null, not []"),
        ("agents", {"away": {"until": "9h"}}, "away has no until; it takes true alone"),
        ("faults", {"kind": "delay", "seconds": 1}, "delay needs operation; it takes operation, seconds"),
        ("templates", {"template": "win_back", "state": "approved"}, "a decision has no state; it takes"),
        ("studio_flows", {"nmae": "Bot"}, "a flow has no nmae; it takes name, kind, routing, says"),
        ("studio_flows", {"name": "Bot", "routing": "x"}, "routing is an object or null, not 'x'"),
        ("customers", {"replies": "half of \ud83d"}, "half a character"),
    ],
)
def test_what_is_wrong_is_told_in_a_sentence(post, path, body, sentence):
    response = post(path, body)
    assert (response.status, response.json()["status"]) == (400, 400)
    assert sentence in response.json()["message"]


ANYTHING = [None, True, 1, -1.5, "x", "", [], {}, [[]], [1], {"a": 1}, {"self": 1}, [None]]
_PYTHON = re.compile(r"\(\)|argument|object is|object of type|unhashable|sequence|iterable|__|Error")


def _methods():
    for path, who, owner in (("customers", CUSTOMER_DOES, Customer), ("agents", AGENT, Agent)):
        for name in who:
            yield path, {}, name, getattr(owner, name)
    for name in FAULTS:
        yield "faults", {"kind": name}, None, getattr(Faults, name)
    for path, method in (("templates", decide), ("studio_flows", add_flow), ("desk", act)):
        yield path, {}, None, method


@pytest.mark.parametrize(("path", "beside", "name", "method"), list(_methods()))
def test_no_argument_gets_a_sentence_of_pythons(post, path, beside, name, method):
    known = [each for each in inspect.signature(method).parameters if each not in {"self", "store"}]
    given = [{each: value} for each in [*known, "nothing", "store"] for value in ANYTHING]
    bodies = [beside | (each if name is None else {name: each}) for each in [*given, *given[:1]]]
    if name is not None:
        bodies += [{name: value} for value in ANYTHING]
    told = [response.json()["message"] for body in bodies if (response := post(path, body)).status != 200]
    assert [each for each in told if _PYTHON.search(each)] == []
    assert told


LISTS = [line.split("/")[-1] for line, does in INDEX.items() if "?limit=N" in does]


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(
    ("limit", "sentence"),
    [
        ("0", "limit is smaller than 1"),
        ("-1", "limit is smaller than 1"),
        ("1000001", "limit is larger than 1000000"),
        ("9" * 5000, "limit is larger than 1000000"),
        ("many", "limit is not a whole number"),
        ("1.5", "limit is not a whole number"),
        ("+5", "limit is not a whole number"),
        ("", "limit is not a whole number"),
        ("1&limit=2", "limit is given more than once"),
        ("%FF", "the query is not UTF-8"),
    ],
)
def test_a_limit_that_cannot_be_meant_is_refused(get, path, limit, sentence):
    response = get(f"{path}?limit={limit}")
    assert (response.status, response.json()) == (400, {"message": sentence, "status": 400})


def test_every_list_takes_a_limit(get):
    assert LISTS == ["conversations", "interactions", "tasks", "callbacks", "requests"]
    assert {get(f"{path}?limit=1000000").status for path in LISTS} == {200}


@pytest.mark.parametrize("path", sorted(name for name, how in _CONTROLS.items() if "GET" in how))
def test_no_argument_of_a_get_is_ignored(get, path):
    response = get(f"{path}?limits=1")
    assert (response.status, response.json()["message"].partition(";")[0]) == (400, "unknown: limits")


NO_NUMBERS = (-1, 10**12, 10**400, 1e300, "many", "", [1], {"a": 1}, "-1")


@pytest.mark.parametrize("number", NO_NUMBERS, ids=lambda number: repr(number)[:12])
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("clock", {"advance": "?"}),
        ("clock", {"speed": "?"}),
        ("settings", {"task_list_lag": "?"}),
        ("customers", {"replies": {"text": "yes", "after": "?"}}),
        ("customers", {"receives": {"after": "?"}}),
        ("customers", {"receives": {"reads_after": "?"}}),
        ("customers", {"fails": {"code": "?"}}),
        ("customers", {"fails": {"after": "?"}}),
        ("customers", {"closes": {"after": "?"}}),
        ("agents", {"accepts": {"after": "?"}}),
        ("agents", {"declines": {"after": "?"}}),
        ("agents", {"says": {"text": "Hello", "after": "?"}}),
        ("agents", {"finishes": {"after": "?"}}),
        ("agents", {"finishes": {"wrap_up": "?"}}),
        ("agents", {"handles": {"conversations": "?"}}),
        ("faults", {"kind": "fail", "operation": "*", "times": "?"}),
        ("faults", {"kind": "fail", "operation": "*", "probability": "?"}),
        ("faults", {"kind": "fail", "operation": "*", "status": "?"}),
        ("faults", {"kind": "fail", "operation": "*", "code": "?"}),
        ("faults", {"kind": "rate_limit", "operation": "*", "retry_after": "?"}),
        ("faults", {"kind": "throttle", "operation": "*", "per_second": "?"}),
        ("faults", {"kind": "throttle", "operation": "*", "per_second": 1, "burst": "?"}),
        ("faults", {"kind": "delay", "operation": "*", "seconds": "?"}),
        ("faults", {"kind": "fail_channel", "code": "?"}),
    ],
)
def test_a_number_that_cannot_be_meant_is_refused(sandbox, post, path, body, number):
    def filled(value):
        if isinstance(value, dict):
            return {name: filled(each) for name, each in value.items()}
        return number if value == "?" else value

    response = post(path, filled(body))
    assert (response.status, response.json()["status"]) == (400, 400)
    message = response.json()["message"]
    assert len(message) < 120
    assert "not supported between" not in message
    assert sandbox.faults.planted == 0


def test_another_path_or_method(get, post):
    assert get("nothing").status == 404
    assert (get("reset").status, get("reset").headers["Allow"]) == (405, "POST")
    assert get("conversations/fx1").status == 404


def test_the_fault_that_was_planted_is_shown(post, get):
    planted = json.loads(post("faults", {"kind": "fail", "operation": "*", "times": 2}).body)
    assert (planted["planted"], planted["waiting"][0]["status"]) == (2, 500)
    assert get("faults").json() == planted
