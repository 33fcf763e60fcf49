"""One attempt at opening a conversation without an agent.

Twilio gives a webhook no unique name, and two webhooks start two flows, each of which asks for an agent. So
it is registered only under a lease, in the way that an interaction is created. Every later attempt first
looks for the webhook, and for the agent's task, since Flex removes the webhook when the task is made.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.conversation.request import ConversationResult
from airflow_provider_flexout.outreach.errors import ConversationEnded, ReconciliationPending
from airflow_provider_flexout.outreach.inbox.customers import is_inbound, list_customers
from airflow_provider_flexout.outreach.inbox.newest_messages import read_back
from airflow_provider_flexout.outreach.interaction.cleanup import check_unreached
from airflow_provider_flexout.outreach.interaction.lookup import find_task
from airflow_provider_flexout.outreach.interaction.named_conversation import NamedConversation, StartOver
from airflow_provider_flexout.outreach.interaction.participants import add_customer
from airflow_provider_flexout.outreach.listener import Listener
from airflow_provider_flexout.twilio import metrics
from airflow_provider_flexout.twilio.api.conversations import (
    create_conversation,
    create_studio_webhook,
    delete_conversation,
    delete_conversation_webhook,
    list_conversation_webhooks,
    list_participants,
)
from airflow_provider_flexout.twilio.http.codes import ErrorCode
from airflow_provider_flexout.twilio.http.errors import (
    DeadlineExceeded,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    RequestRejected,
    TwilioError,
)
from airflow_provider_flexout.twilio.http.pagination import read_pages

if TYPE_CHECKING:
    from airflow_provider_flexout.outreach.conversation.request import ConversationRequest
    from airflow_provider_flexout.outreach.interaction.record import OutreachRecord
    from airflow_provider_flexout.twilio.api.conversations import Conversation
    from airflow_provider_flexout.twilio.http.call import Call, Procedure

log = logging.getLogger(__name__)

_ROUNDS = 3


class AgentOnReply(NamedConversation[ConversationResult]):
    """One attempt at opening a conversation without an agent."""

    _request: ConversationRequest

    def _creation(self, record: OutreachRecord) -> Call[Conversation]:
        request = self._request
        return create_conversation(
            unique_name=request.unique_name,
            attributes=record.write_into(request.attributes),
            messaging_service_sid=request.messaging_service_sid,
            state="active",
            closes_after=request.closes_after,
        )

    def _open_in(
        self, conversation: Conversation, *, look_for_earlier: bool = True
    ) -> Procedure[ConversationResult]:
        if look_for_earlier:
            earlier = yield from self._earlier(conversation)
            if earlier:
                return (yield from self._open_in(earlier, look_for_earlier=False))
        if not self._is_first:
            self._own_record(conversation)
            if conversation.state == "closed":
                try:
                    yield from check_unreached(conversation)
                except ConversationEnded:
                    return self._result(conversation, None, None)
                with suppress(NotFound):
                    yield delete_conversation(conversation.sid)
                raise StartOver
        created = self._is_first
        participant_sid = yield from add_customer(self._request, conversation.sid)
        if participant_sid is None:
            participant_sid = yield from self._find_customer(conversation.sid)
        # Nothing may fail after the webhook is there: what is complete is never cleaned up.
        listener = Listener(None)
        if self._request.flow_sid is not None:
            listener = yield from self._register(conversation)
        return self._result(conversation, participant_sid, listener.webhook_sid, created=created)

    def _register(self, conversation: Conversation) -> Procedure[Listener]:
        """Register the webhook, as often as it takes to know that there is one."""
        request = self._request
        if not self._is_first:  # most likely an earlier attempt has, and need not be waited for
            listener = yield from self._find(conversation.sid)
            if listener:
                return listener
        problem: TwilioError | None = None
        # The customer is in the conversation already, and may have written before the webhook is there.
        replay_after: int | None = 0
        for _ in range(_ROUNDS):
            if self._lease is None or self._lease.left(self._clock()) <= 0:
                reconciled = yield from self._reconcile(conversation)
                if reconciled.found:
                    found: Listener = reconciled.found
                    return found
                replay_after = yield from first_unheard(conversation.sid)
            lease, self._lease = self._lease, None
            call = create_studio_webhook(conversation.sid, str(request.flow_sid), replay_after=replay_after)
            try:
                webhook = yield call.within(lease.left(self._clock()) if lease else 0.0)
            except (OutcomeUnknown, RateLimited, DeadlineExceeded) as error:
                problem = error
            except TwilioError as error:
                self._lease = lease  # nothing was registered, so the conversation is ours to delete
                if replay_after is None or not _may_be_of_the_replay(error):
                    raise
                replay_after = None
            else:
                return Listener(webhook.sid)
        raise problem or ReconciliationPending(f"The webhook of {conversation.sid} could not be registered.")

    def _find(self, conversation_sid: str) -> Procedure[Listener | None]:
        return (yield from find_webhook(self._request, conversation_sid))

    def _find_customer(self, conversation_sid: str) -> Procedure[str | None]:
        """Find the customer whom an earlier attempt added."""
        everybody = yield from read_pages(list_participants(conversation_sid))
        for one in everybody:
            address = (one.messaging_binding or {}).get("address")
            if (self._request.address or self._request.identity) in (address, one.identity):
                sid: str = one.sid
                return sid
        return None

    def _result(
        self,
        conversation: Conversation,
        participant_sid: str | None,
        webhook_sid: str | None,
        *,
        created: bool = False,
    ) -> ConversationResult:
        metrics.count_outreach(self._request.channel_type, created=created)
        log.info(
            "Opened conversation %s without an agent."
            if created
            else "This conversation already exists, so nothing was sent: %s.",
            conversation.sid,
        )
        return ConversationResult(
            conversation.sid,
            participant_sid,
            webhook_sid,
            self._request.channel_type,
            created=created,
            created_at=self._created_at if created else None,
        )


def _may_be_of_the_replay(error: TwilioError) -> bool:
    """Say whether Twilio may have refused the webhook because it has no message to replay yet."""
    return type(error) is RequestRejected and error.code != ErrorCode.STUDIO_FLOW_INVALID


def find_webhook(request: ConversationRequest, conversation_sid: str) -> Procedure[Listener | None]:
    """Look once for the webhook, or for the agent's task that replaced it, even one that has ended.

    Of several webhooks of the flow, the oldest stays and the others are deleted. A webhook of another flow
    counts too, since an outreach that took up the conversation has registered it.

    :param request: the outreach.
    :param conversation_sid: ``CH…``.
    """
    everything = yield from read_pages(list_conversation_webhooks(conversation_sid))
    studio = sorted(
        (one for one in everything if one.target == "studio" and one.hears_messages),
        key=lambda one: (str(one.date_created), one.sid),
    )
    ours = [one for one in studio if one.flow_sid == request.flow_sid]
    for surplus in ours[1:]:
        with suppress(NotFound):
            yield delete_conversation_webhook(conversation_sid, surplus.sid)
    if studio:
        return Listener((ours or studio)[0].sid)
    task = yield from find_task(request, conversation_sid)
    return Listener(None) if task else None


def first_unheard(conversation_sid: str) -> Procedure[int | None]:
    """Find the message from which a new webhook must hear the customer, for ``ReplayAfter``.

    :param conversation_sid: ``CH…``.
    :returns: the index of the customer's first message that no agent has seen. If there is none, the index of
        the next message, since that may be the customer's and arrive before the webhook is there. ``None``
        where Twilio gave the message no index.
    """
    customers = {one.sid for one in (yield from list_customers(conversation_sid))}
    newest = yield from read_back(
        conversation_sid, lambda one: bool(one.participant_sid) and one.participant_sid not in customers
    )
    inbound = [one for one in newest.messages if is_inbound(one, customers)]
    if inbound:
        return inbound[-1].index
    message = newest.messages[0] if newest.messages else newest.reached
    last = message.index if message else -1
    return None if last is None else last + 1
