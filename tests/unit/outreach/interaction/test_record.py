"""The record of an outreach: whose conversation it is, and who may read it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from airflow_provider_flexout.outreach.errors import ConversationOfAnotherOutreach, KeyReused, RecordTooNew
from airflow_provider_flexout.outreach.interaction.lookup import is_open
from airflow_provider_flexout.outreach.interaction.record import OutreachRecord, new_record
from airflow_provider_flexout.outreach.orphans import find_orphans
from airflow_provider_flexout.twilio.api.conversations import create_conversation, update_conversation
from airflow_provider_flexout.twilio.http.errors import OutcomeUnknown

CUSTOMER = "+12025550117"


def test_one_key_for_two_customers_is_refused(attempt, sandbox):
    attempt()
    with pytest.raises(KeyReused, match=r"\+1•••••0117 on sms, this one is for \+1•••••0118 on sms"):
        attempt(to="+12025550118")
    assert len(sandbox.conversations) == len(sandbox.interactions) == 1


FORMS = [
    ("whatsapp", "whatsapp:+525512345678", "whatsapp:+5215512345678"),
    ("sms", "+541123456789", "+5491123456789"),
    ("whatsapp", "whatsapp:+5511987654321", "whatsapp:+551187654321"),
    ("whatsapp", "whatsapp:+2250707123456", "whatsapp:+22507123456"),
]


@pytest.mark.parametrize("again", [{"retried": True}, {"shared_key": True}])
@pytest.mark.parametrize("strategy", ["conversation_first", "one_call"])
@pytest.mark.parametrize(("channel", "one", "other"), [*FORMS, *((a, c, b) for a, b, c in FORMS)])
def test_one_key_for_two_forms_of_a_customer_is_one_outreach(
    attempt, sandbox, client, channel, one, other, strategy, again
):
    first = attempt(channel=channel, to=one, strategy=strategy, shared_key=True)
    second = attempt(channel=channel, to=other, strategy=strategy, **again)
    assert (second.conversation_sid, second.created) == (first.conversation_sid, False)
    client.send(update_conversation(first.conversation_sid, state="closed"))
    assert attempt(channel=channel, to=other, strategy=strategy, **again).task_sid == first.task_sid
    assert [found.address for found in sandbox.participants if found.address] == [one]


def test_an_attempt_that_was_killed_is_finished_in_its_own_form_of_the_address(attempt, sandbox):
    sandbox.faults.lose_request("CreateInteraction", times=None)
    with pytest.raises(OutcomeUnknown):
        attempt(channel="whatsapp", to="whatsapp:+525512345678")
    sandbox.faults.clear()
    attempt(channel="whatsapp", to="whatsapp:+5215512345678", retried=True)
    assert [found.address for found in sandbox.participants if found.address] == ["whatsapp:+525512345678"]
    assert len(sandbox.interactions) == 1


def test_a_name_that_is_not_ours_is_refused(attempt, plan, client, sandbox):
    client.send(create_conversation(unique_name=plan().unique_name))
    with pytest.raises(ConversationOfAnotherOutreach, match=sandbox.conversations[0].sid):
        attempt()


def test_what_others_wrote_into_the_attributes_stays(attempt, client, sandbox):
    sandbox.faults.lose_request("CreateInteraction", times=None)
    with pytest.raises(OutcomeUnknown):
        attempt()
    sandbox.faults.clear()
    (left,) = sandbox.conversations
    client.send(update_conversation(left.sid, attributes={**left.attributes, "crm": 17}))
    attempt(retried=True)
    assert sandbox.conversations[0].attributes["crm"] == 17


def test_the_record_holds_no_address(attempt, sandbox):
    attempt()
    (conversation,) = sandbox.conversations
    assert CUSTOMER not in str(conversation.attributes)
    assert OutreachRecord.read(conversation.attributes).to == "+1•••••0117"


def test_a_record_survives_being_written_and_read(plan):
    record = new_record(plan(source={"dag_id": "orders"}), "attempt", 20.0, first_message_sid="IM0")
    assert OutreachRecord.read(record.write_into({"crm": 17})) == record


def test_what_is_no_record_is_none():
    for found in (None, "text", {}, {"key": ""}, ["fx0"]):
        assert OutreachRecord.read({"flexout": found}) is None


def rewrite(client, conversation, version):
    """Let another version have written the record."""
    record = {**conversation.attributes["flexout"], "v": version}
    if version is None:
        del record["v"]
    client.send(update_conversation(conversation.sid, attributes={"flexout": record}))


@pytest.fixture
def opened(attempt, sandbox):
    attempt()
    sandbox.clock.advance("1h")
    return sandbox.conversations[0]


def test_a_record_of_before_there_were_versions_is_adopted(client, attempt, sandbox, opened):
    rewrite(client, opened, None)
    adopted = attempt(retried=True)
    assert (adopted.created, adopted.conversation_sid) == (False, opened.sid)
    assert len(sandbox.interactions) == 1


@pytest.mark.parametrize("version", [2, 0, "1", "two", [1]])
@pytest.mark.parametrize("last_try", [False, True])
@pytest.mark.parametrize("strategy", ["conversation_first", "one_call"])
def test_a_record_of_another_version_stops_an_attempt(
    client, attempt, sandbox, opened, version, last_try, strategy
):
    rewrite(client, opened, version)
    with pytest.raises(RecordTooNew, match=r"install the newest version") as refused:
        attempt(retried=True, last_try=last_try, strategy=strategy)
    assert not refused.value.permanent
    assert [one.sid for one in sandbox.conversations] == [opened.sid]
    assert len(sandbox.interactions) == 1


@pytest.mark.parametrize("last_try", [False, True])
def test_so_does_one_of_an_outreach_that_is_half_open(client, attempt, sandbox, last_try):
    sandbox.faults.lose_request("CreateInteraction", times=None)
    with pytest.raises(OutcomeUnknown):
        attempt()
    sandbox.faults.clear()
    (left,) = sandbox.conversations
    rewrite(client, left, 2)
    with pytest.raises(RecordTooNew):
        attempt(retried=True, last_try=last_try)
    assert [one.sid for one in sandbox.conversations] == [left.sid], "it is the newer version's to clean up"
    assert sandbox.interactions == []


def test_a_given_conversation_with_such_a_record_is_not_routed(client, attempt, sandbox, opened):
    rewrite(client, opened, 2)
    with pytest.raises(RecordTooNew):
        attempt(to=None, initiated_by="api", media_channel_sid=opened.sid)
    assert len(sandbox.interactions) == 1


def test_whether_such_an_outreach_is_open_is_not_known(client, plan, opened):
    rewrite(client, opened, 2)
    with pytest.raises(RecordTooNew):
        client.run(is_open(plan()))


def test_it_is_no_orphan(client, attempt, sandbox):
    sandbox.faults.lose_request("CreateInteraction", times=None)
    with pytest.raises(OutcomeUnknown):
        attempt()
    sandbox.clock.advance("2h")
    assert len(client.run(find_orphans(timedelta(hours=1)))) == 1
    rewrite(client, sandbox.conversations[0], 2)
    assert client.run(find_orphans(timedelta(hours=1))) == []
