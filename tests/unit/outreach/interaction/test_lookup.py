"""Whether an outreach is open, as its conversation tells."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.interaction.lookup import is_open
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
