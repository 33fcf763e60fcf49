"""Whatever hits whichever step of a message, retries and a clear end with one message."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from airflow_provider_flexout.outreach.message import templates
from airflow_provider_flexout.outreach.message.media import File
from airflow_provider_flexout.outreach.message.send_once import SentMessage
from airflow_provider_flexout.twilio.http.call import Procedure
from tests.crash.faults import KILLED_AFTER, KILLED_BEFORE, Fault
from tests.crash.grid import Grid
from tests.crash.outreaches import conversation_in, open_locks, send_message
from tests.crash.stage import Attempt, Stage
from tests.crash.test_interaction_grid import FAULTS
from tests.crash.tries import hit_at, named, tries, worth_hitting

TITLES = ("first try", "first try, just opened", "a retry that sends", "a retry that finds the message")
KINDS = ("a text", "a template", "a text too late for WhatsApp", "a file")


@pytest.mark.parametrize("title", TITLES)
@pytest.mark.parametrize("kind", KINDS)
def test_one_message(grid: Grid, stage: Stage, kind: str, title: str):
    sid = begin(stage, kind, title)
    (only,) = tries(stage, lambda _: a_try(stage, sid, kind, title, again=False))
    steps = [named(request) for request in only.requests]
    bad = []
    for place in worth_hitting(steps):
        for fault in FAULTS:
            stage.sandbox.reset()
            problem = cell(stage, kind, title, place, fault)
            shown = title if kind == KINDS[0] else f"{kind}, {title}"
            grid.note(f"send_once, {shown}", steps[place], fault.name, good=not problem)
            if problem:
                bad.append(f"{steps[place]} x {fault.name}: {problem}")
    assert not bad, "\n" + "\n".join(bad)


def words(stage: Stage, kind: str) -> dict[str, Any]:
    """The message's part of an utterance."""
    approved = next(one for one in stage.sandbox.templates if one.status == "approved")
    template = {"content_sid": approved.sid, "content_variables": approved.variables}
    return {
        "a text": {"channel": "sms"},
        "a template": template,
        "a text too late for WhatsApp": {"body": "Hello", **template, "on_closed_window": "template"},
        "a file": {"media": File("a.png", "image/png", lambda: 3, lambda: b"PNG")},
    }[kind]


def begin(stage: Stage, kind: str, title: str) -> str:
    """Make the conversation, and let an earlier try get as far as it did."""
    templates.clear_cache()
    sid = conversation_in(stage, "whatsapp" if "WhatsApp" in kind else "sms")
    if title.startswith("a retry"):
        killed = KILLED_BEFORE if title == "a retry that sends" else KILLED_AFTER
        Attempt(stage, a_try(stage, sid, kind, "first try", again=False), until_the_message(kind, killed))
        stage.play()
        templates.clear_cache()
    return sid


def until_the_message(kind: str, killed: Fault) -> Iterator[Fault]:
    """Let all go well up to the request that sends the message."""
    before = {"a text": 2, "a template": 4, "a text too late for WhatsApp": 5, "a file": 5}
    return hit_at(before[kind], killed)


def a_try(stage: Stage, sid: str, kind: str, title: str, *, again: bool) -> Procedure[SentMessage]:
    what = words(stage, kind)
    if title == "first try, just opened" and not again:
        channel = "whatsapp" if "WhatsApp" in kind else "sms"
        return send_message(stage, sid, first_attempt=True, **(what | {"channel": channel}))
    return send_message(stage, sid, retried=again or title.startswith("a retry"), **what)


def cell(stage: Stage, kind: str, title: str, place: int, fault: Fault) -> str | None:
    sid = begin(stage, kind, title)
    done = tries(stage, lambda again: a_try(stage, sid, kind, title, again=again), hit_at(place, fault))
    stage.sandbox.clock.advance("1h")
    cleared = tries(stage, lambda _: send_message(stage, sid, retried=True, **words(stage, kind)))
    messages = stage.sandbox.messages
    if len(messages) != 1 or open_locks(stage.sandbox):
        return f"left {len(messages)} messages, locks {open_locks(stage.sandbox)}"
    right = SentMessage(messages[0].sid, sid, messages[0].index, created=False)
    if cleared[-1].result != right:
        return f"the clear ended with {cleared[-1].result!r}"
    result = done[-1].result
    if not isinstance(result, SentMessage) or result.as_dict() | {"created": False} != right.as_dict():
        return f"ended with {result!r}"
    return None
