"""What a hook can read and do about interactions that are open; see ``FlexHook.interactions``."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from airflow_provider_flexout.outreach.agents import remove_agents
from airflow_provider_flexout.outreach.agents.channel import only_channel
from airflow_provider_flexout.outreach.agents.close import check_closing, close_once, park_once
from airflow_provider_flexout.outreach.agents.webhooks import register_once, remove_once
from airflow_provider_flexout.outreach.values.arguments import check_choice
from airflow_provider_flexout.outreach.values.durations import read_duration
from airflow_provider_flexout.outreach.waiters import InteractionWaiter, PollSchedule, wait_for
from airflow_provider_flexout.outreach.waiters.interaction import INTERACTION_STAGES
from airflow_provider_flexout.twilio.api import interaction_webhooks, interactions, invites
from airflow_provider_flexout.twilio.api.tasks import fetch_task
from airflow_provider_flexout.twilio.http.pagination import read_pages

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from airflow_provider_flexout.outreach.values.defaults import ConnectionDefaults
    from airflow_provider_flexout.outreach.values.durations import Duration
    from airflow_provider_flexout.twilio.api.interaction_webhooks import InteractionWebhook
    from airflow_provider_flexout.twilio.api.interactions import InteractionChannel
    from airflow_provider_flexout.twilio.api.invites import ChannelParticipant, Invite
    from airflow_provider_flexout.twilio.api.tasks import Task
    from airflow_provider_flexout.twilio.http.call import Procedure
    from airflow_provider_flexout.twilio.http.client import Client

R = TypeVar("R")


class Interactions:
    """Reads and steers interactions; each method makes its own requests and raises ``FlexoutError``.

    ``channel_sid`` may be left out everywhere: an interaction has one channel, and it is looked up.

    :param connect: gives a client of the connection.
    :param defaults: the SIDs in its extra.
    """

    def __init__(self, connect: Callable[[], Client], defaults: ConnectionDefaults) -> None:
        self._connect, self._defaults = connect, defaults

    def channel(self, interaction_sid: str, channel_sid: str | None = None) -> InteractionChannel:
        """Fetch a channel; its ``status`` is setup, active, failed, closed, inactive, pause or transfer."""

        def fetch() -> Procedure[InteractionChannel]:
            sid = channel_sid or (yield from only_channel(interaction_sid))
            channel: InteractionChannel = yield interactions.fetch_channel(interaction_sid, sid)
            return channel

        return self._run(fetch())

    def task(self, task_sid: str, workspace_sid: str | None = None) -> Task:
        """Fetch a task; it is gone five minutes after its end.

        :param task_sid: ``WT…``.
        :param workspace_sid: ``WS…``; otherwise the connection's.
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
        """Wait until channel and task have got somewhere; this holds the worker meanwhile.

        :param interaction_sid: ``KD…``.
        :param task_sid: ``WT…``.
        :param until: ``active``, ``assigned`` or ``completed``.
        :param timeout: how long at most: a timedelta, seconds, or text (``"5m"``, ``"PT5M"``).
        :param channel_sid: ``UO…``.
        :param workspace_sid: ``WS…``; otherwise the connection's.
        :returns: the status that ended the wait.
        :raises WaitTimedOut: when the time is over.
        :raises InteractionFailed: when it cannot get there any more.
        """
        check_choice("until", until, INTERACTION_STAGES)
        workspace = self._workspace(workspace_sid)
        began = time.time()
        deadline = began + read_duration("timeout", timeout).total_seconds()

        def watch() -> Procedure[str]:
            sid = channel_sid or (yield from only_channel(interaction_sid))
            looked = InteractionWaiter(workspace, interaction_sid, sid, task_sid, until=until)
            at_once = yield from looked.look()
            return at_once or (yield from wait_for(looked, PollSchedule(began, deadline)))

        return self._run(watch())

    def participants(self, interaction_sid: str, channel_sid: str | None = None) -> list[ChannelParticipant]:
        """List who is in a channel: customers and agents, these with their task and worker."""

        def listed() -> Procedure[list[ChannelParticipant]]:
            sid = channel_sid or (yield from only_channel(interaction_sid))
            return (yield from read_pages(invites.list_channel_participants(interaction_sid, sid)))

        return self._run(listed())

    def invites(self, interaction_sid: str, channel_sid: str | None = None) -> list[Invite]:
        """List a channel's invites; the one that came with the interaction is the first."""

        def listed() -> Procedure[list[Invite]]:
            sid = channel_sid or (yield from only_channel(interaction_sid))
            return (yield from read_pages(invites.list_invites(interaction_sid, sid)))

        return self._run(listed())

    def add_participant(
        self,
        interaction_sid: str,
        type: Literal["customer", "external", "unknown"],  # noqa: A002 - Twilio's name
        media_properties: Mapping[str, Any],
        channel_sid: str | None = None,
    ) -> ChannelParticipant:
        """Add somebody who is no agent; agents are invited (``InviteAgentOperator``).

        Not for tasks that are retried: nothing tells a second participant from the first.

        :param interaction_sid: ``KD…``.
        :param type: who it is.
        :param media_properties: how they are reached, for example ``{"level": "cc", "name": "Ada",
            "address": "ada@example.com", "type": "email"}``.
        :param channel_sid: ``UO…``.
        """

        def add() -> Procedure[ChannelParticipant]:
            sid = channel_sid or (yield from only_channel(interaction_sid))
            added: ChannelParticipant = yield invites.create_channel_participant(
                interaction_sid, sid, type, media_properties
            )
            return added

        return self._run(add())

    def remove_agents(
        self,
        interaction_sid: str,
        channel_sid: str | None = None,
        *,
        worker_sid: str | None = None,
        task_status: str = "wrapping",
    ) -> int:
        """Take agents out of an interaction; the conversation stays open, and who has left is no mistake.

        :param interaction_sid: ``KD…``.
        :param channel_sid: ``UO…``.
        :param worker_sid: only this agent (``WK…``); else all.
        :param task_status: ``wrapping`` leaves them their wrap-up, ``completed`` ends their task.
        :returns: how many left.
        """
        check_choice("task_status", task_status, remove_agents.LEAVE_STEPS)

        def remove() -> Procedure[int]:
            sid = channel_sid or (yield from only_channel(interaction_sid))
            return (
                yield from remove_agents.remove_agents(
                    interaction_sid, sid, task_status, worker_sid=worker_sid
                )
            )

        return self._run(remove())

    def close(
        self, interaction_sid: str, channel_sid: str | None = None, *, task_status: str = "wrapping"
    ) -> None:
        """Close a channel and its conversation; being closed already is success.

        :param interaction_sid: ``KD…``.
        :param channel_sid: ``UO…``.
        :param task_status: ``wrapping`` leaves the agent their wrap-up, ``completed`` ends the task.
        """
        check_closing(interaction_sid, channel_sid, task_status)
        self._run(close_once(interaction_sid, channel_sid, task_status))

    def park(
        self, interaction_sid: str, channel_sid: str | None = None, workspace_sid: str | None = None
    ) -> None:
        """Make a channel inactive: agents leave, their tasks are completed, the conversation stays open.

        The task's attributes are kept in the conversation, for the invite that will wake it.

        :param interaction_sid: ``KD…``.
        :param channel_sid: ``UO…``.
        :param workspace_sid: ``WS…``; otherwise the connection's.
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
        """Register a webhook, or find the one that is the same.

        https://www.twilio.com/docs/flex/developer/conversations/register-interactions-webhooks

        :param url: where to.
        :param events: ``onChannelCreated``, ``onChannelCreateFailed``, …
        :param type: ``interaction`` is told of the interactions that are created with its ``ttid`` as
            ``webhook_ttid``, ``global`` of all.
        :param method: how it is called.
        :param friendly_name: a name for people.
        :param instance_sid: ``GO…``; otherwise the connection's.
        :raises InvalidInput: for an event that there is not.
        """
        instance = self._instance(instance_sid)
        return self._run(register_once(instance, url, events, type, method, friendly_name))

    def webhooks(self, instance_sid: str | None = None) -> list[InteractionWebhook]:
        """List the registered webhooks."""
        instance = self._instance(instance_sid)
        return self._run(read_pages(interaction_webhooks.list_interaction_webhooks(instance)))

    def remove_webhook(self, ttid: str, instance_sid: str | None = None) -> None:
        """Remove a webhook; that it is gone already is success.

        :param ttid: ``flex_interactionwebhook_…``.
        :param instance_sid: ``GO…``; otherwise the connection's.
        """
        self._run(remove_once(self._instance(instance_sid), ttid))

    def _workspace(self, given: str | None) -> str:
        return self._defaults.require(given, "workspace_sid", "workspace_sid")

    def _instance(self, given: str | None) -> str:
        return self._defaults.require(given, "instance_sid", "instance_sid")

    def _run(self, procedure: Procedure[R]) -> R:
        with self._connect() as client:
            return client.run(procedure)
