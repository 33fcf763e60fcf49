"""The first words of an outreach, said while it is opened.

Opening and speaking are two tasks in a DAG, and one step of a campaign. Said before the SIDs are written
down, the message is written down with them: one request less for each customer, and a list of conversations
tells who has been reached and greeted.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.message.send_once import SentMessage, send_once
from airflow_provider_flexout.twilio.http.errors import FlexoutError

if TYPE_CHECKING:
    from airflow_provider_flexout.outreach.interaction.request import InteractionResult
    from airflow_provider_flexout.outreach.message.draft import MessageDraft
    from airflow_provider_flexout.twilio.http.call import Procedure


class FirstMessage:
    """One attempt at the first words.

    :param words: what is to be said; the conversation is filled in.
    """

    def __init__(self, words: MessageDraft) -> None:
        self._words = words
        self.said: SentMessage | None = None
        self.problem: FlexoutError | None = None

    def say(self, opened: InteractionResult, *, joined: bool = False) -> Procedure[str | None]:
        """Say the words, unless an earlier attempt has.

        What goes wrong is kept in ``problem``: the conversation is open all the same, and its SIDs have to be
        written down.

        :param opened: the outreach.
        :param joined: whether it is a conversation that the customer had with us already.
        :returns: the message's SID, ``IM…``.
        """
        retried = self._words.retried or not (opened.created or joined)
        words = dataclasses.replace(
            self._words,
            conversation_sid=opened.conversation_sid,
            retried=retried,
            channel=self._words.channel or opened.channel_type,
        )
        try:
            self.said = yield from send_once(words, looked=opened.created)
        except FlexoutError as error:
            self.problem = error
            return None
        return self.said.message_sid

    def was_said(self, conversation_sid: str, message_sid: str) -> None:
        """Take it from the conversation's mark that an earlier attempt has said it.

        :param conversation_sid: ``CH…``.
        :param message_sid: ``IM…``.
        """
        self.said = SentMessage(message_sid, conversation_sid, index=None, created=False)
