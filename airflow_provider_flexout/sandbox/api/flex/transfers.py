"""Flex's transfers, by which an agent hands a conversation over.

Changing one is absent: Twilio's documents give the request no property, its packages take any JSON, and
neither ``@twilio/flex-ui`` 2.17.1 nor ``@twilio/flex-sdk`` 3.0.0 sends it. They know two requests only, to
create a transfer and to list a channel's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from airflow_provider_flexout.sandbox.api.flex.channel import channel_of, channel_url
from airflow_provider_flexout.sandbox.api.operation import ApiRequest, Operation
from airflow_provider_flexout.sandbox.rules import interaction_channels, invites
from airflow_provider_flexout.sandbox.state.seed import ACCOUNT_SID, INSTANCE_SID
from airflow_provider_flexout.sandbox.wire.clock import iso
from airflow_provider_flexout.sandbox.wire.http import ApiResponse

if TYPE_CHECKING:
    from airflow_provider_flexout.sandbox.state.records import ChannelRecord, TransferRecord

__all__ = ["OPERATIONS"]


def _show(request: ApiRequest, channel: ChannelRecord, row: TransferRecord) -> dict[str, Any]:
    return {
        "sid": row.sid,
        "account_sid": ACCOUNT_SID,
        "instance_sid": INSTANCE_SID,
        "interaction_sid": channel.interaction_sid,
        "channel_sid": channel.sid,
        "execution_sid": row.execution_sid,
        "type": "cold",
        "status": "completed",
        "from": row.from_sid,
        "to": row.to,
        "note_sid": row.note_sid,
        "summary_sid": row.summary_sid,
        "date_created": iso(row.created),
        "date_updated": iso(row.created),
        "url": f"{channel_url(request, channel)}/Transfers/{row.sid}",
    }


def _create(request: ApiRequest) -> ApiResponse:
    channel = channel_of(request)
    made = invites.transfer(request.store, channel, request.json)
    (agent,) = (row for row in channel.participants if row.sid == made.from_sid)
    interaction_channels.update_participant(request.store, channel, agent, "wrapup")
    return ApiResponse(_show(request, channel, made), 201)


def _fetch(request: ApiRequest) -> ApiResponse:
    channel = channel_of(request)
    for row in channel.transfers:
        if row.sid == request.params["Sid"]:
            return ApiResponse(_show(request, channel, row))
    raise request.not_found()


_ALL: Final = "/v1/Interactions/{InteractionSid}/Channels/{ChannelSid}/Transfers"
OPERATIONS: Final = [
    Operation("CreateInteractionTransfer", "POST", _ALL, _create, body="json"),
    Operation("FetchInteractionTransfer", "GET", _ALL + "/{Sid}", _fetch),
]
