"""Inviting an agent into an interaction, once.

An invite is a new task for the same conversation, and somebody's phone rings. Twilio has no idempotency
key for it, so the task carries ours: an attempt that may be a repeat looks for it among the channel's
invites and tasks before it invites. Five minutes after the invited agent has finished, nothing at Twilio
tells of the invite any more; an attempt after that invites again.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.agents.channel import only_channel
from airflow_provider_flexout.outreach.agents.task_attributes import (
    channel_tasks,
    kept_attributes,
    own_attributes,
)
from airflow_provider_flexout.outreach.interaction.lookup import LOOK_EVERY
from airflow_provider_flexout.outreach.interaction.reconciliation import VISIBILITY_DELAY
from airflow_provider_flexout.outreach.routing.build import build_target, with_attributes
from airflow_provider_flexout.outreach.routing.names import with_sids
from airflow_provider_flexout.outreach.values.arguments import check_given
from airflow_provider_flexout.outreach.values.sids import check_sid
from airflow_provider_flexout.twilio.api.invites import create_invite, list_invites
from airflow_provider_flexout.twilio.http.call import Sleep
from airflow_provider_flexout.twilio.http.errors import OutcomeUnknown
from airflow_provider_flexout.twilio.http.pagination import read_pages

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_provider_flexout.outreach.values.defaults import ConnectionDefaults
    from airflow_provider_flexout.twilio.api.tasks import Task
    from airflow_provider_flexout.twilio.http.call import Procedure

INVITE_STAGES = ("accepted", "assigned", "completed")
_TRIES = 3

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, repr=False)
class Invitation:
    """Somebody who is to be invited.

    :param key: what all attempts at it share.
    :param interaction_sid: ``KD…``.
    :param channel_sid: ``UO…``, or ``None`` for the interaction's only one.
    :param conversation_sid: ``CH…``, where a parked interaction's attributes are; may be unknown.
    :param routing: Twilio's ``Routing`` object, perhaps with names.
    :param retried: whether an earlier attempt may have sent something.
    """

    key: str
    interaction_sid: str
    channel_sid: str | None
    conversation_sid: str | None
    routing: Mapping[str, Any]
    retried: bool = False

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
    :param created: false when an earlier attempt's was found.
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
) -> Invitation:
    """Check an operator's arguments; nothing is sent.

    The parameters are those of ``InviteAgentOperator``; ``key`` and ``retried`` those of
    :class:`Invitation`, and ``defaults`` the connection's.

    :raises InvalidInput: for the first argument that is missing or wrong.
    """
    check_given("interaction_sid", interaction_sid)
    target = build_target(routing, attributes=attributes or {}, defaults=defaults, validate=validate)
    if validate:
        check_sid("interaction_sid", interaction_sid, "KD")
        if channel_sid:
            check_sid("channel_sid", channel_sid, "UO")
        if conversation_sid:
            check_sid("conversation_sid", conversation_sid, "CH")
    return Invitation(key, interaction_sid, channel_sid, conversation_sid, target, retried)


def invite_once(invitation: Invitation) -> Procedure[Invited]:
    """Invite an agent, or find the invite that an earlier attempt sent.

    :param invitation: whom, into what.
    :raises FlexoutError: when it cannot be sent, or it is not known whether it was.
    """
    channel_sid = invitation.channel_sid or (yield from only_channel(invitation.interaction_sid))
    inviting = _Inviting(invitation, channel_sid)
    routing = yield from with_sids(invitation.routing)
    earlier = yield from inviting.look_back(VISIBILITY_DELAY if invitation.retried else 0.0)
    tried = 0
    while earlier is None:
        tried += 1
        attributes = yield from inviting.attributes()
        try:
            call = create_invite(
                invitation.interaction_sid, channel_sid, with_attributes(routing, attributes)
            )
            invite = yield call
        except OutcomeUnknown:
            earlier = yield from inviting.look_back(VISIBILITY_DELAY)
            if earlier is None and tried == _TRIES:
                raise
        else:
            log.info("Invited into interaction %s: task %s.", invitation.interaction_sid, invite.task_sid)
            return inviting.invited(invite.sid, str(invite.task_sid), created=True)
    log.info("This invite was sent by an earlier attempt, nobody was invited: task %s.", earlier.task_sid)
    return earlier


class _Inviting:
    """What one attempt knows of the channel.

    :param invitation: whom, into what.
    :param channel_sid: ``UO…``.
    """

    def __init__(self, invitation: Invitation, channel_sid: str) -> None:
        self._invitation = invitation
        self._channel_sid = channel_sid
        self._tasks: list[Task] = []

    def look_back(self, seconds: float) -> Procedure[Invited | None]:
        """Look for an earlier attempt's invite, again and again until a time is over."""
        left = seconds
        while True:
            found = yield from self._find()
            if found or left <= 0:
                return found
            yield Sleep(min(LOOK_EVERY, left))
            left -= LOOK_EVERY

    def _find(self) -> Procedure[Invited | None]:
        """Look once. An invite whose task was canceled has reached nobody, and may be sent again."""
        self._tasks = yield from channel_tasks(self._invitation.workspace_sid, self._channel_sid)
        for task in self._tasks:
            attributes = task.attribute_object
            if (
                attributes.get(durable.KEY_ATTRIBUTE) == self._invitation.key
                and task.assignment_status != "canceled"
            ):
                return self.invited(attributes.get("flexChannelInviteSid"), task.sid, created=False)
        known = {task.sid for task in self._tasks}
        invites = yield from read_pages(list_invites(self._invitation.interaction_sid, self._channel_sid))
        for invite in invites:
            # A new task may be missing from the list of tasks while its invite shows already.
            ours = invite.task_attributes.get(durable.KEY_ATTRIBUTE) == self._invitation.key
            if ours and invite.task_sid and invite.task_sid not in known:
                return self.invited(invite.sid, invite.task_sid, created=False)
        return None

    def attributes(self) -> Procedure[dict[str, Any]]:
        """Put together what the invited agent's task says: Twilio carries nothing over."""
        carried: dict[str, Any] = {}
        alive = [one for one in self._tasks if one.assignment_status != "canceled"] or self._tasks
        if alive:
            carried = own_attributes(alive[-1].attribute_object)
        elif self._invitation.conversation_sid:
            carried = yield from kept_attributes(self._invitation.conversation_sid)
        given = self._invitation.routing["properties"]["attributes"]
        return {**carried, **given, durable.KEY_ATTRIBUTE: self._invitation.key}

    def invited(self, invite_sid: str | None, task_sid: str, *, created: bool) -> Invited:
        """Give the result."""
        return Invited(
            self._invitation.interaction_sid, self._channel_sid, invite_sid, task_sid, created=created
        )
