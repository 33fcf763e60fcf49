"""Who takes part in an interaction channel, and who is invited into it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from airflow_provider_flexout.sandbox.api.interactions import channel_url, one_channel, routing_copy
from airflow_provider_flexout.sandbox.api.pagination import page_of
from airflow_provider_flexout.sandbox.api.routes import Call, Operation, paging
from airflow_provider_flexout.sandbox.rules import invites
from airflow_provider_flexout.sandbox.wire.http import Answer
from airflow_provider_flexout.sandbox.wire.parameters import Param, enum, text

if TYPE_CHECKING:
    from airflow_provider_flexout.sandbox.state.records import Channel, ChannelParticipant, Invite

__all__ = ["OPERATIONS"]


def _show(call: Call, channel: Channel, row: ChannelParticipant) -> dict[str, Any]:
    routing = None
    if row.kind == "agent":
        routing = {
            "task_sid": row.task_sid,
            "worker_sid": row.worker_sid,
            "reservation_sid": row.reservation_sid,
        }
    return {
        "sid": row.sid,
        "type": row.kind,
        "interaction_sid": channel.interaction_sid,
        "channel_sid": channel.sid,
        "routing_properties": routing,
        "url": f"{channel_url(call, channel)}/Participants/{row.sid}",
    }


def _list(call: Call) -> Answer:
    channel = one_channel(call)
    return page_of(call, "participants", channel.participants, lambda row: _show(call, channel, row))


def _create(call: Call) -> Answer:
    channel = one_channel(call)
    return Answer(_show(call, channel, invites.add_participant(call.world, channel, call.form)))


def _update(call: Call) -> Answer:
    channel = one_channel(call)
    for row in channel.participants:
        if row.sid == call.params["Sid"]:
            invites.update_participant(call.world, channel, row, call.form["Status"])
            return Answer(_show(call, channel, row))
    raise call.not_found()


def _show_invite(call: Call, channel: Channel, row: Invite) -> dict[str, Any]:
    return {
        "sid": row.sid,
        "interaction_sid": channel.interaction_sid,
        "channel_sid": channel.sid,
        "routing": routing_copy(call.world, call.world.tasks.get(row.task_sid)),
        "url": f"{channel_url(call, channel)}/Invites/{row.sid}",
    }


def _list_invites(call: Call) -> Answer:
    channel = one_channel(call)
    return page_of(call, "invites", channel.invites, lambda row: _show_invite(call, channel, row))


def _create_invite(call: Call) -> Answer:
    channel = one_channel(call)
    return Answer(_show_invite(call, channel, invites.invite(call.world, channel, call.form)))


_CHANNEL: Final = "/v1/Interactions/{InteractionSid}/Channels/{ChannelSid}"
_PARTICIPANTS: Final = _CHANNEL + "/Participants"
OPERATIONS: Final = [
    Operation("ListInteractionChannelParticipant", "GET", _PARTICIPANTS, _list, query=paging(1000)),
    Operation(
        "CreateInteractionChannelParticipant",
        "POST",
        _PARTICIPANTS,
        _create,
        form={
            "Type": Param(enum("supervisor", "customer", "external", "agent", "unknown"), required=True),
            "MediaProperties": Param(text(), required=True),
            "RoutingProperties": Param(text()),
        },
    ),
    Operation(
        "UpdateInteractionChannelParticipant",
        "POST",
        _PARTICIPANTS + "/{Sid}",
        _update,
        form={"Status": Param(enum("closed", "wrapup"), required=True)},
    ),
    Operation(
        "ListInteractionChannelInvite", "GET", _CHANNEL + "/Invites", _list_invites, query=paging(1000)
    ),
    Operation(
        "CreateInteractionChannelInvite",
        "POST",
        _CHANNEL + "/Invites",
        _create_invite,
        form={"Routing": Param(text(), required=True)},
    ),
]
