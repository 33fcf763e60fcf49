"""Flex: the invites and the participants of an interaction's channel.

https://www.twilio.com/docs/flex/developer/conversations/interactions-api/invites-subresource
https://www.twilio.com/docs/flex/developer/conversations/interactions-api/interaction-channel-participants
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from airflow_provider_flexout.twilio.api.interactions import RoutedResource
from airflow_provider_flexout.twilio.http.call import Call, RetrySafety, path, read, write
from airflow_provider_flexout.twilio.http.resource import Page, Resource

if TYPE_CHECKING:
    from collections.abc import Mapping

_CHANNEL = "/v1/Interactions/{}/Channels/{}"


class Invite(RoutedResource):
    """An agent's invitation into a channel, with a copy of the task that it made."""

    sid: str
    interaction_sid: str | None = None
    channel_sid: str | None = None


InvitePage = Page[Invite]


class ChannelParticipant(Resource):
    """A participant of a channel; ``type`` is agent, customer, supervisor, external or unknown."""

    sid: str
    type: str | None = None
    interaction_sid: str | None = None
    channel_sid: str | None = None
    routing_properties: dict[str, Any] | None = None

    @property
    def task_sid(self) -> str | None:
        """The agent's task (``WT…``)."""
        return (self.routing_properties or {}).get("task_sid")

    @property
    def worker_sid(self) -> str | None:
        """The agent (``WK…``)."""
        return (self.routing_properties or {}).get("worker_sid")


ChannelParticipantPage = Page[ChannelParticipant]


def list_invites(interaction_sid: str, channel_sid: str) -> Call[InvitePage]:
    """List a channel's invites; the one that came with the interaction is among them.

    :param interaction_sid: the interaction, ``KD…``.
    :param channel_sid: the interaction channel, ``UO…``.
    """
    place = path(_CHANNEL + "/Invites", interaction_sid, channel_sid)
    return read("ListInteractionChannelInvite", "flex-api", place, InvitePage)


def create_invite(interaction_sid: str, channel_sid: str, routing: Mapping[str, Any]) -> Call[Invite]:
    """Invite an agent: a new task for the same conversation, which an agent is offered.

    :param interaction_sid: the interaction, ``KD…``.
    :param channel_sid: the interaction channel, ``UO…``.
    :param routing: Twilio's ``Routing`` object, with all attributes of the task; none are carried over.
    """
    place = path(_CHANNEL + "/Invites", interaction_sid, channel_sid)
    name = "CreateInteractionChannelInvite"
    return write(name, "flex-api", place, Invite, {"Routing": routing}, RetrySafety.NON_IDEMPOTENT)


def list_channel_participants(interaction_sid: str, channel_sid: str) -> Call[ChannelParticipantPage]:
    """List who is in a channel.

    :param interaction_sid: the interaction, ``KD…``.
    :param channel_sid: the interaction channel, ``UO…``.
    """
    place = path(_CHANNEL + "/Participants", interaction_sid, channel_sid)
    return read("ListInteractionChannelParticipant", "flex-api", place, ChannelParticipantPage)


def create_channel_participant(
    interaction_sid: str,
    channel_sid: str,
    type: Literal["customer", "external", "unknown"],  # noqa: A002 - Twilio's name
    media_properties: Mapping[str, Any],
) -> Call[ChannelParticipant]:
    """Add a participant who is not an agent; agents are invited.

    :param interaction_sid: the interaction, ``KD…``.
    :param channel_sid: the interaction channel, ``UO…``.
    :param type: what kind of participant it is.
    :param media_properties: how they are reached, for example ``{"level": "cc", "name": "Ada",
        "address": "ada@example.com", "type": "email"}``.
    """
    place = path(_CHANNEL + "/Participants", interaction_sid, channel_sid)
    form = {"Type": type, "MediaProperties": media_properties}
    name = "CreateInteractionChannelParticipant"
    return write(name, "flex-api", place, ChannelParticipant, form, RetrySafety.NON_IDEMPOTENT)


def update_channel_participant(
    interaction_sid: str, channel_sid: str, participant_sid: str, status: Literal["closed", "wrapup"]
) -> Call[ChannelParticipant]:
    """Take an agent out of a channel; the conversation stays open.

    :param interaction_sid: the interaction, ``KD…``.
    :param channel_sid: the interaction channel, ``UO…``.
    :param participant_sid: the agent as a participant, ``UT…``.
    :param status: what becomes of the agent's task. ``closed`` completes it, ``wrapup`` leaves the agent time
        to wrap up.
    """
    place = path(_CHANNEL + "/Participants/{}", interaction_sid, channel_sid, participant_sid)
    name = "UpdateInteractionChannelParticipant"
    return write(name, "flex-api", place, ChannelParticipant, {"Status": status}, RetrySafety.IDEMPOTENT)
