"""Flex: webhooks that report what becomes of interactions.

https://www.twilio.com/docs/flex/developer/conversations/register-interactions-webhooks

They are in no OpenAPI document, and the ``twilio`` package does not know them. The page's samples and its
table disagree on two names; the samples' are sent, as working clients do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from airflow_provider_flexout.twilio.http.call import Call, RetrySafety, path, read, write
from airflow_provider_flexout.twilio.http.resource import NoContent, Page, Resource

if TYPE_CHECKING:
    from collections.abc import Sequence

_ALL = "/v1/Instances/{}/InteractionWebhooks"

EVENTS = (
    "onInteractionCreated",
    "onChannelCreated",
    "onChannelCreateFailed",
    "onChannelStatusUpdated",
    "onParticipantJoined",
    "onParticipantLeft",
    "onParticipantUpdated",
)


class InteractionWebhook(Resource):
    """A webhook. ``type`` is global (all interactions) or interaction (those that name its ``ttid``)."""

    ttid: str
    instance_sid: str | None = None
    webhook_url: str | None = None
    webhook_events: list[str] = Field(default_factory=list)
    webhook_method: str | None = None
    type: str | None = None
    friendly_name: str | None = None


InteractionWebhookPage = Page[InteractionWebhook]


def create_interaction_webhook(
    instance_sid: str,
    url: str,
    events: Sequence[str],
    *,
    type: Literal["global", "interaction"],  # noqa: A002 - Twilio's name
    method: Literal["GET", "POST"],
    friendly_name: str | None,
) -> Call[InteractionWebhook]:
    """Register a webhook.

    :param instance_sid: the Flex instance, ``GO…``.
    :param url: the URL that is called.
    :param events: the events that it is called for, some of :data:`EVENTS`.
    :param type: ``global`` reports every interaction, ``interaction`` those that are created with its
        ``ttid`` as ``webhook_ttid``.
    :param method: the HTTP method with which it is called.
    :param friendly_name: a name for people.
    """
    form = {
        "WebhookEvents": tuple(events),
        "WebhookUrl": url,
        "WebhookMethod": method,
        "Type": type,
        "FriendlyName": friendly_name,
    }
    place = path(_ALL, instance_sid)
    return write(
        "CreateInteractionWebhook", "flex-api", place, InteractionWebhook, form, RetrySafety.NON_IDEMPOTENT
    )


def list_interaction_webhooks(instance_sid: str) -> Call[InteractionWebhookPage]:
    """List the registered webhooks.

    :param instance_sid: the Flex instance, ``GO…``.
    """
    return read("ListInteractionWebhook", "flex-api", path(_ALL, instance_sid), InteractionWebhookPage)


def delete_interaction_webhook(instance_sid: str, ttid: str) -> Call[NoContent]:
    """Remove a webhook.

    :param instance_sid: the Flex instance, ``GO…``.
    :param ttid: ``flex_interactionwebhook_…``.
    """
    place = path(_ALL + "/{}", instance_sid, ttid)
    return Call("DeleteInteractionWebhook", "flex-api", "DELETE", place, NoContent, RetrySafety.IDEMPOTENT)
