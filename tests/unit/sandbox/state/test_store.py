"""The state: rows in order, and the indexes that refuse what must not happen twice."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.sandbox.state.records import (
    ChannelRecord,
    ConversationRecord,
    InviteRecord,
    ParticipantRecord,
)
from airflow_provider_flexout.sandbox.state.store import Store, Table
from tests.unit.sandbox.state.test_task_index import task

PAIR = ("+12025550110", "+15005550006")


@pytest.fixture
def store():
    return Store(7, frozen=True)


@pytest.fixture
def conversation(store):
    row = ConversationRecord("CH1", store.conversations.next_number(), 0, 0, "system")
    row.participants.append(ParticipantRecord("MB1", "CH1", 0, 0, None, "sms", *PAIR))
    store.conversations.add(row)
    store.pairs[PAIR] = "CH1"
    return row


def test_a_table_keeps_the_order_of_creation():
    table = Table()
    rows = [ConversationRecord(f"CH{n}", table.next_number(), 0, 0, "system") for n in range(5)]
    for row in rows:
        table.add(row)
    table.remove(rows[1])
    assert list(table) == [rows[0], *rows[2:]]
    assert list(table.after(rows[2].n)) == rows[3:]
    assert list(table.before(rows[2].n)) == [rows[0]]
    assert list(table.before(None)) == [*reversed(rows[2:]), rows[0]]
    assert (table.get("CH0"), table.get("CH1"), len(table)) == (rows[0], None, 4)
    assert table.next_number() == 6


def test_a_participant_is_found_by_address_and_identity(store):
    both = ParticipantRecord("MB1", "CH2", 0, 0, identity="ada", address="+1")
    other = ParticipantRecord("MB2", "CH1", 0, 0, address="+1")
    store.add_participation(both)
    store.add_participation(other)
    assert store.participations == {"+1": [other, both], "ada": [both]}
    store.remove_participation(both)
    assert store.participations == {"+1": [other]}


def test_a_pair_is_released_when_its_conversation_is_over(store, conversation):
    store.release_pairs(conversation.participants)
    assert store.pairs == {PAIR: "CH1"}  # somebody is still bound to it
    conversation.state = "closed"
    store.release_pairs(conversation.participants)
    assert store.pairs == {}


def test_a_pair_may_be_released_later(store, conversation):
    store.settings.update({"pair_release": "5s"})
    store.clock.handlers["release_pair"] = store.release_pair
    conversation.state = "closed"
    store.release_pairs(conversation.participants)
    store.clock.advance("4s")
    assert store.pairs == {PAIR: "CH1"}
    store.clock.advance("1s")
    assert store.pairs == {}


def test_a_pair_of_somebody_else_stays(store, conversation):
    conversation.state = "closed"
    store.release_pair(PAIR, "CH2")
    assert store.pairs == {PAIR: "CH1"}


def test_a_channels_tasks_are_those_that_still_exist(store):
    row = task(1)
    store.tasks.add(row)
    invites = [InviteRecord("KG1", row.sid), InviteRecord("KG2", "WT9")]
    channel = ChannelRecord("UO1", "KD1", "sms", "agent", "CH1", invites=invites)
    assert store.tasks_of(channel) == [row]


def test_a_reset_begins_anew_with_the_same_sids_and_keeps_the_time(store, conversation):
    first = [store.sids.new("CH"), store.request_sids.new("RQ")]
    store.settings.update({"task_list_lag": 5})
    store.scripts.customer("+1")
    now = store.clock.advance("1h")
    store.reset()
    assert [store.sids.new("CH"), store.request_sids.new("RQ")] == first
    assert (len(store.conversations), store.pairs, store.scripts.customers) == (0, {}, {})
    assert (store.settings.task_list_lag, store.clock.now()) == (0, now)
    assert conversation.sid not in {row.sid for row in store.conversations}
