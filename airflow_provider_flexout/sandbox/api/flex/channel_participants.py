"""Who takes part in an interaction channel, and who is invited into it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from airflow_provider_flexout.sandbox.api.flex.channel import channel_of, channel_url, routing_copy
from airflow_provider_flexout.sandbox.api.operation import ApiRequest, Operation, page_of, paging
from airflow_provider_flexout.sandbox.rules import interaction_channels, invites
from airflow_provider_flexout.sandbox.wire.http import ApiResponse
from airflow_provider_flexout.sandbox.wire.parameters import Param, absent, enum, text

if TYPE_CHECKING:
    from airflow_provider_flexout.sandbox.state.records import (
        ChannelParticipantRecord,
        ChannelRecord,
        InviteRecord,
    )

__all__ = ["OPERATIONS"]


def _show(request: ApiRequest, channel: ChannelRecord, row: ChannelParticipantRecord) -> dict[str, Any]:
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
        "url": f"{channel_url(request, channel)}/Participants/{row.sid}",
    }


def _list(request: ApiRequest) -> ApiResponse:
    channel = channel_of(request)
    return page_of(request, "participants", channel.participants, lambda row: _show(request, channel, row))


def _create(request: ApiRequest) -> ApiResponse:
    channel = channel_of(request)
    return ApiResponse(_show(request, channel, invites.add_participant(request.store, channel, request.form)))


def _update(request: ApiRequest) -> ApiResponse:
    channel = channel_of(request)
    for row in channel.participants:
        if row.sid == request.params["Sid"]:
            interaction_channels.update_participant(request.store, channel, row, request.form["Status"])
            return ApiResponse(_show(request, channel, row))
    raise request.not_found()


def _show_invite(request: ApiRequest, channel: ChannelRecord, row: InviteRecord) -> dict[str, Any]:
    return {
        "sid": row.sid,
        "interaction_sid": channel.interaction_sid,
        "channel_sid": channel.sid,
        "routing": routing_copy(request.store, request.store.tasks.get(row.task_sid)),
        "url": f"{channel_url(request, channel)}/Invites/{row.sid}",
    }


def _list_invites(request: ApiRequest) -> ApiResponse:
    channel = channel_of(request)
    return page_of(request, "invites", channel.invites, lambda row: _show_invite(request, channel, row))


def _create_invite(request: ApiRequest) -> ApiResponse:
    channel = channel_of(request)
    return ApiResponse(_show_invite(request, channel, invites.invite(request.store, channel, request.form)))


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
            "RoutingProperties": Param(absent),
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
