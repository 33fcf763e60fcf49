"""The Conversations API's participants."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from airflow_provider_flexout.sandbox.api.conversations import found, service_field, under_service
from airflow_provider_flexout.sandbox.api.pagination import page, token_number
from airflow_provider_flexout.sandbox.api.routes import Call, Operation, paging
from airflow_provider_flexout.sandbox.rules import conversations, participants
from airflow_provider_flexout.sandbox.state.seed import ACCOUNT_SID
from airflow_provider_flexout.sandbox.webhooks.conversation_events import about_participant
from airflow_provider_flexout.sandbox.wire.clock import iso
from airflow_provider_flexout.sandbox.wire.http import Answer, TwilioError
from airflow_provider_flexout.sandbox.wire.parameters import Param, integer, json_text, moment, sid, text

if TYPE_CHECKING:
    from airflow_provider_flexout.sandbox.state.records import Participant

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


def _binding(participant: Participant) -> dict[str, Any] | None:
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


def _show(call: Call, participant: Participant) -> dict[str, Any]:
    path, _, _ = call.path.partition("/Conversations/")
    return {
        "account_sid": ACCOUNT_SID,
        **service_field(call),
        "conversation_sid": participant.conversation_sid,
        "sid": participant.sid,
        "identity": participant.identity,
        "attributes": participant.attributes,
        "messaging_binding": _binding(participant),
        "role_sid": participant.role_sid,
        "date_created": iso(participant.created),
        "date_updated": iso(participant.updated),
        "url": (
            f"{call.base}{path}/Conversations/{participant.conversation_sid}/Participants/{participant.sid}"
        ),
        "last_read_message_index": participant.last_read_index,
        "last_read_timestamp": participant.last_read_at,
    }


def _one(call: Call) -> Participant:
    participant = participants.find(found(call), call.params["Sid"])
    if participant is None:
        raise call.not_found()
    return participant


def _create(call: Call) -> Answer:
    given = {_COLUMNS[name]: value for name, value in call.form.items() if value != ""}
    return Answer(_show(call, participants.add(call.world, found(call), **given)), 201)


def _list(call: Call) -> Answer:
    rows, start = found(call).participants, token_number(call) or 0
    numbered = list(enumerate(rows, 1))[start:]
    return page(call, "participants", numbered, lambda row: _show(call, row[1]), lambda row: f"PT{row[0]}")


def _fetch(call: Call) -> Answer:
    return Answer(_show(call, _one(call)))


def _update(call: Call) -> Answer:
    participant = _one(call)
    conversations.require_open(found(call))
    for name in _FIXED:
        if call.form.get(name, getattr(participant, _COLUMNS[name])) != getattr(participant, _COLUMNS[name]):
            raise TwilioError(400, 50441, f"Failed to change {name} of a participant")
    participant.updated = call.world.clock.time()
    for name, value in call.form.items():
        setattr(participant, _COLUMNS[name], value)
    about_participant(call.world, "onParticipantUpdated", found(call), participant)
    return Answer(_show(call, participant))


def _delete(call: Call) -> Answer:
    conversation, participant = found(call), _one(call)
    conversations.require_open(conversation)
    conversations.remove_participant(call.world, conversation, participant)
    return Answer(None, 204)


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
