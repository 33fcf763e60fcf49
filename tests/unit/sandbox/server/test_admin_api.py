"""The sandbox's controls: what each takes, and the sentence where it does not."""

from __future__ import annotations

import inspect
import json
import pickle
import re

import pytest

from airflow_provider_flexout.sandbox import HttpRequest
from airflow_provider_flexout.sandbox.rules.studio import add_flow
from airflow_provider_flexout.sandbox.rules.templates import decide
from airflow_provider_flexout.sandbox.server.admin_api import _CONTROLS, handle_admin_request
from airflow_provider_flexout.sandbox.server.admin_index import AGENT, FAULTS, INDEX
from airflow_provider_flexout.sandbox.server.admin_index import CUSTOMER as CUSTOMER_DOES
from airflow_provider_flexout.sandbox.server.snapshot import KEPT
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


GOOD = {
    "customers": {
        "address": CUSTOMER,
        "receives": {"after": "3s"},
        "fails": 30007,
        "closes": "1h",
        "opts_out": True,
        "writes_as": "whatsapp:US.13491208655302741918",
        "replies": {"text": "yes", "after": "1m"},
        "says": "Hello",
        "reads": True,
    },
    "agents": {
        "worker": "ana",
        "accepts": {"after": "3s"},
        "declines": "1s",
        "misses": True,
        "by_hand": True,
        "away": True,
        "goes": "Break",
        "handles": {"conversations": 2, "task_channel": "chat"},
        "says": {"text": "Hello", "after": "1s"},
        "finishes": {"after": "1m", "outcome": "sold"},
    },
    "clock": {"frozen": False, "speed": 60, "advance": "1h"},
    "settings": {"close_twice": "accept", "rate_limits": False, "name_lag": "1s"},
}
"""Each control that does several things, with all that it can do."""
WRONG = {
    "receives": {"after": "soon"},
    "fails": 7,
    "closes": -1,
    "opts_out": "now",
    "writes_as": "me",
    "replies": {"text": ""},
    "reads": "fx1",
    "accepts": "soon",
    "declines": "soon",
    "misses": 1,
    "by_hand": {"a": 1},
    "away": "long",
    "goes": "Lunch",
    "handles": {"conversations": 1, "task_channel": "fax"},
    "finishes": {"wrap_up": "soon"},
    "frozen": "yes",
    "speed": 0,
    "advance": "9000d" * 9,
    "close_twice": "?",
    "rate_limits": 1,
    "name_lag": "soon",
}
_SAYS = {"customers": ["", {"text": "x" * 40_000}, {"text": "a", "in_conversation": "fx1"}], "agents": [""]}


def _wrong_bodies():
    for path, good in GOOD.items():
        for name in (each for each in good if each not in {"address", "worker"}):
            for wrong in _SAYS[path] if name == "says" else [WRONG[name]]:
                value = [good[name], wrong] if path in {"customers", "agents"} else wrong
                yield pytest.param(path, {**good, name: value}, id=f"{path}-{name}-{wrong!s:.9}")
        yield pytest.param(path, {**good, "nothing": True}, id=f"{path}-unknown")


def _state(sandbox):
    store, parts = sandbox._store, {}
    for of, names in KEPT.items():
        part = getattr(store, of) if of else store
        parts[of] = {name: pickle.dumps(getattr(part, name)) for name in names}
    return parts, store.settings.as_dict(), store.clock.time(), store.sids.generator.getstate()


@pytest.mark.usefixtures("opened")
@pytest.mark.parametrize(("path", "body"), list(_wrong_bodies()))
def test_nothing_is_done_of_a_body_in_which_one_thing_is_wrong(sandbox, post, path, body):
    before = _state(sandbox)
    response = post(path, body)
    assert (response.status, "done before" in response.json()["message"]) == (400, False)
    assert _state(sandbox) == before


@pytest.mark.usefixtures("opened")
@pytest.mark.parametrize("path", GOOD)
def test_a_body_may_hold_all_that_a_control_does(sandbox, post, path):
    before = _state(sandbox)
    response = post(path, dict(GOOD[path]))
    assert response.status == 200, response.body
    assert _state(sandbox) != before


def test_these_are_all_that_customers_and_agents_do():
    assert GOOD["customers"].keys() == {"address", *CUSTOMER_DOES}
    assert GOOD["agents"].keys() == {"worker", *AGENT}


def test_what_an_earlier_action_makes_impossible_says_how_many_were_done(sandbox, ask, post, opened):
    """The bot replies at once to what the customer says, who then closes the conversation."""
    flow = sandbox.studio_flow("Bot", "bot_first", says="Which order?")
    how = {"FlowSid": flow.sid, "Filters": "onMessageAdded"}
    webhook = {"Target": "studio", **{f"Configuration.{name}": value for name, value in how.items()}}
    assert ask("POST", f"/v1/Conversations/{opened.sid}/Webhooks", webhook).status == 201
    response = post("customers", {"address": CUSTOMER, "closes": 0, "says": ["Hello", "Are you there?"]})
    assert (response.status, response.json()["message"].rpartition("; ")[2]) == (
        400,
        "2 of 3 actions were done before",
    )
    assert sandbox.conversation(opened.sid).texts == ["Hello", "Which order?"]


def test_every_control_is_on_the_index(get):
    listed = set(re.findall(r"/sandbox/([a-z.]+)", " ".join(get("").json()["controls"])))
    assert listed >= {"clock", "customers", "agents", "desk", "faults", "settings", "reset"}


@pytest.mark.parametrize(
    ("path", "body", "sentence"),
    [
        ("clock", {"frozen": "yes"}, "frozen is true or false"),
        ("clock", {"frozen": True, "speed": 60}, "a clock that is frozen has no speed; give one of the two"),
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
        ("customers", {"address": CUSTOMER, "opts_out": "now"}, "opts_out takes only true"),
        ("customers", {"address": []}, "address is a text or null, not []"),
        ("agents", {"away": {"until": "9h"}}, "away has no until; it takes only true"),
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
