"""Who may open the interaction, when an earlier attempt may be at it still.

Twilio's servers let a unique name exist once, so the attempt that creates the conversation holds the
first claim. Every other attempt has to find out, from outside, whether an earlier one's request got
through. It takes the claim over, waits until the earlier attempt can no longer send anything and
TaskRouter has had time to show what was sent, looks all the while, and goes on only if it still
holds the claim at the end. So of any number of attempts, one at a time may send.

All this counts on two things that no client can enforce: that what was sent takes effect, and shows in
the list of tasks, within :data:`VISIBILITY_DELAY` seconds; and that a process does not stand still for longer
than that between a look at its clock and the request that follows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.errors import ReconciliationPending
from airflow_provider_flexout.outreach.interaction.lookup import keep_looking
from airflow_provider_flexout.outreach.interaction.record import OutreachRecord, new_record
from airflow_provider_flexout.twilio.api.conversations import fetch_conversation, update_conversation

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_provider_flexout.outreach.interaction.request import InteractionRequest, InteractionResult
    from airflow_provider_flexout.twilio.api.conversations import Conversation
    from airflow_provider_flexout.twilio.http.call import Procedure

LEASE_TTL = 20.0
"""Seconds after taking a claim within which its holder begins to send, or never will."""

VISIBILITY_DELAY = 30.0
"""Seconds after an attempt's last possible request until its effect is visible in the task list."""

_FRESH = 20.0
"""Seconds within which a claim must be read, written and confirmed. A slower one may have overwritten a
claim that it knows nothing of, whose holder is past its last look."""

_WHOLE_SECOND = 1.0
"""Twilio's dates have no fractions: an age computed from two of them may be off by this much."""

_ROUNDS = 4


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to send, for a while.

    :param taken_at: when the request that wrote it was begun, by the attempt's own clock.
    :param within: seconds after that within which its holder begins to send.
    """

    taken_at: float
    within: float

    def left(self, now: float) -> float:
        """Count the seconds that are left of it; none, when negative."""
        return self.taken_at + self.within - now


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What an attempt knows in the end.

    :param conversation: the conversation, fetched just now.
    :param found: what an earlier attempt opened; or
    :param claim: the right to open.
    """

    conversation: Conversation
    found: InteractionResult | None = None
    claim: Lease | None = None


class Reconciliation:
    """What one attempt does to find out about the others.

    :param opening: the outreach.
    :param attempt: who we are.
    :param clock: seconds.
    """

    def __init__(self, opening: InteractionRequest, attempt: str, clock: Callable[[], float]) -> None:
        self._opening = opening
        self._attempt = attempt
        self._clock = clock
        self._read_at = clock()
        self._others_until = clock()  # when the last of the others' claims that we have seen ends

    def reconcile(self, conversation_sid: str) -> Procedure[Reconciled]:
        """Find what an earlier attempt opened, or win the right to open.

        :param conversation_sid: ``CH…``.
        :raises ReconciliationPending: when others keep taking the claim.
        """
        for lost_before in range(_ROUNDS):
            conversation = yield from self._read(conversation_sid)
            if lost_before:
                # Taking the claim back at once would only be answered in kind: let the winner finish.
                reconciled = yield from self._watch(conversation)
                if reconciled.found:
                    return reconciled
                conversation = reconciled.conversation
            claim = yield from self._claim(conversation)
            if claim is None:
                continue
            reconciled = yield from self._watch(conversation)
            if reconciled.found:
                return reconciled
            now = OutreachRecord.read(reconciled.conversation.attribute_object)
            if now and now.lease_holder == self._attempt:
                return Reconciled(reconciled.conversation, claim=claim)
        raise ReconciliationPending(
            f"Other attempts at the same outreach keep working on {conversation_sid}; this one stands back."
        )

    def _read(self, conversation_sid: str) -> Procedure[Conversation]:
        """Fetch the conversation, and remember how long the claim in it runs."""
        self._read_at = self._clock()
        conversation: Conversation = yield fetch_conversation(conversation_sid)
        rest = _rest_of_claim(conversation, self._attempt)
        self._others_until = max(self._others_until, self._clock() + rest)
        return conversation

    def _claim(self, conversation: Conversation) -> Procedure[Lease | None]:
        """Write our claim over what was read; ``None`` when that took too long to count."""
        taken_at = self._clock()
        wait = VISIBILITY_DELAY + max(0.0, self._others_until - taken_at)
        claim = Lease(taken_at, wait + LEASE_TTL)
        found = OutreachRecord.read(conversation.attribute_object)
        mark = found or new_record(self._opening, self._attempt, within=claim.within)
        attributes = mark.with_lease(self._attempt, claim.within).write_into(conversation.attribute_object)
        yield update_conversation(conversation.sid, attributes=attributes).within(_FRESH)
        return claim if self._clock() - self._read_at <= _FRESH else None

    def _watch(self, conversation: Conversation) -> Procedure[Reconciled]:
        """Look for the task until the others are done, then see what the conversation says."""
        until = VISIBILITY_DELAY + max(self._clock(), self._others_until)
        found = yield from keep_looking(self._opening, conversation.sid, until, self._clock)
        if found:
            return Reconciled(conversation, found)
        conversation = yield from self._read(conversation.sid)
        mark = OutreachRecord.read(conversation.attribute_object)
        return Reconciled(conversation, mark.opened(conversation.sid) if mark else None)


def _rest_of_claim(conversation: Conversation, attempt: str) -> float:
    """Count the seconds for which somebody else's claim still runs, by Twilio's own clock."""
    mark = OutreachRecord.read(conversation.attribute_object)
    if mark is None or mark.lease_holder == attempt:
        return 0.0
    if conversation.served_at is None or conversation.date_updated is None:
        return mark.within
    age = (conversation.served_at - conversation.date_updated).total_seconds() - _WHOLE_SECOND
    return max(0.0, mark.within - max(0.0, age))
