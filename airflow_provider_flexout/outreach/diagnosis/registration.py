"""Whether carriers in the United States take messages from a number.

https://www.twilio.com/docs/messaging/compliance/a2p-10dlc
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import phonenumbers

from airflow_provider_flexout.outreach.channels.number_forms import parsed
from airflow_provider_flexout.outreach.diagnosis.finding import (
    CONSOLE,
    Check,
    Finding,
    doubtful,
    found_or_none,
    good,
    wrong,
)
from airflow_provider_flexout.twilio.api.messaging import (
    fetch_messaging_service,
    list_messaging_services,
    list_service_phone_numbers,
    list_us_app_to_person,
)
from airflow_provider_flexout.twilio.http.pagination import read_pages

if TYPE_CHECKING:
    from airflow_provider_flexout.outreach.diagnosis.target import DiagnosisTarget

_SERVICES = f"{CONSOLE}/us1/develop/sms/services"
_MOST_SERVICES = 20
"""How many Messaging Services are looked through for a number."""
_UNREGISTERED = (
    "Carriers in the United States refuse its texts (30034); Twilio accepts them first, so operators "
    "succeed although nobody is reached."
)
_REGISTER = "Register your brand and an A2P 10DLC campaign, and add the number to its Messaging Service."


def check_registration(target: DiagnosisTarget, number: str) -> Check[list[Finding]]:
    """Check the Messaging Service of the connection, and whether a number is registered for texts in the US.

    :param target: the connection.
    :param number: the sender, in E.164 form.
    """
    subject, given = f"registration of {number}", target.defaults.messaging_service_sid
    kind = _kind(number)
    if given:
        service = yield from found_or_none(fetch_messaging_service(given))
        if service is None:
            return [_no_service(given)]
        numbers = yield from read_pages(list_service_phone_numbers(service.sid))
        if number not in {one.phone_number for one in numbers}:
            return [_other_service(number, given)]
        services = [service.sid]
    elif kind == "US":
        listed = yield list_messaging_services(page_size=_MOST_SERVICES)
        services = yield from _services_of(number, [one.sid for one in listed.items])
    if kind == "toll-free":
        return [_toll_free(subject, number)]
    if kind != "US":
        return []
    return [(yield from _judge(subject, number, services))]


def _kind(number: str) -> str | None:
    read = parsed(number)
    if read is None or read.country_code != 1:
        return None
    if phonenumbers.number_type(read) == phonenumbers.PhoneNumberType.TOLL_FREE:
        return "toll-free"
    region = phonenumbers.region_code_for_number(read)
    return "US" if region in (None, "US", "PR", "GU", "VI", "AS", "MP") else None


def _services_of(number: str, services: list[str]) -> Check[list[str]]:
    found = []
    for sid in services:
        numbers = yield from read_pages(list_service_phone_numbers(sid))
        if number in {one.phone_number for one in numbers}:
            found.append(sid)
    return found


def _judge(subject: str, number: str, services: list[str]) -> Check[Finding]:
    if not services:
        seen = f"{number} is in no Messaging Service, and so in no A2P 10DLC campaign."
        return wrong(subject, seen, _UNREGISTERED, _REGISTER, _SERVICES)
    campaigns = []
    for sid in services:
        campaigns += yield from read_pages(list_us_app_to_person(sid))
    states = sorted({str(one.campaign_status) for one in campaigns})
    if "VERIFIED" in states:
        return good(subject, f"Its Messaging Service {services[0]} has a verified A2P 10DLC campaign.")
    if states:
        seen = f"The A2P 10DLC campaign of its Messaging Service {services[0]} is {' and '.join(states)}."
        return wrong(
            subject, seen, _UNREGISTERED, "Wait for the campaign, or find out why it failed.", _SERVICES
        )
    seen = f"Its Messaging Service {services[0]} has no A2P 10DLC campaign."
    return wrong(subject, seen, _UNREGISTERED, _REGISTER, _SERVICES)


def _toll_free(subject: str, number: str) -> Finding:
    return doubtful(
        subject,
        f"{number} is toll-free. Its verification is not looked up.",
        "Texts from a toll-free number that is not verified are refused (30032).",
        "Make sure that its verification is approved.",
        f"{CONSOLE}/us1/develop/phone-numbers/manage/incoming",
    )


def _no_service(given: str) -> Finding:
    return wrong(
        "messaging service",
        f"This account has no Messaging Service {given}.",
        "Every conversation by SMS or WhatsApp is refused: CreateConversationOperator, "
        "CreateInteractionOperator and campaigns.",
        "Correct messaging_service_sid in the extra of the connection, or remove it.",
        _SERVICES,
    )


def _other_service(number: str, given: str) -> Finding:
    return wrong(
        "messaging service",
        f"{number} is not in the sender pool of the Messaging Service {given}.",
        "Conversations name a service that their sender does not belong to, so texts may be refused, "
        "and opt-outs are kept elsewhere.",
        "Add the number to the service, or correct messaging_service_sid.",
        _SERVICES,
    )
