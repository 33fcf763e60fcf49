"""A task's attributes are changed without losing anybody else's change."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.agents.task_attributes import (
    merged,
    own_attributes,
    patch_attributes,
)
from airflow_provider_flexout.outreach.errors import ReconciliationPending
from airflow_provider_flexout.twilio.http import timing
from airflow_provider_flexout.twilio.http.errors import RequestRejected, ServiceUnavailable, TwilioError


@pytest.mark.parametrize(
    ("target", "patch", "result"),
    [
        # https://www.rfc-editor.org/rfc/rfc7396#appendix-A
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_a_merge_patch(target, patch, result):
    assert merged(target, patch) == result


@pytest.fixture
def task(attempt, sandbox, defaults):
    return defaults.workspace_sid, attempt().task_sid


def test_attributes_are_changed_once(client, task, sandbox):
    assert client.run(patch_attributes(*task, {"vip": True}))
    assert not client.run(patch_attributes(*task, {"vip": True}))
    assert sandbox.tasks[0].attributes["vip"] is True
    assert sandbox.tasks[0].attributes["customerName"] == "Ada"


@pytest.mark.parametrize("times", [1, 2, timing.MAX_ATTEMPTS])
def test_a_change_whose_response_was_lost_was_made(client, task, sandbox, times):
    sandbox.faults.drop_response("UpdateTask", times=times)
    assert client.run(patch_attributes(*task, {"vip": True}))
    assert sandbox.tasks[0].attributes["vip"] is True
    assert not client.run(patch_attributes(*task, {"vip": True}))


def test_a_change_that_got_lost_is_not_taken_for_made(client, task, sandbox):
    sandbox.faults.lose_request("UpdateTask", times=timing.MAX_ATTEMPTS)
    with pytest.raises(ServiceUnavailable, match="UpdateTask"):
        client.run(patch_attributes(*task, {"vip": True}))
    assert "vip" not in sandbox.tasks[0].attributes


@pytest.mark.parametrize("refused", [403, 404])
def test_what_twilio_refuses_is_not_asked_for_again(client, task, sandbox, refused):
    sandbox.faults.fail("UpdateTask", refused)
    with pytest.raises(RequestRejected, match="UpdateTask"):
        client.run(patch_attributes(*task, {"vip": True}))
    assert [one.operation for one in sandbox.requests][-2:] == ["FetchTask", "UpdateTask"]


def interrupted(client, patch, meanwhile):
    """Run a patch, of which somebody changes the task between its look and its change."""
    fetched = client.send(next(patch))
    client.run(meanwhile)

    def rest():
        step = patch.send(fetched)
        try:
            while True:
                try:
                    response = yield step
                except TwilioError as error:
                    step = patch.throw(error)
                else:
                    step = patch.send(response)
        except StopIteration as done:
            return done.value

    return client.run(rest())


def test_a_change_that_somebody_made_meanwhile_stays(client, task, sandbox):
    patch = patch_attributes(*task, {"vip": True})
    assert interrupted(client, patch, patch_attributes(*task, {"note": "call back"}))
    attributes = sandbox.tasks[0].attributes
    assert (attributes["vip"], attributes["note"]) == (True, "call back")


def test_the_same_change_that_somebody_made_meanwhile_is_theirs(client, task):
    patch = patch_attributes(*task, {"vip": True})
    assert not interrupted(client, patch, patch_attributes(*task, {"vip": True}))


def test_attributes_that_keep_changing(client, task, sandbox):
    sandbox.faults.fail("UpdateTask", 412, times=None)
    with pytest.raises(ReconciliationPending, match="keep changing"):
        client.run(patch_attributes(*task, {"vip": True}))


def test_what_flex_wrote_is_not_carried_over():
    assert own_attributes(
        {
            "order": 4711,
            "conversationSid": "CH0",
            "flexout_key": "fx0",
            "outcome": "sold",
            "conversations": {"conversation_id": "KD0", "campaign": "november"},
        }
    ) == {"order": 4711, "conversations": {"campaign": "november"}}
