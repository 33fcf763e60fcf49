"""Whether an outreach is open already, so that nothing is left that a gate could forbid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.interaction.lookup import find_task
from airflow_provider_flexout.outreach.interaction.record import OutreachRecord
from airflow_provider_flexout.twilio.api.conversations import fetch_conversation
from airflow_provider_flexout.twilio.http.errors import NotFound

if TYPE_CHECKING:
    from airflow_provider_flexout.outreach.interaction.request import InteractionRequest
    from airflow_provider_flexout.twilio.http.call import Procedure


def is_open(opening: InteractionRequest) -> Procedure[bool]:
    """Look once whether an earlier attempt opened this outreach; opening it again then only adopts it.

    What is not found here may still have been sent: the ``one_call`` strategy names its conversation
    afterwards. Holding such an attempt loses nothing, since opening looks again, and longer.

    :param opening: the outreach.
    """
    try:
        conversation = yield fetch_conversation(opening.conversation_sid or opening.unique_name)
    except NotFound:
        return False
    mark = OutreachRecord.read(conversation.attribute_object)
    if mark is None or mark.key != opening.key:
        return False
    return bool(mark.sids) or (yield from find_task(opening, conversation.sid)) is not None
