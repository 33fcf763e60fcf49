"""Finding the task of an interaction that may or may not exist."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from airflow_provider_flexout.outreach import durable, timing
from airflow_provider_flexout.outreach.errors import AlreadyTalking, ContactedAlready
from airflow_provider_flexout.outreach.inbox.conversations import list_conversations_of
from airflow_provider_flexout.outreach.interaction.record import OutreachRecord
from airflow_provider_flexout.outreach.interaction.request import InteractionResult
from airflow_provider_flexout.twilio.api.conversations import fetch_conversation
from airflow_provider_flexout.twilio.api.messages import list_messages
from airflow_provider_flexout.twilio.api.tasks import fetch_task, list_tasks
from airflow_provider_flexout.twilio.http.call import Sleep
from airflow_provider_flexout.twilio.http.errors import NotFound
from airflow_provider_flexout.twilio.http.resource import json_object

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from airflow_provider_flexout.outreach.interaction.request import InteractionRequest
    from airflow_provider_flexout.twilio.api.conversations import Conversation, ParticipantConversation
    from airflow_provider_flexout.twilio.api.interactions import Interaction
    from airflow_provider_flexout.twilio.api.tasks import Task
    from airflow_provider_flexout.twilio.http.call import Procedure

T = TypeVar("T")


def is_open(request: InteractionRequest) -> Procedure[bool]:
    """Look once whether an earlier attempt opened this outreach, so that no policy need be asked.

    What is not found here may still have been sent: the strategy ``one_call`` names its conversation
    afterwards. Holding such an attempt loses nothing, since opening looks again, and for longer.

    :param request: the outreach.
    """
    try:
        conversation = yield fetch_conversation(request.conversation_sid or request.unique_name)
    except NotFound:
        conversation = yield from find_earlier(request)
        if conversation is None:
            return False
    record = OutreachRecord.read(conversation.attribute_object)
    if record is None or record.key != request.key:
        return False
    if record.sids or record.on_reply:
        return True
    return (yield from find_task(request, conversation.sid)) is not None


def find_earlier(
    request: InteractionRequest, conversation_sid: str | None = None
) -> Procedure[Conversation | None]:
    """Find this outreach's conversation among the customer's, where it may have lost its unique name.

    Twilio does not say whether a closed conversation keeps its name. Where it does not, the name is free, and
    only the key in the record tells that the customer was contacted. This takes one request for each of the
    customer's addresses on this channel, and none where nobody else can have used the key.

    :param request: the outreach.
    :param conversation_sid: the conversation that has the name now; it is passed over.
    :raises ContactedAlready: when its campaign has contacted the customer under another key.
    """
    if not request.may_be_open or not (request.address or request.identity):
        return None
    ours = []
    conversations = yield from list_conversations_of(request.address, request.identity)
    for one in conversations:
        record = json_object(one.conversation_attributes).get(durable.RECORD_ATTRIBUTE) or {}
        if durable.record_key(record) == request.key and one.conversation_sid != conversation_sid:
            ours.append((not record.get("sids"), str(one.conversation_date_created), one.conversation_sid))
    for _, _, sid in sorted(ours):
        try:
            found: Conversation = yield fetch_conversation(sid)
        except NotFound:  # deleted, and still in the list
            continue
        return found
    yield from check_not_contacted(request, conversations)
    return None


def check_not_contacted(
    request: InteractionRequest, conversations: Iterable[ParticipantConversation]
) -> Procedure[None]:
    """Refuse to contact a person a second time for one campaign, whatever their row is called now.

    A conversation of the campaign's without a message does not count: a killed attempt leaves one, and as
    long as it is open it keeps others from contacting the customer.

    :param request: the outreach.
    :param conversations: the customer's, under each form of their address.
    :raises ContactedAlready: when one of them is the campaign's, and not this outreach's.
    """
    for one in conversations if request.campaign else ():
        record = json_object(one.conversation_attributes).get(durable.RECORD_ATTRIBUTE) or {}
        if durable.record_campaign(record) != request.campaign or durable.record_key(record) == request.key:
            continue
        try:
            messages = yield list_messages(one.conversation_sid, page_size=1)
        except NotFound:  # deleted, and still in the list
            continue
        if messages.items:
            raise ContactedAlready(one.conversation_sid)


def check_other_rows(request: InteractionRequest, talking: AlreadyTalking) -> Procedure[None]:
    """Refuse to join a conversation that another row of the campaign has with the same person.

    That row may be in another part of the campaign, and at work at this moment.

    :param request: the outreach.
    :param talking: the error that names the open conversation.
    :raises ContactedAlready: when that row's message is in it.
    :raises AlreadyTalking: when that row's message may be about to come.
    """
    sid = talking.conversation_sid
    if not (request.campaign and sid.startswith("CH")):
        return
    try:
        conversation: Conversation = yield fetch_conversation(sid)
        record = conversation.attribute_object.get(durable.RECORD_ATTRIBUTE) or {}
        if durable.record_campaign(record) != request.campaign or durable.record_key(record) == request.key:
            return
        messages = yield list_messages(sid, page_size=1)
    except NotFound:  # deleted by now
        return
    if messages.items:
        raise ContactedAlready(sid) from talking
    raise talking


def find_task(request: InteractionRequest, conversation_sid: str) -> Procedure[InteractionResult | None]:
    """Look once for the task of an interaction on this conversation, or of this outreach.

    :param request: the outreach.
    :param conversation_sid: ``CH…``.
    """
    expression = f'conversationSid == "{conversation_sid}" OR {durable.KEY_ATTRIBUTE} == "{request.key}"'
    task = yield from oldest_task(request.workspace_sid, expression)
    return result_of_task(request, task, conversation_sid) if task else None


def result_of_task(
    request: InteractionRequest, task: Task, conversation_sid: str | None, *, created: bool = False
) -> InteractionResult | None:
    """Read the SIDs from a task's attributes; ``None`` while they name no conversation.

    :param request: the outreach.
    :param task: the task.
    :param conversation_sid: the conversation to assume where the task names none.
    :param created: whether this attempt made it.
    """
    attributes = task.attribute_object
    named = str(attributes.get("conversationSid"))
    # A task that was found by the key may be on a conversation made after ours was cleared away. One of
    # Twilio's pages shows another kind of SID in this place.
    conversation = named if named.startswith("CH") else conversation_sid
    return _result(request, task.sid, attributes, conversation_sid=conversation, created=created)


def oldest_task(workspace_sid: str, expression: str) -> Procedure[Task | None]:
    """Find the oldest task that matches an expression, so that all attempts find the same one.

    :param workspace_sid: ``WS…``.
    :param expression: over the task's attributes.
    """
    page = yield list_tasks(workspace_sid, attributes_match=expression)
    if not page.items:
        return None
    task: Task = min(page.items, key=lambda one: (str(one.date_created), one.sid))
    if not task.attribute_object:
        # Twilio's pages contradict each other on whether a list shows attributes.
        task = yield fetch_task(workspace_sid, task.sid)
    return task


def look_until(
    look: Callable[[], Procedure[T | None]], until: float, clock: Callable[[], float]
) -> Procedure[T | None]:
    """Look again and again until something is found, or a moment has come.

    :param look: one look.
    :param until: the moment, by the clock; the last look comes after it.
    :param clock: gives seconds.
    """
    while True:
        last = clock() >= until
        found = yield from look()
        if found or last:
            return found
        yield Sleep(min(timing.POLL_INTERVAL, max(0.0, until - clock())))


def result_of_interaction(
    request: InteractionRequest, interaction: Interaction, conversation_sid: str | None = None
) -> InteractionResult | None:
    """Read the SIDs from the response to a create; ``None`` while Twilio has not named them all.

    :param request: the outreach.
    :param interaction: Twilio's response.
    :param conversation_sid: the conversation, where it is known already.
    """
    attributes = {
        "flexInteractionSid": interaction.sid,
        "flexInteractionChannelSid": interaction.channel_sid,
        **{name: value for name, value in interaction.task_attributes.items() if value},
    }
    if not interaction.task_sid or not attributes["flexInteractionChannelSid"]:
        return None
    return _result(request, interaction.task_sid, attributes, conversation_sid=conversation_sid, created=True)


def _result(
    request: InteractionRequest,
    task_sid: str,
    attributes: dict[str, Any],
    *,
    conversation_sid: str | None,
    created: bool,
) -> InteractionResult | None:
    conversation = conversation_sid or attributes.get("conversationSid")
    if not conversation:
        return None
    return InteractionResult(
        interaction_sid=attributes.get("flexInteractionSid")
        or (attributes.get("conversations") or {}).get("conversation_id"),
        channel_sid=attributes.get("flexInteractionChannelSid"),
        conversation_sid=conversation,
        task_sid=task_sid,
        invite_sid=attributes.get("flexChannelInviteSid"),
        channel_type=request.channel_type,
        created=created,
    )
