"""What a probe makes at Twilio, so that it can be taken away again, whatever happens in between.

Nothing is kept in a file. Each conversation has a timer that closes it ten minutes later, should the process
be killed, so that its pair of addresses does not stay taken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.probe.target import LABEL
from airflow_provider_flexout.twilio.api.conversations import (
    create_conversation,
    delete_conversation,
    fetch_conversation,
)
from airflow_provider_flexout.twilio.api.interactions import create_interaction, update_channel
from airflow_provider_flexout.twilio.api.tasks import cancel_task, fetch_task, list_tasks
from airflow_provider_flexout.twilio.http.call import Sleep
from airflow_provider_flexout.twilio.http.codes import ErrorCode
from airflow_provider_flexout.twilio.http.errors import Conflict, NotFound, RequestRejected, TwilioError
from airflow_provider_flexout.twilio.http.pagination import read_pages

if TYPE_CHECKING:
    from airflow_provider_flexout.outreach.probe.target import ProbeTarget
    from airflow_provider_flexout.twilio.api.conversations import Conversation
    from airflow_provider_flexout.twilio.api.interactions import Interaction
    from airflow_provider_flexout.twilio.http.call import Procedure

__all__ = ["COMPLETED", "ENDED", "ProbeResources"]

COMPLETED = {"status": "closed"}
"""The ``Routing`` that ends a channel's tasks with it."""
ENDED = ("completed", "canceled")
_CLOSES_AFTER = "PT10M"
_LOOKS = 5


class ProbeResources:
    """Everything that a probe has made, or may have.

    :param target: whom and what the probe may use.
    """

    def __init__(self, target: ProbeTarget) -> None:
        self._target = target
        self._conversations: dict[str, str | None] = {}
        """The SID by the name; ``None`` where it is not known whether there is one."""
        self._channels: dict[str, str] = {}
        """The interaction by the channel."""
        self._tasks: list[str] = []
        self._others: list[str] = []
        """Conversations that Twilio made with an interaction."""
        self._may_have_tasks = False
        self.conversation_sids: set[str] = set()
        """Of all conversations that were made, those that are gone too."""

    def new_conversation(self) -> Procedure[Conversation]:
        """Make a conversation that closes by itself; nobody is in it."""
        name = durable.probe_name(self._target.probe_id, len(self._conversations) + 1)
        self._conversations[name] = None
        try:
            made: Conversation = yield create_conversation(
                unique_name=name, friendly_name=LABEL, state="active", closes_after=_CLOSES_AFTER
            )
        except Conflict:  # an earlier request of this call got through
            made = yield fetch_conversation(name)
        self._conversations[name] = made.sid
        self.conversation_sids.add(made.sid)
        return made

    def has(self, conversation_sid: str) -> bool:
        """Say whether a conversation that was made is still there.

        :param conversation_sid: the conversation, ``CH…``.
        """
        return conversation_sid in self._conversations.values()

    def name_again(self, name: str) -> Procedure[Conversation]:
        """Make another conversation of a name that a closed one has.

        :param name: of one that :meth:`new_conversation` made.
        """
        made: Conversation = yield create_conversation(
            unique_name=name, friendly_name=LABEL, state="active", closes_after=_CLOSES_AFTER
        )
        self._others.append(made.sid)
        return made

    def new_interaction(self, channel: dict[str, Any]) -> Procedure[Interaction]:
        """Make an interaction, which offers a task to an agent.

        :param channel: Twilio's ``Channel`` object.
        """
        self._may_have_tasks = True
        made: Interaction = yield create_interaction(channel, self._target.routing)
        self._keep(made.task_sid, made.sid, made.channel_sid, made.task_attributes)
        return made

    def _keep(
        self, task_sid: str | None, interaction_sid: Any, channel_sid: Any, attributes: dict[str, Any]
    ) -> None:
        if task_sid and task_sid not in self._tasks:
            self._tasks.append(task_sid)
        if interaction_sid and channel_sid:
            self._channels.setdefault(str(channel_sid), str(interaction_sid))
        conversation_sid = attributes.get("conversationSid")
        known = (*self._conversations.values(), *self._others)
        if conversation_sid and conversation_sid not in known:
            self._others.append(str(conversation_sid))

    def clean_up(self) -> Procedure[None]:
        """Close the channels, end the tasks, and delete the conversations.

        What is cleaned up is forgotten; :meth:`left` lists the rest. It may be called again.
        """
        if self._may_have_tasks:
            yield from self._find_tasks()
        for channel_sid in list(self._channels):
            yield from self._close(channel_sid)
        for task_sid in list(self._tasks):
            yield from self._end(task_sid)
        for other in list(self._others):
            if (yield from _delete(other)):
                self._others.remove(other)
        for name, sid in list(self._conversations.items()):
            if (yield from _delete(sid or name)):
                del self._conversations[name]

    def left(self) -> list[str]:
        """List what is still there, or may be, in sentences that say what to do."""
        channels = [
            f"Channel {sid} of interaction {interaction} is open: finish it on the Flex desktop."
            for sid, interaction in self._channels.items()
        ]
        tasks = [
            f"Task {sid} has not ended: complete it on the Flex desktop, or wait until it times out."
            for sid in self._tasks
        ]
        conversations = [
            f"Conversation {sid} remains: delete it in the Console. It closes by itself after 10 minutes."
            for sid in (*(sid or name for name, sid in self._conversations.items()), *self._others)
        ]
        return [*channels, *tasks, *conversations]

    def _find_tasks(self) -> Procedure[None]:
        """Look for tasks whose SID never arrived, as after a lost connection."""
        workspace_sid, probe_id = self._target.workspace_sid, self._target.probe_id
        try:
            found = yield from read_pages(
                list_tasks(workspace_sid, attributes_match=f'{durable.PROBE_ATTRIBUTE} == "{probe_id}"')
            )
        except TwilioError:
            return
        for one in found:
            of = one.attribute_object
            if one.assignment_status not in ENDED:
                self._keep(one.sid, of.get("flexInteractionSid"), of.get("flexInteractionChannelSid"), of)

    def _close(self, channel_sid: str) -> Procedure[None]:
        try:
            yield update_channel(self._channels[channel_sid], channel_sid, "closed", COMPLETED)
        except RequestRejected as error:
            if not isinstance(error, NotFound) and error.code != ErrorCode.INTERACTION_NOT_OPEN:
                return
        except TwilioError:
            return
        del self._channels[channel_sid]

    def _end(self, task_sid: str) -> Procedure[None]:
        try:
            for _ in range(_LOOKS):
                task = yield fetch_task(self._target.workspace_sid, task_sid)
                if task.assignment_status in ENDED:
                    break
                yield Sleep(1.0)
            else:
                # Twilio does not support it, but offering an agent a task that belongs to nobody is worse.
                yield cancel_task(self._target.workspace_sid, task_sid, LABEL)
        except NotFound:
            pass
        except TwilioError:
            return
        self._tasks.remove(task_sid)


def _delete(sid_or_name: str) -> Procedure[bool]:
    try:
        yield delete_conversation(sid_or_name)
    except NotFound:
        return True
    except TwilioError:
        return False
    return True
