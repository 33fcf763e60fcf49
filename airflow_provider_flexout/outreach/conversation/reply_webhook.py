"""The webhook that starts a Studio flow when the customer replies, registered once.

Twilio gives a webhook no unique name, and two webhooks are two flows, each of which asks for an agent. So it
is registered only under a lease, as an interaction is created, and every later attempt looks first: for the
webhook, and for the agent's task, since Flex takes the webhook away when the task is made.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.inbox.history import read_back
from airflow_provider_flexout.outreach.interaction.lookup import find_task
from airflow_provider_flexout.twilio.api.conversation_webhooks import (
    delete_conversation_webhook,
    list_conversation_webhooks,
)
from airflow_provider_flexout.twilio.http.errors import NotFound
from airflow_provider_flexout.twilio.http.pagination import read_pages

if TYPE_CHECKING:
    from airflow_provider_flexout.outreach.conversation.request import ConversationRequest
    from airflow_provider_flexout.twilio.api.conversation_webhooks import ConversationWebhook
    from airflow_provider_flexout.twilio.http.call import Procedure


@dataclass(frozen=True, slots=True)
class ReplyRoute:
    """How the customer's reply gets to an agent.

    :param webhook_sid: the webhook, ``WH…``; ``None`` where an agent has a task for the conversation already.
    """

    webhook_sid: str | None


def find_route(request: ConversationRequest, conversation_sid: str) -> Procedure[ReplyRoute | None]:
    """Look once for the webhook, or for the agent's task that has taken its place.

    Of several webhooks the oldest stays, and the others are deleted.

    :param request: the outreach.
    :param conversation_sid: ``CH…``.
    """
    ours = yield from _webhooks_of(request, conversation_sid)
    for surplus in ours[1:]:
        try:
            yield delete_conversation_webhook(conversation_sid, surplus.sid)
        except NotFound:
            continue
    if ours:
        return ReplyRoute(ours[0].sid)
    task = yield from find_task(request, conversation_sid)
    return ReplyRoute(None) if task else None


def _webhooks_of(request: ConversationRequest, conversation_sid: str) -> Procedure[list[ConversationWebhook]]:
    """List the webhooks of the outreach's flow, the oldest first."""
    if request.flow_sid is None:
        return []
    everything = yield from read_pages(list_conversation_webhooks(conversation_sid))
    ours = (one for one in everything if one.flow_sid == request.flow_sid)
    return sorted(ours, key=lambda one: (str(one.date_created), one.sid))


def first_unheard(request: ConversationRequest, conversation_sid: str) -> Procedure[int | None]:
    """Find the first message of the customer that no agent has seen, for ``ReplayAfter``.

    :param request: the outreach.
    :param conversation_sid: ``CH…``.
    :returns: its index; ``None`` where the customer has not written since an agent did.
    """
    customer, first = {request.address, request.identity}, None
    history = yield from read_back(
        conversation_sid, lambda one: bool(one.participant_sid) and one.author not in customer
    )
    for one in history.messages:
        if one.author in customer:
            first = one.index
    return first
