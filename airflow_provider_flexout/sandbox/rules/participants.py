"""The rules of participants: which addresses go together, and who may be in a conversation once only."""

from __future__ import annotations

import re
import string
from typing import TYPE_CHECKING, Any, Final

from airflow_provider_flexout.sandbox.rules.conversations import require_open
from airflow_provider_flexout.sandbox.state.records import ParticipantRecord
from airflow_provider_flexout.sandbox.state.seed import ROLE_SID, SENDERS, WORKER_BY_NAME
from airflow_provider_flexout.sandbox.webhooks.conversation_events import notify_participant
from airflow_provider_flexout.sandbox.wire.http import ApiError

if TYPE_CHECKING:
    from airflow_provider_flexout.sandbox.state.records import ConversationRecord
    from airflow_provider_flexout.sandbox.state.store import Store

__all__ = ["ADDRESSES", "add", "address_kind", "customers", "find", "messaging", "pair_taken"]

_E164: Final = r"\+[1-9][0-9]{6,14}"
ADDRESSES: Final = {
    "sms": re.compile(_E164),
    "whatsapp": re.compile(f"whatsapp:{_E164}"),
    "messenger": re.compile(r"messenger:[A-Za-z0-9_.-]+"),
}
_LETTERS: Final = frozenset(string.ascii_letters + string.digits)
_LOCAL_PART: Final = _LETTERS | frozenset("!#$%&'*+-/=?^_`{|}~.")
_LONGEST: Final = 256
_LONGEST_EMAIL: Final = 254


def address_kind(address: str) -> str | None:
    """Return the channel that an address belongs to, or None if it is no address.

    :param address: the address.
    """
    for kind, pattern in ADDRESSES.items():
        if len(address) <= _LONGEST and pattern.fullmatch(address):
            return kind
    return "email" if _is_email(address) else None


def _is_email(address: str) -> bool:
    local, _, domain = address.rpartition("@")
    labels = domain.split(".")
    return (
        0 < len(local) < len(address) <= _LONGEST_EMAIL
        and set(local) <= _LOCAL_PART
        and len(labels) > 1
        and all(_is_label(each) for each in labels)
    )


def _is_label(label: str) -> bool:
    fits = 0 < len(label) < 64 and set(label) <= _LETTERS | {"-"}
    return fits and not label.startswith("-") and not label.endswith("-")


def messaging(conversation: ConversationRecord) -> list[ParticipantRecord]:
    """Return the participants whom messages reach over an address.

    :param conversation: the conversation.
    """
    return [each for each in conversation.participants if each.address]


def customers(conversation: ConversationRecord) -> list[ParticipantRecord]:
    """Return the participants who are customers: those with an address, or else chat users who are no agents.

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
    kind = given.pop("kind", None) or _check_addresses(store, address, proxy, projected)
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
    store.events.add("participant", conversation.sid, who=participant.who, does="joins")
    notify_participant(store, "onParticipantAdded", conversation, participant)
    return participant


def pair_taken(holder: str) -> ApiError:
    """Return the error for a pair of addresses that is bound already.

    :param holder: the conversation that has it.
    """
    message = f"A binding for this participant and proxy address already exists in Conversation {holder}"
    return ApiError(409, 50416, message)


def _bind_pair(store: Store, conversation: ConversationRecord, pair: tuple[str, str]) -> None:
    holder = store.pairs.setdefault(pair, conversation.sid)
    own = any((each.address, each.proxy_address) == pair for each in conversation.participants)
    if holder != conversation.sid or own:
        raise pair_taken(holder)


def _check_addresses(
    store: Store, address: str | None, proxy: str | None, projected: str | None
) -> str | None:
    if store.settings.accept_any_routing:
        return _loose_kind(address or projected)
    kind = address_kind(address) if address else None
    if address and kind is None:
        raise ApiError(400, 50407, "Invalid messaging binding address")
    for other in (proxy, projected):
        other_kind = address_kind(other) if other else None
        if other and other_kind is None:
            raise ApiError(400, 50408, "Invalid messaging binding proxy address")
        if other and address and other == address:
            raise ApiError(400, 50409, "Messaging binding address and proxy address must be different")
        if other and kind and other_kind != kind:
            raise ApiError(400, 50414, "Messaging binding address and proxy address types must match")
        kind = kind or other_kind
    if proxy and store.settings.unknown_sender == "refuse" and proxy not in SENDERS.values():
        raise ApiError(400, 50408, "Invalid messaging binding proxy address")
    if address and not proxy and kind != "email":
        raise ApiError(400, 50408, "Invalid messaging binding proxy address")
    return kind


def _loose_kind(address: str | None) -> str | None:
    if not address:
        return None
    prefix = address.partition(":")[0]
    if prefix in {"whatsapp", "messenger"}:
        return prefix
    return "email" if "@" in address else "sms"
