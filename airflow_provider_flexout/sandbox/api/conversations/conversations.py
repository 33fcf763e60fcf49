"""The Conversations API's conversations, also made with participants, and a participant's conversations."""

from __future__ import annotations

import json
import re
from bisect import bisect_left, bisect_right
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

from airflow_provider_flexout.sandbox.api.conversations.service import (
    check_service,
    conversation_of,
    under_service,
)
from airflow_provider_flexout.sandbox.api.operation import (
    ApiRequest,
    Operation,
    is_between,
    page,
    paging,
    token_number,
)
from airflow_provider_flexout.sandbox.rules import conversations, participants
from airflow_provider_flexout.sandbox.state.seed import ACCOUNT_SID, CHAT_SERVICE_SID
from airflow_provider_flexout.sandbox.wire.clock import iso
from airflow_provider_flexout.sandbox.wire.http import ApiError, ApiResponse, compact
from airflow_provider_flexout.sandbox.wire.parameters import (
    Param,
    enum,
    invalid_parameter,
    json_text,
    moment,
    period,
    sid,
    text,
)
from airflow_provider_flexout.sandbox.wire.sids import is_sid

if TYPE_CHECKING:
    from airflow_provider_flexout.sandbox.state.records import ConversationRecord, ParticipantRecord

__all__ = ["OPERATIONS"]

_FORM: Final = {
    "FriendlyName": Param(text(256)),
    "UniqueName": Param(text(256)),
    "DateCreated": Param(moment),
    "DateUpdated": Param(moment),
    "MessagingServiceSid": Param(sid("MG")),
    "Attributes": Param(json_text(16 * 1024, codes=(50303, 50304))),
    "State": Param(enum("active", "inactive", "closed")),
    "Timers.Inactive": Param(period(60)),
    "Timers.Closed": Param(period(600)),
    "Bindings.Email.Address": Param(text(256)),
    "Bindings.Email.Name": Param(text(256, one_line=True)),
}
_LIST: Final = {
    "StartDate": Param(moment),
    "EndDate": Param(moment),
    "State": Param(enum("active", "inactive", "closed")),
    **paging(100),
}

_DATED_TOKEN: Final = re.compile(r"PT([0-9]{1,12}(?:\.[0-9]{1,17})?)-([0-9]{1,18})")
_MOST_AT_ONCE: Final = 10
_KEYS: Final = {"identity": "identity", "attributes": "attributes", "role_sid": "role_sid"}
_BINDING_KEYS: Final = ("address", "proxy_address", "projected_address")


def _root(request: ApiRequest) -> str:
    if "ChatServiceSid" in request.params:
        return f"{request.base}/v1/Services/{CHAT_SERVICE_SID}"
    return f"{request.base}/v1"


def _timers(conversation: ConversationRecord) -> dict[str, str]:
    dates = {"date_inactive": conversation.date_inactive, "date_closed": conversation.date_closed}
    return {name: iso(date) for name, date in dates.items() if date is not None}


def _show(request: ApiRequest, conversation: ConversationRecord) -> dict[str, Any]:
    url = f"{_root(request)}/Conversations/{conversation.sid}"
    bindings = {}
    if conversation.email_address:
        bindings["email"] = {"address": conversation.email_address, "name": conversation.email_name}
    return {
        "sid": conversation.sid,
        "account_sid": ACCOUNT_SID,
        "chat_service_sid": CHAT_SERVICE_SID,
        "messaging_service_sid": conversation.messaging_service_sid,
        "friendly_name": conversation.friendly_name,
        "unique_name": conversation.unique_name,
        "attributes": conversation.attributes,
        "date_created": iso(conversation.created),
        "date_updated": iso(conversation.updated),
        "state": conversation.state,
        "timers": _timers(conversation),
        "bindings": bindings,
        "url": url,
        "links": {
            "participants": f"{url}/Participants",
            "messages": f"{url}/Messages",
            "webhooks": f"{url}/Webhooks",
            "export": f"{url}/Export",
        },
    }


def _create(request: ApiRequest) -> ApiResponse:
    check_service(request)
    return ApiResponse(_show(request, conversations.create(request.store, request.form, "system")), 201)


def _participant(text: str) -> dict[str, Any]:
    """Read one participant.

    :raises ValueError: if it holds something that a participant does not have.
    """
    json_text(8 * 1024)(text)
    given = json.loads(text)
    binding = given.pop("messaging_binding", None) or {}
    if not isinstance(binding, dict) or not given.keys() <= _KEYS.keys():
        raise ValueError("a participant has identity, attributes, role_sid and messaging_binding")
    unknown = binding.keys() - {*_BINDING_KEYS, "type"}
    if unknown:
        raise ValueError(f"a messaging_binding has no {', '.join(sorted(unknown))}")
    binding.pop("type", None)  # it follows from the address
    found = {**given, **binding}
    if isinstance(found.get("attributes"), dict):
        found["attributes"] = compact(found["attributes"])
    if not all(isinstance(value, str) for value in found.values()):
        raise ValueError("a participant holds texts")
    return found


def _create_with_participants(request: ApiRequest) -> ApiResponse:
    check_service(request)
    store, form = request.store, dict(request.form)
    people = form.pop("Participant", [])
    if len(people) > _MOST_AT_ONCE:
        raise ApiError(400, 50426, "Request contains too many participants")
    conversation = conversations.create(store, form, "system")
    try:
        for each in people:
            participants.add(store, conversation, **each)
    except ApiError:
        conversations.delete(store, conversation)
        raise
    return ApiResponse(_show(request, conversation), 201)


