"""Waiting for something to happen at Twilio: what to look at, and how often. It only reads."""

from __future__ import annotations

import dataclasses
from typing import Any, TypeAlias

from airflow_provider_flexout.outreach.waiters.interaction import INTERACTION_STAGES, InteractionWatch
from airflow_provider_flexout.outreach.waiters.message import MESSAGE_STAGES, MessageWatch, check_readable
from airflow_provider_flexout.outreach.waiters.outcome import Outcome, read_outcome
from airflow_provider_flexout.outreach.waiters.polling import Patience, Polling, wait_for
from airflow_provider_flexout.outreach.waiters.reply import Reply, ReplyWatch, watch_replies

__all__ = [
    "INTERACTION_STAGES",
    "MESSAGE_STAGES",
    "AnyWatch",
    "InteractionWatch",
    "MessageWatch",
    "Outcome",
    "Patience",
    "Polling",
    "Reply",
    "ReplyWatch",
    "check_readable",
    "describe",
    "read_outcome",
    "wait_for",
    "watch_from",
    "watch_replies",
]

AnyWatch: TypeAlias = InteractionWatch | MessageWatch | ReplyWatch

_KINDS: dict[str, type[AnyWatch]] = {
    "interaction": InteractionWatch,
    "message": MessageWatch,
    "reply": ReplyWatch,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}


def describe(watch: AnyWatch) -> dict[str, Any]:
    """Write a watch as plain JSON: SIDs, numbers and the stage; no address, no text.

    :param watch: what to look at.
    """
    given = {one.name: getattr(watch, one.name) for one in dataclasses.fields(watch) if one.init}
    return {"kind": _NAMES[type(watch)], **given}


def watch_from(description: dict[str, Any]) -> AnyWatch:
    """Make the watch again.

    :param description: as :func:`describe` wrote it.
    """
    given = dict(description)
    return _KINDS[given.pop("kind")](**given)
