"""Where nobody listens no message is sent, and a conversation that is taken up has one webhook."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from airflow_provider_flexout.outreach.conversation.create_once import create_once
from airflow_provider_flexout.outreach.conversation.request import ConversationResult, build_request
from airflow_provider_flexout.outreach.durable import derive_key
from airflow_provider_flexout.outreach.errors import NobodyListens
from airflow_provider_flexout.outreach.message.send_once import SentMessage
from airflow_provider_flexout.outreach.spec import OutreachSpec
from airflow_provider_flexout.outreach.values.defaults import ConnectionDefaults
from airflow_provider_flexout.twilio.api.conversations import delete_conversation_webhook
from airflow_provider_flexout.twilio.api.invites import list_channel_participants, update_channel_participant
from airflow_provider_flexout.twilio.http.call import Procedure
from tests.crash.faults import KILLED_BEFORE
from tests.crash.grid import Grid
from tests.crash.outreaches import CUSTOMER, conversation_in, open_outreach, send_message
from tests.crash.stage import Attempt, Stage
from tests.crash.test_conversation_grid import create
from tests.crash.test_interaction_grid import FAULTS
from tests.crash.tries import hit_at, named, tries, worth_hitting

Begin = Callable[[Stage], str]


def played(stage: Stage, procedure: Procedure[Any], *faults: Any) -> Any:
    attempt = Attempt(stage, procedure, *faults)
    stage.play()
    return attempt.result


def registered(stage: Stage) -> list[Any]:
    return [one for rows in stage.sandbox._store.webhooks.scoped.values() for one in rows]


def reply(stage: Stage) -> None:
    stage.sandbox.customer(CUSTOMER).says("Where is it?")
    stage.sandbox.clock.advance("1s")


def with_a_webhook(stage: Stage, **arguments: Any) -> str:
    return str(played(stage, create(stage, retried=False, **arguments)).conversation_sid)


def with_the_pipeline(stage: Stage) -> str:
    return with_a_webhook(stage, on_reply="pipeline")


def with_a_task(stage: Stage) -> str:
    sid = with_a_webhook(stage)
    reply(stage)
    assert not registered(stage)
    return sid


def with_an_agent(stage: Stage) -> str:
    stage.sandbox.agent().accepts(after=0).says("I see to it.")
    sid = with_a_task(stage)
    stage.sandbox.clock.advance("10m")
    return sid


def with_an_interaction(stage: Stage) -> str:
    return str(played(stage, open_outreach(stage)).conversation_sid)


def taken_up_by_the_pipeline(stage: Stage) -> str:
    sid = without_its_webhook(stage)
    played(stage, join(stage, on_reply="pipeline"))
    return sid


def without_its_webhook(stage: Stage) -> str:
    sid = with_a_webhook(stage)
    (webhook,) = registered(stage)

    def delete() -> Procedure[None]:
        yield delete_conversation_webhook(sid, webhook.sid)

    played(stage, delete())
    return sid


def half_open(stage: Stage) -> str:
    played(stage, create(stage, retried=False), hit_at(2, KILLED_BEFORE))
    return str(stage.sandbox.conversations[-1].sid)


def without_its_agent(stage: Stage) -> str:
    sid = with_an_agent(stage)
    (interaction,) = stage.sandbox.interactions

    def leave() -> Procedure[None]:
        place = (interaction.sid, interaction.channel_sid)
        everybody = yield list_channel_participants(*place)
        for one in everybody.items:
            if one.type == "agent":
                yield update_channel_participant(*place, one.sid, "closed")

    played(stage, leave())
    stage.sandbox.clock.advance("10m")
    return sid


KILLS = [fault for fault in FAULTS if fault.killed]

HEARD = (
    with_a_webhook,
    with_the_pipeline,
    with_a_task,
    with_an_agent,
    with_an_interaction,
    taken_up_by_the_pipeline,
    conversation_in,
)
UNHEARD = (without_its_webhook, half_open, without_its_agent)


@pytest.mark.parametrize("begin", HEARD, ids=lambda one: one.__name__)
@pytest.mark.parametrize("lag", [0, 20])
def test_a_message_is_sent_where_somebody_listens(new_stage: Callable[..., Stage], begin: Begin, lag: float):
    stage = new_stage(lag=lag)
    sent = played(stage, say(stage, begin(stage)))
    assert isinstance(sent, SentMessage)


@pytest.mark.parametrize("begin", UNHEARD, ids=lambda one: one.__name__)
def test_no_message_is_sent_where_nobody_listens(new_stage: Callable[..., Stage], grid: Grid, begin: Begin):
    stage = new_stage()
    attempt = Attempt(stage, say(stage, begin(stage)))
    stage.play()
    assert isinstance(attempt.result, NobodyListens)
    assert attempt.result.permanent
    steps = [named(request) for request in attempt.requests]
    assert "CreateConversationMessage" not in steps
    for place in worth_hitting(steps):
        for fault in FAULTS:
            stage = new_stage()
            sid = begin(stage)
            *_, last = tries(stage, partial(say_again, stage, sid), hit_at(place, fault))
            ours = [one for one in stage.sandbox.messages if one.body == "Hello, Ada."]
            good = isinstance(last.result, NobodyListens) and not ours
            grid.note(f"said to nobody, {begin.__name__}", steps[place], fault.name, good=good)
            assert good, (steps[place], fault.name, last.result)


@pytest.mark.parametrize("begin", UNHEARD, ids=lambda one: one.__name__)
def test_what_is_taken_up_has_one_webhook(new_stage: Callable[..., Stage], grid: Grid, begin: Begin):
    stage = new_stage(second="accept")
    begin(stage)
    attempt = Attempt(stage, join(stage))
    stage.play()
    steps = [named(request) for request in attempt.requests]
    assert "CreateConversationScopedWebhook" in steps
    for place in worth_hitting(steps):
        for fault in FAULTS if begin is without_its_webhook else KILLS:
            stage = new_stage(second="accept")
            sid, tasks = begin(stage), len(stage.sandbox.tasks)
            *_, last = tries(stage, partial(join_again, stage), hit_at(place, fault))
            webhooks = registered(stage)
            heard = isinstance(played(stage, say(stage, sid)), SentMessage)
            reply(stage)
            good = (
                isinstance(last.result, ConversationResult)
                and [one.sid for one in webhooks] == [last.result.webhook_sid]
                and heard
                and len(stage.sandbox.tasks) == tasks + 1
            )
            grid.note(f"taken up, {begin.__name__}", steps[place], fault.name, good=good)
            assert good, (steps[place], fault.name, last.result, webhooks)


@pytest.mark.parametrize("apart", [0.0, 0.2, 1.0, 4.9, 5.1, 12.0, 40.0])
@pytest.mark.parametrize("begin", [without_its_webhook, half_open], ids=lambda one: one.__name__)
def test_two_that_take_it_up_and_the_first_who_comes_back_leave_one_webhook(
    new_stage: Callable[..., Stage], begin: Begin, apart: float
):
    stage = new_stage()
    begin(stage)
    for delay, procedure in (
        (0.0, lambda: join(stage, "a")),
        (apart, lambda: join(stage, "b")),
        (apart / 2, lambda: create(stage, retried=True)),
    ):
        stage.at(delay, lambda procedure=procedure: Attempt(stage, procedure()))
    stage.play()
    assert len(registered(stage)) == 1
    reply(stage)
    assert len(stage.sandbox.tasks) == 1


@pytest.mark.parametrize("begin", HEARD[:-1], ids=lambda one: one.__name__)
@pytest.mark.parametrize("lag", [0, 20])
def test_where_somebody_listens_nothing_is_registered(
    new_stage: Callable[..., Stage], begin: Begin, lag: float
):
    stage = new_stage(lag=lag)
    begin(stage)
    before = [one.sid for one in registered(stage)]
    assert isinstance(played(stage, join(stage)), ConversationResult)
    assert [one.sid for one in registered(stage)] == before


def test_attributes_stay_as_they_are(new_stage: Callable[..., Stage]):
    stage = new_stage()
    sid = with_a_webhook(stage, attributes={"order": "4711"})
    before = json.loads(stage.sandbox._store.conversations.get(sid).attributes)
    played(stage, join(stage))
    assert json.loads(stage.sandbox._store.conversations.get(sid).attributes) == before


def say(stage: Stage, sid: str) -> Procedure[SentMessage]:
    workspace_sid = stage.sandbox.connection()["extra"]["workspace_sid"]
    return send_message(stage, sid, channel="sms", workspace_sid=workspace_sid)


def say_again(stage: Stage, sid: str, again: bool) -> Procedure[SentMessage]:
    workspace_sid = stage.sandbox.connection()["extra"]["workspace_sid"]
    return send_message(stage, sid, channel="sms", workspace_sid=workspace_sid, retried=again)


def join_again(stage: Stage, again: bool) -> Procedure[ConversationResult]:
    return join(stage, retried=again)


def join(
    stage: Stage, key: str = "another", *, retried: bool = False, **arguments: Any
) -> Procedure[ConversationResult]:
    """Another outreach to the same customer, which takes up the conversation."""
    defaults = ConnectionDefaults.from_extra("flexout_default", stage.sandbox.connection()["extra"])
    spec = OutreachSpec(**({"channel": "sms", "to": CUSTOMER} | arguments))
    request = build_request(spec, key=derive_key(key), defaults=defaults, retried=retried)
    return create_once(request, on_open_conversation="join", clock=stage.now)
