"""Who may create the interaction, when an earlier attempt may still be at work.

Twilio lets a unique name exist once, so the attempt that creates the conversation holds the first lease: the
right to create the interaction, for a while. Every other attempt has to find out from outside whether an
earlier one's request got through. It

1. reads the conversation, and so the lease in its record;
2. writes its own lease over it;
3. waits until every other attempt's lease has run out and TaskRouter has had time to show what they sent, and
   looks for the task all the while. If the task is there, the outreach is open;
4. reads the record again. If it still holds the lease, it may create the interaction. If another attempt has
   taken the lease in the meantime, it lets that one finish, as in 3, and goes back to 1.

So of any number of attempts, one at a time may send. This relies on two things that no client can enforce:
that what was sent takes effect and shows in the list of tasks within
:data:`~airflow_provider_flexout.outreach.timing.VISIBILITY_DELAY` seconds, and that a process does not stand
still for longer than that between a look at its clock and the request that follows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.outreach import durable, timing
from airflow_provider_flexout.outreach.errors import ReconciliationPending
from airflow_provider_flexout.outreach.interaction.lookup import look_until
from airflow_provider_flexout.outreach.interaction.record import OutreachRecord, new_record
from airflow_provider_flexout.twilio.api.conversations import fetch_conversation, update_conversation

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_provider_flexout.outreach.interaction.request import InteractionRequest
    from airflow_provider_flexout.twilio.api.conversations import Conversation
    from airflow_provider_flexout.twilio.http.call import Procedure

_ROUNDS = 4


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to create the interaction, for a while.

    :param taken_at: when the request that wrote it was begun, by the attempt's own clock. Counting from the
        beginning errs on the safe side: to others, the lease may last longer than to its holder, never less.
    :param ttl: the seconds after that within which its holder begins to send.
    """

    taken_at: float
    ttl: float

    def left(self, now: float) -> float:
        """Count the seconds that are left of it; it is over when they are not positive."""
        return self.taken_at + self.ttl - now


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What an attempt knows in the end: the earlier attempt's result, or that it holds the lease.

    :param conversation: the conversation, fetched just now.
    :param found: what an earlier attempt opened.
    :param lease: the right to create the interaction.
    """

    conversation: Conversation
    found: Any = None
    lease: Lease | None = None


class Reconciliation:
    """What one attempt does to find out about the others.

    :param request: the outreach.
    :param attempt_id: a name for this attempt that no other has.
    :param clock: gives seconds.
    :param find: looks once for what an earlier attempt may have done in the conversation with this SID.
    """

    def __init__(
        self,
        request: InteractionRequest,
        attempt_id: str,
        clock: Callable[[], float],
        find: Callable[[str], Procedure[Any]],
    ) -> None:
        self._request = request
        self._attempt_id = attempt_id
        self._clock = clock
        self._find = find
        self._read_at = clock()
        self._others_until = clock()  # when the last of the others' leases that we have seen runs out

    def reconcile(self, conversation_sid: str) -> Procedure[Reconciled]:
        """Find what an earlier attempt opened, or win the lease.

        :param conversation_sid: ``CH…``.
        :raises ReconciliationPending: when others keep taking the lease.
        """
        for lost_before in range(_ROUNDS):
            conversation = yield from self._read(conversation_sid)
            if lost_before:
                # Taking the lease back at once would only make the winner do the same: let it finish.
                reconciled = yield from self._wait_for_others(conversation)
                if reconciled.found:
                    return reconciled
                conversation = reconciled.conversation
            lease = yield from self._take_lease(conversation)
            if lease is None:
                continue
            reconciled = yield from self._wait_for_others(conversation)
            if reconciled.found:
                return reconciled
            record = self._record_in(reconciled.conversation)
            if record and record.lease_holder == self._attempt_id:
                return Reconciled(reconciled.conversation, lease=lease)
        raise ReconciliationPending(
            f"Other attempts at the same outreach keep working on {conversation_sid}, so this one gives up."
        )

    def _read(self, conversation_sid: str) -> Procedure[Conversation]:
        """Fetch the conversation, and remember for how long the lease in it runs."""
        self._read_at = self._clock()
        conversation: Conversation = yield fetch_conversation(conversation_sid)
        rest = _rest_of_lease(conversation, self._attempt_id, self._request.record_attribute)
        self._others_until = max(self._others_until, self._clock() + rest)
        return conversation

    def _take_lease(self, conversation: Conversation) -> Procedure[Lease | None]:
        """Write our lease over what was read; ``None`` when that took too long to count.

        Twilio has no conditional update of a conversation. Between our read and our write, another attempt
        may have written its own lease, which we then overwrite without having seen it. It notices that in its
        last look, unless it is past that look: it would have to have read, written and waited in the
        meantime. The bound on our read and write rules that out.
        """
        taken_at = self._clock()
        wait = timing.VISIBILITY_DELAY + max(0.0, self._others_until - taken_at)
        lease = Lease(taken_at, wait + timing.LEASE_TTL)
        found = self._record_in(conversation)
        record = found or new_record(self._request, self._attempt_id, lease.ttl)
        attributes = record.with_lease(self._attempt_id, lease.ttl).write_into(
            conversation.attribute_object, self._request.record_attribute
        )
        yield update_conversation(conversation.sid, attributes=attributes).within(timing.LEASE_CONFIRMATION)
        return lease if self._clock() - self._read_at <= timing.LEASE_CONFIRMATION else None

    def _record_in(self, conversation: Conversation) -> OutreachRecord | None:
        return OutreachRecord.read(conversation.attribute_object, self._request.record_attribute)

    def _wait_for_others(self, conversation: Conversation) -> Procedure[Reconciled]:
        """Look for the task until the others are done, then read the conversation again."""
        until = timing.VISIBILITY_DELAY + max(self._clock(), self._others_until)
        found = yield from look_until(lambda: self._find(conversation.sid), until, self._clock)
        if found:
            return Reconciled(conversation, found)
        conversation = yield from self._read(conversation.sid)
        record = self._record_in(conversation)
        return Reconciled(conversation, record.result(conversation.sid) if record else None)


def _rest_of_lease(
    conversation: Conversation, attempt_id: str, attribute: str = durable.RECORD_ATTRIBUTE
) -> float:
    """Count the seconds for which somebody else's lease still runs, by Twilio's own clock."""
    record = OutreachRecord.read(conversation.attribute_object, attribute)
    if record is None or record.lease_holder == attempt_id:
        return 0.0
    if conversation.served_at is None or conversation.date_updated is None:
        return record.lease_ttl
    age = (conversation.served_at - conversation.date_updated).total_seconds() - timing.CLOCK_RESOLUTION
    return max(0.0, record.lease_ttl - max(0.0, age))
