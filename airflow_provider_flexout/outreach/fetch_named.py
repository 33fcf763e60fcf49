"""Fetching a conversation by a name of which Twilio has just said that it is taken."""

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
    """Fetch the conversation that has a name, once more after a moment where it does not show yet.

    :param name: its unique name.
    :raises NotFound: when it does not show then either, most likely since it was deleted.
    """
    try:
        found: Conversation = yield fetch_conversation(name)
    except NotFound:
        yield Sleep(timing.NAME_SHOWS_WAIT)
        found = yield fetch_conversation(name)
    return found
