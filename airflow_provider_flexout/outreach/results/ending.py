"""How an outreach ended, in one word.

It is the first of these that is true:

=============== =====================================================================================
``opted_out``   the customer has opted out
``undelivered`` our first message did not arrive, and the customer wrote nothing
``completed``   an agent accepted the task, and it was completed
``canceled``    no agent took the task before it was canceled
``open``        the conversation is not closed
``replied``     it is closed, the customer has written, and no agent is known to have completed it
``unanswered``  it is closed, and the customer has written nothing
``unsent``      it is closed, and nothing was sent in it
=============== =====================================================================================
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from airflow_provider_flexout.outreach.results.messages import MessageSummary
    from airflow_provider_flexout.outreach.waiters.outcome import Handling

ENDINGS: Final = (
    "opted_out",
    "undelivered",
    "completed",
    "canceled",
    "open",
    "replied",
    "unanswered",
    "unsent",
)


def ending_without_agent(summary: MessageSummary, *, is_closed: bool) -> str:
    """Say how an outreach ended, as far as its conversation tells.

    :param summary: what was written.
    :param is_closed: whether the conversation is closed.
    :returns: one of :data:`ENDINGS`.
    """
    first = summary.first
    true = {
        "opted_out": summary.opted_out_at is not None,
        "undelivered": first is not None and first.has_failed and not summary.inbound,
        "open": not is_closed,
        "replied": summary.inbound > 0,
        "unanswered": summary.outbound > 0,
        "unsent": True,
    }
    return next(one for one in ENDINGS if true.get(one))


def ending_with_agent(ending: str, handling: Handling) -> str:
    """Say how an outreach ended, with what the agents did.

    :param ending: how it ended, as far as its conversation tells.
    :param handling: what the agents did.
    :returns: one of :data:`ENDINGS`.
    """
    true = {ending}
    if handling.accepted_at and handling.completed_at:
        true.add("completed")
    if handling.is_canceled:
        true.add("canceled")
    return next(one for one in ENDINGS if one in true)
