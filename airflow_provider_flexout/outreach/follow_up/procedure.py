"""Following up in one conversation, as far as it goes now."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.follow_up.state import Situation, look
from airflow_provider_flexout.outreach.message.send_once import make_ready, say_once
from airflow_provider_flexout.outreach.policies.decision import Hold, Skip, pass_gates
from airflow_provider_flexout.twilio.http.errors import OutcomeUnknown

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from airflow_provider_flexout.outreach.follow_up.anchor import Beginning
    from airflow_provider_flexout.outreach.follow_up.cadence import Cadence
    from airflow_provider_flexout.outreach.policies.decision import Gate
    from airflow_provider_flexout.twilio.http.call import Procedure

_TRIES = 3

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Nothing more can be done now.

    :param situation: how it stands.
    :param hold: what holds the step that is due, where that is why.
    """

    situation: Situation
    hold: Hold | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """The follow-up is over.

    :param situation: how it stands.
    :param outcome: ``replied``, ``exhausted``, ``closed`` or ``opted_out``.
    :param skip: which gate refused, where that is why.
    """

    situation: Situation
    outcome: str
    skip: Skip | None = None


def _utc_now() -> datetime:
    return datetime.now(timezone.utc)


def follow_up(
    cadence: Cadence,
    beginning: Beginning,
    gates: Sequence[Gate] = (),
    *,
    workspace_sid: str | None = None,
    retried: bool = False,
    clock: Callable[[], datetime] = _utc_now,
) -> Procedure[Waiting | Ended]:
    """Look how it stands, and say the step that is due, if there is one and nothing speaks against it.

    Whatever takes time comes before the last look, so that a reply of the last moment is seen.

    :param cadence: the follow-up.
    :param beginning: the message that it waits for an answer to.
    :param gates: what has to agree to each step.
    :param workspace_sid: ``WS…``, where the conversation's task is looked at too.
    :param retried: whether an earlier attempt's message may be on its way.
    :param clock: the time.
    :raises FlexoutError: when Twilio refuses a step, or is out of reach.
    """
    failures = 0
    while True:
        stands = yield from _stand(cadence, beginning, workspace_sid, clock)
        if not isinstance(stands, Situation):
            return stands
        utterance = replace(cadence.steps[stands.step].utterance, retried=retried)
        utterance, retried = (yield from make_ready(utterance)), False
        refused = yield from _ask(gates, stands, clock())
        if refused:
            return refused
        if stands != (yield from _stand(cadence, beginning, workspace_sid, clock)):
            continue
        log.info("Step %d of %d is due.", stands.step + 1, len(cadence.steps))
        try:
            yield from say_once(utterance, ready=True, tries=1)
        except OutcomeUnknown:
            failures += 1
            if failures == _TRIES:
                raise


def _stand(
    cadence: Cadence, beginning: Beginning, workspace_sid: str | None, clock: Callable[[], datetime]
) -> Procedure[Waiting | Ended | Situation]:
    """Look how it stands; give the situation itself when a step is due."""
    situation = yield from look(cadence, beginning, workspace_sid)
    if situation.outcome:
        return Ended(situation, situation.outcome)
    if clock() < situation.due:
        return Waiting(situation)
    if situation.step == len(cadence.steps):
        return Ended(situation, "exhausted")
    return situation


def _ask(gates: Sequence[Gate], situation: Situation, now: datetime) -> Procedure[Waiting | Ended | None]:
    """Ask whether the step that is due may be said."""
    decision = yield from pass_gates(gates, now)
    if isinstance(decision, Hold):
        return Waiting(situation, decision)
    return Ended(situation, "opted_out", decision) if isinstance(decision, Skip) else None
