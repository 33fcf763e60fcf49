"""Why a message does not arrive: what Twilio finds out only after it has taken it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from airflow_provider_flexout.sandbox.rules import media, templates

if TYPE_CHECKING:
    from airflow_provider_flexout.sandbox.state.records import MessageRecord, ParticipantRecord
    from airflow_provider_flexout.sandbox.state.store import Store

__all__ = ["SESSION_WINDOW", "delivery_error"]

SESSION_WINDOW: Final = 24 * 3600.0  # WhatsApp and Messenger: this long after the customer's last message
EVERY_SENDER: Final = "*"
_OPTED_OUT: Final = 21610
_OUTSIDE_OF_SESSION: Final = 63016


def delivery_error(store: Store, message: MessageRecord, recipient: ParticipantRecord) -> int | None:
    """Return the code with which a message fails, or None.

    :param store: the sandbox's state.
    :param message: the message.
    :param recipient: who would get it.
    """
    if recipient.kind in {"sms", "whatsapp"} and _opted_out(store, recipient):
        return _OPTED_OUT
    last_inbound_at = store.inbound.get((recipient.address or "", recipient.proxy_address or ""))
    session_open = last_inbound_at is not None and store.clock.time() - last_inbound_at <= SESSION_WINDOW
    on_whatsapp = recipient.kind == "whatsapp"
    template = store.templates.get(message.content_sid or "")
    if template is not None and recipient.kind != "messenger":
        return templates.delivery_error(
            template, message.content_variables, on_whatsapp=on_whatsapp, session_open=session_open
        )
    if recipient.kind in {"whatsapp", "messenger"} and not session_open:
        return _OUTSIDE_OF_SESSION
    file = store.media.get(message.media_sid or "")
    return media.delivery_error(file, recipient.kind) if file is not None else None


def _opted_out(store: Store, recipient: ParticipantRecord) -> bool:
    address, sender = recipient.address or "", recipient.proxy_address or ""
    return not store.opted_out.isdisjoint({(address, EVERY_SENDER), (address, sender)})
