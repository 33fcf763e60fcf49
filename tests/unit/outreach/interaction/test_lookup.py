"""Whether an outreach is open, as its conversation tells."""

from __future__ import annotations

import json

import pytest

from airflow_provider_flexout.outreach.interaction.lookup import find_task, is_open, oldest_task
from airflow_provider_flexout.twilio.api.tasks import TaskPage, update_task
from airflow_provider_flexout.twilio.http.errors import TwilioError


@pytest.mark.parametrize("strategy", ["conversation_first", "one_call"])
def test_an_outreach_is_open_once_its_interaction_is(client, attempt, plan, strategy):
    opening = plan(strategy=strategy)
    assert not client.run(is_open(opening))
    attempt(strategy=strategy)
    assert client.run(is_open(opening))


def test_it_is_open_when_only_the_writing_down_failed(client, attempt, plan, sandbox):
    sandbox.faults.fail("UpdateConversation", 400, times=None)
    attempt()
    assert client.run(is_open(plan()))


def test_it_is_not_open_while_nobody_was_reached(client, attempt, plan, sandbox):
    sandbox.faults.fail("CreateInteraction", 503, times=None)
    with pytest.raises(TwilioError):
        attempt()
    assert len(sandbox.conversations) == 1
    assert not client.run(is_open(plan()))


def test_a_given_conversation_is_open_when_this_outreach_routed_it(client, attempt, plan):
    sid = attempt().conversation_sid
    given = {"channel": "sms", "to": None, "initiated_by": "api", "media_channel_sid": sid}
    assert client.run(is_open(plan(**given)))
    assert not client.run(is_open(plan(**given, key="fx" + "0" * 32)))


def test_of_several_tasks_the_oldest_is_found():
    """All attempts have to find the same one, in whatever order Twilio lists them."""
    dates = {"WT3": "2026-11-28T10:00:01Z", "WT1": "2026-11-28T10:00:00Z", "WT2": "2026-11-28T10:00:00Z"}
    tasks = [{"sid": sid, "date_created": date, "attributes": '{"a": 1}'} for sid, date in dates.items()]
    for listed in (tasks, tasks[::-1]):
        search = oldest_task("WS1", 'flexout_key == "fx1"')
        next(search)
        with pytest.raises(StopIteration) as found:
            search.send(TaskPage.model_validate({"tasks": listed}))
        assert found.value.value.sid == "WT1"


@pytest.mark.parametrize("left", ["flexout_key", "conversationSid"])
def test_a_task_is_found_by_the_key_or_by_the_conversation(client, attempt, plan, sandbox, left):
    """Whoever writes a task's attributes anew, such as a CRM, may leave out either."""
    opened = attempt()
    attributes = sandbox.tasks[0].attributes
    other = {"flexout_key": "conversationSid", "conversationSid": "flexout_key"}[left]
    rewritten = {name: value for name, value in attributes.items() if name != other}
    client.send(update_task(plan().workspace_sid, opened.task_sid, attributes=json.dumps(rewritten)))
    assert client.run(find_task(plan(), opened.conversation_sid)).task_sid == opened.task_sid
    assert client.run(find_task(plan(key="fx" + "0" * 32), "CH" + "0" * 32)) is None
