"""Who may open the interaction, when an earlier attempt may be at it still.

Twilio's servers let a unique name exist once, so the attempt that creates the conversation holds the
first claim. Every other attempt has to find out, from outside, whether an earlier one's request got
through. It takes the claim over, waits until the earlier attempt can no longer send anything and
TaskRouter has had time to show what was sent, looks all the while, and goes on only if it still
holds the claim at the end. So of any number of attempts, one at a time may send.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.errors import Unsettled
from airflow_provider_flexout.outreach.opening.finding import keep_looking
from airflow_provider_flexout.outreach.opening.marks import Mark, mark_of
from airflow_provider_flexout.twilio.conversations import fetch_conversation, update_conversation

if TYPE_CHECKING:
    from airflow_provider_flexout.outreach.opening.request import Opened, Opening
    from airflow_provider_flexout.twilio.call import Procedure
    from airflow_provider_flexout.twilio.conversations import Conversation

CLAIM = 20.0
"""Seconds after taking a claim within which its holder begins to send, or never will."""

SETTLE = 30.0
"""Seconds after an attempt's last possible request until its effect is visible in the task list."""

_ROUNDS = 4


def settle(opening: Opening, conversation: Conversation, attempt: str) -> Procedure[Opened | None]:
    """Find what an earlier attempt opened, or win the right to open.

    :param opening: the outreach.
    :param conversation: its conversation, fetched just now.
    :param attempt: who we are.
    :returns: the earlier attempt's SIDs, or ``None``: nothing is there, and nobody but this attempt
        will send anything for the next :data:`CLAIM` seconds.
    :raises Unsettled: when others keep taking the claim.
    """
    for lost_before in range(_ROUNDS):
        if lost_before:
            # Taking the claim back at once would only be answered in kind: let the winner finish.
            rest = SETTLE + _rest_of_claim(conversation, attempt)
            found, conversation = yield from _watch(opening, conversation, rest)
            if found:
                return found
        wait = SETTLE + _rest_of_claim(conversation, attempt)
        mark = mark_of(opening, attempt, within=wait + CLAIM)
        attributes = mark.written_into(conversation.attribute_object)
        yield update_conversation(conversation.sid, attributes=attributes)
        found, conversation = yield from _watch(opening, conversation, wait)
        if found:
            return found
        now = Mark.read(conversation.attribute_object)
        if now and now.claimed_by == attempt:
            return None
    raise Unsettled(
        f"Other attempts at the same outreach keep working on {conversation.sid}; this one stands back."
    )


def _watch(
    opening: Opening, conversation: Conversation, seconds: float
) -> Procedure[tuple[Opened | None, Conversation]]:
    """Look for the task until a time is over, then see what the conversation says."""
    found = yield from keep_looking(opening, conversation.sid, seconds)
    if found:
        return found, conversation
    conversation = yield fetch_conversation(conversation.sid)
    mark = Mark.read(conversation.attribute_object)
    return (mark.opened(conversation.sid) if mark else None), conversation


def _rest_of_claim(conversation: Conversation, attempt: str) -> float:
    """Count the seconds for which somebody else's claim still runs, by Twilio's own clock."""
    mark = Mark.read(conversation.attribute_object)
    if mark is None or mark.claimed_by == attempt:
        return 0.0
    if conversation.served_at is None or conversation.date_updated is None:
        return mark.within
    age = (conversation.served_at - conversation.date_updated).total_seconds()
    return max(0.0, mark.within - max(0.0, age))
