"""Why a message does not arrive: what Twilio finds out only after it has accepted the message."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from airflow_provider_flexout.sandbox.state.channel_types import channel_type
from airflow_provider_flexout.sandbox.state.templates import placeholders

if TYPE_CHECKING:
    from airflow_provider_flexout.sandbox.state.channel_types import ChannelType
    from airflow_provider_flexout.sandbox.state.records import (
        ConversationRecord,
        MediaRecord,
        MessageRecord,
        ParticipantRecord,
    )
    from airflow_provider_flexout.sandbox.state.store import Store
    from airflow_provider_flexout.sandbox.state.templates import TemplateRecord

__all__ = ["EVERY_SENDER", "SESSION_WINDOW", "delivery_error", "file_error", "senders_of"]

SESSION_WINDOW: Final = 24 * 3600.0  # seconds from the customer's last message
EVERY_SENDER: Final = "*"
_OPTED_OUT: Final = 21610
_OUTSIDE_OF_SESSION: Final = 63016
_FILE_TOO_LARGE: Final = 11751
_WRONG_TYPE: Final = 12300
_WRONG_VARIABLES: Final = 63028
_FORBIDDEN_VARIABLE: Final = 63013
_TEMPLATE_TOO_LONG: Final = 63021
_MAX_TEMPLATE: Final = 1024
_NEVER_SENT: Final = {"rejected": 63040, "paused": 63041, "disabled": 63042}
_FORBIDDEN: Final = ("\n", "\t", " " * 5)


def delivery_error(store: Store, message: MessageRecord, recipient: ParticipantRecord) -> int | None:
    """Return the error code with which a message fails, or None.

    :param store: the sandbox's state.
    :param message: the message.
    :param recipient: who would receive it.
    """
    kind = channel_type(recipient.kind)
    conversation = store.conversations.get(message.conversation_sid)
    if kind.has_opt_out and not store.opted_out.isdisjoint(senders_of(conversation, recipient)):
        return _OPTED_OUT
    in_session = not kind.has_session_window or _in_session(store, recipient)
    template = store.templates.get(message.content_sid or "")
    if template is not None and kind.has_templates:
        return _template_error(kind, template, message.content_variables, in_session=in_session)
    if not in_session:
        return _OUTSIDE_OF_SESSION
    return file_error(kind, store.media.get(message.media_sid or ""))


def file_error(kind: ChannelType, file: MediaRecord | None) -> int | None:
    """Return the error code of a file that a channel does not carry, or None.

    :param kind: the channel.
    :param file: the file, if there is one.
    """
    if file is None:
        return None
    if kind.media_types is not None and file.content_type not in kind.media_types:
        return _WRONG_TYPE
    return _FILE_TOO_LARGE if len(file.content) > kind.largest(file.content_type) else None


def senders_of(conversation: ConversationRecord | None, recipient: ParticipantRecord) -> set[tuple[str, str]]:
    """Return the opt-outs that hold for a customer in a conversation: from its sender, or its service.

    :param conversation: the conversation.
    :param recipient: the customer.
    """
    service = conversation.messaging_service_sid if conversation else None
    senders = {EVERY_SENDER, recipient.proxy_address or "", service or EVERY_SENDER}
    return {(recipient.address or "", sender) for sender in senders}


def _in_session(store: Store, recipient: ParticipantRecord) -> bool:
    last = store.last_inbound.get((recipient.address or "", recipient.proxy_address or ""))
    return last is not None and store.clock.time() - last <= SESSION_WINDOW


def _template_error(
    kind: ChannelType, template: TemplateRecord, content_variables: str | None, *, in_session: bool
) -> int | None:
    variables: dict[str, str] = json.loads(content_variables or "{}")
    names = placeholders(template.types)
    if set(variables) - names or names - set(variables) - set(template.variables):
        return _WRONG_VARIABLES
    if any(not each or any(part in each for part in _FORBIDDEN) for each in variables.values()):
        return _FORBIDDEN_VARIABLE
    if len(template.fill(variables)) > _MAX_TEMPLATE:
        return _TEMPLATE_TOO_LONG
    if not kind.needs_approval or template.status == "approved":
        return None
    return _NEVER_SENT.get(template.status, None if in_session else _OUTSIDE_OF_SESSION)
