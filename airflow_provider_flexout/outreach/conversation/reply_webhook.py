"""The webhook that starts a Studio flow when the customer replies, registered once.

Twilio gives a webhook no unique name, and two webhooks start two flows, each of which asks for an agent. So
it is registered only under a lease, in the way that an interaction is created. Every later attempt first
looks for the webhook, and for the agent's task, since Flex removes the webhook when the task is made.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.inbox.customers import is_inbound, list_customers
from airflow_provider_flexout.outreach.inbox.newest_messages import read_back
from airflow_provider_flexout.outreach.interaction.lookup import find_task
from airflow_provider_flexout.outreach.listener import Listener
from airflow_provider_flexout.twilio.api.conversation_webhooks import (
    delete_conversation_webhook,
    list_conversation_webhooks,
)
from airflow_provider_flexout.twilio.http.errors import NotFound
from airflow_provider_flexout.twilio.http.pagination import read_pages

if TYPE_CHECKING:
    from airflow_provider_flexout.outreach.conversation.request import ConversationRequest
    from airflow_provider_flexout.twilio.http.call import Procedure


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
