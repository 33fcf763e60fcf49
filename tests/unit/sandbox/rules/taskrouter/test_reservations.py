"""Which tasks are offered when an agent becomes free."""

from __future__ import annotations

import json

import pytest

from tests.unit.sandbox.conftest import CONNECTION, interaction, request

EXTRA = CONNECTION["extra"]


@pytest.fixture
def routed(sandbox):
    """Return a function that makes a task for whoever is free, and returns it."""
    for name in ("ana", "ben", "chloe"):
        sandbox.agent(name).handles(0)

    def make(**properties):
        form = interaction(f"+1500555{1000 + len(sandbox.tasks)}")
        routing = {key: EXTRA[key] for key in ("workspace_sid", "workflow_sid", "queue_sid")} | properties
        form["Channel"] = form["Channel"].replace('"initiated_by": "agent"', '"initiated_by": "api"')
        form["Routing"] = json.dumps({"properties": routing})
        response = sandbox.handle(request("POST", "/v1/Interactions", form))
        assert response.status == 200, response.body
        return sandbox._store.tasks.get(sandbox.tasks[-1].sid)

    return make


def test_the_most_urgent_is_offered_first_then_the_oldest(sandbox, routed):
    first, second, urgent = routed(), routed(), routed(priority=9)
    sandbox.clock.advance("1s")
    sandbox.agent("ana").handles(2)
    assert [each.status for each in (first, second, urgent)] == ["reserved", "pending", "reserved"]


def test_a_task_that_nobody_can_take_holds_up_no_other_kind(sandbox, routed):
    ana, ben = (sandbox._store.workspace.worker_named(name).sid for name in ("ana", "ben"))
    sandbox.agent("ben").goes("Offline")
    texts = [routed() for _ in range(3)]
    for_ben = [routed(worker_sid=ben) for _ in range(2)]
    chat = [routed(task_channel_unique_name="chat") for _ in range(3)]
    sandbox.clock.advance("1s")
    assert {each.status for each in (*texts, *for_ben, *chat)} == {"pending"}
    sandbox.agent("ana").handles(2, "chat")
    assert [(each.status, each.reserved_by) for each in chat] == [("reserved", ana)] * 2 + [("pending", None)]
    assert {each.status for each in (*texts, *for_ben)} == {"pending"}
    sandbox.agent("ben").goes("Available")
    assert {each.reserved_by for each in for_ben} == {ben}
    assert {each.status for each in texts} == {"pending"}


def test_who_has_declined_one_task_is_offered_the_next(sandbox, routed):
    first, second = routed(), routed()
    ana = sandbox._store.workspace.worker_named("ana").sid
    first.declined_by = (ana,)
    sandbox.clock.advance("1s")
    sandbox.agent("ana").handles(1)
    assert [each.status for each in (first, second)] == ["pending", "reserved"]
