"""What tests see of the sandbox: copies, made when they are asked for."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.sandbox.inspect.inspector import Inspector
from airflow_provider_flexout.sandbox.inspect.views import story
from tests.unit.sandbox.conftest import CUSTOMER


def test_everything_is_found(sandbox, ask, opened):
    assert isinstance(sandbox, Inspector)
    ask("POST", f"/v1/Conversations/{opened.sid}/Messages", {"Body": "Hello", "Author": "shop"})
    (interaction,), (task,) = sandbox.interactions, sandbox.tasks
    assert interaction.task_sids == (task.sid,)
    assert interaction.conversation_sid == task.conversation_sid == opened.sid
    assert [each.address for each in sandbox.participants if each.address] == [CUSTOMER]
    assert [each.body for each in sandbox.messages] == ["Hello"]
    assert {each.status for each in sandbox.templates} >= {"approved", "rejected"}
    assert (sandbox.media, sandbox.callbacks) == ([], ())


def test_a_conversation_is_found_by_sid_name_or_customer(sandbox, ask, opened):
    ask("POST", "/v1/Conversations", {"UniqueName": "fx1"})
    assert sandbox.conversation("fx1").unique_name == "fx1"
    assert sandbox.conversation_with(CUSTOMER) == sandbox.conversation(opened.sid)
    with pytest.raises(KeyError):
        sandbox.conversation("fx2")
    with pytest.raises(AssertionError, match=opened.sid):
        sandbox.conversation_with("+12025550199")


def test_a_copy_does_not_change(sandbox, ask, opened):
    before = sandbox.conversation(opened.sid)
    ask("POST", f"/v1/Conversations/{opened.sid}", {"State": "closed"})
    assert (before.state, sandbox.conversation(opened.sid).state) == ("active", "closed")


def test_the_story_is_for_people_to_read(sandbox, ask, opened):
    ask("POST", f"/v1/Conversations/{opened.sid}/Messages", {"Body": "Hello", "Author": "shop"})
    assert "09:00:00 pipeline shop: Hello" in sandbox.story()
    assert story([]) == "There is no conversation."
