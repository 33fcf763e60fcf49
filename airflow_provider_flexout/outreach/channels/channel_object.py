"""Twilio's ``Channel`` object, made from an operator's arguments, or checked where it was given whole.

https://www.twilio.com/docs/flex/developer/conversations/interactions-api/interactions
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.outreach.channels.base import SHORT_FORM
from airflow_provider_flexout.outreach.channels.registry import channel_named, normalize_name
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.spec import INITIATORS
from airflow_provider_flexout.outreach.values.arguments import check_choice, check_given
from airflow_provider_flexout.outreach.values.sids import check_sid
from airflow_provider_flexout.twilio.http.redaction import masked_repr

if TYPE_CHECKING:
    from airflow_provider_flexout.outreach.spec import OutreachSpec
    from airflow_provider_flexout.outreach.values.defaults import ConnectionDefaults


def build_channel(spec: OutreachSpec, defaults: ConnectionDefaults) -> dict[str, Any]:
    """Make the ``Channel`` object from an operator's arguments, or check the one that was given.

    :param spec: the arguments. A whole object is sent to Twilio unchanged, and what it contains must not be
        given a second time.
    :param defaults: what the connection provides.
    :raises InvalidInput: when an argument is missing or wrong.
    """
    if isinstance(spec.channel, Mapping):
        customer, built = "channel", _as_given(spec.channel, spec)
    else:
        customer, built = "to", _from_short_form(spec, defaults)
    if built["initiated_by"] == "customer" and not media_channel_of(built):
        raise InvalidInput(
            "media_channel_sid",
            "missing; an interaction that the customer began needs the conversation (CH…) they are in.",
        )
    _refuse_sender_as_customer(built, customer)
    if spec.validate:
        _check(built, customer)
    return built


def messaging_service_of(
    channel: Mapping[str, Any], spec: OutreachSpec, defaults: ConnectionDefaults
) -> str | None:
    """Name the Messaging Service that is set on the conversation, ``MG…``; ``None`` for none.

    :param channel: Twilio's ``Channel`` object.
    :param spec: the arguments.
    :param defaults: what the connection provides.
    :raises InvalidInput: when it is wrong, or the conversation cannot have one.
    """
    given = spec.messaging_service_sid
    possible = channel_named(channel["type"]).messaging_service
    if given and not possible:
        raise InvalidInput("messaging_service_sid", f"not supported on {channel['type']}.")
    if given and media_channel_of(channel):
        raise InvalidInput(
            "messaging_service_sid", "can be set only on a new conversation; this one already exists."
        )
    sid = given or (defaults.messaging_service_sid if possible and not media_channel_of(channel) else None)
    if sid and spec.validate:
        check_sid("messaging_service_sid", sid, "MG")
    return sid


def media_channel_of(channel: Mapping[str, Any]) -> str | None:
    """Name the existing conversation that a ``Channel`` object refers to, where it does."""
    sid = (channel.get("properties") or {}).get("media_channel_sid")
    return sid if isinstance(sid, str) else None


def customer_of(channel: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give the first participant of a ``Channel`` object, which is the customer."""
    participants = channel.get("participants") or [{}]
    return participants[0] if isinstance(participants[0], Mapping) else {}


def _from_short_form(spec: OutreachSpec, defaults: ConnectionDefaults) -> dict[str, Any]:
    rules = channel_named(normalize_name(spec.channel))
    check_choice("initiated_by", spec.initiated_by, INITIATORS)
    rules.check_short_form(spec)
    rules.check_types(spec)
    by_customer = spec.initiated_by == "customer"
    if not (by_customer or spec.media_channel_sid or spec.to):
        raise InvalidInput("to", "missing; whom should the conversation reach?")
    if spec.to == "None":
        check_given("to", spec.to)
    properties = {"type": rules.name} if by_customer else rules.properties(spec, defaults)
    channel: dict[str, Any] = {
        "type": rules.name,
        "initiated_by": spec.initiated_by,
        "properties": properties,
    }
    if spec.media_channel_sid:
        properties["media_channel_sid"] = spec.media_channel_sid
    elif not by_customer:
        channel["participants"] = rules.participants(spec, defaults)
    return channel


def _as_given(channel: Mapping[str, Any], spec: OutreachSpec) -> dict[str, Any]:
    for name in ("to", *SHORT_FORM, "media_channel_sid"):
        if getattr(spec, name):
            raise InvalidInput(
                name, "cannot be combined with a whole Channel object, which already contains it."
            )
    built = dict(channel)
    channel_named(built.get("type"))
    if built.get("initiated_by") not in INITIATORS:
        raise InvalidInput(
            "channel",
            f"initiated_by is {masked_repr(built.get('initiated_by'))}, but must be one of {INITIATORS}.",
        )
    if not isinstance(built.get("properties") or {}, Mapping):
        raise InvalidInput("channel", "properties must be an object.")
    participants = built.get("participants") or []
    if not isinstance(participants, list) or not all(isinstance(one, Mapping) for one in participants):
        raise InvalidInput("channel", "participants must be a list of objects.")
    if built["initiated_by"] == "agent" and not participants and not media_channel_of(built):
        raise InvalidInput(
            "channel",
            "an agent-initiated interaction needs participants, or properties.media_channel_sid of a "
            "conversation that has them.",
        )
    return built


def _refuse_sender_as_customer(channel: Mapping[str, Any], argument: str) -> None:
    sender = (channel.get("properties") or {}).get("from")
    for one in channel.get("participants") or ():
        address = one.get("address")
        if address and address in {one.get("proxy_address"), sender}:
            raise InvalidInput(argument, "the customer's address and the sender are the same.")


def _check(channel: Mapping[str, Any], argument: str) -> None:
    rules, properties = channel_named(channel["type"]), channel.get("properties") or {}
    if properties.get("media_channel_sid") is not None:
        check_sid("media_channel_sid", properties["media_channel_sid"], "CH")
    if channel["initiated_by"] != "customer":
        rules.check_properties(properties)
    for participant in channel.get("participants") or ():
        rules.check_keys(participant, argument)
        rules.check_participant(participant, argument)
