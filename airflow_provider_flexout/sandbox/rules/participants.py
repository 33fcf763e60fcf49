"""The rules of participants: which addresses may be bound together, and who is the customer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from airflow_provider_flexout.sandbox.rules.preconditions import require_open
from airflow_provider_flexout.sandbox.state.channel_types import (
    SENDERS,
    channel_type,
    is_user_id,
    type_of_address,
    type_of_sample,
    type_of_sender,
)
from airflow_provider_flexout.sandbox.state.records import ParticipantRecord
from airflow_provider_flexout.sandbox.state.seed import ROLE_SID, WORKER_BY_NAME
from airflow_provider_flexout.sandbox.webhooks.conversation_events import notify_participant
from airflow_provider_flexout.sandbox.wire.http import ApiError

if TYPE_CHECKING:
    from airflow_provider_flexout.sandbox.state.records import ConversationRecord
    from airflow_provider_flexout.sandbox.state.store import Store

__all__ = [
    "add",
    "check_user_id",
    "count_opened",
    "customers",
    "find",
    "messaging",
    "pair_taken",
    "remove",
    "role",
]

_MOST: Final = 1000
_MOST_NOT_CHAT: Final = 50


def messaging(conversation: ConversationRecord) -> list[ParticipantRecord]:
    """Return the participants whom messages reach over an address.

    :param conversation: the conversation.
    """
    return [each for each in conversation.participants if each.address]


def customers(conversation: ConversationRecord) -> list[ParticipantRecord]:
    """Return the customers: the participants with an address, or else the chat users who are not agents.

    :param conversation: the conversation.
    """
    return messaging(conversation) or [
        each
        for each in conversation.participants
        if (each.identity or "") not in WORKER_BY_NAME and each.identity not in conversation.agents
    ]


def find(conversation: ConversationRecord, sid_or_identity: str) -> ParticipantRecord | None:
    """Return a participant, or None.

    :param conversation: the conversation.
    :param sid_or_identity: SID or identity.
    """
    for each in conversation.participants:
        if sid_or_identity in {each.sid, each.identity}:
            return each
    return None


def add(store: Store, conversation: ConversationRecord, **given: Any) -> ParticipantRecord:
    """Add somebody to a conversation.

    :param store: the sandbox's state.
    :param conversation: the conversation.
    :param given: fields of :class:`ParticipantRecord`.
    :raises ApiError: if the addresses are wrong, or taken, or the conversation is closed.
    """
    require_open(conversation)
    identity, address = given.get("identity"), given.get("address")
    proxy, projected = given.get("proxy_address"), given.get("projected_address")
    if not identity and not address:
        raise ApiError(400, 20001, "Either Identity or MessagingBinding.Address is required")
    check_user_id(store, address)
    kind = given.pop("kind", None) or _check_addresses(store, address, proxy, projected)
    _check_room(conversation, in_chat=kind is None)
    if identity and any(each.identity == identity for each in conversation.participants):
        raise ApiError(409, 50433, "Participant already exists")
    if address and proxy:
        _bind_pair(store, conversation, (address, proxy))
    now = store.clock.time()
    given.setdefault("created", now)
    given.setdefault("updated", now)
    given.setdefault("role_sid", ROLE_SID)
    participant = ParticipantRecord(
        sid=store.sids.new("MB"), conversation_sid=conversation.sid, kind=kind, **given
    )
    conversation.participants.append(participant)
    store.add_participation(participant)
    if address:
        count_opened(store, conversation)
    store.events.add("participant", conversation.sid, who=participant.who, does="joins")
    notify_participant(store.webhooks, "onParticipantAdded", conversation, participant)
    return participant


def count_opened(store: Store, conversation: ConversationRecord) -> None:
    """Count a conversation among those that were opened, once.

    :param store: the sandbox's state.
    :param conversation: the conversation.
    """
    if not conversation.opened:
        conversation.opened = True
        store.counters.count("opened", store.clock.time())


def remove(store: Store, conversation: ConversationRecord, participant: ParticipantRecord) -> None:
    """Take somebody out of a conversation.

    :param store: the sandbox's state.
    :param conversation: the conversation.
    :param participant: the participant.
    """
    conversation.participants.remove(participant)
    store.events.add("participant", conversation.sid, who=participant.who, does="leaves")
    notify_participant(store.webhooks, "onParticipantRemoved", conversation, participant)
    store.remove_participation(participant)
    store.release_pairs([participant])


def role(conversation: ConversationRecord, author: str) -> str:
    """Tell who wrote a message: ``customer``, ``agent``, ``system`` or ``pipeline``.

    :param conversation: the conversation.
    :param author: the message's author.
    """
    if author in WORKER_BY_NAME or author in conversation.agents:
        return "agent"
    if is_user_id(author) or any(author in {each.identity, each.address} for each in customers(conversation)):
        return "customer"
    return "system" if author == "system" else "pipeline"


def check_user_id(store: Store, address: str | None) -> None:
    """Refuse a WhatsApp user id as a participant's address, where the setting says so.

    :param store: the sandbox's state.
    :param address: the customer's address.
    :raises ApiError: 400 with 50407.
    """
    if address and is_user_id(address) and store.settings.user_id_participant == "refuse":
        raise ApiError(400, 50407, "Invalid messaging binding address")


def pair_taken(holder: str) -> ApiError:
    """Return the error for a pair of addresses that is bound already.

    :param holder: the conversation that has it.
    """
    message = f"A binding for this participant and proxy address already exists in Conversation {holder}"
    return ApiError(409, 50416, message)


def _check_room(conversation: ConversationRecord, *, in_chat: bool) -> None:
    """Refuse one participant more than Twilio takes: https://www.twilio.com/docs/conversations/conversations-limits."""
    if len(conversation.participants) >= _MOST:
        raise ApiError(400, 50417, "Participants limit exceeded")
    if not in_chat and sum(each.kind is not None for each in conversation.participants) >= _MOST_NOT_CHAT:
        raise ApiError(400, 50422, "Non-chat conversation participants limit exceeded")


def _bind_pair(store: Store, conversation: ConversationRecord, pair: tuple[str, str]) -> None:
    holder = store.pairs.setdefault(pair, conversation.sid)
    own = any((each.address, each.proxy_address) == pair for each in conversation.participants)
    if holder != conversation.sid or own:
        raise pair_taken(holder)


def _check_addresses(
    store: Store, address: str | None, proxy: str | None, projected: str | None
) -> str | None:
    if store.settings.accept_any_routing:
        sample = address or projected
        return type_of_sample(sample) if sample else None
    kind = type_of_address(address) if address else None
    if address and kind is None:
        raise ApiError(400, 50407, "Invalid messaging binding address")
    for other in (proxy, projected):
        other_kind = type_of_sender(other) if other else None
        short_code = other and type_of_address(other) is None
        if other and (other_kind is None or (short_code and store.settings.short_code == "refuse")):
            raise ApiError(400, 50408, "Invalid messaging binding proxy address")
        if other and address and other == address:
            raise ApiError(400, 50409, "Messaging binding address and proxy address must be different")
        if other and kind and other_kind != kind:
            raise ApiError(400, 50414, "Messaging binding address and proxy address types must match")
        kind = kind or other_kind
    if proxy and store.settings.unknown_sender == "refuse" and proxy not in SENDERS.values():
        raise ApiError(400, 50408, "Invalid messaging binding proxy address")
    if address and not proxy and not channel_type(kind).is_email:
        raise ApiError(400, 50408, "Invalid messaging binding proxy address")
    return kind
