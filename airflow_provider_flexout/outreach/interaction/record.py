"""The mark that an outreach leaves in the attributes of its conversation.

Twilio is the only ledger: the mark holds what a later attempt must know, wherever it runs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.errors import (
    ConversationOfAnotherOutreach,
    KeyReused,
    RecordTooNew,
)
from airflow_provider_flexout.outreach.interaction.request import InteractionResult

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_provider_flexout.outreach.interaction.request import InteractionRequest
    from airflow_provider_flexout.twilio.api.conversations import Conversation


@dataclass(frozen=True, slots=True)
class OutreachRecord:
    """What an outreach says about itself.

    :param key: the outreach's key.
    :param to: the customer's address, masked, for people.
    :param channel: ``sms``, ``whatsapp``, and so on.
    :param fingerprint: by which another outreach under the same key is told apart.
    :param lease_holder: the attempt that may open the interaction.
    :param within: seconds after the claim within which that attempt begins to, or never will.
    :param sids: the interaction's SIDs, once it is open.
    :param source: the DAG, run, task and map index behind it, for people.
    :param first_message_sid: the message that was its first words, ``IM…``, where opening included them.
    """

    key: str
    to: str
    channel: str
    fingerprint: str
    lease_holder: str
    within: float
    sids: Mapping[str, str | None] | None = None
    source: Mapping[str, Any] | None = None
    first_message_sid: str | None = None

    @classmethod
    def read(cls, attributes: Mapping[str, Any]) -> OutreachRecord | None:
        """Read the mark from a conversation's attributes; ``None`` where there is none.

        :param attributes: the conversation's.
        :raises RecordTooNew: when a newer version of this provider wrote it.
        """
        found: Any = attributes.get(durable.RECORD_ATTRIBUTE)
        key = durable.record_key(found)
        if key is None:
            return None
        version = durable.record_version(found)
        if version != durable.RECORD_VERSION:
            raise RecordTooNew(key, version, durable.RECORD_VERSION)
        return cls(**durable.read_record(found))

    def write_into(self, attributes: Mapping[str, Any]) -> dict[str, Any]:
        """Add the mark to a conversation's attributes, which are otherwise left as they are.

        :param attributes: the conversation's.
        """
        record = durable.write_record(
            key=self.key,
            to=self.to,
            channel=self.channel,
            fingerprint=self.fingerprint,
            lease_holder=self.lease_holder,
            within=self.within,
            source=self.source,
            sids=self.sids,
            first_message_sid=self.first_message_sid,
        )
        return {**attributes, durable.RECORD_ATTRIBUTE: record}

    def with_lease(self, attempt: str, within: float) -> OutreachRecord:
        """Give the same mark with another attempt's claim.

        :param attempt: who may open the interaction.
        :param within: see :class:`OutreachRecord`.
        """
        return replace(self, lease_holder=attempt, within=within)

    def is_for(self, identity: str) -> bool:
        """Say whether the outreach is for this chat user.

        :param identity: of a participant.
        """
        return self.fingerprint == durable.fingerprint(self.channel, identity, None)

    def opened(self, conversation_sid: str) -> InteractionResult | None:
        """Give the SIDs as an earlier attempt's result; ``None`` while there are none.

        :param conversation_sid: the conversation that carries the mark.
        """
        if not self.sids:
            return None
        return InteractionResult(
            **{name: self.sids.get(name) for name in durable.RECORD_SIDS},
            conversation_sid=conversation_sid,
            channel_type=self.channel,
            created=False,
        )


def new_record(
    opening: InteractionRequest,
    attempt: str,
    within: float,
    opened: InteractionResult | None = None,
    first_message_sid: str | None = None,
) -> OutreachRecord:
    """Make the mark of an opening.

    :param opening: the outreach.
    :param attempt: who writes it.
    :param within: see :class:`OutreachRecord`.
    :param opened: the SIDs, once they are known.
    :param first_message_sid: the message with its first words.
    """
    return OutreachRecord(
        key=opening.key,
        to=opening.customer,
        channel=opening.channel_type,
        fingerprint=opening.fingerprint,
        lease_holder=attempt,
        within=within,
        sids={name: getattr(opened, name) for name in durable.RECORD_SIDS} if opened else None,
        source=opening.source,
        first_message_sid=first_message_sid,
    )


def own_record(opening: InteractionRequest, conversation: Conversation) -> OutreachRecord:
    """Read the mark of a conversation that has the opening's unique name.

    :param opening: the outreach.
    :param conversation: the conversation.
    :raises ConversationOfAnotherOutreach: when it does not bear this outreach's mark.
    :raises KeyReused: when the mark is another outreach's, under the same key.
    """
    mark = OutreachRecord.read(conversation.attribute_object)
    if mark is None or mark.key != opening.key:
        raise ConversationOfAnotherOutreach(
            f"Conversation {conversation.sid} has the unique name {opening.unique_name}, but not the "
            "mark of this provider. Rename or delete it, or choose another idempotency_key."
        )
    if mark.fingerprint != opening.fingerprint:
        raise KeyReused(
            f"One idempotency key, two outreaches: {conversation.sid} was opened for {mark.to} on "
            f"{mark.channel}, this one is for {opening.customer} on {opening.channel_type}. "
            "Make the key tell them apart."
        )
    return mark
