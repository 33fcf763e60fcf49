"""Interaction webhooks: registered once, removed once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.twilio.api.interactions import (
    EVENTS,
    create_interaction_webhook,
    delete_interaction_webhook,
    list_interaction_webhooks,
)
from airflow_provider_flexout.twilio.http.errors import NotFound
from airflow_provider_flexout.twilio.http.pagination import read_pages
from airflow_provider_flexout.twilio.http.redaction import masked_repr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow_provider_flexout.twilio.api.interactions import InteractionWebhook
    from airflow_provider_flexout.twilio.http.call import Procedure


def register_once(
    instance_sid: str,
    url: str,
    events: Sequence[str],
    type: Literal["global", "interaction"],  # noqa: A002 - Twilio's name
    method: Literal["GET", "POST"],
    friendly_name: str | None,
) -> Procedure[InteractionWebhook]:
    """Register a webhook, unless there is one with the same address, events, type and method.

    The parameters are those of
    :func:`~airflow_provider_flexout.twilio.api.interactions.create_interaction_webhook`.

    :raises InvalidInput: for an event that does not exist.
    """
    if isinstance(events, str) or not events or set(events) - set(EVENTS):
        raise InvalidInput(
            "events", f"must be a list of some of {', '.join(EVENTS)}; got {masked_repr(events)}."
        )
    wanted = (url, sorted(events), type, method)
    for one in (yield from read_pages(list_interaction_webhooks(instance_sid))):
        if wanted == (one.webhook_url, sorted(one.webhook_events), one.type, one.webhook_method):
            return one
    registered: InteractionWebhook = yield create_interaction_webhook(
        instance_sid, url, events, type=type, method=method, friendly_name=friendly_name
    )
    return registered


def remove_once(instance_sid: str, ttid: str) -> Procedure[None]:
    """Remove a webhook; succeed if it is gone already.

    :param instance_sid: ``GO…``.
    :param ttid: ``flex_interactionwebhook_…``.
    """
    try:
        yield delete_interaction_webhook(instance_sid, ttid)
    except NotFound:
        return
