"""Who may send while an earlier attempt may be at work, and how long that takes by Twilio's whole seconds."""

from __future__ import annotations

import dataclasses
import json
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest

from airflow_provider_flexout.outreach import durable, timing
from airflow_provider_flexout.outreach.errors import ReconciliationPending
from airflow_provider_flexout.outreach.interaction.reconciliation import Reconciliation, _wait_for_others
from airflow_provider_flexout.outreach.interaction.record import OutreachRecord, new_record
from airflow_provider_flexout.twilio.api.conversations import (
    Conversation,
    create_conversation,
    update_conversation,
)
from airflow_provider_flexout.twilio.http.resource import ResponseInfo

NOW = datetime(2026, 11, 28, 12, tzinfo=timezone.utc)


def conversation(plan, age: float, *, ttl: float = timing.LEASE_TTL, dated: bool = True) -> Conversation:
    attributes = new_record(plan(), "other", ttl).write_into({})
    made = Conversation.model_validate(
        {"sid": "CH1", "date_updated": NOW - timedelta(seconds=age), "attributes": json.dumps(attributes)}
    )
    made.attach(ResponseInfo(date=format_datetime(NOW, usegmt=True) if dated else None))
    return made


ALL = timing.LEASE_TTL + timing.VISIBILITY_DELAY


@pytest.mark.parametrize(
    ("age", "wait"),
    [
        (0, ALL),
        (1, ALL),  # it may have been written at the end of that second, and read at its start
        (5, ALL - 4),
        (ALL, 1.0),
        (ALL + 1, 0.0),
        (3600, 0.0),
        (-5, ALL),
    ],
)
def test_a_lease_is_taken_to_be_a_second_younger_than_its_date_says(plan, age, wait):
    assert _wait_for_others(conversation(plan, age)) == wait


def test_where_twilio_does_not_say_the_time_it_runs_for_all_of_its_time(plan):
    assert _wait_for_others(conversation(plan, 3600, dated=False)) == ALL


def test_what_was_sent_under_a_lease_that_was_given_back_shows_after_the_delay(plan):
    assert _wait_for_others(conversation(plan, 1, ttl=0.0)) == timing.VISIBILITY_DELAY


def test_where_nothing_was_sent_under_it_there_is_nothing_to_wait_for(plan):
    assert _wait_for_others(conversation(plan, 0, ttl=-timing.VISIBILITY_DELAY)) == 0.0


def test_a_conversation_without_a_record_may_have_lost_that_of_an_attempt_at_work(plan):
    bare = conversation(plan, 1).model_copy(update={"attributes": "{}"})
    assert _wait_for_others(bare) == ALL + timing.LEASE_CONFIRMATION


class Reconciling:
    """An attempt that reconciles at the sandbox, whose looks find nothing unless they are told otherwise.

    :param events: what happens at the looks, by their numbers from 1 on; what it returns is found.
    """

    def __init__(self, client, sandbox, request, sid, events=()):
        self.looks, self._events = 0, dict(events)
        self._client, self._sandbox, self.sid = client, sandbox, sid
        self.attempt = Reconciliation(request, "mine", sandbox.clock.time, self._find)
        self.began = sandbox.clock.time()

    def _find(self, sid):
        yield from ()
        assert sid == self.sid
        self.looks += 1
        return self._events.get(self.looks, lambda: None)()

    def run(self):
        self._sandbox.requests.clear()
        return self._client.run(self.attempt.reconcile(self.sid))

    @property
    def took(self):
        return self._sandbox.clock.time() - self.began

    @property
    def leases(self):
        """The times of the leases that it has written."""
        forms = [one.form for one in self._sandbox.requests if one.operation == "UpdateConversation"]
        records = [OutreachRecord.read(json.loads(form["Attributes"])) for form in forms]
        return [one.lease_ttl for one in records if one.lease_holder == "mine"]


