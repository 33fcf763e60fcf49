"""Following up in one conversation, as far as it goes now."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.follow_up.state import FollowUpState, look
from airflow_provider_flexout.outreach.message.send_once import prepare_message, send_once
from airflow_provider_flexout.outreach.policies.decision import Hold, Skip, check_policies
from airflow_provider_flexout.twilio.http.errors import OutcomeUnknown

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from airflow_provider_flexout.outreach.follow_up.anchor import Anchor
    from airflow_provider_flexout.outreach.follow_up.cadence import Cadence
    from airflow_provider_flexout.outreach.policies.decision import ContactPolicy
    from airflow_provider_flexout.twilio.http.call import Procedure

_TRIES = 3

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Nothing more can be done now.

    :param state: how it stands.
    :param hold: what holds the step that is due, where that is why.
    """

    state: FollowUpState
    hold: Hold | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """The follow-up is over.

    :param state: how it stands.
    :param outcome: ``replied``, ``exhausted``, ``closed`` or ``opted_out``.
    :param skip: which gate refused, where that is why.
    """

    state: FollowUpState
    outcome: str
    skip: Skip | None = None


def _utc_now() -> datetime:
    return datetime.now(timezone.utc)


def follow_up(
    cadence: Cadence,
    anchor: Anchor,
    policies: Sequence[ContactPolicy] = (),
    *,
    workspace_sid: str | None = None,
    retried: bool = False,
    clock: Callable[[], datetime] = _utc_now,
) -> Procedure[Waiting | Ended]:
    """Look how it stands, and say the step that is due, if there is one and nothing speaks against it.

    Whatever takes time comes before the last look, so that a reply of the last moment is seen.

    :param cadence: the follow-up.
    :param anchor: the message that it waits for an answer to.
    :param policies: what has to agree to each step.
    :param workspace_sid: ``WS…``, where the conversation's task is looked at too.
    :param retried: whether an earlier attempt's message may be on its way.
    :param clock: the time.
    :raises FlexoutError: when Twilio refuses a step, or is out of reach.
    """
    failures = 0
    while True:
        stands = yield from _stand(cadence, anchor, workspace_sid, clock)
        if not isinstance(stands, FollowUpState):
            return stands
        draft = replace(cadence.steps[stands.step].draft, retried=retried)
        draft, retried = (yield from prepare_message(draft)), False
        refused = yield from _ask(policies, stands, clock())
        if refused:
            return refused
        if stands != (yield from _stand(cadence, anchor, workspace_sid, clock)):
            continue
        log.info("Step %d of %d is due.", stands.step + 1, len(cadence.steps))
        try:
            yield from send_once(draft, ready=True, tries=1)
        except OutcomeUnknown:
            failures += 1
            if failures == _TRIES:
                raise


def _stand(
    cadence: Cadence, anchor: Anchor, workspace_sid: str | None, clock: Callable[[], datetime]
) -> Procedure[Waiting | Ended | FollowUpState]:
    """Look how it stands; give the situation itself when a step is due."""
    state = yield from look(cadence, anchor, workspace_sid)
    if state.outcome:
        return Ended(state, state.outcome)
    if clock() < state.due:
        return Waiting(state)
    if state.step == len(cadence.steps):
        return Ended(state, "exhausted")
    return state


def _ask(
    policies: Sequence[ContactPolicy], state: FollowUpState, now: datetime
) -> Procedure[Waiting | Ended | None]:
    """Ask whether the step that is due may be said."""
    decision = yield from check_policies(policies, now)
    if isinstance(decision, Hold):
        return Waiting(state, decision)
    return Ended(state, "opted_out", decision) if isinstance(decision, Skip) else None
