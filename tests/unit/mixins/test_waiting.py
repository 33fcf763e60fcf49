"""``wait_until`` in the worker and in the triggerer."""

from __future__ import annotations

from datetime import timedelta

import pytest

from airflow_provider_flexout.operators.interaction import CreateInteractionOperator
from airflow_provider_flexout.operators.message import SendConversationMessageOperator
from airflow_provider_flexout.version_compat import AirflowFailException, AirflowTaskTimeout
from tests.unit.triggerer import fire
from tests.version_compat import TaskDeferred

CUSTOMER = "+12025550117"


def create(**arguments):
    return CreateInteractionOperator(**{"task_id": "create", "channel": "sms", "to": CUSTOMER} | arguments)


def test_what_is_reached_already_needs_no_deferral(run, served):
    served.agent().accepts(after=0)
    assert run(create(wait_until="assigned", deferrable=True)).xcoms["return_value"]["created"]


def test_a_wait_in_the_triggerer(run, served):
    served.agent().accepts(after="1h")
    operator = create(wait_until="assigned", deferrable=True)
    with pytest.raises(TaskDeferred) as deferred:
        run(operator)
    trigger, result = deferred.value.trigger, deferred.value.trigger.resume_data
    assert CUSTOMER not in str(trigger.serialize())
    assert result["task_sid"] == served.tasks[0].sid
    served.clock.advance("1h")
    event = fire(trigger)
    assert event["found"] == "assigned"
    assert (
        run(create(wait_until="assigned"), resume=deferred.value, event=event).xcoms["return_value"] == result
    )


def test_what_fails_in_the_triggerer_fails_the_task(run, served):
    served.agent().declines(after="1h")
    operator = create(wait_until="assigned", deferrable=True)
    with pytest.raises(TaskDeferred) as deferred:
        run(operator)
    served.clock.advance("1h")
    event = fire(deferred.value.trigger)
    with pytest.raises(AirflowFailException, match="was canceled"):
        run(create(wait_until="assigned"), resume=deferred.value, event=event)


def fail_while_it_waits(run, served, how: str, *, deferrable: bool, customer_wrote: bool = False) -> None:
    """Let the outreach's agent decline, or its channel fail, while the task waits for it."""
    if how == "canceled":
        served.agent().declines(after="1s")
        wait_until = "assigned"
    else:
        served.settings.channel_setup = 1.0
        served.faults.fail_channel()
        wait_until = "active"
    operator = create(wait_until=wait_until, deferrable=True)
    with pytest.raises(TaskDeferred) as deferred:
        run(operator)
    if customer_wrote:
        served.customer(CUSTOMER).says("Hello?")
    served.clock.advance("1m")
    how_it_goes_on = {"try_number": 2}
    if deferrable:
        how_it_goes_on = {"resume": deferred.value, "event": fire(deferred.value.trigger)}
    with pytest.raises(AirflowFailException, match=r"was canceled|failed"):
        run(create(wait_until=wait_until, deferrable=False), **how_it_goes_on)


@pytest.mark.parametrize("deferrable", [True, False])
@pytest.mark.parametrize("how", ["canceled", "failed"])
def test_what_fails_leaves_no_conversation_and_a_clear_starts_afresh(run, served, how, deferrable):
    fail_while_it_waits(run, served, how, deferrable=deferrable)
    assert served.conversations == []
    served.faults.clear()
    cleared = run(create(), try_number=3).xcoms
    assert cleared["created"]
    assert [one.sid for one in served.conversations] == [cleared["conversation_sid"]]
    assert len(served.interactions) == 2


def test_what_fails_after_the_customer_has_written_stays(run, served):
    fail_while_it_waits(run, served, "canceled", deferrable=True, customer_wrote=True)
    assert [one.state for one in served.conversations] == ["active"]


def test_what_fails_in_a_conversation_that_was_joined_stays(run, served):
    served.agent().declines(after="1s")
    opened = run(create()).xcoms
    served.clock.advance("1m")
    joining = create(idempotency_key="another", on_open_conversation="join", wait_until="assigned")
    with pytest.raises(AirflowFailException, match="was canceled"):
        run(joining)
    assert [one.sid for one in served.conversations] == [opened["conversation_sid"]]


def test_execution_timeout_bounds_a_wait_in_the_triggerer(run, served):
    served.agent().away()
    limit = timedelta(seconds=1)
    with pytest.raises(TaskDeferred) as deferred:
        run(create(wait_until="assigned", deferrable=True, execution_timeout=limit))
    event = fire(deferred.value.trigger)
    with pytest.raises(AirflowTaskTimeout, match=r"wait_until='assigned': Waited for \d+ seconds?, and"):
        run(create(wait_until="assigned", execution_timeout=limit), resume=deferred.value, event=event)


@pytest.mark.parametrize("deferrable", [True, False])
def test_what_is_completed_has_an_outcome(run, served, deferrable):
    served.agent().accepts(after=0).says("Good morning").finishes(after="0s", outcome="sold")
    operator = create(wait_until="completed", deferrable=deferrable)
    if deferrable:
        served.agent().finishes(after="5m", outcome="sold")
        with pytest.raises(TaskDeferred) as deferred:
            run(operator)
        served.clock.advance("1d")  # and the task is gone
        event = fire(deferred.value.trigger)
        assert event["found"] == "completed"
        xcoms = run(create(wait_until="completed"), resume=deferred.value, event=event).xcoms
    else:
        xcoms = run(operator).xcoms
    outcome = xcoms["outcome"]
    assert xcoms["return_value"]["outcome"] == outcome
    assert outcome["worker_sid"] == served.connection()["extra"]["worker_sid"]
    assert outcome["duration"] == pytest.approx(300 if deferrable else 0, abs=0.1)
    assert outcome["wrap_up"]["outcome"] == "sold"


def test_reading_an_sms_is_refused_before_anything_is_sent(run, served):
    opened = run(create()).xcoms
    message = SendConversationMessageOperator(
        task_id="send", conversation_sid=opened["conversation_sid"], body="Hello", wait_until="read"
    )
    with pytest.raises(AirflowFailException, match="sms has no read receipts"):
        run(message)
    assert len(served.messages) == 0


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


@pytest.mark.parametrize("wait_until", ["soon", "{{ 'soon' }}"])
def test_a_stage_that_does_not_exist(run, served, wait_until):
    with pytest.raises(AirflowFailException, match="wait_until: 'soon' is not one of accepted, active"):
        run(create(wait_until=wait_until))
    assert len(served.requests) == 0
