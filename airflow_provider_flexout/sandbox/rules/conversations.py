"""The rules of conversations: unique names, states, timers, and what a closed one means for others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.sandbox.state.records import Conversation
from airflow_provider_flexout.sandbox.webhooks.conversation_events import (
    about_conversation,
    about_participant,
    about_state,
)
from airflow_provider_flexout.sandbox.wire.http import TwilioError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_provider_flexout.sandbox.state.records import Participant
    from airflow_provider_flexout.sandbox.state.store import World

__all__ = [
    "close",
    "create",
    "delete",
    "play_timers",
    "release_pair",
    "remove_participant",
    "require_open",
    "set_state",
    "stir",
    "update",
]


def require_open(conversation: Conversation) -> None:
    """Refuse to change a closed conversation.

    :param conversation: the conversation.
    :raises TwilioError: 400/50377.
    """
    if conversation.state == "closed":
        message = f"Can't update conversation {conversation.sid} as it's in final closed state"
        raise TwilioError(400, 50377, message)


def _claim_name(world: World, name: str, owner: Conversation | None) -> None:
    holder = world.by_name.get(name)
    if holder is not None and holder is not owner:
        raise TwilioError(409, 50353, "Conversation with provided unique name already exists")


def create(world: World, form: Mapping[str, Any], created_by: str, sid: str | None = None) -> Conversation:
    """Create a conversation.

    :param world: the sandbox's state.
    :param form: Twilio's form fields.
    :param created_by: who made it.
    :param sid: its SID, if it was chosen already.
    """
    state = form.get("State", "active")
    if state == "closed":
        raise TwilioError(400, 50384, "Initial state can't be 'closed'")
    timers = {"Timers.Inactive", "Timers.Closed"} & form.keys()
    if timers and "State" not in form:
        raise TwilioError(400, 50382, f"{min(timers)} can't be set without State")
    name = form.get("UniqueName")
    if name:
        _claim_name(world, name, None)
    now = world.clock.time()
    conversation = Conversation(
        sid=sid or world.sids.new("CH"),
        n=world.conversations.next_number(),
        created=form.get("DateCreated", now),
        updated=form.get("DateUpdated", now),
        created_by=created_by,
        friendly_name=form.get("FriendlyName"),
        unique_name=name or None,
        attributes=form.get("Attributes", "{}"),
        state=state,
        messaging_service_sid=form.get("MessagingServiceSid"),
        inactive_after=form.get("Timers.Inactive"),
        closed_after=form.get("Timers.Closed"),
        email_address=form.get("Bindings.Email.Address"),
        email_name=form.get("Bindings.Email.Name"),
    )
    world.conversations.add(conversation)
    if name:
        world.by_name[name] = conversation
    stir(world, conversation)
    world.events.add("conversation", conversation.sid, state=conversation.state, created=True)
    about_conversation(world, "onConversationAdded", conversation)
    return conversation


def update(world: World, conversation: Conversation, form: Mapping[str, Any]) -> None:
    """Change a conversation.

    :param world: the sandbox's state.
    :param conversation: the conversation.
    :param form: Twilio's form fields.
    """
    require_open(conversation)
    if "UniqueName" in form:
        _rename(world, conversation, form["UniqueName"] or None)
    for field, name in (
        ("FriendlyName", "friendly_name"),
        ("Attributes", "attributes"),
        ("MessagingServiceSid", "messaging_service_sid"),
        ("Timers.Inactive", "inactive_after"),
        ("Timers.Closed", "closed_after"),
        ("Bindings.Email.Address", "email_address"),
        ("Bindings.Email.Name", "email_name"),
        ("DateCreated", "created"),
    ):
        if field in form:
            setattr(conversation, name, form[field])
    state = form.get("State", conversation.state)
    if state == "closed":
        close(world, conversation)
    elif {"State", "Timers.Inactive", "Timers.Closed"} & form.keys():
        set_state(world, conversation, state, "API")
        stir(world, conversation)
    conversation.updated = form.get("DateUpdated", world.clock.time())
    about_conversation(world, "onConversationUpdated", conversation)


def set_state(world: World, conversation: Conversation, state: str, reason: str) -> None:
    """Give a conversation another state, or leave it as it is.

    :param world: the sandbox's state.
    :param conversation: the conversation.
    :param state: ``active``, ``inactive`` or ``closed``.
    :param reason: ``API``, ``TIMER`` or ``EVENT``.
    """
    before = conversation.state
    if state != before:
        conversation.state = state
        world.events.add("conversation", conversation.sid, state=state)
        about_state(world, conversation, before, reason)


def _rename(world: World, conversation: Conversation, name: str | None) -> None:
    if name:
        _claim_name(world, name, conversation)
    if conversation.unique_name:
        del world.by_name[conversation.unique_name]
    if name:
        world.by_name[name] = conversation
    conversation.unique_name = name


def stir(world: World, conversation: Conversation) -> None:
    """Start the timers again, as every message does.

    :param world: the sandbox's state.
    :param conversation: the conversation.
    """
    now = world.clock.time()
    for after, name in (
        (conversation.inactive_after, "date_inactive"),
        (conversation.closed_after, "date_closed"),
    ):
        if after is not None:
            setattr(conversation, name, now + after)
            world.clock.after(after, "conversation_timer", conversation.sid)


def play_timers(world: World, sid: str) -> None:
    """Do what the conversation's timers say by now.

    :param world: the sandbox's state.
    :param sid: the conversation.
    """
    conversation = world.conversations.get(sid)
    if conversation is None or conversation.state == "closed":
        return
    now = world.clock.time()
    if conversation.date_closed is not None and conversation.date_closed <= now:
        close(world, conversation, "TIMER")
    elif (
        conversation.date_inactive is not None
        and conversation.date_inactive <= now
        and conversation.state == "active"
    ):
        conversation.updated = now
        set_state(world, conversation, "inactive", "TIMER")


def close(world: World, conversation: Conversation, reason: str = "API") -> None:
    """Close a conversation for good; its pairs of addresses become free.

    :param world: the sandbox's state.
    :param conversation: the conversation.
    :param reason: ``API``, ``TIMER`` or ``EVENT``.
    """
    if conversation.state == "closed":
        return
    conversation.updated = world.clock.time()
    set_state(world, conversation, "closed", reason)
    if world.settings.closed_name == "freed" and conversation.unique_name:
        del world.by_name[conversation.unique_name]
    _release_pairs(world, conversation.participants)


def delete(world: World, conversation: Conversation) -> None:
    """Delete a conversation; its unique name and its pairs of addresses become free.

    :param world: the sandbox's state.
    :param conversation: the conversation.
    """
    world.conversations.remove(conversation)
    world.events.add("conversation", conversation.sid, state="deleted")
    about_conversation(world, "onConversationRemoved", conversation)
    world.callbacks.scoped.pop(conversation.sid, None)
    if conversation.unique_name and world.by_name.get(conversation.unique_name) is conversation:
        del world.by_name[conversation.unique_name]
    if conversation.state != "closed":
        _release_pairs(world, conversation.participants)
    for participant in conversation.participants:
        world.remove_participation(participant)


def remove_participant(world: World, conversation: Conversation, participant: Participant) -> None:
    """Take somebody out of a conversation.

    :param world: the sandbox's state.
    :param conversation: the conversation.
    :param participant: the participant.
    """
    conversation.participants.remove(participant)
    world.events.add("participant", conversation.sid, who=participant.who, does="leaves")
    about_participant(world, "onParticipantRemoved", conversation, participant)
    world.remove_participation(participant)
    _release_pairs(world, [participant])


def _release_pairs(world: World, participants: list[Participant]) -> None:
    wait = world.settings.pair_release
    for participant in participants:
        if participant.address and participant.proxy_address:
            pair = (participant.address, participant.proxy_address)
            if wait:
                world.clock.after(wait, "release_pair", pair, participant.conversation_sid)
            else:
                release_pair(world, pair, participant.conversation_sid)


def release_pair(world: World, pair: tuple[str, str], conversation_sid: str) -> None:
    """Let a pair of addresses be bound again.

    :param world: the sandbox's state.
    :param pair: customer address and proxy address.
    :param conversation_sid: the conversation that held it.
    """
    if world.pairs.get(pair) != conversation_sid:
        return
    holder = world.conversations.get(conversation_sid)
    bound_again = holder is not None and any(
        (each.address, each.proxy_address) == pair for each in holder.participants
    )
    if holder is None or holder.state == "closed" or not bound_again:
        del world.pairs[pair]
