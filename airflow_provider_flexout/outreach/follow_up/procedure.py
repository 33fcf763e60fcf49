"""One pass of a follow-up: everything that can be done now."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach import timing
from airflow_provider_flexout.outreach.agents.close import close_once
from airflow_provider_flexout.outreach.follow_up.state import FollowUpState, read_state
from airflow_provider_flexout.outreach.interaction.record import OutreachRecord
from airflow_provider_flexout.outreach.lock import LockExpired, run_exclusively
from airflow_provider_flexout.outreach.message.send_once import prepare_message, send_once
from airflow_provider_flexout.outreach.policies.decision import Hold, Skip, check_policies
from airflow_provider_flexout.outreach.visibility import VisibilityWait
from airflow_provider_flexout.twilio.api.conversations import fetch_conversation, update_conversation
from airflow_provider_flexout.twilio.http.errors import DeadlineExceeded, OutcomeUnknown, RequestRejected

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from airflow_provider_flexout.outreach.follow_up.anchor import Anchor
    from airflow_provider_flexout.outreach.follow_up.cadence import Cadence
    from airflow_provider_flexout.outreach.message.draft import MessageDraft
    from airflow_provider_flexout.outreach.policies.decision import ContactPolicy
    from airflow_provider_flexout.twilio.http.call import Procedure

_MOST_REQUESTS = 3

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Nothing more can be done now.

    :param state: the state of the follow-up.
    :param hold: what holds the step that is due, where that is the reason.
    """

    state: FollowUpState
    hold: Hold | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """The follow-up is over.

    :param state: the state of the follow-up.
    :param outcome: ``replied``, ``exhausted``, ``closed`` or ``opted_out``.
    :param skip: which policy refused, where that is the reason.
    """

    state: FollowUpState
    outcome: str
    skip: Skip | None = None


def follow_up(
    cadence: Cadence,
    anchor: Anchor,
    policies: Sequence[ContactPolicy] = (),
    *,
    workspace_sid: str | None = None,
    retried: bool = False,
    began_at: float | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Procedure[Waiting | Ended]:
    """Read the state, and send the step that is due, if there is one and no policy refuses.

    Twilio's clock, which also dated the messages, decides whether a step is due. Everything that takes time
    is done before the last look, so that a last-moment reply is seen. The look and the message are under a
    lock if another attempt may be at work.

    :param cadence: the follow-up.
    :param anchor: the message to which it waits for a reply.
    :param policies: what must agree to each step.
    :param workspace_sid: ``WS…``, where the conversation's task is looked at too.
    :param retried: whether an earlier attempt's message may be on its way.
    :param began_at: when the attempt began, by the clock, where that may be long before it looks.
    :param clock: gives seconds.
    :raises FlexoutError: when Twilio refuses a step, or is out of reach.
    """
    failures, exclusively = 0, retried
    while True:
        current = yield from _current(cadence, anchor, workspace_sid)
        if not isinstance(current, FollowUpState):
            return current
        draft = replace(cadence.steps[current.step].draft, workspace_sid=workspace_sid, began_at=began_at)
        wait = VisibilityWait(draft.key, str(draft.conversation_sid)) if retried else None
        retried = False
        draft = yield from prepare_message(draft, wait, conversation=current.conversation)
        refused = yield from _check(policies, current)
        if refused:
            return refused
        is_late = began_at is not None and clock() - began_at >= timing.SEND_WITHIN
        is_locked = exclusively or draft.shared_key or is_late
        last = partial(_look_and_send, cadence, anchor, workspace_sid, current, draft, is_locked, clock)
        try:
            if is_locked:
                yield from run_exclusively(draft.key, last, _keep_waiting, clock, timing.SEND_WITHIN)
            else:
                yield from last()
            if wait:
                yield from wait.end()
        except (OutcomeUnknown, DeadlineExceeded, LockExpired):
            failures, exclusively = failures + 1, True
            if failures == _MOST_REQUESTS:
                raise


def _look_and_send(
    cadence: Cadence,
    anchor: Anchor,
    workspace_sid: str | None,
    state: FollowUpState,
    draft: MessageDraft,
    is_locked: bool,
    clock: Callable[[], float],
) -> Procedure[bool]:
    """Send the step, unless something has changed; give whether it was sent."""
    looked_at = clock() if draft.began_at is None else draft.began_at
    if state != (yield from _current(cadence, anchor, workspace_sid)):
        return False
    log.info("Step %d of %d is due.", state.step + 1, len(cadence.steps))
    yield from send_once(
        draft, prepared=True, most_requests=1, looked_at=looked_at, is_locked=is_locked, clock=clock
    )
    return True


def _keep_waiting() -> Procedure[None]:
    yield from ()


def close_unanswered(conversation_sid: str) -> Procedure[None]:
    """Close a conversation that nobody replied in.

    Where this provider opened an interaction on it, that is closed too, so that no task stays.

    :param conversation_sid: ``CH…``.
    :raises FlexoutError: when Twilio refuses it.
    """
    conversation = yield fetch_conversation(conversation_sid)
    if conversation.state == "closed":
        return
    record = OutreachRecord.read(conversation.attribute_object)
    sids = (record.sids or {}) if record else {}
    interaction_sid = sids.get("interaction_sid")
    if interaction_sid:
        yield from close_once(interaction_sid, sids.get("channel_sid"), "completed")
        return
    try:
        yield update_conversation(conversation_sid, state="closed")
    except RequestRejected:
        # How Twilio responds to a second close is not published, so the state of the conversation decides.
        conversation = yield fetch_conversation(conversation_sid)
        if conversation.state != "closed":
            raise


def _current(
    cadence: Cadence, anchor: Anchor, workspace_sid: str | None
) -> Procedure[Waiting | Ended | FollowUpState]:
    """Read the state; give the state itself when a step is due."""
    state = yield from read_state(cadence, anchor, workspace_sid)
    if state.outcome:
        return Ended(state, state.outcome)
    if state.read_at < state.due:
        return Waiting(state)
    if state.step == len(cadence.steps):
        return Ended(state, "exhausted")
    return state


def _check(policies: Sequence[ContactPolicy], state: FollowUpState) -> Procedure[Waiting | Ended | None]:
    """Ask the policies whether the step that is due may be sent; ``None`` when it may."""
    decision = yield from check_policies(policies, state.read_at)
    if isinstance(decision, Hold):
        return Waiting(state, decision)
    return Ended(state, "opted_out", decision) if isinstance(decision, Skip) else None
