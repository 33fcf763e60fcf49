"""The sandbox's controls: what each takes, and the sentence where it does not."""

from __future__ import annotations

import json
import re

import pytest

from airflow_provider_flexout.sandbox import HttpRequest
from airflow_provider_flexout.sandbox.server.admin_api import handle_admin_request
from tests.unit.sandbox.conftest import CUSTOMER, control


@pytest.fixture
def post(sandbox):
    return lambda path, body: handle_admin_request(sandbox, sandbox._store, control(path, body))


@pytest.fixture
def get(sandbox):
    return lambda path: handle_admin_request(sandbox, sandbox._store, HttpRequest("GET", f"/sandbox/{path}"))


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
        ("tokens", {}, 'write {"revoke": true}'),
        ("desk", {"task": "WT1", "does": "accept"}, "no task WT1"),
    ],
)
def test_what_is_wrong_is_told_in_a_sentence(post, path, body, sentence):
    response = post(path, body)
    assert (response.status, response.json()["status"]) == (400, 400)
    assert sentence in response.json()["message"]


def test_another_path_or_method(get, post):
    assert get("nothing").status == 404
    assert (get("reset").status, get("reset").headers["Allow"]) == (405, "POST")
    assert get("conversations/fx1").status == 404


def test_the_fault_that_was_planted_is_shown(post, get):
    planted = json.loads(post("faults", {"kind": "fail", "operation": "*", "times": 2}).body)
    assert (planted["planted"], planted["waiting"][0]["status"]) == (2, 500)
    assert get("faults").json() == planted
