"""Inviting an agent into an interaction, once.

An invite is a new task for the same conversation, and it rings at somebody's desk. Twilio has no idempotency
key for it, so the task carries ours:

1. Look for the key among the tasks and the invites of the channel. After an earlier attempt, whose request
   may still be on its way, look again until it would show
   (:mod:`~airflow_provider_flexout.outreach.visibility`).
2. If it is not there, invite within a time limit after the look, and under a lock if another attempt may be
   at work (:mod:`~airflow_provider_flexout.outreach.guarded_request`). If the outcome is unknown, look again
   as in 1, and go back to 2 only when nothing was found.

Five minutes after the invited agent has finished, Twilio no longer shows the invite, so an attempt after that
invites again.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.agents.channel import only_channel
from airflow_provider_flexout.outreach.agents.checks import check_channel
from airflow_provider_flexout.outreach.agents.task_attributes import (
    channel_tasks,
    own_attributes,
    parked_attributes,
)
from airflow_provider_flexout.outreach.guarded_request import GuardedRequest
from airflow_provider_flexout.outreach.routing.build import build_target, with_attributes
from airflow_provider_flexout.outreach.routing.names import with_sids
from airflow_provider_flexout.outreach.values.sids import check_sid
from airflow_provider_flexout.outreach.visibility import VisibilityWait
from airflow_provider_flexout.twilio import metrics
from airflow_provider_flexout.twilio.api.invites import create_invite, list_invites
from airflow_provider_flexout.twilio.http.pagination import read_pages

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from airflow_provider_flexout.outreach.values.defaults import ConnectionDefaults
    from airflow_provider_flexout.twilio.api.tasks import Task
    from airflow_provider_flexout.twilio.http.call import Procedure


log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, repr=False)
class Invitation:
    """An invite to send.

    :param key: the key that all attempts at it share.
    :param interaction_sid: ``KD…``.
    :param channel_sid: ``UO…``, or ``None`` for the interaction's only one.
    :param conversation_sid: ``CH…``, where a parked interaction's attributes are; ``None`` where it is
        unknown.
    :param routing: Twilio's ``Routing`` object, perhaps with names.
    :param retried: whether an earlier attempt may have sent something.
    :param shared_key: whether the key is the user's own, so that other tasks and runs may use it at any time.
    :param began_at: when the attempt at it began, by the sender's clock.
    """

    key: str
    interaction_sid: str
    channel_sid: str | None
    conversation_sid: str | None
    routing: Mapping[str, Any]
    retried: bool = False
    shared_key: bool = False
    began_at: float | None = None

    @property
    def workspace_sid(self) -> str:
        """The workspace in which the task will be."""
        return str(self.routing["properties"]["workspace_sid"])


@dataclass(frozen=True, slots=True)
class Invited:
    """The SIDs of an invite.

    :param interaction_sid: ``KD…``.
    :param channel_sid: ``UO…``.
    :param invite_sid: ``KG…``, or ``None`` where Twilio named none.
    :param task_sid: ``WT…``, the invited agent's task.
    :param created: whether this attempt sent it, and had the response.
    """

    interaction_sid: str
    channel_sid: str
    invite_sid: str | None
    task_sid: str
    created: bool

    def as_dict(self) -> dict[str, Any]:
        """Give plain JSON."""
        return durable.fields(self, durable.INVITE_FIELDS)


def plan_invitation(
    *,
    key: str,
    interaction_sid: str,
    channel_sid: str | None,
    conversation_sid: str | None,
    routing: Mapping[str, Any] | None,
    attributes: Mapping[str, Any] | None,
    defaults: ConnectionDefaults,
    validate: bool,
    retried: bool,
    shared_key: bool = False,
    began_at: float | None = None,
) -> Invitation:
    """Check an operator's arguments; nothing is sent.

    The parameters are those of ``InviteAgentOperator``; ``key``, ``retried``, ``shared_key`` and ``began_at``
    those of :class:`Invitation`, and ``defaults`` are the connection's.

    :raises InvalidInput: for the first argument that is missing or wrong.
    """
    check_channel(interaction_sid, channel_sid, validate=validate)
    target = build_target(routing, attributes=attributes or {}, defaults=defaults, validate=validate)
    if validate and conversation_sid:
        check_sid("conversation_sid", conversation_sid, "CH")
    sids = interaction_sid, channel_sid, conversation_sid
    return Invitation(key, *sids, target, retried, shared_key, began_at)


def invite_once(invitation: Invitation, *, clock: Callable[[], float] = time.monotonic) -> Procedure[Invited]:
    """Invite an agent, or find the invite that an earlier attempt sent.

    :param invitation: the invite.
    :param clock: gives seconds.
    :raises FlexoutError: when it cannot be sent, or it is not known whether it was.
    """
    channel_sid = invitation.channel_sid or (yield from only_channel(invitation.interaction_sid))
    routing = yield from with_sids(invitation.routing)
    attempt, looked_at = _Attempt(invitation, channel_sid, routing), clock()
    wait = VisibilityWait(invitation.key, channel_sid) if invitation.retried else None
    earlier = yield from (wait.look_for(attempt.find) if wait else attempt.find())
    if earlier is None:
        guarded = GuardedRequest(invitation.key, attempt.find, attempt.invite, clock)
        exclusively = invitation.retried or invitation.shared_key
        since = looked_at if invitation.began_at is None else invitation.began_at
        earlier = yield from guarded.send(since, exclusively=exclusively)
        if wait:
            yield from wait.end()
    if not earlier.created:
        metrics.count("repeats_prevented", "invite")
        log.info(
            "An earlier attempt sent this invite, so nobody was invited again: task %s.", earlier.task_sid
        )
    return earlier


class _Attempt:
    """One attempt at an invite, and what it knows of the channel's tasks.

    :param invitation: the invite.
    :param channel_sid: ``UO…``.
    :param routing: the invite's ``Routing`` object, with SIDs in place of names.
    """

    def __init__(self, invitation: Invitation, channel_sid: str, routing: Mapping[str, Any]) -> None:
        self._invitation = invitation
        self._channel_sid = channel_sid
        self._routing = routing
        self._tasks: list[Task] = []

    def invite(self) -> Procedure[Invited]:
        """Send the invite."""
        attributes = yield from self.attributes()
        interaction_sid = self._invitation.interaction_sid
        invite = yield create_invite(
            interaction_sid, self._channel_sid, with_attributes(self._routing, attributes)
        )
        log.info("Invited into interaction %s: task %s.", interaction_sid, invite.task_sid)
        return self.invited(invite.sid, str(invite.task_sid), created=True)

    def find(self) -> Procedure[Invited | None]:
        """Look once for an earlier attempt's invite.

        An invite whose task was canceled has reached nobody, and may be sent again.
        """
        self._tasks = yield from channel_tasks(self._invitation.workspace_sid, self._channel_sid)
        for task in self._tasks:
            attributes = task.attribute_object
            if self._is_ours(attributes) and task.assignment_status != "canceled":
                return self.invited(attributes.get("flexChannelInviteSid"), task.sid, created=False)
        known = {task.sid for task in self._tasks}
        invites = yield from read_pages(list_invites(self._invitation.interaction_sid, self._channel_sid))
        for invite in invites:
            # A new task may be missing from the list of tasks while its invite shows already.
            if self._is_ours(invite.task_attributes) and invite.task_sid and invite.task_sid not in known:
                return self.invited(invite.sid, invite.task_sid, created=False)
        return None

    def _is_ours(self, attributes: Mapping[str, Any]) -> bool:
        return bool(attributes.get(durable.KEY_ATTRIBUTE) == self._invitation.key)

    def attributes(self) -> Procedure[dict[str, Any]]:
        """Put together the attributes of the invited agent's task, since Twilio carries nothing over."""
        carried: dict[str, Any] = {}
        alive = [one for one in self._tasks if one.assignment_status != "canceled"] or self._tasks
        if alive:
            carried = own_attributes(alive[-1].attribute_object)
        elif self._invitation.conversation_sid:
            carried = yield from parked_attributes(self._invitation.conversation_sid)
        given = self._invitation.routing["properties"]["attributes"]
        return {**carried, **given, durable.KEY_ATTRIBUTE: self._invitation.key}

    def invited(self, invite_sid: str | None, task_sid: str, *, created: bool) -> Invited:
        """Give the result."""
        return Invited(
            self._invitation.interaction_sid, self._channel_sid, invite_sid, task_sid, created=created
        )
