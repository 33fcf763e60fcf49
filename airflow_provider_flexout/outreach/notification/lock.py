"""A lock over all processes and machines, made of a conversation's unique name.

Twilio lets a unique name exist once. Whoever creates an empty conversation under the lock's name holds the
lock, and deletes the conversation in the end. It has no participants, so nobody sees it.

A holder that died leaves it behind. It may have begun its last request up to
:data:`~airflow_provider_flexout.outreach.timing.LOCK_TTL` seconds after it took the lock, and everything that
it did shows :data:`~airflow_provider_flexout.outreach.timing.VISIBILITY_DELAY` seconds after that. So the
next one that needs the lock removes it once it is older than both together, by its SID, and tries for the
name like everybody else.
"""

from __future__ import annotations

import logging
import uuid
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from airflow_provider_flexout.outreach import durable, timing
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

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock that is held.

    :param sid: the conversation that stands for it, ``CH…``.
    :param until: when its holder may begin no further request, by the holder's clock.
    """

    sid: str
    until: float


def take_lock(key: str, clock: Callable[[], float]) -> Procedure[Lock | None]:
    """Try once to take a lock; give ``None`` while somebody else holds it.

    :param key: what is locked, a key of :mod:`~airflow_provider_flexout.outreach.durable`.
    :param clock: gives seconds.
    """
    # The time counts from before the request: it may have taken effect at once, and its response be late.
    name, token, until = durable.lock_name(key), uuid.uuid4().hex, clock() + timing.LOCK_TTL
    try:
        created = yield create_conversation(unique_name=name, attributes={durable.LOCK_ATTRIBUTE: token})
    except Conflict as conflict:
        if conflict.code != ErrorCode.CONVERSATION_NAME_TAKEN:
            raise
    else:
        return Lock(created.sid, until)
    try:
        holder = yield fetch_conversation(name)
    except NotFound:
        return None
    if holder.attribute_object.get(durable.LOCK_ATTRIBUTE) == token:
        return Lock(
            holder.sid, until
        )  # our own request, which the client repeated since its response was lost
    if _age(holder) > timing.LOCK_TTL + timing.VISIBILITY_DELAY:
        log.info("Removing the lock %s, whose holder is gone.", holder.sid)
        with suppress(NotFound):
            # By its SID, which is this very lock: the name may be somebody else's by now.
            yield delete_conversation(holder.sid)
    return None


def release(lock: Lock) -> Procedure[None]:
    """Give a lock back.

    :param lock: the lock, held by us.
    """
    try:
        with suppress(NotFound):
            yield delete_conversation(lock.sid)
    except TwilioError as error:
        log.warning("Could not remove the lock %s, which runs out by itself: %s", lock.sid, error)


def run_locked(procedure: Procedure[R], lock: Lock, clock: Callable[[], float]) -> Procedure[R]:
    """Run a procedure, and let no request of it that contacts somebody begin after the lock's time.

    :param procedure: what to do.
    :param lock: the lock, held by us.
    :param clock: gives seconds.
    :raises ReconciliationPending: in place of a request that would come too late.
    """
    outcome: Any = None
    while True:
        try:
            step = procedure.throw(outcome) if isinstance(outcome, BaseException) else procedure.send(outcome)
        except StopIteration as done:
            result: R = done.value
            return result
        if isinstance(step, Call) and step.retry_safety is RetrySafety.NON_IDEMPOTENT:
            left = lock.until - clock()
            if left <= 0:
                procedure.close()
                raise ReconciliationPending(
                    f"{step.name} would come too late: another attempt may be at work by now."
                )
            step = step.within(left if step.start_within is None else min(left, step.start_within))
        try:
            outcome = yield step
        except GeneratorExit:
            procedure.close()
            raise
        except BaseException as error:
            outcome = error


def _age(conversation: Conversation) -> float:
    """Count the seconds since a conversation was created by Twilio's clock, rather too few than too many."""
    if conversation.served_at is None or conversation.date_created is None:
        return 0.0
    age = (conversation.served_at - conversation.date_created).total_seconds()
    return age - timing.CLOCK_RESOLUTION
