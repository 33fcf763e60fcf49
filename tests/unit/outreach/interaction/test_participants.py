"""A customer who is in another open conversation with the same sender."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.durable import derive_key
from airflow_provider_flexout.outreach.errors import AlreadyTalking
from airflow_provider_flexout.twilio.api.conversations import update_conversation

both = pytest.mark.parametrize("strategy", ["conversation_first", "one_call"])


@both
def test_an_open_conversation_elsewhere_is_named_and_nothing_is_left_behind(
    attempt, sandbox, elsewhere, strategy
):
    with pytest.raises(AlreadyTalking, match=elsewhere):
        attempt(strategy=strategy)
    assert [one.sid for one in sandbox.conversations] == [elsewhere]
    assert sandbox.interactions == []


@both
def test_an_open_conversation_elsewhere_is_joined(attempt, sandbox, elsewhere, strategy):
    opened = attempt(strategy=strategy, on_open_conversation="join")
    assert opened.conversation_sid == elsewhere
    assert (opened.interaction_sid, opened.created) == (None, False)
    assert len(sandbox.conversations) == 1


@both
def test_joining_gives_the_sids_of_the_interaction_that_is_there(attempt, sandbox, strategy):
    first = attempt(strategy=strategy)
    joined = attempt(strategy=strategy, on_open_conversation="join", key=derive_key("another"))
    assert joined.as_dict() == first.as_dict() | {"created": False}
    assert len(sandbox.conversations) == len(sandbox.interactions) == 1


@both
def test_a_closed_conversation_elsewhere_is_in_nobodys_way(attempt, sandbox, client, elsewhere, strategy):
    sandbox.settings.pair_release = 5.0
    client.send(update_conversation(elsewhere, state="closed"))
    assert attempt(strategy=strategy).created
    assert len(sandbox.interactions) == 1
