"""Making the ``Channel`` object from an operator's arguments, or checking the one that was given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.outreach.channels.chat import Chat
from airflow_provider_flexout.outreach.channels.email import Email
from airflow_provider_flexout.outreach.channels.messenger import Messenger
from airflow_provider_flexout.outreach.channels.sms import Sms
from airflow_provider_flexout.outreach.channels.web import Web
from airflow_provider_flexout.outreach.channels.whatsapp import WhatsApp
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.values.choices import check_choice
from airflow_provider_flexout.outreach.values.sids import check_given, check_sid

if TYPE_CHECKING:
    from airflow_provider_flexout.outreach.channels.base import ChannelModel, ShortForm
    from airflow_provider_flexout.outreach.values.defaults import ConnectionDefaults

INITIATORS = ("agent", "api", "customer")
MODELS: dict[str, ChannelModel] = {
    model.kind: model for model in (Sms(), WhatsApp(), Email(), Chat(), Web(), Messenger())
}


def build_channel(
    channel: str | Mapping[str, Any],
    words: ShortForm,
    *,
    initiated_by: str,
    media_channel_sid: str | None,
    defaults: ConnectionDefaults,
    validate: bool,
) -> dict[str, Any]:
    """Make the ``Channel`` object from an operator's arguments, or check the one that was given.

    :param channel: ``sms``, ``whatsapp``, ``email``, ``chat``, ``web`` or ``messenger``, in any case; or the
        whole object, which goes to Twilio unchanged.
    :param words: the short form.
    :param initiated_by: ``agent``, ``api`` or ``customer``.
    :param media_channel_sid: an existing conversation to route, ``CH…``.
    :param defaults: the connection's.
    :param validate: whether addresses and SIDs are checked.
    :raises InvalidInput: when an argument is missing or wrong.
    """
    if not isinstance(channel, Mapping):
        customer = "to"
        built = _from_short_form(model_of(kind_of(channel)), words, initiated_by, media_channel_sid, defaults)
    else:
        customer = "channel"
        built = _as_given(channel, words, media_channel_sid)
    if built["initiated_by"] == "customer" and not media_channel_of(built):
        raise InvalidInput(
            "media_channel_sid",
            "missing; an interaction that the customer began needs the conversation (CH…) they are in.",
        )
    _refuse_sender_as_customer(built, customer)
    if validate:
        _check(built, customer)
    return built


def kind_of(name: str) -> str:
    """Read a channel's name as tables hold it: in capitals, or with spaces around it.

    :param name: for example ``" SMS"``.
    """
    return name.strip().lower() if isinstance(name, str) else name


def model_of(kind: object) -> ChannelModel:
    """Find the model of a kind of channel.

    :param kind: Twilio's name of it.
    :raises InvalidInput: when there is none.
    """
    model = MODELS.get(kind) if isinstance(kind, str) else None
    if model is None:
        raise InvalidInput("channel", f"{kind!r} is not a channel; choose one of {', '.join(MODELS)}.")
    return model


def media_channel_of(channel: Mapping[str, Any]) -> str | None:
    """Name the existing conversation that a ``Channel`` object refers to, where it does."""
    sid = (channel.get("properties") or {}).get("media_channel_sid")
    return sid if isinstance(sid, str) else None


def customer_of(channel: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give the first participant of a ``Channel`` object, which is the customer."""
    participants = channel.get("participants") or [{}]
    return participants[0] if isinstance(participants[0], Mapping) else {}


def _from_short_form(
    model: ChannelModel,
    words: ShortForm,
    initiated_by: str,
    media_channel_sid: str | None,
    defaults: ConnectionDefaults,
) -> dict[str, Any]:
    check_choice("initiated_by", initiated_by, INITIATORS)
    model.check_short_form(words)
    by_customer = initiated_by == "customer"
    if not (by_customer or media_channel_sid or words.to):
        raise InvalidInput("to", "missing; whom should the conversation reach?")
    if words.to == "None":
        check_given("to", words.to)
    properties = {"type": model.kind} if by_customer else model.properties(words, defaults)
    channel: dict[str, Any] = {"type": model.kind, "initiated_by": initiated_by, "properties": properties}
    if media_channel_sid:
        properties["media_channel_sid"] = media_channel_sid
    elif not by_customer:
        channel["participants"] = model.participants(words, defaults)
    return channel


def _as_given(channel: Mapping[str, Any], words: ShortForm, media_channel_sid: str | None) -> dict[str, Any]:
    shorthand = {one.name: getattr(words, one.name) for one in fields(words) if one.name != "customer_name"}
    for name, value in {**shorthand, "media_channel_sid": media_channel_sid}.items():
        if value:
            raise InvalidInput(name, "cannot stand beside a whole Channel object, which says it already.")
    built = dict(channel)
    model_of(built.get("type"))
    if built.get("initiated_by") not in INITIATORS:
        raise InvalidInput(
            "channel", f"initiated_by is {built.get('initiated_by')!r}, but must be one of {INITIATORS}."
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
    model, properties = model_of(channel["type"]), channel.get("properties") or {}
    if properties.get("media_channel_sid") is not None:
        check_sid("media_channel_sid", properties["media_channel_sid"], "CH")
    if channel["initiated_by"] != "customer":
        model.check_properties(properties)
    for participant in channel.get("participants") or ():
        model.check_keys(participant, argument)
        model.check_participant(participant, argument)
