"""What holds for the whole account: Flex's configuration, and that of Conversations.

https://www.twilio.com/docs/flex/developer/config/flex-configuration-rest-api,
https://www.twilio.com/docs/conversations/api/configuration-resource,
https://www.twilio.com/docs/conversations/api/address-configuration-resource
"""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict, Field

from airflow_provider_flexout.twilio.http.call import Call, read
from airflow_provider_flexout.twilio.http.resource import Page, Resource

_CONVERSATIONS = "/v1/Configuration"


class FlexConfiguration(Resource):
    """Flex's configuration. ``status`` is ok, inprogress or notstarted.

    People write secrets of their own into its attributes, so unknown fields are not kept.
    """

    model_config = ConfigDict(extra="ignore")

    account_sid: str | None = None
    status: str | None = None
    flex_instance_sid: str | None = None
    chat_service_instance_sid: str | None = None
    taskrouter_workspace_sid: str | None = None


class ConversationsConfiguration(Resource):
    """What new conversations begin with; the timers are ISO 8601 durations."""

    default_chat_service_sid: str | None = None
    default_messaging_service_sid: str | None = None
    default_inactive_timer: str | None = None
    default_closed_timer: str | None = None


class AddressConfiguration(Resource):
    """An address of ours, and what becomes of a message to it that belongs to no conversation.

    ``auto_creation`` holds ``enabled``, ``type`` (webhook, studio or default) and ``studio_flow_sid``.
    """

    sid: str
    type: str | None = None
    address: str | None = None
    auto_creation: dict[str, Any] | None = None


AddressConfigurationPage = Page[AddressConfiguration]


class ConversationsWebhook(Resource):
    """The account's webhook for all conversations.

    ``pre_webhook_url`` is asked before something happens, ``post_webhook_url`` is told afterwards.
    """

    pre_webhook_url: str | None = None
    post_webhook_url: str | None = None
    filters: list[str] = Field(default_factory=list)


def fetch_flex_configuration() -> Call[FlexConfiguration]:
    """Fetch Flex's configuration."""
    return read("FetchConfiguration", "flex-api", "/v1/Configuration", FlexConfiguration)


def fetch_configuration() -> Call[ConversationsConfiguration]:
    """Fetch the configuration of Conversations."""
    return read("FetchConfiguration", "conversations", _CONVERSATIONS, ConversationsConfiguration)


def list_configuration_addresses(*, page_size: int = 50) -> Call[AddressConfigurationPage]:
    """List the addresses of ours that Conversations listens to.

    :param page_size: items of a page, 1 to 50.
    """
    place = _CONVERSATIONS + "/Addresses"
    name = "ListConfigurationAddress"
    return read(name, "conversations", place, AddressConfigurationPage, PageSize=page_size)


def fetch_configuration_webhook() -> Call[ConversationsWebhook]:
    """Fetch the account's webhook for all conversations."""
    place = _CONVERSATIONS + "/Webhooks"
    return read("FetchConfigurationWebhook", "conversations", place, ConversationsWebhook)
