"""What earlier attempts at a campaign have done, read back from Twilio a page at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from airflow_provider_flexout.outreach.opening.marks import Mark
from airflow_provider_flexout.twilio.conversations import list_conversations
from airflow_provider_flexout.twilio.pagination import next_page

if TYPE_CHECKING:
    from datetime import datetime

    from airflow_provider_flexout.outreach.opening.request import Opened
    from airflow_provider_flexout.twilio.call import Call, Procedure
    from airflow_provider_flexout.twilio.conversations import Conversations


@dataclass(frozen=True, slots=True)
class DoneOutreach:
    """An outreach that is open and greeted.

    :param fingerprint: by which another outreach under the same key is told apart.
    :param opened: its SIDs.
    :param message_sid: the message that was sent, ``IM…``.
    """

    fingerprint: str
    opened: Opened
    message_sid: str


Done: TypeAlias = dict[str, DoneOutreach]
"""By the key of the outreach."""


_MOST_PAGES = 200
"""A hundred conversations each. Of a campaign of a million, finding a part's own by name takes less."""


def read_done(since: datetime) -> Procedure[Done]:
    """List the outreaches that are open and greeted, a hundred to a request.

    What is not listed is not lost: opening it again finds it by its name, which takes two requests.

    :param since: the day from which on conversations are listed.
    """
    done: Done = {}
    call: Call[Conversations] | None = list_conversations(start_date=f"{since:%Y-%m-%d}T00:00:00Z")
    pages = 0
    while call and pages < _MOST_PAGES:
        page, pages = (yield call), pages + 1
        for conversation in page.items:
            mark = Mark.read(conversation.attribute_object)
            opened = mark.opened(conversation.sid) if mark else None
            if mark and opened and mark.greeted:
                done[mark.key] = DoneOutreach(mark.fingerprint, opened, mark.greeted)
        call = next_page(call, page)
    return done
