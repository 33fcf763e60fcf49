"""What an attempt sends near the end of its lease."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach import timing
from airflow_provider_flexout.outreach.interaction.conversation_first import ConversationFirst
from airflow_provider_flexout.outreach.interaction.reconciliation import Lease
from airflow_provider_flexout.twilio.api.conversations import (
    Conversation,
)
from airflow_provider_flexout.twilio.api.interactions import Interaction
from airflow_provider_flexout.twilio.http.errors import DeadlineExceeded
from tests.unit.outreach.late_calls import with_late_calls


@pytest.mark.parametrize(("left", "is_sent_at_once"), [(0.5, True), (-0.5, False)])
def test_the_interaction_is_created_within_the_lease_or_after_reconciling(
    open_by, requests, sandbox, left, is_sent_at_once
):
    sandbox.faults.delay("CreateConversationParticipant", timing.LEASE_TTL - left)
    assert open_by("first").created
    between = requests()[2:-1]
    assert (between == ["CreateInteraction"]) is is_sent_at_once
    assert between[-2:] == (["CreateInteraction"] if is_sent_at_once else ["CreateInteraction", "FetchTask"])
    assert len(sandbox.interactions) == 1


def test_a_request_that_is_too_late_for_the_lease_is_sent_under_the_next(client, plan, sandbox):
    attempt = ConversationFirst(plan(), "first", sandbox.clock.time)
    opened = client.run(with_late_calls(attempt.open(), "CreateInteraction", 2))
    assert [one.sid for one in sandbox.interactions] == [opened.interaction_sid]
    assert len(sandbox.conversations) == 1


def test_one_that_is_always_too_late_ends_with_that(client, plan, sandbox):
    attempt = ConversationFirst(plan(), "first", sandbox.clock.time)
    with pytest.raises(DeadlineExceeded):
        client.run(with_late_calls(attempt.open(), "CreateInteraction", 10))
    assert sandbox.interactions == []


@pytest.mark.parametrize(
    ("ttl", "request_name"),
    [(0.0, "FetchConversation"), (0.5, "CreateInteraction"), (-1.0, "FetchConversation")],
)
def test_a_lease_that_is_over_this_moment_is_over(plan, ttl, request_name):
    attempt = ConversationFirst(plan(), "first", lambda: 100.0)
    attempt._lease = Lease(100.0, ttl)
    assert next(attempt._route(Conversation(sid="CH1"))).name == request_name


INTERACTION = Interaction.model_validate(
    {
        "sid": "KD1",
        "channel": {"sid": "UO1"},
        "routing": {"properties": {"sid": "WT1", "attributes": "{}"}},
    }
)


@pytest.mark.parametrize(("took", "is_believed"), [(19.5, True), (20.0, False), (25.0, False)])
def test_a_response_that_came_within_the_lease_is_believed(plan, took, is_believed):
    """After that, another attempt may have sent one, of which Twilio drops the second."""
    now = 100.0
    attempt = ConversationFirst(plan(), "first", lambda: now)
    attempt._lease, attempt._is_first = Lease(now, 20.0), True
    steps = attempt._create_interaction(Conversation(sid="CH1"))
    assert next(steps).name == "CreateInteraction"
    now += took
    if not is_believed:
        assert steps.send(INTERACTION).path.endswith("/Tasks/WT1")
    with pytest.raises(StopIteration) as done:
        steps.send(INTERACTION)
    result = done.value.value
    assert (result.interaction_sid, result.conversation_sid, result.task_sid) == ("KD1", "CH1", "WT1")