@pytest.fixture
def write(client, plan, sandbox):
    """Write a record into the conversation as an attempt does, or make the conversation with it."""

    def run(holder, ttl=timing.LEASE_TTL, *, sid=None, sids=None, **arguments):
        record = dataclasses.replace(new_record(plan(**arguments), holder, ttl), sids=sids)
        attributes = {"vip": True} | record.write_into({})
        if sid:
            return client.send(update_conversation(sid, attributes=attributes))
        return client.send(create_conversation(attributes=attributes)).sid

    return run


@pytest.fixture
def reconciling(client, sandbox, plan, write):
    def make(*, holder="other", ttl=timing.LEASE_TTL, age=0.0, events=(), sids=None, **changed):
        sid = write(holder, ttl, sids=sids, source={"dag_id": "theirs"})
        sandbox.clock.advance(age)
        return Reconciling(client, sandbox, dataclasses.replace(plan(), **changed), sid, events)

    return make


WATCH = timing.LEASE_TTL + timing.VISIBILITY_DELAY + timing.CLOCK_RESOLUTION


def test_who_finds_nothing_takes_the_lease_once_the_others_shows(reconciling, sandbox):
    one = reconciling()
    reconciled = one.run()
    assert reconciled.found is None
    assert one.took == WATCH + timing.LEASE_CONFIRMATION
    assert one.leases == [timing.LEASE_CONFIRMATION + timing.LEASE_TTL]
    assert reconciled.lease.left(sandbox.clock.time()) == timing.LEASE_TTL
    assert (one.attempt.written, one.attempt.is_confirming) == (reconciled.lease, False)
    attributes = sandbox.conversations[0].attributes
    assert attributes["vip"], "what others wrote stays"
    record = OutreachRecord.read(attributes)
    assert (record.lease_holder, record.source) == ("mine", {"dag_id": "theirs"})
    assert reconciled.conversation.attribute_object == attributes


def test_a_lease_is_not_written_long_after_what_was_read(plan):
    attempt = Reconciliation(plan(), "mine", lambda: 0.0, lambda _: None)
    assert next(attempt._take_lease(conversation(plan, 0))).start_within == timing.LEASE_CONFIRMATION


def test_who_has_begun_nothing_has_written_nothing(reconciling):
    attempt = reconciling().attempt
    assert (attempt.written, attempt.is_confirming) == (None, False)


