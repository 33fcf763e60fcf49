"""The Conversations API's conversations, and a participant's conversations."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from airflow_provider_flexout.sandbox.api.pagination import page, token_number
from airflow_provider_flexout.sandbox.api.routes import Call, Operation, paging
from airflow_provider_flexout.sandbox.rules import conversations
from airflow_provider_flexout.sandbox.state.seed import ACCOUNT_SID, CHAT_SERVICE_SID
from airflow_provider_flexout.sandbox.wire.clock import iso
from airflow_provider_flexout.sandbox.wire.http import Answer, TwilioError
from airflow_provider_flexout.sandbox.wire.parameters import (
    Param,
    enum,
    json_text,
    moment,
    period,
    refused,
    sid,
    text,
)
from airflow_provider_flexout.sandbox.wire.sids import is_sid

if TYPE_CHECKING:
    from collections.abc import Iterable

    from airflow_provider_flexout.sandbox.state.records import Conversation, Participant

__all__ = ["OPERATIONS", "found", "service_field", "under_service"]

_VERB: Final = re.compile(r"(Create|Fetch|List|Update|Delete)")
_FORM: Final = {
    "FriendlyName": Param(text(256)),
    "UniqueName": Param(text(256)),
    "DateCreated": Param(moment),
    "DateUpdated": Param(moment),
    "MessagingServiceSid": Param(sid("MG")),
    "Attributes": Param(json_text(16 * 1024)),
    "State": Param(enum("active", "inactive", "closed")),
    "Timers.Inactive": Param(period(60)),
    "Timers.Closed": Param(period(600)),
    "Bindings.Email.Address": Param(text(256)),
    "Bindings.Email.Name": Param(text(256)),
}
_LIST: Final = {
    "StartDate": Param(moment),
    "EndDate": Param(moment),
    "State": Param(enum("active", "inactive", "closed")),
    **paging(100),
}


def found(call: Call) -> Conversation:
    """Return the conversation that a path names, by SID or unique name.

    :param call: the request.
    :raises TwilioError: 404/20404.
    """
    service = call.params.get("ChatServiceSid", CHAT_SERVICE_SID)
    conversation = call.world.conversation(call.params["ConversationSid"])
    if conversation is None or service != CHAT_SERVICE_SID:
        raise call.not_found()
    return conversation


def service_field(call: Call) -> dict[str, str]:
    """Return the field that resources show under a chat service's path only.

    :param call: the request.
    """
    return {"chat_service_sid": CHAT_SERVICE_SID} if "ChatServiceSid" in call.params else {}


def under_service(operations: Iterable[Operation]) -> list[Operation]:
    """Return operations twice: as they are, and under the path of a chat service.

    :param operations: operations of the Conversations API.
    """
    plain = list(operations)
    return plain + [
        replace(
            operation,
            name=_VERB.sub(r"\1Service", operation.name, count=1),
            path=operation.path.replace("/v1/", "/v1/Services/{ChatServiceSid}/", 1),
        )
        for operation in plain
    ]


def _check_service(call: Call) -> None:
    if call.params.get("ChatServiceSid", CHAT_SERVICE_SID) != CHAT_SERVICE_SID:
        raise call.not_found()


def _root(call: Call) -> str:
    if "ChatServiceSid" in call.params:
        return f"{call.base}/v1/Services/{CHAT_SERVICE_SID}"
    return f"{call.base}/v1"


def _timers(conversation: Conversation) -> dict[str, str]:
    dates = {"date_inactive": conversation.date_inactive, "date_closed": conversation.date_closed}
    return {name: iso(date) for name, date in dates.items() if date is not None}


def _show(call: Call, conversation: Conversation) -> dict[str, Any]:
    url = f"{_root(call)}/Conversations/{conversation.sid}"
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


def _create(call: Call) -> Answer:
    _check_service(call)
    return Answer(_show(call, conversations.create(call.world, call.form, "system")), 201)


def _fetch(call: Call) -> Answer:
    return Answer(_show(call, found(call)))


def _update(call: Call) -> Answer:
    conversation = found(call)
    conversations.update(call.world, conversation, call.form)
    return Answer(_show(call, conversation))


def _delete(call: Call) -> Answer:
    conversations.delete(call.world, found(call))
    return Answer(None, 204)


def _list(call: Call) -> Answer:
    _check_service(call)
    table, query, number = call.world.conversations, call.query, token_number(call)
    start, end, state = query.get("StartDate"), query.get("EndDate"), query.get("State")
    # Twilio sorts by date, newest first, if a date is asked for, and promises no order otherwise.
    newest_first = start is not None or end is not None or call.world.settings.list_order == "newest_first"
    rows = table.before(number) if newest_first else table.after(number or 0)
    matching = (
        row
        for row in rows
        if (state is None or row.state == state)
        and (start is None or row.created >= start)
        and (end is None or row.created <= end)
    )
    return page(call, "conversations", matching, lambda row: _show(call, row), lambda row: f"PT{row.n}")


def _list_of_participant(call: Call) -> Answer:
    _check_service(call)
    asked = [call.query[name] for name in ("Address", "Identity") if call.query.get(name)]
    if len(asked) != 1:
        raise TwilioError(400, 20001, "Either Address or Identity is required")
    kind = "address" if call.query.get("Address") else "identity"
    rows = [row for row in call.world.participations.get(asked[0], []) if getattr(row, kind) == asked[0]]
    after = str(call.query.get("PageToken", "PT")).removeprefix("PT")
    if after and not is_sid(after, "CH"):
        raise refused("PageToken", "not a token that was given out")
    start = bisect_right(rows, after, key=lambda row: row.conversation_sid)
    return page(
        call,
        "conversations",
        rows[start:],
        lambda row: _show_participation(call, row),
        lambda row: f"PT{row.conversation_sid}",
    )


def _show_participation(call: Call, participant: Participant) -> dict[str, Any]:
    conversation = call.world.conversations.get(participant.conversation_sid)
    if conversation is None:
        raise call.not_found()
    url = f"{_root(call)}/Conversations/{conversation.sid}"
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
