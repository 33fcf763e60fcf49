"""Who may delete a conversation in which nobody was reached, and until when."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.errors import ReconciliationPending
from airflow_provider_flexout.outreach.interaction.named_conversation import NamedConversation
from airflow_provider_flexout.outreach.interaction.reconciliation import Lease
from airflow_provider_flexout.outreach.interaction.record import new_record
from airflow_provider_flexout.twilio.api.conversations import Conversation, create_conversation


class Attempt(NamedConversation):
    """One whose looks find what the test says."""

    def __init__(self, request, clock, *, left=None, found=None, is_refused=None):
        super().__init__(request, "first", clock)
        self._lease = None if left is None else Lease(clock(), left)
        if is_refused is not None:
            self._is_refused = is_refused
        self._found = found
        self.looked_at = []

    def _find(self, conversation_sid):
        self.looked_at.append(conversation_sid)
        yield from ()
        return self._found


@pytest.fixture
def orphan(client, plan):
    attributes = new_record(plan(), "killed", 0.0).write_into({})
    return client.send(create_conversation(unique_name=plan().unique_name, attributes=attributes))


@pytest.fixture
def delete(client, plan, sandbox, orphan):
    def run(**state):
        attempt = Attempt(plan(), sandbox.clock.time, **state)
        sandbox.requests.clear()
        deleted = client.run(attempt.delete_orphan(orphan))
        assert (sandbox.conversations == []) is deleted
        return deleted, attempt.looked_at, [one.operation for one in sandbox.requests]

    return run


def test_whoever_holds_the_lease_deletes_it_without_a_look(delete):
    deleted, looked_at, requests = delete(left=0.5)
    assert (deleted, looked_at) == (True, [])
    assert requests == ["ListConversationMessage", "ListConversationParticipant", "DeleteConversation"]


def test_what_was_deleted_is_so_though_the_response_was_lost(delete, sandbox):
    sandbox.faults.drop_response("DeleteConversation")
    assert delete(left=5.0)[0]


@pytest.mark.parametrize("left", [None, 0.0, -0.5])
def test_whoever_holds_none_or_one_that_is_over_takes_a_new_one_first(delete, orphan, left):
    deleted, looked_at, requests = delete(left=left)
    assert (deleted, set(looked_at)) == (True, {orphan.sid})
    assert "UpdateConversation" in requests


@pytest.mark.parametrize("state", [{}, {"left": 0.5, "is_refused": True}])
def test_one_on_which_something_is_found_stays(delete, orphan, state):
    """A refusal of somebody who is not Twilio is no proof that nothing was sent."""
    deleted, looked_at, requests = delete(**state, found="an interaction")
    assert (deleted, looked_at) == (False, [orphan.sid])
    assert "DeleteConversation" not in requests


def test_what_was_refused_is_deleted_where_nothing_is_found(delete, orphan):
    assert delete(left=0.5, is_refused=True)[:2] == (True, [orphan.sid])


@pytest.mark.parametrize("left", [None, 0.0, -0.5])
def test_nothing_is_deleted_without_a_lease(plan, left):
    attempt = Attempt(plan(), lambda: 100.0, left=left)
    with pytest.raises(ReconciliationPending):
        next(attempt._delete(Conversation(sid="CH1")))


def test_it_is_deleted_within_the_lease_or_not_at_all(plan):
    request = next(Attempt(plan(), lambda: 100.0, left=0.5)._delete(Conversation(sid="CH1")))
    assert (request.name, request.start_within) == ("DeleteConversation", 0.5)
