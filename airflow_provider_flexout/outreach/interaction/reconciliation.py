"""Who may create the interaction, when an earlier attempt may still be at work.

Twilio lets a unique name exist once, so the attempt that creates the conversation holds the first lease: the
right to create the interaction, for a while. Every other attempt must find out from outside whether an
earlier one's request got through. It

1. reads the conversation, and so the lease in its record;
2. looks for the task until that lease has run out and TaskRouter has had time to show what was sent under it.
   If the task is there, the outreach is open. Nothing is written meanwhile, so an attempt that is killed
   while it watches makes nobody wait longer. Nor need anybody watch the same time again, since it counts by
   Twilio's own clock;
3. reads the record again. If another attempt has taken the lease in the meantime, it goes back to 2;
4. writes its own lease over it, and waits for as long as another attempt may take from its read to its write;
5. reads the record again. If it still holds the lease, it may create the interaction; otherwise it goes back
   to 1, and so lets the other finish.

So of any number of attempts, one at a time may send. This relies on three facts that no client can enforce:
that what was sent takes effect and shows in the list of tasks within
:data:`~airflow_provider_flexout.outreach.timing.VISIBILITY_DELAY` seconds, that Twilio dates its responses
correctly, and that a process does not stand still for longer than that between a look at its clock and the
request that follows.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.outreach import durable, timing
from airflow_provider_flexout.outreach.errors import ReconciliationPending
from airflow_provider_flexout.outreach.interaction.lookup import look_until
from airflow_provider_flexout.outreach.interaction.record import OutreachRecord, new_record
from airflow_provider_flexout.twilio.api.conversations import fetch_conversation, update_conversation
from airflow_provider_flexout.twilio.http.errors import FlexoutError

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_provider_flexout.outreach.interaction.request import InteractionRequest
    from airflow_provider_flexout.twilio.api.conversations import Conversation
    from airflow_provider_flexout.twilio.http.call import Procedure

_ROUNDS = 5

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to create the interaction, for a while.

    :param taken_at: when the request that wrote it was begun, by the attempt's own clock. Counting from the
        beginning errs on the safe side: the lease may last longer for others than for its holder, never
        shorter.
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

    _read_at: float
    """When the record was read last, by the clock."""
    _others_show_at: float
    """The latest moment at which the effects of what others sent before that show."""
    _own_shows_at: float
    """The same for what this attempt sent."""

    def __init__(
        self,
        request: InteractionRequest,
        attempt_id: str,
        clock: Callable[[], float],
        find: Callable[[str], Procedure[Any]],
    ) -> None:
        self.request = request
        """The outreach; what the record says may correct the form of its address."""
        self._attempt_id = attempt_id
        self._clock = clock
        self._find = find
        self.written: Lease | None = None
        """The newest lease of ours that may be in the record."""
        self.is_confirming = False
        """Whether nothing was sent under it, since it is not known yet to be ours alone."""

    def reconcile(self, conversation_sid: str) -> Procedure[Reconciled]:
        """Find what an earlier attempt opened, or win the lease.

        :param conversation_sid: ``CH…``.
        :raises ReconciliationPending: when others keep taking the lease.
        """
        self._own_shows_at = self._clock() + timing.VISIBILITY_DELAY
        for _ in range(_ROUNDS):
            conversation = yield from self._read(conversation_sid)
            found = yield from self._find_until(conversation, self._others_show_at)
            if found is None:
                conversation = yield from self._read(conversation_sid)
                found = self._written_in(conversation)
            if found:
                return Reconciled(conversation, found)
            if self._others_show_at > self._clock():
                continue  # another attempt has taken the lease in the meantime, so it is let finish
            lease = yield from self._take_lease(conversation)
            if lease is None:
                continue
            found = yield from self._find_until(conversation, self._clock() + timing.LEASE_CONFIRMATION)
            if found is None:
                conversation = yield from self._read(conversation_sid)
                found = self._written_in(conversation)
            if found:
                return Reconciled(conversation, found)
            if self._holds(conversation):
                self.is_confirming = False
                return Reconciled(conversation, lease=lease)
        raise ReconciliationPending(
            f"Other attempts at the same outreach keep working on {conversation_sid}, so this one gives up."
        )

    def give_back(self, conversation_sid: str, *, nothing_sent: bool) -> Procedure[None]:
        """End this attempt's lease before its time, so that the next attempt need not wait for it.

        Others may have written theirs over it, so it is read first. An attempt that has seen it waits until
        it has run out and its effect would show, so what is written here arrives before anybody else may
        send.

        :param conversation_sid: ``CH…``.
        :param nothing_sent: whether nothing was sent under it, so that there is nothing to wait for either.
        """
        lease, began = self.written, self._clock()
        if lease is None or lease.left(began) <= 0:
            return
        try:
            conversation = yield fetch_conversation(conversation_sid).within(timing.GIVE_BACK_WITHIN)
            record = self._record_in(conversation)
            left = min(lease.left(self._clock()), began + timing.GIVE_BACK_WITHIN - self._clock())
            if record and record.lease_holder == self._attempt_id and not record.sids and left > 0:
                ttl = -timing.VISIBILITY_DELAY if nothing_sent else 0.0
                ended = record.with_lease(self._attempt_id, ttl).write_into(
                    conversation.attribute_object, self.request.record_attribute
                )
                yield update_conversation(conversation.sid, attributes=ended).within(left)
        except FlexoutError as error:
            log.warning("Could not give back the lease on conversation %s: %s", conversation_sid, error)

    def _read(self, conversation_sid: str) -> Procedure[Conversation]:
        """Fetch the conversation, and note when the effects of what others sent show at the latest."""
        self._read_at = self._clock()
        conversation: Conversation = yield fetch_conversation(conversation_sid)
        if self._holds(conversation):
            self._others_show_at = self._own_shows_at
        else:
            wait = _wait_for_others(conversation, self.request.record_attribute)
            self._others_show_at = self._clock() + wait
        return conversation

    def _take_lease(self, conversation: Conversation) -> Procedure[Lease | None]:
        """Write our lease over what was read; ``None`` when that took too long to count.

        Twilio has no conditional update of a conversation. Between our read and our write, another attempt
        may have written its own lease, which we then overwrite without having seen it. Both limit the time
        from their read to their write, and read again after as long, so the one that was overwritten sees it.
        """
        taken_at = self._clock()
        lease = Lease(taken_at, timing.LEASE_CONFIRMATION + timing.LEASE_TTL)
        found = self._record_in(conversation)
        record = found or new_record(self.request, self._attempt_id, lease.ttl)
        attributes = record.with_lease(self._attempt_id, lease.ttl).write_into(
            conversation.attribute_object, self.request.record_attribute
        )
        self.written, self.is_confirming = lease, True
        yield update_conversation(conversation.sid, attributes=attributes).within(timing.LEASE_CONFIRMATION)
        if self._clock() - self._read_at <= timing.LEASE_CONFIRMATION:
            return lease
        # The holder of the lease that this overwrote may have confirmed it before, and may send until it runs
        # out.
        self._own_shows_at = self._clock() + timing.LEASE_TTL + timing.VISIBILITY_DELAY
        return None

    def _record_in(self, conversation: Conversation) -> OutreachRecord | None:
        return OutreachRecord.read(conversation.attribute_object, self.request.record_attribute)

    def _holds(self, conversation: Conversation) -> bool:
        """Say whether the lease in the record is this attempt's."""
        record = self._record_in(conversation)
        return record is not None and record.lease_holder == self._attempt_id

    def _written_in(self, conversation: Conversation) -> Any:
        """Give the SIDs that another attempt has written down; ``None`` while there are none."""
        record = self._record_in(conversation)
        return record.result(conversation.sid) if record else None

    def _find_until(self, conversation: Conversation, moment: float) -> Procedure[Any]:
        """Look for what others sent until a moment, and at least once."""
        return (yield from look_until(lambda: self._find(conversation.sid), moment, self._clock))


def _wait_for_others(conversation: Conversation, attribute: str = durable.RECORD_ATTRIBUTE) -> float:
    """Count the seconds until what was sent under the lease in a conversation shows, by Twilio's clock."""
    record = OutreachRecord.read(conversation.attribute_object, attribute)
    ttl = record.lease_ttl if record else timing.LEASE_CONFIRMATION + timing.LEASE_TTL
    if conversation.served_at is None or conversation.date_updated is None:
        return ttl + timing.VISIBILITY_DELAY
    age = (conversation.served_at - conversation.date_updated).total_seconds() - timing.CLOCK_RESOLUTION
    return max(0.0, ttl + timing.VISIBILITY_DELAY - max(0.0, age))
