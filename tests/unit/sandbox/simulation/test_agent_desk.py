"""What an agent does by hand, and when it is not possible."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.sandbox.simulation.agent_desk import ACTIONS, act


def test_an_agent_works_by_hand(sandbox, opened):
    sandbox.agent().by_hand()
    (task,) = sandbox.tasks
    for does, status in (("accept", "assigned"), ("say", "assigned"), ("wrap_up", "wrapping")):
        assert act(sandbox._store, task.sid, does, "How can I help?").status == status
    assert act(sandbox._store, task.sid, "complete").status == "completed"
    assert sandbox.messages[0].body == "How can I help?"


def test_what_is_not_possible_is_told(sandbox, opened):
    sandbox.agent().by_hand()
    (task,) = sandbox.tasks
    for sid, does, error in (
        ("WT0", "accept", LookupError),
        (task.sid, "dance", ValueError),
        (task.sid, "wrap_up", ValueError),
    ):
        with pytest.raises(error):
            act(sandbox._store, sid, does)
    act(sandbox._store, task.sid, "accept")
    with pytest.raises(ValueError, match="needs a text"):
        act(sandbox._store, task.sid, "say", " ")
    assert list(ACTIONS) == ["accept", "decline", "say", "wrap_up", "complete"]
