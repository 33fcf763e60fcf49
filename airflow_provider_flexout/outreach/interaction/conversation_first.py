"""The strategy ``conversation_first``: name the conversation, then route it.

1. Create the conversation under a unique name made of the key, as ``named_conversation`` says.
2. If it exists already, adopt the SIDs in its record, or the task that belongs to it. If another attempt may
   have come before this one, a conversation of the customer's that has our record but has lost its name
   counts as well.
3. Add the customer to it.
4. Unless this attempt has just created the conversation, reconcile: find out whether an earlier attempt's
   request got through, and take the lease.
5. Create the interaction on it. When the outcome is unknown, or the lease has run out, go back to 4.
6. Write the SIDs into the record.

An interaction is created only while this attempt holds a lease, and the request is not begun after the lease
has run out.
"""

from __future__ import annotations

import logging
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach import durable, timing
from airflow_provider_flexout.outreach.errors import (
    AlreadyTalking,
    ConversationEnded,
    ReconciliationPending,
    conversation_exists,
)
from airflow_provider_flexout.outreach.interaction.cleanup import check_unreached, has_failed
from airflow_provider_flexout.outreach.interaction.lookup import find_task, result_of_interaction
from airflow_provider_flexout.outreach.interaction.named_conversation import NamedConversation, StartOver
from airflow_provider_flexout.outreach.interaction.participants import add_customer
from airflow_provider_flexout.outreach.interaction.reconciliation import Lease
from airflow_provider_flexout.outreach.interaction.record import (
    OutreachRecord,
    log_result,
    new_record,
    write_sids,
)
from airflow_provider_flexout.outreach.interaction.request import InteractionResult
from airflow_provider_flexout.outreach.routing.build import with_key
from airflow_provider_flexout.twilio.api.conversations import (
    delete_conversation,
    fetch_conversation,
    update_conversation,
)
from airflow_provider_flexout.twilio.api.interactions import create_interaction
from airflow_provider_flexout.twilio.api.tasks import fetch_task
from airflow_provider_flexout.twilio.http.codes import ErrorCode
from airflow_provider_flexout.twilio.http.errors import (
    DeadlineExceeded,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    RequestRejected,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_provider_flexout.outreach.interaction.participants import FirstMessage
    from airflow_provider_flexout.outreach.interaction.request import InteractionRequest
    from airflow_provider_flexout.twilio.api.conversations import Conversation
    from airflow_provider_flexout.twilio.http.call import Procedure
    from airflow_provider_flexout.twilio.http.errors import TwilioError

log = logging.getLogger(__name__)

_ROUNDS = 3


class ConversationFirst(NamedConversation[InteractionResult]):
    """One attempt at an outreach.

    Not covered: if Twilio accepts a second interaction on one conversation, which its pages say it does not,
    an attempt can create one by standing still for longer than the visibility delay between a look at its
    clock and the request that follows. In the same way, it can delete a conversation that it takes for
    unused. Also, if an attempt is killed before it has written down the SIDs, no trace of its interaction is
    left five minutes after the task has ended. The next attempt then says so (:class:`ConversationEnded`), or
    starts over if nobody was reached.

    :param request: the outreach.
    :param attempt_id: a name for this attempt that no other has.
    :param clock: gives seconds, for knowing how long a lease still runs.
    :param first_message: the first message, where opening includes it.
    """

    def __init__(
        self,
        request: InteractionRequest,
        attempt_id: str,
        clock: Callable[[], float] = time.monotonic,
        first_message: FirstMessage | None = None,
    ) -> None:
        super().__init__(request, attempt_id, clock)
        self._first_message = first_message

    def _open_in(
        self, conversation: Conversation, *, look_for_earlier: bool = True
    ) -> Procedure[InteractionResult]:
        known = None
        if not self._is_first:
            record = self._own_record(conversation)
            known = record.result(conversation.sid)
            if known and (self._first_message is None or record.first_message_sid):
                if self._first_message and record.first_message_sid:
                    self._first_message.adopt(conversation.sid, record.first_message_sid)
                return log_result(known)
        if known is None and look_for_earlier:
            earlier = yield from self._earlier(conversation)
            if earlier:
                return (yield from self._open_in(earlier, look_for_earlier=False))
        if not self._is_first:
            found = known or (yield from find_task(self._request, conversation.sid))
            if found:
                return (yield from self._complete(conversation, found))
        elif self._request.retried:
            yield from _check_not_deleted(self._request, conversation)
        if conversation.state == "closed":
            yield from check_unreached(conversation)
            with suppress(NotFound):
                yield delete_conversation(conversation.sid)
            raise StartOver
        yield from add_customer(self._request, conversation.sid)
        return (yield from self._route(conversation))

    def _route(self, conversation: Conversation) -> Procedure[InteractionResult]:
        """Create the interaction, as often as it takes to know that there is one."""
        problem: TwilioError | None = None
        for _ in range(_ROUNDS):
            if self._lease is None or self._lease.left(self._clock()) <= 0:
                reconciled = yield from self._reconcile(conversation)
                conversation = reconciled.conversation
                if reconciled.found:
                    return (yield from self._complete(conversation, reconciled.found))
                if problem and problem.code == ErrorCode.CHANNEL_ALREADY_MAPPED:
                    raise ConversationEnded(
                        f"An earlier attempt opened an interaction on {conversation.sid}, but its task has "
                        "ended and is gone, and with it the SIDs."
                    ) from problem
            try:
                result = yield from self._create_interaction(conversation)
            except (OutcomeUnknown, RateLimited, DeadlineExceeded) as error:
                problem = error
            except RequestRejected as error:
                if error.code != ErrorCode.CHANNEL_ALREADY_MAPPED:
                    raise
                problem = error
            else:
                if result:
                    return (yield from self._complete(conversation, result))
        raise problem or ReconciliationPending(
            f"Twilio accepted an interaction on {conversation.sid}, but shows no task for it yet."
        )

    def _complete(
        self, conversation: Conversation, result: InteractionResult
    ) -> Procedure[InteractionResult]:
        """Send the first message, where opening includes it, and write the SIDs down."""
        message_sid = (yield from self._first_message.send(result)) if self._first_message else None
        return (yield from write_sids(self._request, conversation, result, self._attempt_id, message_sid))

    def _find(self, conversation_sid: str) -> Procedure[InteractionResult | None]:
        return (yield from find_task(self._request, conversation_sid))

    def _create_interaction(self, conversation: Conversation) -> Procedure[InteractionResult | None]:
        """Create the interaction; ``None`` when Twilio accepted it without making a task of it."""
        request = self._request
        lease, self._lease = self._lease, None
        if self._first_message:
            self._first_message.note_request()
        call = create_interaction(
            request.channel_in(conversation.sid),
            with_key(request.routing, request.key),
            interaction_context_sid=request.interaction_context_sid,
            webhook_ttid=request.webhook_ttid,
        )
        try:
            interaction = yield call.within(lease.left(self._clock()) if lease else 0.0)
        except RequestRejected as error:
            if error.code != ErrorCode.CHANNEL_ALREADY_MAPPED:
                # Nothing was created, so the conversation is ours to delete.
                self._lease, self._is_refused = lease, True
            raise
        result = result_of_interaction(request, interaction, conversation.sid)
        undisturbed = self._is_first and lease is not None and lease.left(self._clock()) > 0
        if result and result.task_sid and not undisturbed:
            # Twilio drops a second interaction on one conversation, and may respond with 200 all the same.
            try:
                yield fetch_task(request.workspace_sid, result.task_sid)
            except NotFound:
                return None
        return result


def _check_not_deleted(request: InteractionRequest, conversation: Conversation) -> Procedure[None]:
    """Refuse to start over where an earlier attempt's conversation was deleted, as long as its task shows it.

    :param request: the outreach.
    :param conversation: the one just created, which has no task yet.
    :raises ConversationEnded: when the outreach has a task, which has not failed.
    """
    earlier = yield from find_task(request, conversation.sid)
    if earlier and not (yield from has_failed(request.workspace_sid, earlier)):
        # A task whose attributes were replaced names no conversation any more; the new one then stands in for
        # it.
        deleted = f" {earlier.conversation_sid}" if earlier.conversation_sid != conversation.sid else ""
        raise ConversationEnded(
            f"An earlier attempt opened task {earlier.task_sid}, and its conversation{deleted} was deleted "
            "or renamed since. To contact the customer again, choose another idempotency_key."
        )


class ExistingConversation(ConversationFirst):
    """One attempt at routing a conversation that was given by its SID, such as one that a customer began.

    It has no name of ours by which it could be found, but it exists before and after the outreach. So its
    attributes hold the record, and Twilio lets it have only one interaction channel. If it began without an
    agent, it already has the record of that outreach, which stays as it is; this outreach's record is in an
    attribute of its own.

    Only Twilio separates two first attempts at the same moment: it accepts one interaction for a
    conversation. Every later attempt reconciles as elsewhere.
    """

    def _name_conversation(self) -> Procedure[Conversation | None]:
        with conversation_exists(self._request.conversation_sid):
            conversation: Conversation = yield fetch_conversation(str(self._request.conversation_sid))
        earlier = OutreachRecord.read(conversation.attribute_object)
        if earlier and earlier.on_reply and earlier.key != self._request.key:
            self._keep_record_in(durable.ROUTING_RECORD_ATTRIBUTE)
        return conversation

    def _open_in(self, conversation: Conversation, **_: bool) -> Procedure[InteractionResult]:
        record = OutreachRecord.read(conversation.attribute_object, self._request.record_attribute)
        is_ours = record is not None and record.key == self._request.key
        known = record.result(conversation.sid) if record else None
        if known and is_ours:
            return log_result(known)
        found = known or (yield from find_task(self._request, conversation.sid))
        if found and is_ours:
            return (yield from write_sids(self._request, conversation, found, self._attempt_id))
        if conversation.state == "closed":
            raise ConversationEnded(f"Conversation {conversation.sid} is closed and cannot be routed again.")
        if found:
            raise AlreadyTalking(conversation.sid, "The customer")
        if not is_ours:
            lease = Lease(self._clock(), timing.LEASE_TTL)
            attributes = new_record(self._request, self._attempt_id, lease.ttl).write_into(
                conversation.attribute_object, self._request.record_attribute
            )
            yield update_conversation(conversation.sid, attributes=attributes)
            self._lease = self._reconciliation.written = lease
        return (yield from self._route(conversation))

    def _clean_up(self, conversation: Conversation) -> Procedure[None]:
        """Leave the conversation alone: it was there before."""
        yield from ()
