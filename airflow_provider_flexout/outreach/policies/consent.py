"""The policy that skips people who have opted out, as the receipts of earlier messages show.

A message to somebody who replied STOP fails with 21610, or with another code that means the same, such as
63050 for those who stopped marketing in WhatsApp's own menu. Conversations has no list of opt-outs to ask for
instead. An opt-out holds for the sender that it was said to, or for its Messaging Service.
https://www.twilio.com/docs/api/errors/21610, https://www.twilio.com/docs/api/errors/63014
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.channels.registry import channel_of, spellings_of
from airflow_provider_flexout.outreach.inbox.customers import is_inbound
from airflow_provider_flexout.outreach.inbox.newest_messages import read_back
from airflow_provider_flexout.outreach.policies.decision import Go, Skip
from airflow_provider_flexout.twilio.api.conversations import (
    fetch_conversation,
    list_participant_conversations,
)
from airflow_provider_flexout.twilio.api.messages import list_receipts
from airflow_provider_flexout.twilio.http.codes import OPT_OUT_CODES
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
    until a message shows whether they have: one that failed with one of ``OPT_OUT_CODES``, one that was
    delivered, or a keyword of theirs such as STOP or START. If a number has several forms, each is looked up;
    a START from one of them that is newer than the sign of an opt-out ends it for all.

    :param recipients: the people to check.
    """

    recipients: Recipients

    def check(self, now: datetime) -> Procedure[Decision]:
        """Skip when one of the people has opted out.

        :param now: the present moment, aware.
        """
        for recipient in (yield from self.recipients.find()):
            if not recipient.is_identity and (yield from self._has_opted_out(recipient)):
                codes = ", ".join(map(str, sorted(map(int, OPT_OUT_CODES))))
                why = f"by a word such as STOP, or a message failed with one of {codes}."
                return Skip(REASON, f"{recipient.shown} has opted out: {why}")
        return Go()

    def _has_opted_out(self, recipient: Recipient) -> Procedure[bool]:
        """Look at each spelling of the address by itself: two may be in open conversations at once.

        Messages to one spelling may arrive, or fail, whatever was said from another. What the person said
        last counts for all of them.
        """
        opted_out: list[datetime] = []
        opted_in: list[datetime] = []
        addresses = spellings_of(recipient.address)
        for address in addresses:
            told = yield from self._told_by(recipient, address, more=len(addresses) > 1)
            last = max((one.last for one in told), default=None)
            if last and last[1]:
                opted_out.append(last[0])
            opted_in += [one.keyword[0] for one in told if one.keyword and not one.keyword[1]]
        return bool(opted_out) and max(opted_out) >= max(opted_in, default=_LONG_AGO)

    def _told_by(self, recipient: Recipient, address: str, *, more: bool) -> Procedure[list[_Told]]:
        """Read what conversations of an address tell, the newest first.

        :param more: whether to read on to a keyword, behind messages that arrived.
        """
        found = yield from read_pages(list_participant_conversations(address=address))
        found.sort(key=lambda one: one.conversation_date_created or _LONG_AGO, reverse=True)
        told: list[_Told] = []
        mine = yield from self._of_the_sender(recipient, found)
        for one in mine:
            newest = yield from read_back(one.conversation_sid, page_size=_MESSAGES, pages=1)
            read = yield from _read_told(newest.messages, one.participant_sid, channel_of(address))
            if read is None:
                continue
            told.append(read)
            if not recipient.messaging_service_sid and not (more and read.keyword is None):
                break  # a sender has one conversation with them at a time
        return told

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
    told = yield from _read_told(newest_first, participant_sid, channel)
    return None if told is None else told.last[1]


@dataclass(frozen=True, slots=True)
class _Told:
    """What messages tell, each with when it was written and whether they have opted out.

    :param last: the newest message that tells.
    :param keyword: the newest keyword of theirs; ``None`` where they wrote none.
    """

    last: tuple[datetime, bool]
    keyword: tuple[datetime, bool] | None


def _read_told(
    newest_first: Iterable[Message], participant_sid: str | None, channel: Channel
) -> Procedure[_Told | None]:
    """Find the newest message that tells, and the newest keyword."""
    last: tuple[datetime, bool] | None = None
    for message in newest_first:
        at = message.date_created or _LONG_AGO
        if is_inbound(message, (participant_sid,)):
            said = channel.opts_out(message.body)
            if said is not None:
                return _Told(last or (at, said), (at, said))
        elif last is None:
            refused = yield from _was_refused(message, participant_sid)
            last = None if refused is None else (at, refused)
    return _Told(last, None) if last else None


def _was_refused(message: Message, participant_sid: str | None) -> Procedure[bool | None]:
    """Say whether a message failed because they have opted out; ``None`` where its delivery does not tell."""
    delivery = message.delivery or {}
    if _any(delivery, "failed", "undelivered"):
        receipts = yield from read_pages(list_receipts(str(message.conversation_sid), message.sid))
        codes = [one.error_code for one in receipts if one.participant_sid == participant_sid]
        return None if OPT_OUT_CODES.isdisjoint(codes) else True
    return False if _any(delivery, "delivered", "read") else None


def _any(delivery: dict[str, str], *stages: str) -> bool:
    return any(delivery.get(stage, "none") != "none" for stage in stages)


def _proxy_of(conversation: ParticipantConversation) -> str | None:
    return (conversation.participant_messaging_binding or {}).get("proxy_address")
