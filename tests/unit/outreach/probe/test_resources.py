"""What was made is known, whatever became of the response, and is taken away again."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.probe.resources import ProbeResources
from airflow_provider_flexout.outreach.probe.target import read_target
from airflow_provider_flexout.twilio.api.conversations import create_participant
from airflow_provider_flexout.twilio.http.errors import OutcomeUnknown
from tests.unit.outreach.probe.conftest import OWN


@pytest.fixture
def target(defaults):
    return read_target(OWN, defaults, "0a1b")


@pytest.fixture
def resources(target, sandbox):
    sandbox.agent().accepts(after="1h")
    return ProbeResources(target)


def test_a_conversation_closes_by_itself_should_the_process_be_killed(resources, client, sandbox):
    made = client.run(resources.new_conversation())
    assert made.unique_name == "flexout_probe_0a1b_1"
    assert resources.has(made.sid)
    sandbox.clock.advance("11m")
    assert sandbox.conversations[0].state == "closed"


def test_a_conversation_whose_response_was_lost_is_known_by_its_name(resources, client, sandbox):
    sandbox.faults.drop_response("CreateConversation", times=1)
    made = client.run(resources.new_conversation())
    assert [one.sid for one in sandbox.conversations] == [made.sid]
    client.run(resources.clean_up())
    assert not sandbox.conversations


def test_an_interaction_whose_response_was_lost_is_found_by_its_task(resources, target, client, sandbox):
    made = client.run(resources.new_conversation())
    client.send(create_participant(made.sid, address=OWN, proxy_address=target.sender))
    sandbox.faults.drop_response("CreateInteraction", times=1)
    with pytest.raises(OutcomeUnknown):
        client.run(resources.new_interaction(target.channel_in(made.sid)))
    assert sandbox.tasks[0].status == "reserved"
    client.run(resources.clean_up())
    assert sandbox.tasks[0].status == "canceled"
    assert not sandbox.conversations
    assert not resources.left()


def test_what_is_left_is_said_and_can_be_taken_away_later(resources, client, sandbox):
    made = client.run(resources.new_conversation())
    sandbox.faults.fail("DeleteConversation", status=400, code=20001, times=1)
    client.run(resources.clean_up())
    [line] = resources.left()
    assert made.sid in line
    client.run(resources.clean_up())
    assert not resources.left()


def test_a_task_that_closing_leaves_is_canceled_where_twilio_lets_it(resources, target, client, sandbox):
    sandbox.settings.update({"unaccepted_task": "keep", "cancel_task": "accept"})
    client.run(resources.new_interaction(target.channel_of_its_own))
    client.run(resources.clean_up())
    assert sandbox.tasks[0].status == "canceled"
    assert not resources.left()
