"""Why a message does not arrive: what Twilio finds out only after it has taken it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from airflow_provider_flexout.sandbox.rules import media, templates

if TYPE_CHECKING:
    from airflow_provider_flexout.sandbox.state.records import Message, Participant
    from airflow_provider_flexout.sandbox.state.store import World

__all__ = ["WINDOW", "refusal"]

WINDOW: Final = 24 * 3600.0  # WhatsApp and Messenger: this long after the customer's last message
EVERY_SENDER: Final = "*"
_OPTED_OUT: Final = 21610
_OUTSIDE_OF_WINDOW: Final = 63016


def refusal(world: World, message: Message, recipient: Participant) -> int | None:
    """Return the code with which a message fails, or None.

    :param world: the sandbox's state.
    :param message: the message.
    :param recipient: who would get it.
    """
    if recipient.kind in {"sms", "whatsapp"} and _opted_out(world, recipient):
        return _OPTED_OUT
    heard = world.inbound.get((recipient.address or "", recipient.proxy_address or ""))
    window_open = heard is not None and world.clock.time() - heard <= WINDOW
    on_whatsapp = recipient.kind == "whatsapp"
    template = world.templates.get(message.content_sid or "")
    if template is not None and recipient.kind != "messenger":
        return templates.refusal(
            template, message.content_variables, on_whatsapp=on_whatsapp, window_open=window_open
        )
    if recipient.kind in {"whatsapp", "messenger"} and not window_open:
        return _OUTSIDE_OF_WINDOW
    file = world.media.get(message.media_sid or "")
    return media.refusal(file, recipient.kind) if file is not None else None


def _opted_out(world: World, recipient: Participant) -> bool:
    address, sender = recipient.address or "", recipient.proxy_address or ""
    return not world.opted_out.isdisjoint({(address, EVERY_SENDER), (address, sender)})
