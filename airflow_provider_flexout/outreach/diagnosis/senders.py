"""Our own addresses: whether they are ours, may send, and bring what customers write to Flex."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.outreach.channels.registry import CHANNELS
from airflow_provider_flexout.outreach.diagnosis.finding import (
    CONSOLE,
    Check,
    Finding,
    doubtful,
    good,
    or_unread,
    unread,
    wrong,
)
from airflow_provider_flexout.outreach.diagnosis.registration import check_registration
from airflow_provider_flexout.outreach.diagnosis.studio import check_flow
from airflow_provider_flexout.twilio.api.accounts import list_incoming_phone_numbers
from airflow_provider_flexout.twilio.api.configuration import list_configuration_addresses
from airflow_provider_flexout.twilio.api.messaging import list_channels_senders
from airflow_provider_flexout.twilio.http.errors import TwilioError
from airflow_provider_flexout.twilio.http.pagination import read_pages

if TYPE_CHECKING:
    from airflow_provider_flexout.outreach.channels.base import Channel
    from airflow_provider_flexout.outreach.diagnosis.target import DiagnosisTarget
    from airflow_provider_flexout.twilio.api.accounts import PhoneNumber
    from airflow_provider_flexout.twilio.api.configuration import AddressConfiguration, FlexConfiguration

_NUMBERS = f"{CONSOLE}/us1/develop/phone-numbers/manage/incoming"
_ADDRESSES = f"{CONSOLE}/us1/develop/flex/channels/messaging/conversations"
_SENDERS = f"{CONSOLE}/us1/develop/sms/senders/whatsapp-senders"
_LOST = "A message that a customer writes first, or after the conversation was closed, reaches no agent."


def check_senders(target: DiagnosisTarget, flex: FlexConfiguration | None) -> Check[list[Finding]]:
    """Check each sender of the connection: whose it is, whether it may send, where replies to it go.

    :param target: the connection.
    :param flex: Flex's configuration, where it is known.
    """
    senders = [
        (channel, channel.normalize(target.defaults.senders[name]))
        for channel in CHANNELS.values()
        for name in channel.sender_fields[:1]
        if name in target.defaults.senders
    ]
    if not senders:
        seen, action = "The connection has none.", "Set sms_from or another sender in the extra."
        meaning = "Each operator and campaign must name its sender (from_)."
        return [doubtful("senders", seen, meaning, action, _NUMBERS)]
    found: list[Finding] = []
    addresses: list[AddressConfiguration] | None = None
    try:
        addresses = yield from read_pages(list_configuration_addresses())
    except TwilioError as error:
        found.append(unread("addresses", error, "It is not known where replies to the senders go."))
    for channel, sender in senders:
        if channel.sender_list == "phone_numbers":
            found += yield from _check_number(target, sender)
        elif channel.sender_list == "channels_senders":
            found += yield from or_unread(f"sender {sender}", _check_listed(channel, sender))
        if addresses is not None:
            found.append((yield from _check_handling(channel, sender, addresses, flex)))
    return found


def _check_number(target: DiagnosisTarget, number: str) -> Check[list[Finding]]:
    subject = f"sender {number}"
    if number.isdecimal():
        return [good(subject, "A short code, which is not looked up.")]
    if not target.account_sid:
        seen, action = "Its owner was not looked up.", "Set account_sid in the extra of the connection."
        return [doubtful(subject, seen, "It may not be a number of this account.", action, _NUMBERS)]
    listed = list_incoming_phone_numbers(target.account_sid, phone_number=number)
    try:
        page = yield listed
    except TwilioError as error:
        found = [unread(subject, error)]
    else:
        owned = [one for one in page.items if one.phone_number == number]
        found = [_judge_number(subject, number, owned[0] if owned else None)]
        if not owned:
            return found
    found += yield from or_unread(f"registration of {number}", check_registration(target, number))
    return found


def _judge_number(subject: str, number: str, owned: PhoneNumber | None) -> Finding:
    if owned is None:
        seen = f"The account does not own {number}."
        meaning = "CreateInteractionOperator, CreateConversationOperator and campaigns by SMS are refused."
        return wrong(subject, seen, meaning, "Correct sms_from, or buy the number.", _NUMBERS)
    takes_texts = (owned.capabilities or {}).get("sms")
    if takes_texts is False:
        meaning = "No text can be sent from it."
        return wrong(subject, f"{number} cannot send texts.", meaning, "Use another number.", _NUMBERS)
    if owned.sms_url or owned.sms_application_sid:
        return doubtful(
            subject,
            f"The account owns {number}, which has its own webhook for incoming messages.",
            "The webhook is called in addition to Conversations, and may reply to the customer as well.",
            'Clear "A message comes in" of the number, unless you need it.',
            _NUMBERS,
        )
    return good(subject, "The account owns it.")


def _check_listed(channel: Channel, sender: str) -> Check[list[Finding]]:
    subject = f"sender {sender}"
    listed = yield from read_pages(list_channels_senders(channel.name))
    status = next((one.status for one in listed if one.sender_id == sender), None)
    meaning = f"No operator and no campaign can send on {channel.name}."
    if status is None:
        seen = f"{sender} is not a sender of this account."
        return [
            wrong(
                subject, seen, meaning, "Correct whatsapp_from, or register the number as a sender.", _SENDERS
            )
        ]
    if not status.startswith("ONLINE"):
        return [wrong(subject, f"{sender} is {status}.", meaning, "Complete its registration.", _SENDERS)]
    return [good(subject, f"It is {status}.")]


def _check_handling(
    channel: Channel, sender: str, addresses: list[AddressConfiguration], flex: FlexConfiguration | None
) -> Check[Finding]:
    subject = f"replies to {sender}"
    ours = [one for one in addresses if one.type == channel.name and _same(channel, one.address, sender)]
    if not ours:
        seen = f"{sender} is not an address of Conversations."
        action = "Add it as an address whose integration is a Studio flow that sends to Flex."
        return doubtful(subject, seen, _LOST, action, _ADDRESSES)
    handling: dict[str, Any] = ours[0].auto_creation or {}
    kind, service = handling.get("type"), handling.get("conversation_service_sid")
    flexs = flex.chat_service_instance_sid if flex else None
    if not handling.get("enabled"):
        seen = "The address creates no conversation for a message that belongs to none."
        return doubtful(subject, seen, _LOST, "Turn on its integration with a Studio flow.", _ADDRESSES)
    if service and flexs and service != flexs:
        seen = f"The address creates conversations in the service {service}, but Flex uses {flexs}."
        action = f"Let the address create them in {flexs}."
        return wrong(subject, seen, _LOST, action, _ADDRESSES)
    if kind == "studio":
        return (yield from check_flow(subject, str(handling.get("studio_flow_sid")), _LOST))
    if kind == "webhook":
        seen = "Messages that belong to no conversation go to a webhook."
        return doubtful(
            subject, seen, _LOST, "Make sure that the webhook creates an interaction.", _ADDRESSES
        )
    seen = "The address creates conversations without telling Studio or a webhook."
    meaning = f"{_LOST} The conversation also holds the pair of addresses, so operators are refused."
    return wrong(subject, seen, meaning, "Choose a Studio flow as its integration.", _ADDRESSES)


def _same(channel: Channel, address: str | None, sender: str) -> bool:
    return bool(address) and channel.person(channel.normalize(str(address))) == channel.person(sender)
