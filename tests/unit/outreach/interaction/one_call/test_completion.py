"""An interaction whose conversation Twilio names only after its response."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach import timing
from airflow_provider_flexout.outreach.errors import ReconciliationPending
from airflow_provider_flexout.outreach.interaction.one_call import OneCall
from airflow_provider_flexout.twilio.api.interactions import Interaction
from airflow_provider_flexout.twilio.api.tasks import Task
from airflow_provider_flexout.twilio.http.call import Sleep

INTERACTION = {
    "sid": "KD1",
    "channel": {"sid": "UO1"},
    "routing": {"properties": {"sid": "WT1", "attributes": "{}"}},
}


NAMED = '{"conversationSid": "CH1", "flexInteractionSid": "KD1", "flexInteractionChannelSid": "UO1"}'


def completed(plan, *tasks):
    """Complete an interaction whose conversation is not named yet, with what each look at its task shows."""
    looks = OneCall(plan(strategy="one_call"), "first")._complete(Interaction.model_validate(INTERACTION))
    waited, listed, response = 0.0, iter(tasks), None
    try:
        while True:
            step = looks.send(response)
            waited += step.seconds if isinstance(step, Sleep) else 0.0
            response = (
                None if isinstance(step, Sleep) else Task.model_validate({"sid": "WT1"} | next(listed, {}))
            )
    except StopIteration as done:
        return waited, done.value


def test_a_conversation_that_is_named_after_the_response_is_waited_for(plan):
    waited, result = completed(plan, {"attributes": "{}"}, {"attributes": NAMED})
    assert waited == 2 * timing.POLL_INTERVAL
    assert (result.conversation_sid, result.task_sid, result.created) == ("CH1", "WT1", True)


def test_one_that_is_never_named_is_given_up_after_the_delay(plan):
    with pytest.raises(ReconciliationPending, match="KD1"):
        completed(plan)
    looks = -(-timing.VISIBILITY_DELAY // timing.POLL_INTERVAL)
    last = [{"attributes": "{}"}] * int(looks - 1) + [{"attributes": NAMED}]
    assert completed(plan, *last)[0] == looks * timing.POLL_INTERVAL
    with pytest.raises(ReconciliationPending):
        completed(plan, *last[:1], *last)
