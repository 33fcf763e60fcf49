"""Messaging: services with their numbers and their registration in the United States, and WhatsApp senders.

https://www.twilio.com/docs/messaging/api/service-resource, https://www.twilio.com/docs/whatsapp/api/senders
"""

from __future__ import annotations

from pydantic import AliasChoices, Field

from airflow_provider_flexout.twilio.http.call import Call, path, read
from airflow_provider_flexout.twilio.http.resource import Page, Resource

_ALL = "/v1/Services"
_ONE = _ALL + "/{}"


class MessagingService(Resource):
    """A Messaging Service."""

    sid: str
    friendly_name: str | None = None


MessagingServicePage = Page[MessagingService]


class ServicePhoneNumber(Resource):
    """A number in the sender pool of a Messaging Service."""

    sid: str
    phone_number: str | None = None


ServicePhoneNumberPage = Page[ServicePhoneNumber]


class UsAppToPerson(Resource):
    """An A2P 10DLC campaign; ``campaign_status`` is VERIFIED once its numbers may send."""

    sid: str
    campaign_status: str | None = None


UsAppToPersonPage = Page[UsAppToPerson]


class ChannelsSender(Resource):
    """A sender such as ``whatsapp:+13115550100``; ``status`` is ONLINE once it may send."""

    sid: str
    status: str | None = None
    sender_id: str | None = Field(None, validation_alias=AliasChoices("sender_id", "senderId"))


ChannelsSenderPage = Page[ChannelsSender]


def fetch_messaging_service(service_sid: str) -> Call[MessagingService]:
    """Fetch a Messaging Service.

    :param service_sid: the service, ``MG…``.
    """
    return read("FetchService", "messaging", path(_ONE, service_sid), MessagingService)


def list_messaging_services(*, page_size: int = 50) -> Call[MessagingServicePage]:
    """List the Messaging Services.

    :param page_size: items of a page, 1 to 1,000.
    """
    return read("ListService", "messaging", _ALL, MessagingServicePage, PageSize=page_size)


def list_service_phone_numbers(service_sid: str, *, page_size: int = 400) -> Call[ServicePhoneNumberPage]:
    """List the numbers of a Messaging Service, which has at most 400.

    :param service_sid: the service, ``MG…``.
    :param page_size: items of a page, 1 to 1,000.
    """
    place = path(_ONE + "/PhoneNumbers", service_sid)
    return read("ListPhoneNumber", "messaging", place, ServicePhoneNumberPage, PageSize=page_size)


def list_us_app_to_person(service_sid: str) -> Call[UsAppToPersonPage]:
    """List the A2P 10DLC campaigns of a Messaging Service.

    :param service_sid: the service, ``MG…``.
    """
    place = path(_ONE + "/Compliance/Usa2p", service_sid)
    return read("ListUsAppToPerson", "messaging", place, UsAppToPersonPage)


def list_channels_senders(channel: str, *, page_size: int = 50) -> Call[ChannelsSenderPage]:
    """List the senders of a channel.

    :param channel: ``whatsapp`` or ``rcs``.
    :param page_size: items of a page, 1 to 1,000.
    """
    query: dict[str, str | int] = {"Channel": channel, "PageSize": page_size}
    return read("ListChannelsSender", "messaging", "/v2/Channels/Senders", ChannelsSenderPage, **query)
