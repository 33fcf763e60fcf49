"""The rules of messages: who wrote one, who receives it, and whether it arrives."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from airflow_provider_flexout.sandbox.rules.conversations import restart_timers, set_state
from airflow_provider_flexout.sandbox.rules.delivery_errors import (
    EVERY_SENDER,
    delivery_error,
    file_error,
    senders_of,
)
from airflow_provider_flexout.sandbox.rules.participants import customers, messaging, role
from airflow_provider_flexout.sandbox.rules.preconditions import require_open
from airflow_provider_flexout.sandbox.state.channel_types import channel_type, is_user_id
from airflow_provider_flexout.sandbox.state.records import MessageRecord, ParticipantRecord, ReceiptRecord
from airflow_provider_flexout.sandbox.webhooks.conversation_events import notify_delivery, notify_message
from airflow_provider_flexout.sandbox.webhooks.event_streams import stream_message
from airflow_provider_flexout.sandbox.webhooks.studio import notify_flows
from airflow_provider_flexout.sandbox.wire.http import ApiError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_provider_flexout.sandbox.state.records import ConversationRecord
    from airflow_provider_flexout.sandbox.state.scripts import Receives
    from airflow_provider_flexout.sandbox.state.store import Store

__all__ = ["add", "check", "content_variables", "read", "record_receipt", "update"]

_MAX_BYTES: Final = 32768
_STOP: Final = frozenset({"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"})
_START: Final = frozenset({"start", "yes", "unstop"})


def add(store: Store, conversation: ConversationRecord, form: Mapping[str, Any]) -> MessageRecord:
    """Add a message to a conversation, and schedule its receipts and the replies to it.

    :param store: the sandbox's state.
    :param conversation: the conversation.
    :param form: Twilio's form fields.
    """
    writer, inbound = check(store, conversation, form)
    author, named = form.get("Author") or "system", writer
    now = store.clock.time()
    if writer is not None and inbound:
        author = store.scripts.user_id(writer.address) or author
        if is_user_id(author) and author != writer.address and store.settings.user_id_author == "nobody":
            named = None
    recipients = [each for each in messaging(conversation) if each is not writer]
    message = MessageRecord(
        sid=store.sids.new("IM"),
        conversation_sid=conversation.sid,
        index=conversation.next_index,
        author=author,
        created=form.get("DateCreated", now),
        updated=form.get("DateUpdated", now),
        body=None if "ContentSid" in form else form.get("Body"),
        attributes=form.get("Attributes", "{}"),
        participant_sid=named.sid if named else None,
        media_sid=None if "ContentSid" in form else form.get("MediaSid"),
        content_sid=form.get("ContentSid"),
        content_variables=form.get("ContentVariables"),
        subject=form.get("Subject") or _subject(conversation, writer, inbound=inbound),
        recipients=len(recipients),
    )
    conversation.next_index += 1
    conversation.messages.append(message)
    if conversation.state == "inactive":
        set_state(store, conversation, "active", "EVENT")
    if store.settings.date_updated == "move":
        conversation.updated = now
    if store.settings.timers_from == "last_message":
        restart_timers(store, conversation)
    by = "customer" if inbound else role(conversation, author)
    store.events.add("message", conversation.sid, index=message.index, role=by)
    notify_message(store.webhooks, "onMessageAdded", conversation, message)
    stream_message(store.webhooks, message)
    notify_flows(store, message, inbound=inbound)
    if inbound and not conversation.replied:
        conversation.replied = True
        store.counters.count("answered", now)
    if writer is not None and inbound:
        _record_inbound(store, conversation, writer, message.body)
    for recipient in recipients:
        _plan_receipts(store, message, recipient)
    if not inbound:
        _plan_replies(store, conversation)
    return message


def check(
    store: Store, conversation: ConversationRecord, form: Mapping[str, Any]
) -> tuple[ParticipantRecord | None, bool]:
    """Refuse a message that cannot be added; nothing is changed.

    :param store: the sandbox's state.
    :param conversation: the conversation.
    :param form: Twilio's form fields.
    :return: the participant who writes it, if any, and whether that is a customer.
    :raises ApiError: as Twilio does.
    """
    require_open(conversation)
    writer = _writer(store, conversation, form.get("Author") or "system")
    inbound = any(each is writer for each in customers(conversation))
    _check(store, conversation, form, inbound=inbound)
    return writer, inbound


def _check(store: Store, conversation: ConversationRecord, form: Mapping[str, Any], *, inbound: bool) -> None:
    if not any(form.get(name) for name in ("Body", "MediaSid", "ContentSid")):
        raise ApiError(400, 20001, "A message needs a Body, a MediaSid or a ContentSid")
    if "ContentVariables" in form and "ContentSid" not in form:
        raise ApiError(400, 20001, "ContentVariables are allowed with ContentSid only")
    if "ContentSid" in form:
        if form["ContentSid"] not in store.templates:
            raise ApiError(400, 21655, "The ContentSid is Invalid")
    else:
        if form.get("MediaSid") and form["MediaSid"] not in store.media:
            raise ApiError(400, 20001, "Invalid parameter MediaSid: no such media")
        _check_body(conversation, form.get("Body") or "", inbound=inbound)
        if not inbound:
            _check_file(store, conversation, form.get("MediaSid"))


def _check_body(conversation: ConversationRecord, body: str, *, inbound: bool) -> None:
    limits = [] if inbound else [channel_type(each.kind).max_text for each in messaging(conversation)]
    limit = min((each for each in limits if each is not None), default=None)
    if limit is not None and len(body) > limit:
        raise ApiError(400, 21617, f"The message body exceeds the {limit} character limit")
    if len(body.encode()) > _MAX_BYTES:
        raise ApiError(400, 20001, f"Invalid parameter Body: larger than {_MAX_BYTES} bytes")


def _check_file(store: Store, conversation: ConversationRecord, media_sid: str | None) -> None:
    """Refuse a file that is not carried, if Twilio says so at once; in a chat, no receipt could say it."""
    channel = store.channels.get(conversation.channel_sid or "")
    kinds = {each.kind for each in messaging(conversation)} or {channel.kind if channel else None}
    for kind in map(channel_type, kinds):
        code = file_error(kind, store.media.get(media_sid or ""))
        if code is not None and (kind.by_identity or store.settings.unfit_file == "refuse"):
            raise ApiError(400, code, f"The file is not one that {kind.name} carries")


def _writer(store: Store, conversation: ConversationRecord, author: str) -> ParticipantRecord | None:
    for each in conversation.participants:
        if author in {each.identity, each.address, store.scripts.user_id(each.address)}:
            return each
    return None


def _subject(
    conversation: ConversationRecord, writer: ParticipantRecord | None, *, inbound: bool
) -> str | None:
    """Return the subject of a customer's reply by email, as mail programs write it."""
    if not inbound or writer is None or not channel_type(writer.kind).is_email:
        return None
    subjects = [each.subject for each in conversation.messages if each.subject]
    return f"Re: {subjects[-1].removeprefix('Re: ')}" if subjects else None


