"""The conversation under the outreach's name, and the lease of whoever created it."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.errors import ConversationOfAnotherOutreach, ReconciliationPending
from airflow_provider_flexout.outreach.interaction.named_conversation import NamedConversation, StartOver
from airflow_provider_flexout.outreach.interaction.record import OutreachRecord
from airflow_provider_flexout.twilio.api.conversations import create_conversation, update_conversation
from airflow_provider_flexout.twilio.http.errors import OutcomeUnknown, RequestRejected


class Opening(NamedConversation):
    """What is done in the conversation is said by the test."""

    def __init__(self, request, attempt_id, clock, do):
        super().__init__(request, attempt_id, clock)
        self._do = do

    def _open_in(self, conversation):
        yield from ()
        return self._do(self, conversation)

    def _find(self, conversation_sid):
        yield from ()


@pytest.fixture
def open_by(client, plan, sandbox):
    def run(attempt_id, do=lambda opening, one: (opening._is_first, one.sid), **arguments):
        clock = lambda: sandbox.clock.now().timestamp()  # noqa: E731
        return client.run(Opening(plan(**arguments), attempt_id, clock, do).open())

    return run


def failing(error):
    def do(opening, conversation):
        raise error

    return do


def test_one_attempt_creates_it_and_the_others_find_it(open_by, plan, sandbox):
    is_first, sid = open_by("first")
    assert (is_first, open_by("second")) == (True, (False, sid))
    (conversation,) = sandbox.conversations
    assert conversation.unique_name == plan().unique_name
    assert OutreachRecord.read(conversation.attributes).lease_holder == "first"


def test_a_name_that_somebody_else_uses_is_refused(open_by, client, plan):
    client.send(create_conversation(unique_name=plan().unique_name))
    with pytest.raises(ConversationOfAnotherOutreach, match="not the record of this provider"):
        open_by("first")


def test_what_never_reached_anybody_is_started_over_a_few_times(open_by, sandbox):
    with pytest.raises(ReconciliationPending, match="keeps appearing and vanishing"):
        open_by("first", failing(StartOver()))
    assert len(sandbox.conversations) == 1


def test_what_fails_for_good_leaves_nothing_behind(open_by, sandbox):
    with pytest.raises(RequestRejected):
        open_by("first", failing(RequestRejected("CreateInteraction", "no")))
    assert sandbox.conversations == []


@pytest.mark.parametrize(("last_try", "left"), [(False, 1), (True, 0)])
def test_what_fails_for_now_stays_for_the_next_try(open_by, sandbox, last_try, left):
    with pytest.raises(OutcomeUnknown):
        open_by("first", failing(OutcomeUnknown("CreateInteraction", "no response")), last_try=last_try)
    assert len(sandbox.conversations) == left


def test_a_closed_one_is_not_deleted(open_by, client, sandbox):
    def close(opening, conversation):
        raise RequestRejected("CreateInteraction", "no")

    _, sid = open_by("first")
    client.send(update_conversation(sid, state="closed"))
    with pytest.raises(RequestRejected):
        open_by("second", close)
    assert [one.sid for one in sandbox.conversations] == [sid]
