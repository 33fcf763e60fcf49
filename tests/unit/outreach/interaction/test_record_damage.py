"""Records that somebody else has changed: every reader gives a result, or an error with a sentence."""

from __future__ import annotations

import copy
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airflow_provider_flexout.outreach.durable import derive_key
from airflow_provider_flexout.outreach.errors import RecordDamaged
from airflow_provider_flexout.outreach.follow_up.anchor import find_anchor
from airflow_provider_flexout.outreach.follow_up.cadence import plan_cadence
from airflow_provider_flexout.outreach.inbox.poller import InboxPoller
from airflow_provider_flexout.outreach.interaction.lookup import is_open
from airflow_provider_flexout.outreach.interaction.record import OutreachRecord
from airflow_provider_flexout.outreach.listener import check_listener, is_the_pipelines
from airflow_provider_flexout.outreach.message.draft import MessageDraft
from airflow_provider_flexout.outreach.message.send_once import send_once
from airflow_provider_flexout.outreach.orphans import find_orphans
from airflow_provider_flexout.outreach.results.selection import read_record
from airflow_provider_flexout.twilio.api.conversations import fetch_conversation, update_conversation
from airflow_provider_flexout.twilio.http.errors import FlexoutError

FIELDS = [
    ("claim",),
    ("claim", "by"),
    ("claim", "within"),
    ("key",),
    ("to",),
    ("channel",),
    ("fingerprint",),
    ("source",),
    ("source", "dag_id"),
    ("sids",),
    ("sids", "interaction_sid"),
    ("greeted",),
    ("on_reply",),
    ("campaign",),
]
VALUES = [None, True, -1, 1e300, "x", [1], {"a": [1]}]
ATTRIBUTES = ("flexout", "flexout_routing", "flexout_on_reply")
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)


@pytest.fixture
def record(attempt, sandbox):
    """A record as a finished outreach leaves it."""
    attempt()
    (conversation,) = sandbox.conversations
    return conversation.attributes["flexout"]


def damaged(record, field, value):
    changed = copy.deepcopy(record)
    place = changed
    for name in field[:-1]:
        place = place.setdefault(name, {})
    place[field[-1]] = value
    return changed


def problem_of(reader):
    try:
        reader()
    except Exception as problem:
        return problem
    return None


@pytest.mark.parametrize("field", FIELDS, ids=".".join)
def test_every_reader_of_a_damaged_record_ends_with_a_result_or_a_sentence(
    record, field, attempt, client, sandbox, plan
):
    (conversation,) = sandbox.conversations
    cadence = plan_cadence(
        key=derive_key("follow-up"),
        conversation_sid=conversation.sid,
        steps=[{"after": "1d", "body": "Still there?"}],
    )
    readers = [
        lambda: attempt(retried=True),
        lambda: attempt(retried=True, strategy="one_call"),
        lambda: client.run(is_open(plan())),
        lambda: client.run(find_orphans(timedelta(minutes=10))),
        lambda: client.run(find_anchor(cadence)),
        lambda: client.run(InboxPoller(timedelta(days=30), 100).poll()),
        lambda: client.run(send_once(MessageDraft(derive_key("hello"), conversation.sid, body="Hello"))),
        lambda: is_the_pipelines(read()),
        lambda: client.run(check_listener(read(), None, wrote_lately=False)),
        lambda: read_record(read()),
    ]

    def read():
        return client.send(fetch_conversation(conversation.sid))

    for value in VALUES:
        attributes = dict.fromkeys(ATTRIBUTES, damaged(record, field, value))
        client.send(update_conversation(conversation.sid, attributes=attributes))
        for number, reader in enumerate(readers):
            problem = problem_of(reader)
            assert problem is None or isinstance(problem, FlexoutError), (
                f"reader {number}, {value!r}: {problem!r}"
            )
    assert len(sandbox.interactions) == 1


def test_the_error_names_the_outreach_and_the_field_and_not_what_stands_there(record):
    with pytest.raises(RecordDamaged) as refused:
        OutreachRecord.read({"flexout": {**record, "claim": "call +12025550117"}})
    assert str(refused.value).startswith(
        f'The record of outreach {record["key"]} cannot be read: in the attribute "flexout" of its '
        'conversation, "claim" is not an object. Nothing was sent.'
    )
    assert refused.value.permanent
    assert "+12025550117" not in str(refused.value)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from([field[0] for field in FIELDS] + ["v"]), ANYTHING))
def test_any_object_in_the_place_of_a_record_is_read_or_refused(found):
    try:
        record = OutreachRecord.read({"flexout": found})
    except FlexoutError:
        return
    assert record is None or record.result("CH" + "0" * 32) is None or record.sids