def _record_inbound(
    store: Store, conversation: ConversationRecord, customer: ParticipantRecord, body: str | None
) -> None:
    if not customer.address:
        return
    sender = customer.proxy_address or ""
    store.last_inbound[customer.address, sender] = store.clock.time()
    if not channel_type(customer.kind).has_opt_out:
        return
    word = (body or "").strip().lower()
    everywhere = store.settings.stop_reaches == "every_sender"
    if word in _STOP:
        reached = EVERY_SENDER if everywhere else conversation.messaging_service_sid or sender
        store.opted_out.add((customer.address, reached))
    elif word in _START:
        store.opted_out -= senders_of(conversation, customer)


def _plan_receipts(store: Store, message: MessageRecord, recipient: ParticipantRecord) -> None:
    script = store.scripts.receives(recipient.address)
    where = (message.conversation_sid, message.index, recipient.sid)
    error_code = delivery_error(store, message, recipient)
    if error_code is not None:
        store.clock.schedule(script.delivered_after, "receipt", *where, "failed", error_code)
    elif script.error_code is not None:
        _plan_failure(store, script, where)
    else:
        store.clock.schedule(script.delivered_after / 2, "receipt", *where, "sent", 0)
        store.clock.schedule(script.delivered_after, "receipt", *where, "delivered", 0)
        if script.read_after is not None and channel_type(recipient.kind).has_read_receipts:
            store.clock.schedule(script.read_after, "receipt", *where, "read", 0)


