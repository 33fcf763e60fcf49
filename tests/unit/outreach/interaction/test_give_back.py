"""A lease that is given back before its time: by whom, when, and how long it may take."""

from __future__ import annotations

import dataclasses

import pytest

from airflow_provider_flexout.outreach import durable, timing
from airflow_provider_flexout.outreach.interaction.reconciliation import Lease, Reconciliation
from airflow_provider_flexout.outreach.interaction.record import OutreachRecord, new_record
from airflow_provider_flexout.outreach.values.attributes import as_json
from airflow_provider_flexout.twilio.api.conversations import Conversation

NOW, LIMIT = 1_000.0, 2.0


class Giving:
    """One attempt that gives its lease back, step by step, with a clock of its own.

    :param lease: what it wrote last.
    :param record: the record in the conversation when it is read.
    :param read_takes: the seconds that reading takes.
    """

    def __init__(self, plan, *, lease, record, read_takes=0.0, nothing_sent=True, attribute=None):
        self.now = NOW
        request = plan()
        if attribute:
            request = dataclasses.replace(request, record_attribute=attribute)
        reconciliation = Reconciliation(request, "mine", lambda: self.now, lambda _: None)
        reconciliation.written = lease
        self.read = self.write = self.written = None
        procedure = reconciliation.give_back("CH1", nothing_sent=nothing_sent)
        attributes = {"vip": True} | (record.write_into({}, request.record_attribute) if record else {})
        try:
            self.read = next(procedure)
            self.now += read_takes
            self.write = procedure.send(
                Conversation.model_validate({"sid": "CH1", "attributes": as_json(attributes)})
            )
            self.written = Conversation.model_validate(
                {"sid": "CH1", "attributes": self.write.form["Attributes"]}
            ).attribute_object
            procedure.send(None)
        except StopIteration:
            pass


@pytest.fixture
def give(plan):
    def run(holder="mine", lease=NOW, ttl=30.0, sids=None, **arguments):
        record = dataclasses.replace(new_record(plan(), holder, ttl), sids=sids)
        return Giving(plan, lease=Lease(lease, ttl), **({"record": record} | arguments))

    return run


@pytest.mark.parametrize(("nothing_sent", "ttl"), [(True, -timing.VISIBILITY_DELAY), (False, 0.0)])
def test_it_is_over_at_once_and_what_was_sent_is_waited_for(give, nothing_sent, ttl):
    given = give(nothing_sent=nothing_sent)
    record = OutreachRecord.read(given.written)
    assert (record.lease_holder, record.lease_ttl) == ("mine", ttl)
    assert given.written["vip"]
    assert given.read.start_within == given.write.start_within == LIMIT


def test_it_is_given_back_in_the_attribute_that_holds_the_record(give):
    given = give(attribute=durable.ROUTING_RECORD_ATTRIBUTE)
    assert given.written.keys() == {"vip", durable.ROUTING_RECORD_ATTRIBUTE}


@pytest.mark.parametrize(
    "arguments",
    [
        {"holder": "another"},
        {"record": None},
        {"sids": {"task_sid": "WT1"}},
        {"read_takes": LIMIT},
        {"ttl": 1.0, "read_takes": 1.0},
    ],
)
def test_what_is_somebody_elses_or_has_become_too_late_is_not_written(give, arguments):
    given = give(**arguments)
    assert given.read is not None
    assert given.write is None


def test_both_requests_together_have_two_seconds(give):
    assert give(read_takes=1.5).write.start_within == 0.5
    assert give(ttl=1.75, read_takes=1.5).write.start_within == 0.25


@pytest.mark.parametrize("ttl", [0.0, -1.0])
def test_one_that_has_run_out_is_not_given_back(give, ttl):
    assert give(ttl=ttl).read is None


def test_one_that_has_half_a_second_left_is(give):
    assert give(ttl=0.5).write.start_within == 0.5


def test_who_has_written_none_gives_none_back(plan):
    assert Giving(plan, lease=None, record=None).read is None
