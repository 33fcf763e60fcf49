"""The Conversations API's participants."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from airflow_provider_flexout.sandbox.api.conversations.service import (
    conversation_of,
    service_field,
    under_service,
)
from airflow_provider_flexout.sandbox.api.operation import ApiRequest, Operation, page, paging, token_number
from airflow_provider_flexout.sandbox.rules import participants
from airflow_provider_flexout.sandbox.rules.preconditions import require_open
from airflow_provider_flexout.sandbox.state.seed import ACCOUNT_SID
from airflow_provider_flexout.sandbox.webhooks.conversation_events import notify_participant
from airflow_provider_flexout.sandbox.wire.clock import iso
from airflow_provider_flexout.sandbox.wire.http import ApiError, ApiResponse
from airflow_provider_flexout.sandbox.wire.parameters import Param, integer, json_text, moment, sid, text

if TYPE_CHECKING:
    from airflow_provider_flexout.sandbox.state.records import ParticipantRecord

__all__ = ["OPERATIONS"]

_COLUMNS: Final = {
    "Identity": "identity",
    "MessagingBinding.Address": "address",
    "MessagingBinding.ProxyAddress": "proxy_address",
    "MessagingBinding.ProjectedAddress": "projected_address",
    "Attributes": "attributes",
    "RoleSid": "role_sid",
    "DateCreated": "created",
    "DateUpdated": "updated",
    "LastReadMessageIndex": "last_read_index",
    "LastReadTimestamp": "last_read_at",
}
_CREATE: Final = {
    "Identity": Param(text(256)),
    "MessagingBinding.Address": Param(text(256)),
    "MessagingBinding.ProxyAddress": Param(text(256)),
    "MessagingBinding.ProjectedAddress": Param(text(256)),
    "Attributes": Param(json_text(4 * 1024)),
    "RoleSid": Param(sid("RL")),
    "DateCreated": Param(moment),
    "DateUpdated": Param(moment),
}
_UPDATE: Final = {
    "Attributes": Param(json_text(4 * 1024)),
    "RoleSid": Param(sid("RL")),
    "LastReadMessageIndex": Param(integer(0)),
    "LastReadTimestamp": Param(text(64)),
    "DateCreated": Param(moment),
    "DateUpdated": Param(moment),
    "Identity": Param(text(256)),
    "MessagingBinding.ProxyAddress": Param(text(256)),
    "MessagingBinding.ProjectedAddress": Param(text(256)),
}
_FIXED: Final = ("Identity", "MessagingBinding.ProxyAddress", "MessagingBinding.ProjectedAddress")


def _binding(participant: ParticipantRecord) -> dict[str, Any] | None:
    if participant.kind is None:
        return None
    shown = {
        "type": participant.kind,
        "address": participant.address,
        "proxy_address": participant.proxy_address,
        "projected_address": participant.projected_address,
        "level": participant.level,
        "name": participant.name,
    }
    return {name: value for name, value in shown.items() if value is not None}


def _show(request: ApiRequest, participant: ParticipantRecord) -> dict[str, Any]:
    path, _, _ = request.path.partition("/Conversations/")
    return {
        "account_sid": ACCOUNT_SID,
        **service_field(request),
        "conversation_sid": participant.conversation_sid,
        "sid": participant.sid,
        "identity": participant.identity,
        "attributes": participant.attributes,
        "messaging_binding": _binding(participant),
        "role_sid": participant.role_sid,
        "date_created": iso(participant.created),
        "date_updated": iso(participant.updated),
        "url": (
            f"{request.base}{path}/Conversations/{participant.conversation_sid}/Participants/{participant.sid}"
        ),
        "last_read_message_index": participant.last_read_index,
        "last_read_timestamp": participant.last_read_at,
    }


def _one(request: ApiRequest) -> ParticipantRecord:
    participant = participants.find(conversation_of(request), request.params["Sid"])
    if participant is None:
        raise request.not_found()
    return participant


def _create(request: ApiRequest) -> ApiResponse:
    if request.form.get("MessagingBinding.ProxyAddress") == "":
        raise ApiError(400, 50412, "Participant proxy address is empty")
    given = {_COLUMNS[name]: value for name, value in request.form.items() if value != ""}
    return ApiResponse(
        _show(request, participants.add(request.store, conversation_of(request), **given)), 201
    )


def _list(request: ApiRequest) -> ApiResponse:
    rows, start = conversation_of(request).participants, token_number(request) or 0
    numbered = list(enumerate(rows, 1))[start:]
    return page(
        request, "participants", numbered, lambda row: _show(request, row[1]), lambda row: f"PT{row[0]}"
    )


def _fetch(request: ApiRequest) -> ApiResponse:
    return ApiResponse(_show(request, _one(request)))


def _update(request: ApiRequest) -> ApiResponse:
    participant = _one(request)
    require_open(conversation_of(request))
    for name in _FIXED:
        if request.form.get(name, getattr(participant, _COLUMNS[name])) != getattr(
            participant, _COLUMNS[name]
        ):
            raise ApiError(400, 50441, f"Failed to change {name} of a participant")
    participant.updated = request.store.clock.time()
    for name, value in request.form.items():
        setattr(participant, _COLUMNS[name], value)
    notify_participant(request.store.webhooks, "onParticipantUpdated", conversation_of(request), participant)
    return ApiResponse(_show(request, participant))


def _delete(request: ApiRequest) -> ApiResponse:
    conversation, participant = conversation_of(request), _one(request)
    require_open(conversation)
    participants.remove(request.store, conversation, participant)
    return ApiResponse(None, 204)


_ALL: Final = "/v1/Conversations/{ConversationSid}/Participants"
OPERATIONS: Final = under_service(
    [
        Operation("CreateConversationParticipant", "POST", _ALL, _create, form=_CREATE),
        Operation("ListConversationParticipant", "GET", _ALL, _list, query=paging(100)),
        Operation("FetchConversationParticipant", "GET", _ALL + "/{Sid}", _fetch),
        Operation("UpdateConversationParticipant", "POST", _ALL + "/{Sid}", _update, form=_UPDATE),
        Operation("DeleteConversationParticipant", "DELETE", _ALL + "/{Sid}", _delete),
    ]
)
