"""Fetching a conversation by a name that Twilio has just reported as taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach import timing
from airflow_provider_flexout.twilio.api.conversations import fetch_conversation
from airflow_provider_flexout.twilio.http.call import Sleep
from airflow_provider_flexout.twilio.http.errors import NotFound

if TYPE_CHECKING:
    from airflow_provider_flexout.twilio.api.conversations import Conversation
    from airflow_provider_flexout.twilio.http.call import Procedure


def fetch_named(name: str) -> Procedure[Conversation]:
    """Fetch the conversation that has a name; if it does not show yet, try once more after a moment.

    :param name: its unique name.
    :raises NotFound: when it does not show then either, most likely because it was deleted.
    """
    try:
        found: Conversation = yield fetch_conversation(name)
    except NotFound:
        yield Sleep(timing.NAME_SHOWS_WAIT)
        found = yield fetch_conversation(name)
    return found
