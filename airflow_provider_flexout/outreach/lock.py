"""A lock over all processes and machines, made of a conversation's unique name.

Twilio lets a unique name exist once. The attempt that creates an empty conversation under the lock's name
holds the lock, and deletes the conversation in the end. It has no participants, so nobody sees it.

If the holder dies, the conversation stays. The holder may have begun its last request just before the lock's
time was over, and the effect shows :data:`~airflow_provider_flexout.outreach.timing.VISIBILITY_DELAY` seconds
after that at the latest. So once the lock is older than both times together, the next attempt that needs it
deletes it by its SID, and tries for the name like everybody else. If nobody needs it any more, because what
it was taken for is done, Twilio closes the conversation after
:data:`~airflow_provider_flexout.outreach.timing.LOCK_CLOSES_AFTER`.
"""

from __future__ import annotations

import logging
import random
import uuid
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from airflow_provider_flexout.outreach import durable, timing
from airflow_provider_flexout.outreach.errors import ReconciliationPending
from airflow_provider_flexout.outreach.fetch_named import fetch_named
from airflow_provider_flexout.twilio.api.conversations import (
    create_conversation,
    delete_conversation,
    fetch_conversation,
)
from airflow_provider_flexout.twilio.http.call import Call, RetrySafety, Sleep
from airflow_provider_flexout.twilio.http.codes import ErrorCode
from airflow_provider_flexout.twilio.http.errors import (
    Conflict,
    FlexoutError,
    NotFound,
    OutcomeUnknown,
    TwilioError,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_provider_flexout.twilio.api.conversations import Conversation
    from airflow_provider_flexout.twilio.http.call import Procedure

R = TypeVar("R")

log = logging.getLogger(__name__)


class LockExpired(ReconciliationPending):
    """The lock's time is over, so that another attempt may be at work."""


@dataclass(slots=True)
class Lock:
    """A lock that is held, or a limit of time alone.

    :param until: when its holder may begin no further request, by the holder's clock.
    :param sid: the conversation that stands for it, ``CH…``; empty for a limit of time.
    :param outcome_known: whether the outcome of everything that was sent under it is known.
    """

    until: float
    sid: str = ""
    outcome_known: bool = True


def take_lock(key: str, clock: Callable[[], float], ttl: float = timing.LOCK_TTL) -> Procedure[Lock | float]:
    """Try once to take a lock; while somebody else holds it, give the seconds until it may be removed.

    :param key: what is locked, a key of :mod:`~airflow_provider_flexout.outreach.durable`.
    :param clock: gives seconds.
    :param ttl: for how long, in seconds; everybody who takes it must give the same.
    """
    # The time counts from before the request: it may have taken effect at once, and its response be late.
    token, until = uuid.uuid4().hex, clock() + ttl
    try:
        holder = yield from create_or_fetch(durable.lock_name(key), token)
    except NotFound:
        return 0.0
    except (GeneratorExit, FlexoutError):
        raise
    except BaseException:  # the attempt is interrupted, and the request may have taken effect
        yield from _release_unseen(durable.lock_name(key), token)
        raise
    if holder.attribute_object.get(durable.LOCK_ATTRIBUTE) == token:
        return Lock(until, holder.sid)
    left = ttl + timing.VISIBILITY_DELAY - age_of(holder)
    if left < 0:
        log.info("Removing the lock %s, whose holder is gone.", holder.sid)
        with suppress(NotFound):
            # By its SID, which is this very lock: the name may be somebody else's by now.
            yield delete_conversation(holder.sid)
    return max(0.0, left)


def create_or_fetch(name: str, token: str) -> Procedure[Conversation]:
    """Create the empty conversation that has a name, or fetch the one that has it already.

    It is ours if our token is among its attributes, even after a conflict, since the client repeats a request
    whose response was lost.

    :param name: its unique name.
    :param token: a text that no other attempt has.
    :raises NotFound: when the one that had the name is gone by now.
    """
    try:
        created: Conversation = yield create_conversation(
            unique_name=name,
            attributes={durable.LOCK_ATTRIBUTE: token},
            state="active",
            closes_after=timing.LOCK_CLOSES_AFTER,
        )
    except Conflict as conflict:
        if conflict.code != ErrorCode.CONVERSATION_NAME_TAKEN:
            raise
        created = yield from fetch_named(name)
    return created


def _release_unseen(name: str, token: str) -> Procedure[None]:
    """Give back the lock that an interrupted attempt may have taken without having seen it."""
    try:
        holder = yield fetch_conversation(name).within(timing.GIVE_BACK_WITHIN)
        if holder.attribute_object.get(durable.LOCK_ATTRIBUTE) == token:
            yield delete_conversation(holder.sid).within(timing.GIVE_BACK_WITHIN)
    except TwilioError as error:
        log.debug("Could not remove the lock of this attempt: %s", error)


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
    :raises LockExpired: in place of a request that would come too late.
    """
    outcome: Any = None
    while True:
        try:
            step = procedure.throw(outcome) if isinstance(outcome, BaseException) else procedure.send(outcome)
        except StopIteration as done:
            result: R = done.value
            return result
        if contacts := isinstance(step, Call) and step.retry_safety is RetrySafety.NON_IDEMPOTENT:
            left = lock.until - clock()
            if left <= 0:
                procedure.close()
                raise LockExpired(f"{step.name} would come too late: another attempt may be at work by now.")
            step = step.within(left if step.start_within is None else min(left, step.start_within))
            lock.outcome_known = False
        try:
            outcome = yield step
        except GeneratorExit:
            procedure.close()
            raise
        except BaseException as error:
            outcome = error
        if contacts:
            known = isinstance(outcome, FlexoutError) and not isinstance(outcome, OutcomeUnknown)
            lock.outcome_known = known or not isinstance(outcome, BaseException)


def run_exclusively(
    key: str,
    act: Callable[[], Procedure[R]],
    look: Callable[[], Procedure[R | None]],
    clock: Callable[[], float],
    ttl: float = timing.LOCK_TTL,
) -> Procedure[R]:
    """Take a lock, carry something out under it, and give it back; wait for it while others hold it.

    It is given back after an error, and when the attempt is interrupted. It is kept until it runs out by
    itself if a request may still be on its way: the outcome is unknown, and the looks for it were not
    completed.

    :param key: what is locked.
    :param act: makes what is carried out. It must first look whether it was done before, and may raise
        :class:`OutcomeUnknown` only after it has looked until nothing can arrive any more.
    :param look: looks once whether the holder of the lock has done it.
    :param clock: gives seconds.
    :param ttl: for how long the lock is taken, in seconds; everybody who takes it must give the same.
    :raises ReconciliationPending: when others keep the lock for too long.
    :raises LockExpired: when its time is over too early.
    """
    give_up_at, pause = clock() + ttl + timing.LOCK_WAIT, timing.LOCK_SHORTEST_PAUSE
    while True:
        lock = yield from take_lock(key, clock, ttl)
        if isinstance(lock, Lock):
            return (yield from _run_and_release(act(), lock, clock))
        if clock() >= give_up_at:
            raise ReconciliationPending(
                "Other attempts at the same thing hold its lock for too long, so this one gives up."
            )
        spread = random.uniform(0.7, 1.3)  # noqa: S311 - spreads the looks of a storm
        yield Sleep(min(pause * spread, lock + timing.LOCK_REMOVAL_PAUSE * spread))
        pause = min(ttl * timing.LOCK_LONGEST_PAUSE_SHARE, pause * 1.5)
        done = yield from look()
        if done is not None:
            return done


def _run_and_release(procedure: Procedure[R], lock: Lock, clock: Callable[[], float]) -> Procedure[R]:
    try:
        result = yield from run_locked(procedure, lock, clock)
    except GeneratorExit:  # the process ends, and carries out no further call
        raise
    except OutcomeUnknown:
        yield from release(lock)
        raise
    except BaseException:
        if lock.outcome_known:
            yield from release(lock)
        raise
    yield from release(lock)
    return result


def age_of(conversation: Conversation) -> float:
    """Count the seconds since a conversation was created, by Twilio's clock; if in doubt, too few.

    :param conversation: as it was fetched.
    """
    if conversation.served_at is None or conversation.date_created is None:
        return 0.0
    age = (conversation.served_at - conversation.date_created).total_seconds()
    return age - timing.CLOCK_RESOLUTION