def _fetch(request: ApiRequest) -> ApiResponse:
    return ApiResponse(_show(request, conversation_of(request)))


def _update(request: ApiRequest) -> ApiResponse:
    conversation = conversation_of(request)
    conversations.update(request.store, conversation, request.form)
    return ApiResponse(_show(request, conversation))


def _delete(request: ApiRequest) -> ApiResponse:
    conversations.delete(request.store, conversation_of(request))
    return ApiResponse(None, 204)


def _list(request: ApiRequest) -> ApiResponse:
    check_service(request)
    query, state = request.query, request.query.get("State")
    if "StartDate" in query or "EndDate" in query:
        return _list_by_date(request, query.get("StartDate"), query.get("EndDate"), state)
    table, number = request.store.conversations, token_number(request)
    # No order is documented where no date is asked for.
    newest_first = request.store.settings.list_order == "newest_first"
    rows = table.before(number) if newest_first else table.after(number or 0)
    matching = (row for row in rows if state in {None, row.state})
    return page(request, "conversations", matching, lambda row: _show(request, row), lambda row: f"PT{row.n}")


def _list_by_date(
    request: ApiRequest, start: float | None, end: float | None, state: str | None
) -> ApiResponse:
    """Return a page of the conversations between two dates: the latest first, as Twilio documents it."""
    rows = sorted(request.store.conversations, key=attrgetter("created"))  # those of one moment stay in order
    token = request.query.get("PageToken")
    if token is not None:
        place = _DATED_TOKEN.fullmatch(token)
        if place is None:
            raise invalid_parameter("PageToken", "not a token that was given out")
        rows = rows[: bisect_left(rows, (float(place[1]), int(place[2])), key=attrgetter("created", "n"))]
    matching = (
        row for row in reversed(rows) if state in {None, row.state} and is_between(row.created, start, end)
    )
    return page(
        request,
        "conversations",
        matching,
        lambda row: _show(request, row),
        lambda row: f"PT{row.created!r}-{row.n}",
    )


def _list_of_participant(request: ApiRequest) -> ApiResponse:
    check_service(request)
    asked = [request.query[name] for name in ("Address", "Identity") if request.query.get(name)]
    if len(asked) != 1:
        raise ApiError(400, 20001, "Either Address or Identity is required")
    kind = "address" if request.query.get("Address") else "identity"
    rows = [row for row in request.store.participations.get(asked[0], []) if getattr(row, kind) == asked[0]]
    after = str(request.query.get("PageToken", "PT")).removeprefix("PT")
    if after and not is_sid(after, "CH"):
        raise invalid_parameter("PageToken", "not a token that was given out")
    start = bisect_right(rows, after, key=lambda row: row.conversation_sid)
    return page(
        request,
        "conversations",
        rows[start:],
        lambda row: _show_participation(request, row),
        lambda row: f"PT{row.conversation_sid}",
    )


def _show_participation(request: ApiRequest, participant: ParticipantRecord) -> dict[str, Any]:
    conversation = request.store.conversations.get(participant.conversation_sid)
    if conversation is None:
        raise request.not_found()
    url = f"{_root(request)}/Conversations/{conversation.sid}"
    binding = None
    if participant.kind is not None:
        binding = {
            "type": participant.kind,
            "address": participant.address,
            "proxy_address": participant.proxy_address,
            "level": participant.level,
            "name": participant.name,
            "projected_address": participant.projected_address,
        }
    return {
        "account_sid": ACCOUNT_SID,
        "chat_service_sid": CHAT_SERVICE_SID,
        "participant_sid": participant.sid,
        "participant_user_sid": None,
        "participant_identity": participant.identity,
        "participant_messaging_binding": binding,
        "conversation_sid": conversation.sid,
        "conversation_unique_name": conversation.unique_name,
        "conversation_friendly_name": conversation.friendly_name,
        "conversation_attributes": conversation.attributes,
        "conversation_date_created": iso(conversation.created),
        "conversation_date_updated": iso(conversation.updated),
        "conversation_created_by": conversation.created_by,
        "conversation_state": conversation.state,
        "conversation_timers": _timers(conversation),
        "links": {"participant": f"{url}/Participants/{participant.sid}", "conversation": url},
    }


_ONE: Final = "/v1/Conversations/{ConversationSid}"
OPERATIONS: Final = under_service(
    [
        Operation("CreateConversation", "POST", "/v1/Conversations", _create, form=_FORM),
        Operation(
            "CreateConversationWithParticipants",
            "POST",
            "/v1/ConversationWithParticipants",
            _create_with_participants,
            form={**_FORM, "Participant": Param(_participant, many=True)},
        ),
        Operation("ListConversation", "GET", "/v1/Conversations", _list, query=_LIST),
        Operation("FetchConversation", "GET", _ONE, _fetch),
        Operation("UpdateConversation", "POST", _ONE, _update, form=_FORM),
        Operation("DeleteConversation", "DELETE", _ONE, _delete),
        Operation(
            "ListParticipantConversation",
            "GET",
            "/v1/ParticipantConversations",
            _list_of_participant,
            query={"Address": Param(text(256)), "Identity": Param(text(256)), **paging(50)},
        ),
    ]
)
