"""The safe path may not be slow: how many requests, and how long."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.interaction.request import InteractionResult
from airflow_provider_flexout.outreach.message.send_once import SentMessage
from tests.crash.faults import KILLED_AFTER, limited_for
from tests.crash.outreaches import CUSTOMERS, conversation_in, open_outreach, send_message
from tests.crash.stage import Attempt, Stage
from tests.crash.tries import hit_at, named

both = pytest.mark.parametrize("strategy", ["conversation_first", "one_call"])


def played(stage: Stage, procedure, faults=()) -> Attempt:
    attempt = Attempt(stage, procedure, faults)
    stage.play()
    return attempt


@both
def test_a_first_try_opens_in_four_requests_without_waiting(stage: Stage, strategy: str):
    began = stage.now()
    attempt = played(stage, open_outreach(stage, strategy=strategy))
    assert isinstance(attempt.result, InteractionResult)
    assert len(attempt.requests) <= 4
    assert stage.now() - began < 1


def test_a_first_try_by_name_makes_these(stage: Stage):
    assert [named(request) for request in played(stage, open_outreach(stage)).requests] == [
        "CreateConversation",
        "CreateConversationParticipant",
        "CreateInteraction",
        "UpdateConversation (SIDs)",
    ]


def test_a_rate_limit_in_the_beginning_costs_its_time_and_no_more(stage: Stage):
    began = stage.now()
    attempt = played(stage, open_outreach(stage), [limited_for(25), limited_for(25)])
    assert isinstance(attempt.result, InteractionResult)
    assert len(attempt.requests) == 2 + 4
    assert stage.now() - began < 51


def test_a_first_try_on_chat_looks_for_another_conversation_of_the_customer(stage: Stage):
    attempt = played(stage, open_outreach(stage, channel="chat", to=CUSTOMERS["chat"]))
    assert [named(request) for request in attempt.requests] == [
        "CreateConversation",
        "ListParticipantConversation",
        "CreateConversationParticipant",
        "CreateInteraction",
        "UpdateConversation (SIDs)",
    ]


@both
@pytest.mark.parametrize("killed", [False, True])
def test_an_adopted_retry_takes_three_reads_without_waiting(stage: Stage, strategy: str, killed: bool):
    played(stage, open_outreach(stage, strategy=strategy), hit_at(2, KILLED_AFTER) if killed else ())
    began = stage.now()
    attempt = played(stage, open_outreach(stage, strategy=strategy, retried=True))
    assert isinstance(attempt.result, InteractionResult)
    assert not attempt.result.created
    assert sum(request.method == "GET" for request in attempt.requests) <= 3
    assert stage.now() - began < 2


LOOK, ASK, SEND = "ListConversationMessage", "ListConversationParticipant", "CreateConversationMessage"
FETCH = "FetchConversation"
TEMPLATE = ["FetchContent", "FetchApprovalFetch"]


@pytest.mark.parametrize(
    ("how", "requests"),
    [
        ({"first_attempt": True}, [SEND]),
        ({"channel": "sms", "listener": "WT1"}, [LOOK, SEND]),
        ({"channel": "sms", "listener": "WH1"}, [LOOK, SEND]),
        ({"channel": "sms"}, [LOOK, FETCH, SEND]),
        ({}, [LOOK, FETCH, ASK, SEND]),
    ],
)
def test_a_text_costs_these(stage: Stage, how, requests: list[str]):
    began = stage.now()
    attempt = played(stage, send_message(stage, conversation_in(stage), **how))
    assert isinstance(attempt.result, SentMessage)
    assert [named(request) for request in attempt.requests] == requests
    assert stage.now() - began < 2


def test_the_channel_is_not_asked_for_once_the_customer_has_written(stage: Stage):
    sid = conversation_in(stage)
    stage.sandbox.customer(CUSTOMERS["sms"]).says("Hello?")
    sent = played(stage, send_message(stage, sid, listener="WT1"))
    assert [named(request) for request in sent.requests] == [LOOK, SEND]


def test_a_template_is_looked_up_once_for_each_process(stage: Stage):
    template = next(one for one in stage.sandbox.templates if one.status == "approved")
    how = {"content_sid": template.sid, "content_variables": template.variables, "listener": "WT1"}
    sid = conversation_in(stage)
    first, second = (played(stage, send_message(stage, sid, key=key, **how)) for key in ("first", "second"))
    assert [named(request) for request in first.requests] == [LOOK, *TEMPLATE, SEND]
    assert [named(request) for request in second.requests] == [LOOK, SEND]


def test_an_adopted_message_takes_one_read(stage: Stage):
    sid = conversation_in(stage)
    played(stage, send_message(stage, sid))
    assert len(played(stage, send_message(stage, sid, retried=True)).requests) == 1