def test_nothing_is_written_while_it_watches(reconciling, sandbox):
    written = []
    looks = range(1, 1 + int(WATCH // timing.POLL_INTERVAL))
    one = reconciling(events=dict.fromkeys(looks, lambda: written.extend(one.leases)))
    one.run()
    assert written == []
    assert [operation.operation for operation in sandbox.requests][-2:] == [
        "UpdateConversation",
        "FetchConversation",
    ]


@pytest.mark.parametrize("look", [1, 5, 11])
def test_what_a_look_finds_ends_it_and_nothing_is_written(reconciling, look):
    one = reconciling(events={look: lambda: "found"})
    reconciled = one.run()
    assert (reconciled.found, reconciled.lease, reconciled.conversation.sid) == ("found", None, one.sid)
    assert (one.took, one.leases) == ((look - 1) * timing.POLL_INTERVAL, [])


def test_what_is_found_while_it_confirms_is_not_sent_again(reconciling):
    one = reconciling(age=WATCH, events={2: lambda: "found"})
    reconciled = one.run()
    assert (reconciled.found, reconciled.conversation.sid) == ("found", one.sid)
    assert one.leases
    assert one.attempt.is_confirming


SIDS = {"interaction_sid": "KD1", "channel_sid": "UO1", "task_sid": "WT1", "invite_sid": None}


@pytest.mark.parametrize("look", [1, 2])
def test_sids_that_another_has_written_down_end_it(reconciling, write, look):
    """Before it takes the lease, and before it trusts in the one that it took."""
    one = reconciling(age=WATCH, events={look: lambda: write("other", 0.0, sid=one.sid, sids=SIDS) and None})
    reconciled = one.run()
    assert reconciled.lease is None
    assert (reconciled.found.interaction_sid, reconciled.found.conversation_sid) == ("KD1", one.sid)
    assert reconciled.conversation.sid == one.sid
    assert one.took == (look - 1) * timing.LEASE_CONFIRMATION
    assert len(one.leases) == look - 1


def test_who_takes_the_lease_while_it_watches_is_let_finish(reconciling, write, sandbox):
    one = reconciling(age=WATCH, events={1: lambda: write("third", sid=one.sid) and None})
    one.run()
    assert one.took == WATCH + timing.LEASE_CONFIRMATION
    assert len(one.leases) == 1


def test_who_was_overwritten_while_it_confirmed_lets_the_other_finish(reconciling, write):
    one = reconciling(age=WATCH, events={3: lambda: write("third", sid=one.sid) and None})
    assert one.run().lease
    assert one.took == timing.LEASE_CONFIRMATION + WATCH + timing.LEASE_CONFIRMATION
    assert len(one.leases) == 2


@pytest.mark.parametrize("ttl", [timing.LEASE_TTL, 0.0])
def test_what_it_sent_itself_shows_after_the_delay(reconciling, ttl):
    """Its own lease is in the record, and the outcome of what it sent under it is unknown."""
    one = reconciling(holder="mine", ttl=ttl, age=3600.0)
    one.run()
    assert one.took == timing.VISIBILITY_DELAY + timing.LEASE_CONFIRMATION


def test_a_lease_that_was_written_too_late_does_not_count(reconciling, sandbox):
    """Whoever it has overwritten may have confirmed theirs before, and send until it has run out."""
    sandbox.faults.delay("UpdateConversation", timing.LEASE_CONFIRMATION + 1.0)
    one = reconciling(age=WATCH)
    assert one.run().lease
    late = timing.LEASE_CONFIRMATION + 1.0
    assert one.took == late + timing.LEASE_TTL + timing.VISIBILITY_DELAY + timing.LEASE_CONFIRMATION
    assert len(one.leases) == 2


def test_one_that_was_just_in_time_does(reconciling, sandbox):
    sandbox.faults.delay("UpdateConversation", timing.LEASE_CONFIRMATION)
    one = reconciling(age=WATCH)
    assert one.run().lease.left(sandbox.clock.time()) == timing.LEASE_TTL - timing.LEASE_CONFIRMATION
    assert len(one.leases) == 1


def test_it_gives_up_where_others_keep_taking_the_lease(reconciling, write):
    one = reconciling(
        age=WATCH, events={look: lambda: write("third", sid=one.sid) and None for look in range(1, 99)}
    )
    with pytest.raises(ReconciliationPending, match=one.sid):
        one.run()
    assert one.leases == []


def test_of_five_rounds_the_last_may_succeed(reconciling, write):
    """Each looks once for what others sent, and twice while it confirms; then it is overwritten."""

    def overwrite():
        write("third", -timing.VISIBILITY_DELAY, sid=one.sid)

    one = reconciling(age=WATCH, events=dict.fromkeys((2, 5, 8, 11), overwrite))
    assert one.run().lease
    assert len(one.leases) == 5
    one = reconciling(age=WATCH, events=dict.fromkeys((2, 5, 8, 11, 14), overwrite))
    with pytest.raises(ReconciliationPending):
        one.run()
    assert len(one.leases) == 5


def test_a_record_that_somebody_wiped_is_written_anew(reconciling, client, sandbox, plan):
    one = reconciling(age=WATCH + 10.0)
    client.send(update_conversation(one.sid, attributes={"vip": True}))
    sandbox.clock.advance(WATCH + timing.LEASE_CONFIRMATION + 1.0)
    assert one.run().lease
    record = OutreachRecord.read(sandbox.conversations[0].attributes)
    assert (record.key, record.lease_holder) == (plan().key, "mine")


def test_the_record_may_stand_in_another_attribute(reconciling, sandbox, write):
    one = reconciling(record_attribute=durable.ROUTING_RECORD_ATTRIBUTE)
    assert one.run().lease
    assert one.took == WATCH + 2 * timing.LEASE_CONFIRMATION, "nothing tells how long another one's lease is"
    attributes = sandbox.conversations[0].attributes
    assert OutreachRecord.read(attributes).lease_holder == "other", "the first one stays"
    assert OutreachRecord.read(attributes, durable.ROUTING_RECORD_ATTRIBUTE).lease_holder == "mine"
