"""The Conversations API's messages and their delivery receipts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from airflow_provider_flexout.sandbox.api.conversations import found, service_field, under_service
from airflow_provider_flexout.sandbox.api.pagination import page, token_number
from airflow_provider_flexout.sandbox.api.routes import Call, Operation, paging
from airflow_provider_flexout.sandbox.rules import messages
from airflow_provider_flexout.sandbox.rules.conversations import require_open
from airflow_provider_flexout.sandbox.state.seed import ACCOUNT_SID
from airflow_provider_flexout.sandbox.webhooks.conversation_events import about_message
from airflow_provider_flexout.sandbox.wire.clock import iso
from airflow_provider_flexout.sandbox.wire.http import Answer
from airflow_provider_flexout.sandbox.wire.parameters import Param, enum, json_text, moment, sid, text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from airflow_provider_flexout.sandbox.state.records import Message, Receipt

__all__ = ["OPERATIONS"]

_COMMON: Final = {
    "Author": Param(text(256)),
    "Body": Param(text()),
    "Attributes": Param(json_text(4 * 1024)),
    "Subject": Param(text(256)),
    "DateCreated": Param(moment),
    "DateUpdated": Param(moment),
}
_CREATE: Final = {
    **_COMMON,
    "MediaSid": Param(sid("ME")),
    "ContentSid": Param(sid("HX")),
    "ContentVariables": Param(messages.content_variables),
}


def _url(call: Call, message: Message) -> str:
    path, _, _ = call.path.partition("/Conversations/")
    return f"{call.base}{path}/Conversations/{message.conversation_sid}/Messages/{message.sid}"


def _media(call: Call, message: Message) -> list[dict[str, Any]] | None:
    found = call.world.media.get(message.media_sid or "")
    if found is None:
        return None
    shown = {"sid": found.sid, "size": len(found.content), "content_type": found.content_type}
    return [{**shown, "filename": None}]


def _show(call: Call, message: Message) -> dict[str, Any]:
    url = _url(call, message)
    return {
        "sid": message.sid,
        "account_sid": ACCOUNT_SID,
        **service_field(call),
        "conversation_sid": message.conversation_sid,
        "body": message.body,
        "media": _media(call, message),
        "author": message.author,
        "participant_sid": message.participant_sid,
        "attributes": message.attributes,
        "date_created": iso(message.created),
        "date_updated": iso(message.updated),
        "index": message.index,
        "delivery": messages.delivery(message),
        "content_sid": message.content_sid,
        "url": url,
        "links": {"delivery_receipts": f"{url}/Receipts", "channel_metadata": f"{url}/ChannelMetadata"},
    }


def _one(call: Call) -> Message:
    # A conversation has few messages, and a SID says nothing of its place among them.
    for message in found(call).messages:
        if message.sid == call.params["MessageSid"]:
            return message
    raise call.not_found()


def _create(call: Call) -> Answer:
    return Answer(_show(call, messages.add(call.world, found(call), call.form)), 201)


def _list(call: Call) -> Answer:
    rows, token = found(call).messages, token_number(call)
    ordered: Iterable[Message]
    if call.query.get("Order") == "desc":
        ordered = (each for each in reversed(rows) if token is None or each.index < token)
    else:
        ordered = (each for each in rows if token is None or each.index > token)
    return page(call, "messages", ordered, lambda row: _show(call, row), lambda row: f"PT{row.index}")


def _fetch(call: Call) -> Answer:
    return Answer(_show(call, _one(call)))


def _update(call: Call) -> Answer:
    message = _one(call)
    conversation = found(call)
    require_open(conversation)
    messages.update(call.world, message, call.form)
    about_message(call.world, "onMessageUpdated", conversation, message)
    return Answer(_show(call, message))


def _delete(call: Call) -> Answer:
    conversation, message = found(call), _one(call)
    require_open(conversation)
    conversation.messages.remove(message)
    about_message(call.world, "onMessageRemoved", conversation, message)
    return Answer(None, 204)


def _show_receipt(call: Call, message: Message, receipt: Receipt) -> dict[str, Any]:
    return {
        "sid": receipt.sid,
        "account_sid": ACCOUNT_SID,
        **service_field(call),
        "conversation_sid": message.conversation_sid,
        "message_sid": message.sid,
        "channel_message_sid": receipt.channel_message_sid,
        "participant_sid": receipt.participant_sid,
        "status": receipt.status,
        "error_code": receipt.error_code,
        "date_created": iso(receipt.created),
        "date_updated": iso(receipt.updated),
        "url": f"{_url(call, message)}/Receipts/{receipt.sid}",
    }


def _list_receipts(call: Call) -> Answer:
    message, start = _one(call), token_number(call) or 0
    return page(
        call,
        "delivery_receipts",
        list(enumerate(message.receipts, 1))[start:],
        lambda row: _show_receipt(call, message, row[1]),
        lambda row: f"PT{row[0]}",
    )


def _fetch_receipt(call: Call) -> Answer:
    message = _one(call)
    for receipt in message.receipts:
        if receipt.sid == call.params["Sid"]:
            return Answer(_show_receipt(call, message, receipt))
    raise call.not_found()


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
