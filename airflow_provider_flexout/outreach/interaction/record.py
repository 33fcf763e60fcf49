"""The record of an outreach, in the attributes of its conversation.

Twilio is the only ledger. The record holds what a later attempt must know, wherever it runs: whose
conversation this is, which attempt may create the interaction, and in the end the SIDs.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.errors import (
    ConversationOfAnotherOutreach,
    KeyReused,
    RecordDamaged,
    RecordTooNew,
)
from airflow_provider_flexout.outreach.interaction.request import InteractionResult
from airflow_provider_flexout.twilio import metrics
from airflow_provider_flexout.twilio.api.conversations import update_conversation
from airflow_provider_flexout.twilio.http.errors import TwilioError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_provider_flexout.outreach.interaction.request import InteractionRequest
    from airflow_provider_flexout.twilio.api.conversations import Conversation
    from airflow_provider_flexout.twilio.http.call import Procedure

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class OutreachRecord:
    """What an outreach says about itself.

    :param key: the outreach's key.
    :param to: the customer's address, masked, for people.
    :param channel: ``sms``, ``whatsapp``, and so on.
    :param fingerprint: tells another outreach under the same key apart.
    :param lease_holder: the attempt that may create the interaction.
    :param lease_ttl: the seconds after the lease was taken within which its holder begins to create it, or
        never will.
    :param sids: the interaction's SIDs, once it exists.
    :param source: the DAG, run, task and map index behind it, for people.
    :param first_message_sid: its first message, ``IM…``, where opening included it.
    :param on_reply: what routes the customer's reply, ``FW…`` or ``pipeline``, where the conversation begins
        without an agent.
    :param campaign: the key of its campaign, where it belongs to one. Earlier versions did not write it.
    """

    key: str
    to: str
    channel: str
    fingerprint: str
    lease_holder: str
    lease_ttl: float
    sids: Mapping[str, str | None] | None = None
    source: Mapping[str, Any] | None = None
    first_message_sid: str | None = None
    on_reply: str | None = None
    campaign: str | None = None

    @classmethod
    def read(
        cls, attributes: Mapping[str, Any], attribute: str = durable.RECORD_ATTRIBUTE
    ) -> OutreachRecord | None:
        """Read the record from a conversation's attributes; ``None`` where there is none.

        :param attributes: the conversation's.
        :param attribute: the name of the one in which the record stands.
        :raises RecordTooNew: when a newer version of this provider wrote it.
        :raises RecordDamaged: when it cannot be read.
        """
        found: Any = attributes.get(attribute)
        key = durable.record_key(found)
        if key is None:
            return None
        version = durable.record_version(found)
        if version != durable.RECORD_VERSION:
            raise RecordTooNew(key, version, durable.RECORD_VERSION)
        try:
            return cls(**durable.read_record(found))
        except ValueError as problem:
            raise RecordDamaged(key, attribute, str(problem)) from None

    def write_into(
        self, attributes: Mapping[str, Any], attribute: str = durable.RECORD_ATTRIBUTE
    ) -> dict[str, Any]:
        """Add the record to a conversation's attributes, which otherwise stay as they are.

        :param attributes: the conversation's.
        :param attribute: the name of the one in which the record stands.
        """
        return {**attributes, attribute: durable.write_record(self)}

    def with_lease(self, attempt_id: str, ttl: float) -> OutreachRecord:
        """Give the same record with another attempt's lease.

        :param attempt_id: who may create the interaction.
        :param ttl: the lease's, in seconds.
        """
        return replace(self, lease_holder=attempt_id, lease_ttl=ttl)

    def is_for(self, identity: str) -> bool:
        """Say whether the outreach is for this chat user.

        :param identity: of a participant.
        """
        return self.fingerprint == durable.fingerprint(self.channel, identity, None)

    def result(self, conversation_sid: str) -> InteractionResult | None:
        """Give the SIDs as an earlier attempt's result; ``None`` while there are none.

        :param conversation_sid: the conversation that carries the record.
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
    request: InteractionRequest,
    attempt_id: str,
    lease_ttl: float,
    result: InteractionResult | None = None,
    first_message_sid: str | None = None,
) -> OutreachRecord:
    """Make the record of an outreach.

    :param request: the outreach.
    :param attempt_id: who writes it.
    :param lease_ttl: see :class:`OutreachRecord`.
    :param result: the SIDs, once they are known.
    :param first_message_sid: its first message, where opening included it.
    """
    return OutreachRecord(
        key=request.key,
        to=request.customer,
        channel=request.channel_type,
        fingerprint=request.fingerprint,
        lease_holder=attempt_id,
        lease_ttl=lease_ttl,
        sids=durable.fields(result, durable.RECORD_SIDS) if result else None,
        source=request.source,
        first_message_sid=first_message_sid,
        on_reply=request.on_reply,
        campaign=request.campaign,
    )


