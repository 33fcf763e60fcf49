"""Reading and changing open interactions from a hook; see ``FlexHook.interactions``."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from airflow_provider_flexout.outreach.agents import remove_agents
from airflow_provider_flexout.outreach.agents.channel import only_channel
from airflow_provider_flexout.outreach.agents.checks import check_closing
from airflow_provider_flexout.outreach.agents.close import close_once, park_once
from airflow_provider_flexout.outreach.agents.webhooks import register_once, remove_once
from airflow_provider_flexout.outreach.spec import INTERACTION_STAGES
from airflow_provider_flexout.outreach.values.arguments import check_choice, check_one_line
from airflow_provider_flexout.outreach.values.durations import read_duration
from airflow_provider_flexout.outreach.waiters import InteractionWaiter, PollSchedule, wait_for
from airflow_provider_flexout.twilio.api import interactions, invites
from airflow_provider_flexout.twilio.api.tasks import fetch_task
from airflow_provider_flexout.twilio.http.pagination import read_pages

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from airflow_provider_flexout.outreach.values.defaults import ConnectionDefaults
    from airflow_provider_flexout.outreach.values.durations import Duration
    from airflow_provider_flexout.twilio.api.interactions import InteractionChannel, InteractionWebhook
    from airflow_provider_flexout.twilio.api.invites import ChannelParticipant, Invite
    from airflow_provider_flexout.twilio.api.tasks import Task
    from airflow_provider_flexout.twilio.http.call import Procedure
    from airflow_provider_flexout.twilio.http.client import Client

R = TypeVar("R")


class InteractionsClient:
    """Reads and changes open interactions; each method makes its own requests and raises ``FlexoutError``.

    ``channel_sid`` may be left out everywhere: an interaction has one channel, and it is looked up.

    :param connect: gives a client of the connection.
    :param defaults: the SIDs in the connection's extra.
    """

    def __init__(self, connect: Callable[[], Client], defaults: ConnectionDefaults) -> None:
        self._connect, self._defaults = connect, defaults

    def channel(self, interaction_sid: str, channel_sid: str | None = None) -> InteractionChannel:
        """Fetch a channel.

        :param interaction_sid: the interaction, ``KD…``.
        :param channel_sid: its channel, ``UO…``.
        :returns: the channel; its ``status`` is setup, active, failed, closed, inactive, pause or transfer.
        """

        def fetch(sid: str) -> Procedure[InteractionChannel]:
            channel: InteractionChannel = yield interactions.fetch_channel(interaction_sid, sid)
            return channel

        return self._run_in_channel(interaction_sid, channel_sid, fetch)

    def task(self, task_sid: str, workspace_sid: str | None = None) -> Task:
        """Fetch a task, which Twilio deletes five minutes after its end.

        :param task_sid: the task, ``WT…``.
        :param workspace_sid: the workspace, ``WS…``; the default is that of the connection.
        """
        with self._connect() as client:
            return client.send(fetch_task(self._workspace(workspace_sid), task_sid))

    def wait(
        self,
        interaction_sid: str,
        task_sid: str,
        until: str,
        *,
        timeout: Duration,
        channel_sid: str | None = None,
        workspace_sid: str | None = None,
    ) -> str:
        """Wait until channel and task have arrived at a stage; this occupies the worker meanwhile.

        :param interaction_sid: the interaction, ``KD…``.
        :param task_sid: the task, ``WT…``.
        :param until: the stage: ``active``, ``assigned`` or ``completed``.
        :param timeout: how long to wait at most: a timedelta, seconds, or text (``"5m"``, ``"PT5M"``).
        :param channel_sid: the channel, ``UO…``.
        :param workspace_sid: the workspace, ``WS…``; the default is that of the connection.
        :returns: the status that ended the wait.
        :raises WaitTimedOut: when the time is over.
        :raises InteractionFailed: when the stage cannot be reached any more.
        """
        check_choice("until", until, INTERACTION_STAGES)
        workspace = self._workspace(workspace_sid)
        now = time.time()
        schedule = PollSchedule(now, now + read_duration("timeout", timeout).total_seconds())

        def wait(sid: str) -> Procedure[str]:
            waiter = InteractionWaiter(workspace, interaction_sid, sid, task_sid, until=until)
            status = yield from waiter.poll()
            return status or (yield from wait_for(waiter, schedule))

        return self._run_in_channel(interaction_sid, channel_sid, wait)

    def participants(self, interaction_sid: str, channel_sid: str | None = None) -> list[ChannelParticipant]:
        """List who is in a channel: customers, and agents with their task and worker.

        :param interaction_sid: the interaction, ``KD…``.
        :param channel_sid: its channel, ``UO…``.
        """
        return self._run_in_channel(
            interaction_sid,
            channel_sid,
            lambda sid: read_pages(invites.list_channel_participants(interaction_sid, sid)),
        )

    def invites(self, interaction_sid: str, channel_sid: str | None = None) -> list[Invite]:
        """List a channel's invites, of which the first came with the interaction.

        :param interaction_sid: the interaction, ``KD…``.
        :param channel_sid: its channel, ``UO…``.
        """
        return self._run_in_channel(
            interaction_sid, channel_sid, lambda sid: read_pages(invites.list_invites(interaction_sid, sid))
        )

    def add_participant(
        self,
        interaction_sid: str,
        type: Literal["customer", "external", "unknown"],  # noqa: A002 - Twilio's name
        media_properties: Mapping[str, Any],
        channel_sid: str | None = None,
    ) -> ChannelParticipant:
        """Add somebody who is not an agent; agents are invited (``InviteAgentOperator``).

        Do not call this from a task with retries: a retry cannot tell that it has already added the
        participant.

        :param interaction_sid: the interaction, ``KD…``.
        :param type: the kind of participant.
        :param media_properties: how they are reached, for example ``{"level": "cc", "name": "Ada",
            "address": "ada@example.com", "type": "email"}``.
        :param channel_sid: the channel, ``UO…``.
        """
        check_one_line("media_properties", media_properties.get("name"))

        def add(sid: str) -> Procedure[ChannelParticipant]:
            added: ChannelParticipant = yield invites.create_channel_participant(
                interaction_sid, sid, type, media_properties
            )
            return added

        return self._run_in_channel(interaction_sid, channel_sid, add)

    def remove_agents(
        self,
        interaction_sid: str,
        channel_sid: str | None = None,
        *,
        worker_sid: str | None = None,
        task_status: str = "wrapping",
    ) -> int:
        """Remove agents from an interaction; the conversation stays open.

        This removes the agents who are there when it is called. So a task that is retried or cleared also
        removes agents who have joined since: pass ``worker_sid`` there, or use
        ``TransferInteractionOperator``.

        :param interaction_sid: the interaction, ``KD…``.
        :param channel_sid: the channel, ``UO…``.
        :param worker_sid: the only agent to remove, ``WK…``; the default is all. It is not an error if the
            agent has left already.
        :param task_status: ``wrapping`` leaves them time to wrap up, ``completed`` ends their task.
        :returns: how many were removed.
        """
        check_choice("task_status", task_status, remove_agents.LEAVE_STEPS)
        return self._run_in_channel(
            interaction_sid,
            channel_sid,
            lambda sid: remove_agents.remove_agents(interaction_sid, sid, task_status, worker_sid=worker_sid),
        )

    def close(
        self, interaction_sid: str, channel_sid: str | None = None, *, task_status: str = "wrapping"
    ) -> None:
        """Close a channel and its conversation; if the channel is closed already, this succeeds.

        :param interaction_sid: the interaction, ``KD…``.
        :param channel_sid: its channel, ``UO…``.
        :param task_status: ``wrapping`` leaves the agent time to wrap up, ``completed`` ends the task.
        """
        check_closing(interaction_sid, channel_sid, task_status)
        self._run(close_once(interaction_sid, channel_sid, task_status))

    def park(
        self, interaction_sid: str, channel_sid: str | None = None, workspace_sid: str | None = None
    ) -> None:
        """Make a channel inactive: agents leave, their tasks are completed, the conversation stays open.

        The task's attributes are kept in the conversation, for the invite that resumes it. Calling it again
        also removes agents who were invited since.

        :param interaction_sid: the interaction, ``KD…``.
        :param channel_sid: its channel, ``UO…``.
        :param workspace_sid: the workspace, ``WS…``; the default is that of the connection.
        """
        check_closing(interaction_sid, channel_sid, None, "inactive")
        self._run(park_once(interaction_sid, channel_sid, self._workspace(workspace_sid)))

    def register_webhook(
        self,
        url: str,
        events: Sequence[str],
        *,
        type: Literal["global", "interaction"] = "interaction",  # noqa: A002 - Twilio's name
        method: Literal["GET", "POST"] = "POST",
        friendly_name: str | None = None,
        instance_sid: str | None = None,
    ) -> InteractionWebhook:
        """Register a webhook, or find an identical one.

        https://www.twilio.com/docs/flex/developer/conversations/register-interactions-webhooks

        :param url: the URL that Twilio calls.
        :param events: the events, such as ``onChannelCreated`` and ``onChannelCreateFailed``.
        :param type: ``interaction`` for interactions that are created with its ``ttid`` as ``webhook_ttid``,
            ``global`` for all.
        :param method: the HTTP method of the calls.
        :param friendly_name: a name for people.
        :param instance_sid: the Flex instance, ``GO…``; the default is that of the connection.
        :raises InvalidInput: for an event that does not exist.
        """
        instance = self._instance(instance_sid)
        return self._run(register_once(instance, url, events, type, method, friendly_name))

    def webhooks(self, instance_sid: str | None = None) -> list[InteractionWebhook]:
        """List the registered webhooks.

        :param instance_sid: the Flex instance, ``GO…``; the default is that of the connection.
        """
        instance = self._instance(instance_sid)
        return self._run(read_pages(interactions.list_interaction_webhooks(instance)))

    def remove_webhook(self, ttid: str, instance_sid: str | None = None) -> None:
        """Remove a webhook; if it is gone already, this succeeds.

        :param ttid: the webhook, ``flex_interactionwebhook_…``.
        :param instance_sid: the Flex instance, ``GO…``; the default is that of the connection.
        """
        self._run(remove_once(self._instance(instance_sid), ttid))

    def _workspace(self, sid: str | None) -> str:
        return self._defaults.require(sid, "workspace_sid", "workspace_sid")

    def _instance(self, sid: str | None) -> str:
        return self._defaults.require(sid, "instance_sid", "instance_sid")

    def _run_in_channel(
        self, interaction_sid: str, channel_sid: str | None, procedure: Callable[[str], Procedure[R]]
    ) -> R:
        """Look the channel up where its SID was left out, and run a procedure that takes the SID."""

        def run() -> Procedure[R]:
            sid = channel_sid or (yield from only_channel(interaction_sid))
            return (yield from procedure(sid))

        return self._run(run())

    def _run(self, procedure: Procedure[R]) -> R:
        with self._connect() as client:
            return client.run(procedure)
