"""Whose conversation was closed is not contacted again, whether it keeps its unique name or not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from airflow_provider_flexout.outreach.agents.close import close_once
from airflow_provider_flexout.outreach.durable import derive_key
from airflow_provider_flexout.outreach.interaction.lookup import is_open
from airflow_provider_flexout.outreach.interaction.request import InteractionResult
from airflow_provider_flexout.outreach.message.send_once import SentMessage
from airflow_provider_flexout.outreach.values.defaults import ConnectionDefaults
from tests.crash import test_campaign_grid as campaign
from tests.crash import test_notification_grid as notification
from tests.crash.faults import Fault
from tests.crash.grid import Grid
from tests.crash.outreaches import CUSTOMERS, counted, open_outreach, send_message, sids_of
from tests.crash.stage import Attempt, Stage
from tests.crash.test_interaction_grid import FAULTS
from tests.crash.tries import hit_at, named, tries, worth_hitting
from tests.outreach_request import request_of

closed_names = pytest.mark.parametrize("closed_name", ["kept", "freed"])
OUTREACHES: dict[str, dict[str, Any]] = {
    "by its name": {},
    "by one_call": {"strategy": "one_call"},
    "on chat": {"channel": "chat", "to": CUSTOMERS["chat"]},
}
AGAIN: dict[str, dict[str, bool]] = {
    "cleared": {"retried": True},
    "the same key": {"shared_key": True},
    "the same day": {"has_logical_date": True},
}
"""How the outreach is asked for again: by a later try, by another run under a key of the user's own, or by
another run of the same day."""


def close(stage: Stage) -> None:
    """Close the newest interaction, and let a day go by."""
    newest = stage.sandbox.interactions[-1]
    Attempt(stage, close_once(newest.sid, newest.channel_sid, "completed"))
    stage.play()
    stage.sandbox.clock.advance("1d")
    assert stage.sandbox.tasks == []


def closed_outreach(stage: Stage, outreach: dict[str, Any]) -> InteractionResult:
    """Open an outreach, send a message in it, and close it."""
    (opened,) = tries(stage, lambda _: open_outreach(stage, **outreach))
    (sent,) = tries(stage, lambda _: send_message(stage, opened.result.conversation_sid))
    assert isinstance(sent.result, SentMessage)
    close(stage)
    result: InteractionResult = opened.result
    return result


@closed_names
@pytest.mark.parametrize("again", AGAIN)
@pytest.mark.parametrize("title", OUTREACHES)
def test_an_outreach(new_stage: Callable[..., Stage], grid: Grid, title: str, again: str, closed_name: str):
    outreach, bad = OUTREACHES[title], []

    def try_again(hits: Iterator[Fault]) -> tuple[Stage, InteractionResult, list[Attempt]]:
        stage = new_stage(closed_name=closed_name)
        first = closed_outreach(stage, outreach)
        how = AGAIN[again]
        make = lambda again: open_outreach(stage, **outreach, **{"retried": again, **how})  # noqa: E731
        return stage, first, tries(stage, make, hits)

    steps = [named(request) for request in try_again(iter(()))[-1][0].requests]
    for place in worth_hitting(steps):
        for fault in FAULTS:
            stage, first, ended = try_again(hit_at(place, fault))
            problem = problem_with(stage, first, ended[-1].result)
            row = f"{title}, closed, its name is {closed_name}, {again}"
            grid.note(row, steps[place], fault.name, good=not problem)
            if problem:
                bad.append(f"{steps[place]} (request {place + 1}) x {fault.name}: {problem}")
    assert not bad, "\n" + "\n".join(bad)


def problem_with(stage: Stage, first: InteractionResult, result: Any) -> str | None:
    held = counted(stage.sandbox)
    # A request to create the conversation may arrive after everything is over, and leave an empty one.
    held["conversations"] = sum(bool(one.participants) for one in stage.sandbox.conversations)
    if held != {"conversations": 1, "customers": 1, "interactions": 1, "tasks": 0}:
        return f"left {held}"
    if not isinstance(result, InteractionResult) or result.created or sids_of(result) != sids_of(first):
        return f"ended with {result!r}, not {first!r}"
    return None


@closed_names
def test_a_contact_of_a_campaign(new_stage: Callable[..., Stage], closed_name: str):
    stage = new_stage(closed_name=closed_name)
    (reached,) = tries(stage, lambda again: campaign.reach(stage, {}, again=again))
    close(stage)
    (again,) = tries(stage, lambda _: campaign.reach(stage, {}, again=True))
    assert again.result.opened == reached.result.opened.__class__(
        **{**reached.result.opened.as_dict(), "created": False}
    )
    assert again.result.message.message_sid == reached.result.message.message_sid
    assert len(stage.sandbox.messages) == len(stage.sandbox.conversations) == 1


@closed_names
def test_a_notification_after_which_many_conversations_were_closed(
    new_stage: Callable[..., Stage], closed_name: str
):
    stage = new_stage(closed_name=closed_name)
    (told,) = tries(stage, lambda _: notification.notify(stage))
    close(stage)
    for number in range(5):
        tries(stage, lambda _, key=f"fx{number:032}": open_outreach(stage, key=key))
        close(stage)
    (again,) = tries(stage, lambda _: notification.notify(stage))
    assert (again.result.created, again.result.message_sid) == (False, told.result.message_sid)
    assert len(stage.sandbox.messages) == 1


@closed_names
@pytest.mark.parametrize("title", OUTREACHES)
def test_no_policy_is_asked_about_what_is_open_already(
    new_stage: Callable[..., Stage], title: str, closed_name: str
):
    stage = new_stage(closed_name=closed_name)
    closed_outreach(stage, OUTREACHES[title])
    defaults = ConnectionDefaults.from_extra("flexout_default", stage.sandbox.connection()["extra"])
    request = {
        "key": derive_key("once"),
        "channel": "sms",
        "to": CUSTOMERS["sms"],
        "defaults": defaults,
        "retried": True,
    }
    asked = Attempt(stage, is_open(request_of(**(request | OUTREACHES[title]))))
    stage.play()
    assert asked.result is True
