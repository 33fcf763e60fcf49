"""Twilio's ``Channel`` object: whom an interaction reaches, and how.

https://www.twilio.com/docs/flex/developer/conversations/interactions-api/interactions
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.outreach.addresses import WHATSAPP, check_number, check_whatsapp
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.sids import check_sid

if TYPE_CHECKING:
    from airflow_provider_flexout.outreach.defaults import Defaults

INITIATORS = ("agent", "api", "customer")
TYPES = ("sms", "whatsapp", "email", "chat", "web", "messenger")
_SENDERS = {"sms": "sms_from", "whatsapp": "whatsapp_from"}
_CHECKS = {"sms": check_number, "whatsapp": check_whatsapp}


def build_channel(
    channel: str | Mapping[str, Any],
    *,
    to: str | None,
    from_: str | None,
    initiated_by: str,
    media_channel_sid: str | None,
    defaults: Defaults,
    validate: bool,
) -> dict[str, Any]:
    """Make the ``Channel`` object from an operator's arguments, or check the one that was given.

    :param channel: ``"sms"``, ``"whatsapp"``, or the whole object, which goes to Twilio unchanged.
    :param to: the customer's address.
    :param from_: ours; otherwise the connection's.
    :param initiated_by: ``agent``, ``api`` or ``customer``.
    :param media_channel_sid: an existing conversation to route, ``CH…``.
    :param defaults: the connection's.
    :param validate: whether addresses and SIDs are checked.
    :raises InvalidInput: when an argument is missing or wrong.
    """
    if isinstance(channel, str):
        built = _from_words(channel, to, from_, initiated_by, media_channel_sid, defaults)
    else:
        built = _as_given(channel, to=to, from_=from_, media_channel_sid=media_channel_sid)
    if built["initiated_by"] == "customer" and not media_channel_of(built):
        raise InvalidInput(
            "media_channel_sid",
            "missing; an interaction that the customer began needs the conversation (CH…) they are in.",
        )
    _check_parties(built, to_argument="to" if isinstance(channel, str) else "channel", validate=validate)
    return built


def media_channel_of(channel: Mapping[str, Any]) -> str | None:
    """Name the existing conversation that a ``Channel`` object refers to, where it does."""
    sid = (channel.get("properties") or {}).get("media_channel_sid")
    return sid if isinstance(sid, str) else None


def customer_of(channel: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give the first participant of a ``Channel`` object, which is the customer."""
    participants = channel.get("participants") or [{}]
    return participants[0] if isinstance(participants[0], Mapping) else {}


def _from_words(
    kind: str,
    to: str | None,
    from_: str | None,
    initiated_by: str,
    media_channel_sid: str | None,
    defaults: Defaults,
) -> dict[str, Any]:
    _check_kind(kind)
    if initiated_by not in INITIATORS:
        raise InvalidInput("initiated_by", f"{initiated_by!r} is none of {', '.join(INITIATORS)}.")
    channel: dict[str, Any] = {"type": kind, "initiated_by": initiated_by, "properties": {"type": kind}}
    if media_channel_sid:
        channel["properties"]["media_channel_sid"] = media_channel_sid
        return channel
    if kind not in _SENDERS:
        raise InvalidInput(
            "channel",
            f"{kind!r} has no short form yet; pass Twilio's whole Channel object instead "
            f"(short forms: {', '.join(_SENDERS)}).",
        )
    if initiated_by != "customer":
        if not to:
            raise InvalidInput("to", "missing; whom should the conversation reach?")
        proxy = defaults.require(from_, "from_", _SENDERS[kind])
        channel["participants"] = [
            {"address": _dressed(kind, to), "proxy_address": _dressed(kind, proxy), "type": kind}
        ]
    return channel


def _dressed(kind: str, address: str) -> str:
    """Put ``whatsapp:`` before a bare number, so that one column of numbers serves both channels."""
    return WHATSAPP + address if kind == "whatsapp" and address.startswith("+") else address


def _as_given(channel: Mapping[str, Any], **shorthand: str | None) -> dict[str, Any]:
    both = [name for name, value in shorthand.items() if value]
    if both:
        raise InvalidInput(both[0], "cannot stand beside a whole Channel object, which says it already.")
    built = dict(channel)
    _check_kind(built.get("type"))
    if built.get("initiated_by") not in INITIATORS:
        raise InvalidInput(
            "channel", f"initiated_by is {built.get('initiated_by')!r}, but must be one of {INITIATORS}."
        )
    participants = built.get("participants")
    if participants is not None and not isinstance(participants, list):
        raise InvalidInput("channel", "participants must be a list of objects.")
    if built["initiated_by"] == "agent" and not participants and not media_channel_of(built):
        raise InvalidInput(
            "channel",
            "an agent-initiated interaction needs participants, or properties.media_channel_sid of a "
            "conversation that has them.",
        )
    return built


def _check_kind(kind: object) -> None:
    if kind not in TYPES:
        raise InvalidInput("channel", f"{kind!r} is not a channel; choose one of {', '.join(TYPES)}.")


def _check_parties(channel: Mapping[str, Any], *, to_argument: str, validate: bool) -> None:
    customer, kind = customer_of(channel), channel["type"]
    address, proxy = customer.get("address"), customer.get("proxy_address")
    if address and address == proxy:
        raise InvalidInput(to_argument, "the customer's address and the sender are the same.")
    if not validate:
        return
    conversation = media_channel_of(channel)
    if conversation:
        check_sid("media_channel_sid", conversation, "CH")
    check = _CHECKS.get(kind)
    if check is None:
        return
    for argument, value in ((to_argument, address), ("from_", proxy)):
        if not value:
            continue
        if kind == "sms" and str(value).startswith(WHATSAPP):
            raise InvalidInput(
                argument, 'this is a WhatsApp address; pass channel="whatsapp" or a bare E.164 number.'
            )
        check(argument, str(value))
