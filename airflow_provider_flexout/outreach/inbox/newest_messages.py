"""The newest messages of a conversation, read back to a certain one or to the beginning."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from airflow_provider_flexout.twilio.api.messages import list_messages
from airflow_provider_flexout.twilio.http.pagination import next_page

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from airflow_provider_flexout.twilio.api.messages import Message, MessagePage
    from airflow_provider_flexout.twilio.http.call import Call, Procedure


@dataclass(slots=True)
class NewestMessages:
    """What was read of a conversation.

    :param messages: the messages that are newer than ``reached``, the newest first.
    :param reached: the message at which the reading stopped; ``None`` where it went to the beginning.
    :param read_at: when the first page was read, by Twilio's clock.
    """

    messages: list[Message] = field(default_factory=list)
    reached: Message | None = None
    read_at: datetime | None = None


def read_back(
    conversation_sid: str,
    until: Callable[[Message], bool] = lambda _: False,
    *,
    page_size: int = 100,
    pages: int | None = None,
) -> Procedure[NewestMessages]:
    """Read a conversation from its newest message back to a certain one.

    :param conversation_sid: ``CH…``.
    :param until: says of a message whether the reading stops at it; by default, it stops at none.
    :param page_size: how many messages a request asks for, 1 to 100; fewer where little is expected to be
        new.
    :param pages: how many requests are made at most; ``None`` for as many as it takes.
    :raises NotFound: when there is no such conversation.
    """
    newest, read = NewestMessages(), 0
    call: Call[MessagePage] | None = list_messages(conversation_sid, order="desc", page_size=page_size)
    while call is not None and read != pages:
        page = yield call
        read += 1
        newest.read_at = newest.read_at or page.served_at
        for message in page.items:
            if until(message):
                newest.reached = message
                return newest
            newest.messages.append(message)
        call = next_page(call, page)
    return newest
