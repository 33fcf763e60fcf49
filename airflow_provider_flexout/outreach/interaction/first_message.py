"""The first message of an outreach, sent while it is opened.

Opening and sending are two tasks in a DAG, and one step of a campaign. Sent before the SIDs are written down,
the message is written down with them. That spares a request for each customer, and a list of conversations
shows who has been sent the message.
"""

from __future__ import annotations

import dataclasses
import time
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.message.send_once import SentMessage, send_once
from airflow_provider_flexout.twilio.http.errors import FlexoutError

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_provider_flexout.outreach.interaction.request import InteractionResult
    from airflow_provider_flexout.outreach.message.draft import MessageDraft
    from airflow_provider_flexout.twilio.http.call import Procedure


class FirstMessage:
    """One attempt at the first message.

    :param draft: the message; its conversation is filled in.
    :param clock: gives seconds.
    """

    def __init__(self, draft: MessageDraft, clock: Callable[[], float] = time.monotonic) -> None:
        self._draft = draft
        self._clock = clock
        self._opened_at: float | None = None
        self.sent: SentMessage | None = None
        self.error: FlexoutError | None = None

    def note_request(self) -> None:
        """Note that the interaction is about to be created; from then on another attempt may find it."""
        self._opened_at = self._clock()

    def send(self, result: InteractionResult, *, joined: bool = False) -> Procedure[str | None]:
        """Send the message, unless an earlier attempt has.

        An error is kept in ``error``: the conversation is open all the same, and its SIDs must be written
        down.

        :param result: the outreach.
        :param joined: whether it is a conversation that the customer had with us already.
        :returns: the message's SID, ``IM…``; ``None`` after an error.
        """
        draft = dataclasses.replace(
            self._draft,
            conversation_sid=result.conversation_sid,
            retried=self._draft.retried or not (result.created or joined),
            channel=self._draft.channel or result.channel_type,
        )
        try:
            self.sent = yield from send_once(
                draft,
                first_attempt=result.created,
                looked_at=self._opened_at if result.created else None,
                has_listener=not joined or result.task_sid is not None,
                clock=self._clock,
            )
        except FlexoutError as error:
            self.error = error
            return None
        return self.sent.message_sid

    def adopt(self, conversation_sid: str, message_sid: str) -> None:
        """Adopt the message that an earlier attempt has sent, as the conversation's record says.

        :param conversation_sid: ``CH…``.
        :param message_sid: ``IM…``.
        """
        self.sent = SentMessage(message_sid, conversation_sid, index=None, created=False)
