"""Waiting for an interaction or a message to get somewhere: procedures that only read."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.errors import DeliveryFailed, InteractionFailed, InvalidInput
from airflow_provider_flexout.twilio.call import Pause
from airflow_provider_flexout.twilio.errors import NotFound, TwilioError
from airflow_provider_flexout.twilio.interactions import fetch_channel
from airflow_provider_flexout.twilio.messages import fetch_message, list_receipts
from airflow_provider_flexout.twilio.pagination import read_pages
from airflow_provider_flexout.twilio.task_router import fetch_task

if TYPE_CHECKING:
    from airflow_provider_flexout.twilio.call import Procedure
    from airflow_provider_flexout.twilio.messages import Message

INTERACTION_STAGES = ("accepted", "active", "assigned", "completed")
MESSAGE_STAGES = ("queued", "sent", "delivered", "read")

_SHORTEST, _LONGEST, _SHARE_OF_AGE = 5.0, 600.0, 0.05
_OUTAGES = 20
"""Looks in a row that may fail before the wait does."""


@dataclass(frozen=True, slots=True)
class InteractionWatch:
    """An interaction, and the stage that is waited for.

    :param workspace_sid: ``WS…``.
    :param interaction_sid: ``KD…``.
    :param channel_sid: ``UO…``.
    :param task_sid: ``WT…``.
    :param until: one of :data:`INTERACTION_STAGES`.
    """

    workspace_sid: str
    interaction_sid: str
    channel_sid: str
    task_sid: str
    until: str

    def look(self) -> Procedure[str | None]:
        """Look once; give the status that ended the wait, or ``None`` while it goes on.

        :raises InteractionFailed: when the stage cannot be reached any more.
        """
        if self.until == "accepted":
            return "accepted"
        if self.until == "active":
            return (yield from self._channel_status())
        try:
            task = yield fetch_task(self.workspace_sid, self.task_sid)
        except NotFound:
            # Twilio deletes a task five minutes after its end; what is left to ask is the channel.
            ended = yield from self._channel_status()
            if ended in ("closed", "inactive"):
                return "completed"
            raise InteractionFailed(
                f"Task {self.task_sid} of interaction {self.interaction_sid} has ended and is gone, but its "
                f"channel is {ended or 'setup'}: it was canceled or timed out, and no agent has it."
            ) from None
        status = str(task.assignment_status)
        if status == "canceled":
            raise InteractionFailed(
                f"Task {self.task_sid} of interaction {self.interaction_sid} was canceled"
                f"{f' ({task.reason})' if task.reason else ''}; no agent has the conversation."
            )
        enough = {"assigned": ("assigned", "wrapping", "completed"), "completed": ("completed",)}
        return status if status in enough[self.until] else None

    def _channel_status(self) -> Procedure[str | None]:
        channel = yield fetch_channel(self.interaction_sid, self.channel_sid)
        if channel.status == "failed":
            raise InteractionFailed(
                f"The channel of interaction {self.interaction_sid} failed: "
                f"{channel.error_message or 'no reason given'} (code {channel.error_code})."
            )
        return None if channel.status == "setup" else str(channel.status)


@dataclass(frozen=True, slots=True)
class MessageWatch:
    """A message, and the stage that is waited for.

    :param conversation_sid: ``CH…``.
    :param message_sid: ``IM…``.
    :param until: one of :data:`MESSAGE_STAGES`.
    """

    conversation_sid: str
    message_sid: str
    until: str

    def look(self) -> Procedure[str | None]:
        """Look once; give the furthest stage once the awaited one is reached, else ``None``.

        :raises DeliveryFailed: with Twilio's code and what to do.
        """
        if self.until == "queued":
            return "queued"
        message = yield fetch_message(self.conversation_sid, self.message_sid)
        if message.delivery is None:
            return "queued"  # everybody is in the chat itself: there is nothing to deliver
        yield from self._refuse_failure(message)
        stages = MESSAGE_STAGES[MESSAGE_STAGES.index(self.until) :]
        reached = [stage for stage in stages if message.delivery.get(stage, "none") != "none"]
        return reached[-1] if reached else None

    def _refuse_failure(self, message: Message) -> Procedure[None]:
        delivery = message.delivery or {}
        if delivery.get("failed", "none") == delivery.get("undelivered", "none") == "none":
            return
        receipts = yield from read_pages(list_receipts(self.conversation_sid, self.message_sid))
        bad = [one for one in receipts if one.status in ("failed", "undelivered")]
        if bad:
            raise DeliveryFailed(self.message_sid, str(bad[0].status), bad[0].error_code)


def wait_for(watch: InteractionWatch | MessageWatch) -> Procedure[str]:
    """Wait until a watch ends, looking ever less often: after about a twentieth of the wait's age.

    :param watch: what to look at.
    :returns: the status that ended it.
    :raises FlexoutError: when it cannot end well any more, or Twilio is out of reach for too long.
    """
    age, failures = 0.0, 0
    while True:
        pause = min(_LONGEST, max(_SHORTEST, age * _SHARE_OF_AGE))
        pause *= random.uniform(1.0, 1.2)  # noqa: S311 - spreads the looks of many waits
        yield Pause(pause)
        age += pause
        try:
            status = yield from watch.look()
        except TwilioError as error:
            failures += 1
            if error.permanent or failures >= _OUTAGES:
                raise
        else:
            failures = 0
            if status:
                return status


def check_stage(value: str, stages: tuple[str, ...]) -> None:
    """Refuse what cannot be waited for.

    :param value: the operator's ``wait_until``.
    :param stages: what can.
    :raises InvalidInput: naming them.
    """
    if value not in stages:
        raise InvalidInput("wait_until", f"{value!r} is none of {', '.join(stages)}.")
