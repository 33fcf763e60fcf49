"""The Conversations API's messages and their delivery receipts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from airflow_provider_flexout.sandbox.api.conversations.service import (
    conversation_of,
    service_field,
    under_service,
)
from airflow_provider_flexout.sandbox.api.operation import ApiRequest, Operation, page, paging, token_number
from airflow_provider_flexout.sandbox.rules import messages
from airflow_provider_flexout.sandbox.rules.preconditions import require_open
from airflow_provider_flexout.sandbox.state.seed import ACCOUNT_SID
from airflow_provider_flexout.sandbox.webhooks.conversation_events import notify_message
from airflow_provider_flexout.sandbox.wire.clock import iso
from airflow_provider_flexout.sandbox.wire.http import ApiResponse
from airflow_provider_flexout.sandbox.wire.parameters import Param, enum, json_text, moment, sid, text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from airflow_provider_flexout.sandbox.state.records import MessageRecord, ReceiptRecord

__all__ = ["OPERATIONS"]

_COMMON: Final = {
    "Author": Param(text(256)),
    "Body": Param(text()),
    "Attributes": Param(json_text(4 * 1024)),
    "Subject": Param(text(256, one_line=True)),
    "DateCreated": Param(moment),
    "DateUpdated": Param(moment),
}
_CREATE: Final = {
    **_COMMON,
    "MediaSid": Param(sid("ME")),
    "ContentSid": Param(sid("HX")),
    "ContentVariables": Param(messages.content_variables),
}


def _url(request: ApiRequest, message: MessageRecord) -> str:
    path, _, _ = request.path.partition("/Conversations/")
    return f"{request.base}{path}/Conversations/{message.conversation_sid}/Messages/{message.sid}"


def _media(request: ApiRequest, message: MessageRecord) -> list[dict[str, Any]] | None:
    found = request.store.media.get(message.media_sid or "")
    if found is None:
        return None
    shown = {"sid": found.sid, "size": len(found.content), "content_type": found.content_type}
    return [{**shown, "filename": None}]


def _show(request: ApiRequest, message: MessageRecord) -> dict[str, Any]:
    url = _url(request, message)
    return {
        "sid": message.sid,
        "account_sid": ACCOUNT_SID,
        **service_field(request),
        "conversation_sid": message.conversation_sid,
        "body": message.body,
        "media": _media(request, message),
        "author": message.author,
        "participant_sid": message.participant_sid,
        "attributes": message.attributes,
        "date_created": iso(message.created),
        "date_updated": iso(message.updated),
        "index": message.index,
        "delivery": message.delivery(),
        "content_sid": message.content_sid,
        "url": url,
        "links": {"delivery_receipts": f"{url}/Receipts", "channel_metadata": f"{url}/ChannelMetadata"},
    }


def _one(request: ApiRequest) -> MessageRecord:
    # A conversation has few messages, and its SID does not tell a message's place.
    for message in conversation_of(request).messages:
        if message.sid == request.params["MessageSid"]:
            return message
    raise request.not_found()


def _create(request: ApiRequest) -> ApiResponse:
    return ApiResponse(
        _show(request, messages.add(request.store, conversation_of(request), request.form)), 201
    )


def _list(request: ApiRequest) -> ApiResponse:
    rows, token = conversation_of(request).messages, token_number(request)
    ordered: Iterable[MessageRecord]
    if request.query.get("Order") == "desc":
        ordered = (each for each in reversed(rows) if token is None or each.index < token)
    else:
        ordered = (each for each in rows if token is None or each.index > token)
    return page(request, "messages", ordered, lambda row: _show(request, row), lambda row: f"PT{row.index}")


def _fetch(request: ApiRequest) -> ApiResponse:
    return ApiResponse(_show(request, _one(request)))


def _update(request: ApiRequest) -> ApiResponse:
    message = _one(request)
    conversation = conversation_of(request)
    require_open(conversation)
    messages.update(request.store, message, request.form)
    notify_message(request.store.webhooks, "onMessageUpdated", conversation, message)
    return ApiResponse(_show(request, message))


def _delete(request: ApiRequest) -> ApiResponse:
    conversation, message = conversation_of(request), _one(request)
    require_open(conversation)
    conversation.messages.remove(message)
    notify_message(request.store.webhooks, "onMessageRemoved", conversation, message)
    return ApiResponse(None, 204)


def _show_receipt(request: ApiRequest, message: MessageRecord, receipt: ReceiptRecord) -> dict[str, Any]:
    return {
        "sid": receipt.sid,
        "account_sid": ACCOUNT_SID,
        **service_field(request),
        "conversation_sid": message.conversation_sid,
        "message_sid": message.sid,
        "channel_message_sid": receipt.channel_message_sid,
        "participant_sid": receipt.participant_sid,
        "status": receipt.status,
        "error_code": receipt.error_code,
        "date_created": iso(receipt.created),
        "date_updated": iso(receipt.updated),
        "url": f"{_url(request, message)}/Receipts/{receipt.sid}",
    }


def _list_receipts(request: ApiRequest) -> ApiResponse:
    message, start = _one(request), token_number(request) or 0
    return page(
        request,
        "delivery_receipts",
        list(enumerate(message.receipts, 1))[start:],
        lambda row: _show_receipt(request, message, row[1]),
        lambda row: f"PT{row[0]}",
    )


def _fetch_receipt(request: ApiRequest) -> ApiResponse:
    message = _one(request)
    for receipt in message.receipts:
        if receipt.sid == request.params["Sid"]:
            return ApiResponse(_show_receipt(request, message, receipt))
    raise request.not_found()


_ALL: Final = "/v1/Conversations/{ConversationSid}/Messages"
_ONE: Final = _ALL + "/{MessageSid}"
OPERATIONS: Final = under_service(
    [
        Operation("CreateConversationMessage", "POST", _ALL, _create, form=_CREATE),
        Operation(
            "ListConversationMessage",
            "GET",
            _ALL,
            _list,
            query={"Order": Param(enum("asc", "desc")), **paging(100)},
        ),
        Operation("FetchConversationMessage", "GET", _ONE, _fetch),
        Operation("UpdateConversationMessage", "POST", _ONE, _update, form=_COMMON),
        Operation("DeleteConversationMessage", "DELETE", _ONE, _delete),
        Operation(
            "ListConversationMessageReceipt", "GET", _ONE + "/Receipts", _list_receipts, query=paging(50)
        ),
        Operation("FetchConversationMessageReceipt", "GET", _ONE + "/Receipts/{Sid}", _fetch_receipt),
    ]
)
