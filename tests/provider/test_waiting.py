"""``wait_until`` in the worker and in the triggerer."""

from __future__ import annotations

import asyncio

import pytest
from airflow.exceptions import TaskDeferred

from airflow_provider_flexout.operators.interaction import CreateInteractionOperator
from airflow_provider_flexout.operators.message import SendConversationMessageOperator
from airflow_provider_flexout.triggers.wait import WaitTrigger
from airflow_provider_flexout.version_compat import AirflowFailException

CUSTOMER = "+12025550117"


def create(**arguments):
    return CreateInteractionOperator(**{"task_id": "create", "channel": "sms", "to": CUSTOMER} | arguments)


def fire(trigger: WaitTrigger) -> dict[str, object]:
    """Run a trigger as the triggerer does, from what it would read in the database."""
    path, arguments = trigger.serialize()
    assert path == "airflow_provider_flexout.triggers.wait.WaitTrigger"

    async def first() -> dict[str, object]:
        async for event in WaitTrigger(**arguments).run():
            return event.payload
        raise AssertionError("the trigger ended without an event")

    return asyncio.run(first())


def test_what_is_reached_already_needs_no_deferral(run, served):
    served.agent().accepts(after=0)
    assert run(create(wait_until="assigned", deferrable=True)).xcoms["return_value"]["created"]


def test_a_wait_in_the_triggerer(run, served):
    served.agent().accepts(after="1h")
    operator = create(wait_until="assigned", deferrable=True)
    with pytest.raises(TaskDeferred) as deferred:
        run(operator)
    trigger, result = deferred.value.trigger, deferred.value.kwargs["result"]
    assert CUSTOMER not in str(trigger.serialize())
    assert result["task_sid"] == served.tasks[0].sid
    served.clock.advance("1h")
    event = fire(trigger)
    assert event == {"found": "assigned"}
    assert operator.execute_complete({}, event=event, result=result) == result


def test_what_fails_in_the_triggerer_fails_the_task(run, served):
    served.agent().declines(after="1h")
    operator = create(wait_until="assigned", deferrable=True)
    with pytest.raises(TaskDeferred) as deferred:
        run(operator)
    served.clock.advance("1h")
    event = fire(deferred.value.trigger)
    with pytest.raises(AirflowFailException, match="was canceled"):
        operator.execute_complete({}, event=event, result={})


def test_a_message_returns_its_delivery_status(run, served):
    served.customer().receives(after=0)
    opened = run(create()).xcoms
    message = SendConversationMessageOperator(
        task_id="send",
        conversation_sid=opened["conversation_sid"],
        body="Hello",
        wait_until="sent",
        deferrable=False,
    )
    xcoms = run(message).xcoms
    assert xcoms["return_value"]["delivery_status"] == xcoms["delivery_status"] == "delivered"


@pytest.mark.parametrize("operator", [create(wait_until="soon")], ids=["create"])
def test_a_stage_that_does_not_exist(run, served, operator):
    with pytest.raises(AirflowFailException, match="wait_until: 'soon' is none of accepted, active"):
        run(operator)
    assert len(served.requests) == 0