def own_record(request: InteractionRequest, conversation: Conversation) -> OutreachRecord:
    """Read the record of the conversation that has the outreach's unique name.

    :param request: the outreach.
    :param conversation: the conversation.
    :raises ConversationOfAnotherOutreach: when it does not hold this outreach's record.
    :raises KeyReused: when the record is another outreach's, under the same key.
    :raises RecordTooNew: when a newer version of this provider wrote it.
    """
    record = OutreachRecord.read(conversation.attribute_object)
    if record is None or record.key != request.key:
        raise ConversationOfAnotherOutreach(
            f"Conversation {conversation.sid} has the unique name {request.unique_name}, but not the "
            "record of this provider. Rename or delete it, or choose another idempotency_key."
        )
    if all(one.fingerprint != record.fingerprint for one in request.forms()):
        raise KeyReused(
            f"One idempotency key, two outreaches: {conversation.sid} was opened for {record.to} on "
            f"{record.channel}, this one is for {request.customer} on {request.channel_type}. "
            "Make the key tell them apart."
        )
    return record


def in_form_of(record: OutreachRecord, request: InteractionRequest) -> InteractionRequest:
    """Write the customer's address in the form that the outreach's first attempt used.

    :param record: the outreach's own.
    :param request: the outreach.
    """
    return next((one for one in request.forms() if one.fingerprint == record.fingerprint), request)


def write_sids(
    request: InteractionRequest,
    conversation: Conversation,
    result: InteractionResult,
    attempt_id: str,
    first_message_sid: str | None = None,
) -> Procedure[InteractionResult]:
    """Write the SIDs into the conversation's record, where every later attempt looks.

    :param request: the outreach.
    :param conversation: its conversation.
    :param result: the SIDs.
    :param attempt_id: who writes.
    :param first_message_sid: its first message, where opening included it.
    :returns: the same SIDs.
    """
    # Nobody needs a lease on an interaction that exists, so its time is over at once.
    record = new_record(request, attempt_id, 0.0, result, first_message_sid)
    try:
        yield update_conversation(
            conversation.sid,
            attributes=record.write_into(conversation.attribute_object, request.record_attribute),
        )
    except TwilioError as error:
        # The SIDs are known, so the task goes on. An agent can have finished and closed it by now.
        log.warning("Could not write the SIDs into conversation %s: %s", conversation.sid, error)
    return log_result(result)


def log_result(result: InteractionResult) -> InteractionResult:
    """Write to the log what was opened, or that an earlier attempt's result is adopted.

    :param result: the SIDs.
    """
    metrics.count_outreach(result.channel_type, created=result.created)
    log.info(
        "Opened interaction %s, conversation %s, task %s."
        if result.created
        else "This outreach is already open, so nothing was sent: interaction %s, conversation %s, task %s.",
        result.interaction_sid,
        result.conversation_sid,
        result.task_sid,
    )
    return result
