"""Whatever hits whichever step of opening a conversation without an agent, a reply makes exactly one task."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import repeat
from typing import Any

import pytest

from airflow_provider_flexout.outreach.conversation.create_once import create_once
from airflow_provider_flexout.outreach.conversation.request import ConversationResult, build_request
from airflow_provider_flexout.outreach.durable import derive_key
from airflow_provider_flexout.outreach.spec import OutreachSpec
from airflow_provider_flexout.outreach.values.defaults import ConnectionDefaults
from airflow_provider_flexout.twilio.http.call import Procedure
from tests.crash.faults import KILLED_AFTER, KILLED_BEFORE, SMOOTH, Fault
from tests.crash.grid import Grid
from tests.crash.outreaches import CUSTOMERS, counted, is_lock, send_message
from tests.crash.stage import Attempt, Stage
from tests.crash.test_assumptions import ALL, SETTINGS
from tests.crash.test_interaction_grid import FAULTS
from tests.crash.tries import hit_at, named, tries, worth_hitting

WEBHOOK_PLACE = 2
"""The requests of a first try that come before the webhook."""


@pytest.mark.parametrize(("second", "lag"), [("refuse", 0), ("refuse", 20), ("drop", 0), ("accept", 0)])
@pytest.mark.parametrize("earlier", ["none", "killed before", "killed after", "done", "replied"])
def test_a_reply_makes_one_task(
    new_stage: Callable[..., Stage], grid: Grid, earlier: str, second: str, lag: float
):
    steps = every_step_is_hit(partial(new_stage, second=second, lag=lag), grid, {}, earlier, "no agent")
    assert len(steps) >= {"none": 3, "killed before": 10}.get(earlier, 4)


@pytest.mark.parametrize(("setting", "choice"), SETTINGS)
def test_on_whichever_side_of_an_assumption(
    new_stage: Callable[..., Stage], grid: Grid, setting: str, choice: str
):
    for earlier in ("none", "killed before", "killed after") if ALL else ("none",):
        every_step_is_hit(partial(new_stage, **{setting: choice}), grid, {}, earlier, f"{setting}={choice}")


@pytest.mark.parametrize("channel", ["whatsapp", "messenger", "chat"])
def test_on_every_channel(new_stage: Callable[..., Stage], grid: Grid, channel: str):
    outreach = {"channel": channel, "to": CUSTOMERS[channel]}
    every_step_is_hit(new_stage, grid, outreach, "none", f"no agent, {channel}")


def test_the_pipeline_registers_nothing(new_stage: Callable[..., Stage], grid: Grid):
    steps = every_step_is_hit(new_stage, grid, {"on_reply": "pipeline"}, "none", "no agent, pipeline")
    assert steps == ["CreateConversation", "CreateConversationParticipant"]


@pytest.mark.parametrize("replay_ahead", ["accept", "refuse"])
@pytest.mark.parametrize("earlier", ["none", "killed before", "killed after"])
def test_a_customer_who_writes_between_two_steps_gets_an_agent(
    new_stage: Callable[..., Stage], earlier: str, replay_ahead: str
):
    """The customer writes on their own, before the webhook is there: what it missed is replayed.

    Only what is written between Twilio's refusal to replay and the next request is not; docs/once.md says so.
    """
    steps, bad = smooth(new_stage(replay_ahead=replay_ahead), {}, earlier), []
    refused = max(0, steps.count("CreateConversationScopedWebhook") - 1)
    assert refused == (replay_ahead == "refuse")
    for place in worth_hitting(steps):
        if not (WEBHOOK_PLACE if earlier == "none" else 0) <= place < len(steps) - refused:
            continue
        stage = new_stage(replay_ahead=replay_ahead)
        begin(stage, {}, earlier)
        attempt = Attempt(stage, create(stage, retried=earlier != "none"), writes_before(stage, place))
        stage.play()
        say(stage, attempt.result.conversation_sid)
        stage.sandbox.clock.advance("1h")
        cleared = tries(stage, lambda _, stage=stage: create(stage, retried=True))[-1].result
        if problem := problem_with(stage, {}, attempt.result, cleared):
            bad.append(f"before {steps[place]} (request {place + 1}): {problem}")
    assert not bad, "\n" + "\n".join(bad)


def writes_before(stage: Stage, place: int) -> Iterator[Fault]:
    """Let the customer write right before a request is sent."""
    yield from repeat(SMOOTH, place)
    reply(stage)
    yield SMOOTH


def create(stage: Stage, *, retried: bool, **arguments: Any) -> Procedure[ConversationResult]:
    """One try at the conversation; by default by SMS, with the sandbox's flow."""
    defaults = ConnectionDefaults.from_extra("flexout_default", stage.sandbox.connection()["extra"])
    spec = OutreachSpec(**({"channel": "sms", "to": CUSTOMERS["sms"]} | arguments))
    request = build_request(spec, key=derive_key("once"), defaults=defaults, retried=retried)
    return create_once(request, clock=stage.now)


