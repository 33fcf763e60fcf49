"""The conversation under the outreach's name, and the lease of whoever created it."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach import timing
from airflow_provider_flexout.outreach.durable import derive_key
from airflow_provider_flexout.outreach.errors import (
    AlreadyTalking,
    ConversationOfAnotherOutreach,
    ReconciliationPending,
)
from airflow_provider_flexout.outreach.interaction.named_conversation import NamedConversation, StartOver
from airflow_provider_flexout.outreach.interaction.record import OutreachRecord
from airflow_provider_flexout.twilio.api.conversations import (
    create_conversation,
    delete_conversation,
    update_conversation,
)
from airflow_provider_flexout.twilio.api.messages import create_message
from airflow_provider_flexout.twilio.http.errors import Conflict, OutcomeUnknown, RequestRejected
from tests.crash.faults import Interrupted


class Opening(NamedConversation):
    """What is done in the conversation is said by the test."""

    def __init__(self, request, attempt_id, clock, do):
        super().__init__(request, attempt_id, clock)
        self._do = do
        self.found = None

    def _open_in(self, conversation):
        yield from ()
        return self._do(self, conversation)

    def _find(self, conversation_sid):
        yield from ()
        return self.found


@pytest.fixture
def open_by(client, plan, sandbox):
    def run(attempt_id, do=lambda opening, one: (opening._is_first, one.sid), **arguments):
        return client.run(Opening(plan(**arguments), attempt_id, sandbox.clock.time, do).open())

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


def test_one_that_somebody_deletes_meanwhile_is_created_anew(open_by, client, sandbox):
    deleted = []

    def do(opening, conversation):
        if not deleted:
            deleted.append(conversation.sid)
            client.send(delete_conversation(conversation.sid))
            raise RequestRejected("CreateConversationParticipant", "not found")
        return conversation.sid

    assert open_by("first", do) not in deleted
    assert len(sandbox.conversations) == 1


@pytest.mark.parametrize("status", [404, 500])
def test_where_that_cannot_be_seen_the_error_stays_what_it_is(open_by, sandbox, status):
    def do(opening, conversation):
        sandbox.faults.fail("FetchConversation", 500, times=None)
        raise RequestRejected("CreateConversationParticipant", "no", status=status)

    with pytest.raises(RequestRejected):
        open_by("first", do)
    assert sandbox.conversations == []


def test_who_talks_already_leaves_nothing_behind(open_by, sandbox):
    with pytest.raises(AlreadyTalking):
        open_by("first", failing(AlreadyTalking("CH0", "+1•••••0117")))
    assert sandbox.conversations == []


@pytest.mark.parametrize(("sent", "ttl"), [(False, -timing.VISIBILITY_DELAY), (True, 0.0)])
def test_who_is_interrupted_gives_the_lease_back(open_by, sandbox, sent, ttl):
    """Where something may have been sent under it, the next attempt waits until that shows."""

    def do(opening, conversation):
        if sent:
            opening._lease = None
        raise Interrupted

    with pytest.raises(Interrupted):
        open_by("first", do)
    record = OutreachRecord.read(sandbox.conversations[0].attributes)
    assert (record.lease_holder, record.lease_ttl) == ("first", ttl)


def test_who_is_interrupted_before_the_response_gives_it_back_by_the_name(plan, client, sandbox):
    opening = Opening(plan(), "first", sandbox.clock.time, None)
    steps = opening.open()
    client.send(next(steps))
    assert steps.throw(Interrupted()).path.endswith(f"/Conversations/{plan().unique_name}")


WATCH = timing.LEASE_TTL + timing.VISIBILITY_DELAY


def test_what_another_attempt_may_still_open_is_waited_for_before_it_is_deleted(open_by, sandbox):
    open_by("first")
    began = sandbox.clock.time()
    with pytest.raises(RequestRejected):
        open_by("second", failing(RequestRejected("CreateInteraction", "no")))
    assert sandbox.conversations == []
    assert sandbox.clock.time() - began >= WATCH


def test_one_on_which_something_was_opened_meanwhile_stays(open_by, sandbox):
    _, sid = open_by("first")

    def do(opening, conversation):
        opening.found = "an interaction"
        raise RequestRejected("CreateInteraction", "no")

    with pytest.raises(RequestRejected):
        open_by("second", do)
    assert [one.sid for one in sandbox.conversations] == [sid]


@pytest.mark.parametrize(("late", "waits"), [(-0.5, False), (0.5, True)])
def test_its_creator_deletes_it_at_once_while_the_lease_lasts(open_by, sandbox, late, waits):
    def do(opening, conversation):
        sandbox.clock.advance(timing.LEASE_TTL + late)
        raise RequestRejected("CreateInteraction", "no")

    began = sandbox.clock.time()
    with pytest.raises(RequestRejected):
        open_by("first", do)
    assert sandbox.conversations == []
    assert (sandbox.clock.time() - began > timing.LEASE_TTL + late) is waits


def test_one_in_which_something_was_said_stays(open_by, client, sandbox, caplog):
    def do(opening, conversation):
        client.send(create_message(conversation.sid, body="Hello"))
        raise RequestRejected("CreateInteraction", "no")

    with pytest.raises(RequestRejected):
        open_by("first", do)
    assert len(sandbox.conversations) == 1
    assert "Could not clean up conversation" in caplog.text


def test_another_conflict_is_an_error(open_by, sandbox):
    sandbox.faults.fail("CreateConversation", 409, code=50999)
    with pytest.raises(Conflict):
        open_by("first")


def test_a_name_that_vanishes_is_tried_again(open_by, sandbox):
    sandbox.faults.fail("CreateConversation", 409, code=50353)
    assert open_by("first")[0]
    assert sandbox.requests.count("CreateConversation") == 2
    sandbox.faults.fail("CreateConversation", 409, code=50353, times=None)
    with pytest.raises(ReconciliationPending, match="keeps appearing and vanishing"):
        open_by("third", key=derive_key("other"))


def test_a_messaging_service_and_the_record_come_with_it(open_by, sandbox, plan):
    open_by("first", messaging_service_sid="MG" + 32 * "0")
    (form,) = (one.form for one in sandbox.requests if one.operation == "CreateConversation")
    assert (form["UniqueName"], form["MessagingServiceSid"]) == (plan().unique_name, "MG" + 32 * "0")
    record = OutreachRecord.read(sandbox.conversations[0].attributes)
    assert (record.key, record.lease_ttl, record.sids) == (plan().key, timing.LEASE_TTL, None)


def test_it_counts_its_time_from_before_the_request_that_creates_the_conversation(open_by, sandbox):
    sandbox.faults.delay("CreateConversation", 5)
    began = sandbox.clock.time()
    created_at = open_by("first", lambda opening, _: opening._created_at)
    assert began <= created_at < began + 1
    assert sandbox.clock.time() >= began + 5
