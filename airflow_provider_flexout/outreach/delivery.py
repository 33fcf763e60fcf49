"""Whether a message has arrived, as its receipts tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.spec import DELIVERY_STAGES
from airflow_provider_flexout.twilio.api.messages import fetch_message, list_receipts
from airflow_provider_flexout.twilio.http.pagination import read_pages

if TYPE_CHECKING:
    from airflow_provider_flexout.twilio.api.messages import Message
    from airflow_provider_flexout.twilio.http.call import Procedure

FAILURES = ("failed", "undelivered")


@dataclass(frozen=True, slots=True)
class MessageDelivery:
    """What became of a message.

    :param status: the furthest of :data:`~airflow_provider_flexout.outreach.spec.DELIVERY_STAGES`,
        or one of :data:`FAILURES`; ``None`` where there is nothing to deliver, since everybody is in the chat
        itself.
    :param error_code: Twilio's error code of a failure, where it gave one.
    """

    status: str | None
    error_code: int | None = None

    @property
    def has_failed(self) -> bool:
        """Whether it did not arrive, and will not."""
        return self.status in FAILURES

    def has_reached(self, stage: str) -> bool:
        """Say whether it is as far as a stage; a message that need not be delivered is.

        :param stage: one of :data:`~airflow_provider_flexout.outreach.spec.DELIVERY_STAGES`.
        """
        if self.has_failed:
            return False
        return self.status is None or DELIVERY_STAGES.index(self.status) >= DELIVERY_STAGES.index(stage)


def read_delivery(conversation_sid: str, message_sid: str) -> Procedure[MessageDelivery]:
    """Look once at what became of a message; this costs one more request if it did not arrive.

    A failure counts only once a receipt says why. Twilio's summary of the receipts may show it a moment
    earlier.

    :param conversation_sid: ``CH…``.
    :param message_sid: ``IM…``.
    :raises NotFound: when the message or its conversation has been deleted.
    """
    message = yield fetch_message(conversation_sid, message_sid)
    if status_of(message) in FAILURES:
        receipts = yield from read_pages(list_receipts(conversation_sid, message_sid))
        bad = [one for one in receipts if one.status in FAILURES]
        if bad:
            return MessageDelivery(str(bad[0].status), bad[0].error_code or None)
    return MessageDelivery(_stage_of(message))


def status_of(message: Message) -> str | None:
    """Give the furthest status of a message's delivery; ``None`` where there is nothing to deliver.

    :param message: ours.
    """
    return next((one for one in FAILURES if _is_any(message, one)), None) or _stage_of(message)


def _stage_of(message: Message) -> str | None:
    if message.delivery is None:
        return None
    return next((one for one in DELIVERY_STAGES[:0:-1] if _is_any(message, one)), DELIVERY_STAGES[0])


def _is_any(message: Message, status: str) -> bool:
    return bool((message.delivery or {}).get(status, "none") != "none")
