"""Waiting for something to happen at Twilio: what is polled, and how often. Waiters only read."""

from __future__ import annotations

from typing import Any, TypeAlias

from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.inbox.checks import CUSTOMER
from airflow_provider_flexout.outreach.waiters.outcome import Outcome, read_outcome
from airflow_provider_flexout.outreach.waiters.polling import (
    ErrorBudget,
    PollSchedule,
    SafetyNetSchedule,
    wait_for,
)
from airflow_provider_flexout.outreach.waiters.reply import Reply, ReplyWaiter, reply_waiter
from airflow_provider_flexout.outreach.waiters.stages import InteractionWaiter, MessageWaiter, check_readable

__all__ = [
    "AnyWaiter",
    "ErrorBudget",
    "InteractionWaiter",
    "MessageWaiter",
    "Outcome",
    "PollSchedule",
    "Reply",
    "ReplyWaiter",
    "SafetyNetSchedule",
    "check_readable",
    "deserialize",
    "read_outcome",
    "reply_waiter",
    "serialize",
    "wait_for",
]

AnyWaiter: TypeAlias = InteractionWaiter | MessageWaiter | ReplyWaiter

_KINDS: dict[str, type[AnyWaiter]] = {
    durable.WAITER_INTERACTION: InteractionWaiter,
    durable.WAITER_MESSAGE: MessageWaiter,
    durable.WAITER_REPLY: ReplyWaiter,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}


def serialize(waiter: AnyWaiter) -> dict[str, Any]:
    """Write a waiter as plain JSON: SIDs, numbers and the stage; no address, no text.

    :param waiter: what is polled.
    """
    kind = _NAMES[type(waiter)]
    written = {durable.WAITER_KIND: kind, **durable.fields(waiter, durable.WAITER_FIELDS[kind])}
    if isinstance(waiter, ReplyWaiter) and waiter.levels != CUSTOMER:
        written[durable.WAITER_REPLY_LEVELS] = list(waiter.levels)
    return written


def deserialize(serialized: dict[str, Any]) -> AnyWaiter:
    """Make the waiter again.

    :param serialized: as :func:`serialize` wrote it.
    """
    given = dict(serialized)
    return _KINDS[given.pop(durable.WAITER_KIND)](**given)
