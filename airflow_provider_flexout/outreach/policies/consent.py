"""The policy that skips whoever has opted out, as the receipts of earlier messages show.

A message to somebody who replied STOP fails with 21610. Conversations has no list of opt-outs to ask for
instead. An opt-out holds for the sender that it was said to, or for its Messaging Service.
https://www.twilio.com/docs/api/errors/21610
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.channels.registry import channel_of
from airflow_provider_flexout.outreach.inbox.conversations import spellings_of
from airflow_provider_flexout.outreach.inbox.customers import is_inbound
from airflow_provider_flexout.outreach.inbox.history import read_back
from airflow_provider_flexout.outreach.policies.decision import Go, Skip
from airflow_provider_flexout.twilio.api.conversations import (
    fetch_conversation,
    list_participant_conversations,
)
from airflow_provider_flexout.twilio.api.messages import list_receipts
from airflow_provider_flexout.twilio.http.codes import ErrorCode
from airflow_provider_flexout.twilio.http.pagination import read_pages

if TYPE_CHECKING:
    from collections.abc import Iterable

    from airflow_provider_flexout.outreach.channels.base import Channel
    from airflow_provider_flexout.outreach.policies.decision import Decision
    from airflow_provider_flexout.outreach.policies.recipients import Recipient, Recipients
    from airflow_provider_flexout.twilio.api.conversations import ParticipantConversation
    from airflow_provider_flexout.twilio.api.messages import Message
    from airflow_provider_flexout.twilio.http.call import Procedure

REASON = "opted_out"
_CONVERSATIONS = 5
_MESSAGES = 50
_LONG_AGO = datetime(1970, 1, 1, tzinfo=timezone.utc)


@dataclass(frozen=True, slots=True)
class OptedOut:
    """Skips a person whose last messages show that they have opted out.

    At most five of their newest conversations with this sender, or with its Messaging Service, are read,
    until a message tells: one that failed with 21610, one that was delivered, or a keyword of theirs such as
    STOP or START.

    :param recipients: the people to check.
    """

    recipients: Recipients

    def check(self, now: datetime) -> Procedure[Decision]:
        """Skip when one of the people has opted out.

        :param now: the present moment, aware.
        """
        for recipient in (yield from self.recipients.find()):
            if not recipient.is_identity and (yield from self._has_opted_out(recipient)):
                code = int(ErrorCode.RECIPIENT_UNSUBSCRIBED)
                why = f"by a word such as STOP, or a message failed with {code}."
                return Skip(REASON, f"{recipient.shown} has opted out: {why}")
        return Go()

    def _has_opted_out(self, recipient: Recipient) -> Procedure[bool]:
        """Look at each spelling of the address by itself: two may be in open conversations at once."""
        for address in spellings_of(recipient.address):
            found = yield from read_pages(list_participant_conversations(address=address))
            found.sort(key=lambda one: one.conversation_date_created or _LONG_AGO, reverse=True)
            told: list[tuple[datetime, bool]] = []
            mine = yield from self._of_the_sender(recipient, found)
            for one in mine:
                newest = yield from read_back(one.conversation_sid, page_size=_MESSAGES, pages=1)
                last = yield from _last_told(newest.messages, one.participant_sid, channel_of(address))
                if last is not None:
                    told.append(last)
                    if not recipient.messaging_service_sid:
                        break  # a sender has one conversation with them at a time
            if told and max(told)[1]:
                return True
        return False

    def _of_the_sender(
        self, recipient: Recipient, newest_first: list[ParticipantConversation]
    ) -> Procedure[list[ParticipantConversation]]:
        """Choose the newest conversations with the sender, or with others of its Messaging Service."""
        mine: list[ParticipantConversation] = []
        for one in newest_first[: _CONVERSATIONS * 2 if recipient.messaging_service_sid else None]:
            if len(mine) == _CONVERSATIONS:
                break
            is_mine = recipient.proxy_address in (None, _proxy_of(one))
            if not is_mine and recipient.messaging_service_sid:
                conversation = yield fetch_conversation(one.conversation_sid)
                is_mine = conversation.messaging_service_sid == recipient.messaging_service_sid
            if is_mine:
                mine.append(one)
        return mine


def opted_out_in(
    newest_first: Iterable[Message], participant_sid: str | None, channel: Channel
) -> Procedure[bool | None]:
    """Say whether the messages of a conversation show that a customer opted out; ``None`` where none tells.

    :param newest_first: the messages, the newest first.
    :param participant_sid: the SID of the customer, ``MB…``.
    :param channel: the customer's, whose keywords count.
    """
    last = yield from _last_told(newest_first, participant_sid, channel)
    return None if last is None else last[1]


def _last_told(
    newest_first: Iterable[Message], participant_sid: str | None, channel: Channel
) -> Procedure[tuple[datetime, bool] | None]:
    """Find the newest message that tells; give when it was written, and whether they have opted out."""
    for message in newest_first:
        at = message.date_created or _LONG_AGO
        if is_inbound(message, (participant_sid,)):
            said = channel.opts_out(message.body)
            if said is not None:
                return at, said
            continue
        delivery = message.delivery or {}
        if _any(delivery, "failed", "undelivered"):
            receipts = yield from read_pages(list_receipts(str(message.conversation_sid), message.sid))
            codes = [one.error_code for one in receipts if one.participant_sid == participant_sid]
            if ErrorCode.RECIPIENT_UNSUBSCRIBED in codes:
                return at, True
        elif _any(delivery, "delivered", "read"):
            return at, False
    return None


def _any(delivery: dict[str, str], *stages: str) -> bool:
    return any(delivery.get(stage, "none") != "none" for stage in stages)


def _proxy_of(conversation: ParticipantConversation) -> str | None:
    return (conversation.participant_messaging_binding or {}).get("proxy_address")
