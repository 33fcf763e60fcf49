"""One at a time, over all processes and machines: a lock made of a conversation's unique name.

Twilio lets a unique name exist once. Whoever creates an empty conversation under the lock's name holds the
lock, and deletes it in the end. It has no participants, so nobody sees it. A holder that died leaves it
behind; after :data:`HOLD` seconds nothing of what it did can begin any more, and :data:`VISIBILITY_DELAY`
seconds later all of it shows, so the next one that needs the lock removes it, by its SID, and tries for the
name like everybody else.
"""

from __future__ import annotations

import logging
import uuid
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.errors import ReconciliationPending
from airflow_provider_flexout.twilio.api.conversations import (
    create_conversation,
    delete_conversation,
    fetch_conversation,
)
from airflow_provider_flexout.twilio.http.call import Call, RetrySafety
from airflow_provider_flexout.twilio.http.codes import ErrorCode
from airflow_provider_flexout.twilio.http.errors import Conflict, NotFound, TwilioError

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_provider_flexout.twilio.api.conversations import Conversation
    from airflow_provider_flexout.twilio.http.call import Procedure

R = TypeVar("R")

HOLD = 60.0
"""Seconds after taking a lock within which its holder begins its last request, or never will."""

VISIBILITY_DELAY = 30.0
"""Seconds after that until what it did can be seen by everybody."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock that is held.

    :param sid: the conversation that stands for it, ``CH…``.
    :param until: by the holder's clock.
    """

    sid: str
    until: float


def take_lock(key: str, clock: Callable[[], float]) -> Procedure[Lock | None]:
    """Try once to take a lock; ``None`` while somebody else holds it.

    :param key: what is locked, see :mod:`~airflow_provider_flexout.outreach.values.keys`.
    :param clock: seconds.
    """
    name, token, until = durable.lock_name(key), uuid.uuid4().hex, clock() + HOLD
    try:
        made = yield create_conversation(unique_name=name, attributes={durable.LOCK_ATTRIBUTE: token})
    except Conflict as conflict:
        if conflict.code != ErrorCode.CONVERSATION_NAME_TAKEN:
            raise
    else:
        return Lock(made.sid, until)
    try:
        holder = yield fetch_conversation(name)
    except NotFound:
        return None
    if holder.attribute_object.get(durable.LOCK_ATTRIBUTE) == token:
        return Lock(holder.sid, until)  # our own request, repeated because its answer was lost
    if _age(holder) > HOLD + VISIBILITY_DELAY:
        log.info("Removing the lock %s, whose holder is gone.", holder.sid)
        with suppress(NotFound):
            yield delete_conversation(holder.sid)
    return None


def release(lock: Lock) -> Procedure[None]:
    """Give a lock back.

    :param lock: as it was taken.
    """
    try:
        with suppress(NotFound):
            yield delete_conversation(lock.sid)
    except TwilioError as error:
        log.warning("Could not remove the lock %s, which runs out by itself: %s", lock.sid, error)


def while_held(procedure: Procedure[R], lock: Lock, clock: Callable[[], float]) -> Procedure[R]:
    """Carry out a procedure, and let no request that reaches a person begin after the lock's time.

    :param procedure: what to do.
    :param lock: held by us.
    :param clock: seconds.
    :raises ReconciliationPending: in place of a request that would come too late.
    """
    outcome: Any = None
    while True:
        try:
            step = procedure.throw(outcome) if isinstance(outcome, TwilioError) else procedure.send(outcome)
        except StopIteration as done:
            result: R = done.value
            return result
        if isinstance(step, Call) and step.retry_safety is RetrySafety.NON_IDEMPOTENT:
            left = lock.until - clock()
            if left <= 0:
                procedure.close()
                raise ReconciliationPending(
                    f"{step.name} would come too late: another attempt may be at it by now."
                )
            step = step.within(left if step.start_within is None else min(left, step.start_within))
        try:
            outcome = yield step
        except TwilioError as error:
            outcome = error


def _age(conversation: Conversation) -> float:
    """Count the seconds since a conversation was made, by Twilio's own clock, rather too few than many."""
    if conversation.served_at is None or conversation.date_created is None:
        return 0.0
    return (conversation.served_at - conversation.date_created).total_seconds() - 1.0
