"""Flex: interactions, their channels, and the webhooks that report what becomes of them.

* https://www.twilio.com/docs/flex/developer/conversations/interactions-api
* https://www.twilio.com/docs/flex/developer/conversations/register-interactions-webhooks

The webhooks are in no OpenAPI document, and the ``twilio`` package does not know them. The page's samples and
its table disagree on two names; the samples' are sent, as working clients do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from airflow_provider_flexout.twilio.http.call import Call, RetrySafety, path, read, write
from airflow_provider_flexout.twilio.http.resource import NoContent, Page, Resource, json_object

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


_CHANNELS = "/v1/Interactions/{}/Channels"
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


class RoutedResource(Resource):
    """A resource with a copy of the task that was made with it; each part may still be missing."""

    routing: dict[str, Any] | None = None

    @property
    def task(self) -> dict[str, Any]:
        """The copy of the task; its dates are seconds since 1970, its attributes JSON in a string."""
        properties = (self.routing or {}).get("properties")
        return properties if isinstance(properties, dict) else {}

    @property
    def task_sid(self) -> str | None:
        """The task (``WT…``)."""
        sid = self.task.get("sid")
        return sid if isinstance(sid, str) else None

    @property
    def task_attributes(self) -> dict[str, Any]:
        """The task's attributes: the caller's, and those that Flex added."""
        attributes = self.task.get("attributes")
        return attributes if isinstance(attributes, dict) else json_object(attributes)


class Interaction(RoutedResource):
    """An interaction, with the copy of its task that comes with the response to a create.

    Twilio responds to a create before everything is set up, so each part may still be missing.
    """

    sid: str
    channel: dict[str, Any] | None = None
    interaction_context_sid: str | None = None
    webhook_ttid: str | None = None

    @property
    def channel_sid(self) -> str | None:
        """The interaction channel (``UO…``)."""
        return (self.channel or {}).get("sid")

    @property
    def channel_type(self) -> str | None:
        """For example ``sms`` or ``whatsapp``."""
        return (self.channel or {}).get("type")


class InteractionChannel(Resource):
    """An interaction's channel.

    ``status`` is one of setup, active, failed, closed, inactive, pause, transfer.
    """

    sid: str
    interaction_sid: str | None = None
    type: str | None = None
    status: str | None = None
    error_code: int | None = None
    error_message: str | None = None


InteractionChannelPage = Page[InteractionChannel]


def create_interaction(
    channel: Mapping[str, Any],
    routing: Mapping[str, Any] | None,
    *,
    interaction_context_sid: str | None = None,
    webhook_ttid: str | None = None,
) -> Call[Interaction]:
    """Create an interaction: Flex creates a task, which an agent is offered.

    https://www.twilio.com/docs/flex/developer/conversations/interactions-api/interactions

    :param channel: Twilio's ``Channel`` object.
    :param routing: Twilio's ``Routing`` object.
    :param interaction_context_sid: an interaction context to look up, ``HQ…``.
    :param webhook_ttid: the webhook of type ``interaction`` that reports this one.
    """
    form = {
        "Channel": channel,
        "Routing": routing,
        "InteractionContextSid": interaction_context_sid,
        "WebhookTtid": webhook_ttid,
    }
    return write(
        "CreateInteraction", "flex-api", "/v1/Interactions", Interaction, form, RetrySafety.NON_IDEMPOTENT
    )


def fetch_interaction(interaction_sid: str) -> Call[Interaction]:
    """Fetch an interaction. Twilio has not published whether it shows its task.

    :param interaction_sid: the interaction, ``KD…``.
    """
    return read("FetchInteraction", "flex-api", path("/v1/Interactions/{}", interaction_sid), Interaction)


def list_channels(interaction_sid: str) -> Call[InteractionChannelPage]:
    """List an interaction's channels.

    :param interaction_sid: the interaction, ``KD…``.
    """
    return read(
        "ListInteractionChannel", "flex-api", path(_CHANNELS, interaction_sid), InteractionChannelPage
    )


def fetch_channel(interaction_sid: str, channel_sid: str) -> Call[InteractionChannel]:
    """Fetch one channel of an interaction.

    :param interaction_sid: the interaction, ``KD…``.
    :param channel_sid: the interaction channel, ``UO…``.
    """
    place = path(_CHANNELS + "/{}", interaction_sid, channel_sid)
    return read("FetchInteractionChannel", "flex-api", place, InteractionChannel)


def update_channel(
    interaction_sid: str,
    channel_sid: str,
    status: Literal["closed", "inactive"],
    routing: Mapping[str, Any] | None = None,
) -> Call[InteractionChannel]:
    """Close or park a channel.

    https://www.twilio.com/docs/flex/developer/conversations/interactions-api/interaction-channels

    :param interaction_sid: the interaction, ``KD…``.
    :param channel_sid: the interaction channel, ``UO…``.
    :param status: the new status. ``closed`` also closes the conversation; ``inactive`` needs ``routing``.
    :param routing: what becomes of the task. ``{"status": "closed"}`` completes it; without it the task goes
        to wrapping.
    """
    place = path(_CHANNELS + "/{}", interaction_sid, channel_sid)
    form = {"Status": status, "Routing": routing}
    return write(
        "UpdateInteractionChannel", "flex-api", place, InteractionChannel, form, RetrySafety.IDEMPOTENT
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