def every_step_is_hit(
    make: Callable[[], Stage], grid: Grid, outreach: dict[str, Any], earlier: str, title: str
) -> list[str]:
    """Hit every step of a try, one after the other, with every fault; give the steps."""
    steps = smooth(make(), outreach, earlier)
    bad = []
    for place in worth_hitting(steps):
        for fault in FAULTS:
            problem = cell(make(), outreach, earlier, place, fault)
            grid.note(f"{title}, {earlier}", steps[place], fault.name, good=not problem)
            if problem:
                bad.append(f"{steps[place]} (request {place + 1}) x {fault.name}: {problem}")
    assert not bad, "\n" + "\n".join(bad)
    return steps


def begin(stage: Stage, outreach: dict[str, Any], earlier: str) -> None:
    """Let an earlier try get as far as it did."""
    hits = {
        "killed before": hit_at(WEBHOOK_PLACE, KILLED_BEFORE),
        "killed after": hit_at(WEBHOOK_PLACE, KILLED_AFTER),
        "done": iter(()),
        "replied": iter(()),
    }
    if earlier not in hits:
        return
    attempt = Attempt(stage, create(stage, retried=False, **outreach), hits[earlier])
    stage.play()
    if earlier == "replied":
        say(stage, attempt.result.conversation_sid)
        reply(stage)


def say(stage: Stage, conversation_sid: str) -> None:
    """Send the message of the next task, as often as Airflow clears it."""
    for retried in (False, True):
        Attempt(stage, send_message(stage, conversation_sid, channel="sms", retried=retried))
        stage.play()


def reply(stage: Stage) -> None:
    """Let the customer reply, and everything happen that follows from it."""
    conversation = [one for one in stage.sandbox.conversations if not is_lock(one)][-1]
    customer = conversation.participants[0]
    stage.sandbox.customer(customer.address or customer.identity).says("Where is it?")
    stage.sandbox.clock.advance("1s")


def smooth(stage: Stage, outreach: dict[str, Any], earlier: str) -> list[str]:
    """Name the steps of a try that nothing hits."""
    begin(stage, outreach, earlier)
    (only,) = tries(stage, lambda _: create(stage, retried=earlier != "none", **outreach))
    return [named(request) for request in only.requests]


def cell(stage: Stage, outreach: dict[str, Any], earlier: str, place: int, fault: Fault) -> str | None:
    """Hit one step, try until it ends, say the message, and let the customer reply; an hour later, clear.

    :returns: what is wrong in the end.
    """
    begin(stage, outreach, earlier)
    done = tries(
        stage,
        lambda again: create(stage, retried=earlier != "none" or again, **outreach),
        hit_at(place, fault),
    )[-1].result
    if not isinstance(done, ConversationResult):
        return f"ended with {done!r}"
    webhooks = len(stage.sandbox._store.webhooks.scoped.get(done.conversation_sid, ()))
    expected = 0 if outreach.get("on_reply") == "pipeline" or earlier == "replied" else 1
    if webhooks != expected:
        return f"{webhooks} webhooks"
    say(stage, done.conversation_sid)
    if earlier != "replied":
        reply(stage)
    cleared = tries(stage, lambda _: create(stage, retried=True, **outreach))[-1].result
    reply(stage)
    return problem_with(stage, outreach, done, cleared)


def problem_with(
    stage: Stage, outreach: dict[str, Any], done: ConversationResult, cleared: Any
) -> str | None:
    if not isinstance(cleared, ConversationResult) or cleared.created:
        return f"clearing ended with {cleared!r}"
    tasks = 0 if outreach.get("on_reply") == "pipeline" else 1
    held = counted(stage.sandbox)
    if held != {"conversations": 1, "customers": 1, "interactions": tasks, "tasks": tasks}:
        return f"left {held}"
    sent = [one for one in stage.sandbox.messages if one.body == "Hello, Ada."]
    if len(sent) != 1:
        return f"{len(sent)} messages"
    if cleared.conversation_sid != done.conversation_sid or not done.participant_sid:
        return f"wrong SIDs: {done}, {cleared}"
    return None
