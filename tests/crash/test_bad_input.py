"""What has to be refused, and what has to be said about it."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.durable import derive_key
from airflow_provider_flexout.outreach.errors import (
    ConversationEnded,
    ConversationOfAnotherOutreach,
    KeyReused,
)
from airflow_provider_flexout.twilio.api.conversations import (
    create_conversation,
    delete_conversation,
    update_conversation,
)
from tests.crash.outreaches import (
    CUSTOMER,
    ONE_OF_EACH,
    conversation_in,
    counted,
    open_outreach,
    send_message,
)
from tests.crash.stage import Attempt, Stage

both = pytest.mark.parametrize("strategy", ["conversation_first", "one_call"])


def result_of(stage: Stage, procedure):
    attempt = Attempt(stage, procedure)
    stage.play()
    return attempt.result


def send(stage: Stage, call):
    def sent():
        return (yield call)

    return result_of(stage, sent())


@both
@pytest.mark.parametrize(
    ("other", "shown"),
    [
        ({"to": "+12025550118"}, "+1•••••0118 on sms"),
        ({"channel": "whatsapp"}, "whatsapp:+1•••••0117 on whatsapp"),
    ],
)
def test_two_outreaches_under_one_key_are_an_error_that_shows_both(stage: Stage, strategy, other, shown):
    result_of(stage, open_outreach(stage, strategy=strategy))
    refused = result_of(stage, open_outreach(stage, strategy=strategy, retried=True, **other))
    assert isinstance(refused, KeyReused)
    assert "+1•••••0117 on sms" in str(refused)
    assert shown in str(refused)
    assert CUSTOMER not in str(refused)
    assert counted(stage.sandbox) == ONE_OF_EACH


@both
def test_a_conversation_with_our_name_that_is_not_ours_is_refused_and_left_alone(stage: Stage, strategy):
    foreign = send(stage, create_conversation(unique_name=f"flexout_{derive_key('once')}"))
    refused = result_of(stage, open_outreach(stage, strategy=strategy, last_try=True))
    assert isinstance(refused, ConversationOfAnotherOutreach)
    assert [one.sid for one in stage.sandbox.conversations] == [foreign.sid]


def test_an_outreach_whose_conversation_was_deleted_says_so_while_its_task_is_there(stage: Stage):
    opened = result_of(stage, open_outreach(stage))
    send(stage, delete_conversation(opened.conversation_sid))
    refused = result_of(stage, open_outreach(stage, retried=True))
    assert isinstance(refused, ConversationEnded)
    assert opened.conversation_sid in str(refused)
    assert stage.sandbox.conversations == []
    assert len(stage.sandbox.interactions) == 1


def test_an_outreach_whose_conversation_was_deleted_begins_anew_once_its_task_is_gone(stage: Stage):
    """As docs/once.md says: nothing at Twilio tells of it any more."""
    stage.sandbox.agent().finishes(after="1m")
    opened = result_of(stage, open_outreach(stage))
    stage.sandbox.clock.advance("1h")
    send(stage, delete_conversation(opened.conversation_sid))
    again = result_of(stage, open_outreach(stage, retried=True))
    assert again.created
    assert again.conversation_sid != opened.conversation_sid


def test_a_message_to_a_deleted_conversation_says_so(stage: Stage):
    sid = conversation_in(stage)
    send(stage, delete_conversation(sid))
    for first_attempt in (False, True):
        refused = result_of(stage, send_message(stage, sid, first_attempt=first_attempt))
        assert isinstance(refused, ConversationEnded)
        assert sid in str(refused)


def test_a_message_to_a_closed_conversation_says_so(stage: Stage):
    sid = conversation_in(stage)
    send(stage, update_conversation(sid, state="closed"))
    refused = result_of(stage, send_message(stage, sid))
    assert refused.permanent
    assert "closed state" in str(refused)


def test_routing_a_conversation_that_is_deleted_or_closed_says_so(stage: Stage):
    sid = conversation_in(stage)
    given = {"to": None, "initiated_by": "customer", "media_channel_sid": sid}
    send(stage, update_conversation(sid, state="closed"))
    closed = result_of(stage, open_outreach(stage, **given))
    send(stage, delete_conversation(sid))
    deleted = result_of(stage, open_outreach(stage, **given))
    assert [type(closed), type(deleted)] == [ConversationEnded, ConversationEnded]
    assert f"{sid} is closed" in str(closed)
    assert f"no conversation {sid}" in str(deleted)