def _plan_failure(store: Store, script: Receives, where: tuple[str, int, str]) -> None:
    if script.error_status == "undelivered":
        store.clock.schedule(script.delivered_after / 2, "receipt", *where, "sent", 0)
    store.clock.schedule(script.delivered_after, "receipt", *where, script.error_status, script.error_code)


def _plan_replies(store: Store, conversation: ConversationRecord) -> None:
    for customer in customers(conversation):
        replies = store.scripts.replies(customer.address or customer.identity)
        if customer.replies_used < len(replies):
            text, after = replies[customer.replies_used]
            customer.replies_used += 1
            store.clock.schedule(after, "customer_says", conversation.sid, customer.sid, text)
        closes = store.scripts.close_after(customer.address or customer.identity)
        if closes is not None and not customer.will_close:
            customer.will_close = True
            store.clock.schedule(closes, "customer_closes", conversation.sid)


def record_receipt(
    store: Store, conversation_sid: str, index: int, participant_sid: str, status: str, error_code: int
) -> None:
    """Add a receipt to a message, or change it.

    :param store: the sandbox's state.
    :param conversation_sid: the conversation.
    :param index: the message's index in it.
    :param participant_sid: the recipient.
    :param status: what became of the message.
    :param error_code: Twilio's code for the failure, or 0.
    """
    conversation = store.conversations.get(conversation_sid)
    message = conversation.message_at(index) if conversation else None
    if conversation is None or message is None:
        return
    now = store.clock.time()
    store.events.add("receipt", conversation_sid, index=index, status=status, code=error_code or None)
    if status in {"delivered", "read"} and not conversation.delivered:
        conversation.delivered = True
        store.counters.count("delivered", now)
    for receipt in message.receipts:
        if receipt.participant_sid == participant_sid:
            receipt.status, receipt.error_code, receipt.updated = status, error_code, now
            notify_delivery(store.webhooks, conversation, message, receipt)
            return
    kinds = [each.kind for each in conversation.participants if each.sid == participant_sid]
    prefix = channel_type(kinds[0] if kinds else None).message_prefix
    receipt = ReceiptRecord(
        store.sids.new("DY"), participant_sid, store.sids.new(prefix), status, error_code, now, now
    )
    message.receipts.append(receipt)
    notify_delivery(store.webhooks, conversation, message, receipt)


def read(store: Store, conversation: ConversationRecord, address: str | None) -> None:
    """Mark what has arrived as read by a customer. SMS has no such receipt.

    :param store: the sandbox's state.
    :param conversation: the conversation.
    :param address: whose; None for everybody's.
    """
    readers = {
        each.sid
        for each in messaging(conversation)
        if channel_type(each.kind).has_read_receipts and address in {None, each.address, each.identity}
    }
    for message in conversation.messages:
        for receipt in message.receipts:
            if receipt.participant_sid in readers and receipt.status == "delivered":
                where = (conversation.sid, message.index, receipt.participant_sid)
                record_receipt(store, *where, "read", 0)


def update(store: Store, message: MessageRecord, form: Mapping[str, Any]) -> None:
    """Change a message.

    :param store: the sandbox's state.
    :param message: the message.
    :param form: Twilio's form fields.
    """
    for field, name in (
        ("Author", "author"),
        ("Body", "body"),
        ("Attributes", "attributes"),
        ("Subject", "subject"),
        ("DateCreated", "created"),
    ):
        if field in form:
            setattr(message, name, form[field])
    message.updated = form.get("DateUpdated", store.clock.time())


def content_variables(value: str) -> str:
    """Check the variables of a content template: a JSON object of texts.

    :param value: the form field.
    """
    try:
        parsed = json.loads(value)
    except ValueError as error:
        raise ValueError(f"not a valid JSON string ({error})") from error
    if not isinstance(parsed, dict) or not all(isinstance(each, str) for each in parsed.values()):
        raise ValueError("not a JSON object of strings")
    return value
