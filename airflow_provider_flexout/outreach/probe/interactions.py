"""What can be seen in conversations with the address of the user's own, and an agent's task."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.probe.conversations import LONGEST_LAG, POLL
from airflow_provider_flexout.outreach.probe.observations import described
from airflow_provider_flexout.outreach.probe.resources import COMPLETED, ENDED
from airflow_provider_flexout.outreach.probe.target import LABEL
from airflow_provider_flexout.twilio.api.conversations import (
    create_participant,
    list_participants,
)
from airflow_provider_flexout.twilio.api.interactions import (
    fetch_channel,
    fetch_interaction,
    update_channel,
)
from airflow_provider_flexout.twilio.api.tasks import cancel_task, fetch_task, list_tasks
from airflow_provider_flexout.twilio.http.call import Sleep
from airflow_provider_flexout.twilio.http.codes import ErrorCode
from airflow_provider_flexout.twilio.http.errors import Conflict, NotFound, RequestRejected
from airflow_provider_flexout.twilio.http.pagination import read_pages

if TYPE_CHECKING:
    from airflow_provider_flexout.outreach.probe.observations import Observations
    from airflow_provider_flexout.outreach.probe.resources import ProbeResources
    from airflow_provider_flexout.outreach.probe.target import ProbeTarget
    from airflow_provider_flexout.twilio.api.conversations import Conversation
    from airflow_provider_flexout.twilio.api.interactions import Interaction
    from airflow_provider_flexout.twilio.http.call import Procedure

__all__ = ["InteractionProbe"]

_UNACCEPTED = ("pending", "reserved")
_FLEX_ERRORS = range(45000, 46000)
_SHOWS_WITHIN = 5
"""Looks, a second apart, after which something that was to happen has not."""


class InteractionProbe:
    """Interactions one after the other on one pair of addresses.

    :param target: whom and what the probe may use.
    :param resources: what the probe makes.
    :param seen: takes what is seen.
    """

    def __init__(self, target: ProbeTarget, resources: ProbeResources, seen: Observations) -> None:
        self._target, self._resources, self._seen = target, resources, seen
        self._prepared: Conversation | None = None

    def conversation_with_customer(self) -> Procedure[Conversation]:
        """Make a conversation with the address, as soon as its pair of addresses is free.

        :raises Conflict: when another conversation has it.
        """
        made, self._prepared = self._prepared, None
        if made and self._resources.has(made.sid):
            return made
        made = yield from self._resources.new_conversation()
        yield from self._add_customer(made)
        return made

    def _add_customer(self, made: Conversation) -> Procedure[float]:
        """Add the address, and say after how many seconds that was possible."""
        began = self._target.clock()
        refused = False
        while True:
            try:
                yield create_participant(
                    made.sid, address=self._target.address, proxy_address=self._target.sender
                )
                break
            except Conflict as error:
                if made.sid in error.message:  # an earlier request of this call got through
                    break
                ours = any(sid in error.message for sid in self._resources.conversation_sids)
                if not ours or self._target.clock() - began > LONGEST_LAG:
                    raise
                refused = True
                yield Sleep(POLL)
        return self._target.clock() - began if refused else 0.0

    def _measure_release(self) -> Procedure[None]:
        """Make the next conversation with the address, now that the last one was closed."""
        made = yield from self._resources.new_conversation()
        try:
            self._seen.measure("pair_release", (yield from self._add_customer(made)))
        except Conflict:
            self._seen.add_other("pair_release", f"it took longer than {LONGEST_LAG:.0f} s")
        else:
            self._prepared = made

    def look_at_new(self, made: Conversation) -> Procedure[Interaction]:
        """Open an interaction, and look at how soon it shows.

        :param made: a conversation with the address.
        """
        opened = yield from self._resources.new_interaction(self._target.channel_in(made.sid))
        yield from self._measure(opened, setup=True, listing=True)
        yield from self._observe_fetched(opened)
        return opened

    def open_quickly(self, made: Conversation) -> Procedure[Interaction]:
        """Open an interaction, and wait until its channel is active, no longer.

        :param made: a conversation with the address.
        """
        opened = yield from self._resources.new_interaction(self._target.channel_in(made.sid))
        yield from self._measure(opened, setup=True, listing=False)
        return opened

    def look_at_refusals(self, made: Conversation, opened: Interaction) -> Procedure[None]:
        """Look at what is refused while an interaction is open.

        :param made: a conversation with the address.
        :param opened: its interaction.
        """
        yield from self._observe_second(made)
        yield from self._observe_taken_pair()
        yield from self._observe_invalid_status(opened)

    def _measure(self, opened: Interaction, *, setup: bool, listing: bool) -> Procedure[None]:
        """Look, once a second, whether the channel is active and the task is listed."""
        began = self._target.clock()
        elapsed = 0.0
        while elapsed <= LONGEST_LAG:
            if listing and (yield from self._is_listed(opened)):
                self._seen.measure("task_list_lag", elapsed)
                listing = False
            if setup and (yield from self._is_active(opened)):
                self._seen.measure("channel_setup", elapsed)
                setup = False
            if not (listing or setup):
                return
            yield Sleep(POLL)
            elapsed = self._target.clock() - began
        for setting, missing in (("task_list_lag", listing), ("channel_setup", setup)):
            if missing:
                self._seen.add_other(setting, f"it took longer than {LONGEST_LAG:.0f} s")

    def _is_listed(self, opened: Interaction) -> Procedure[bool]:
        of_probe = f'{durable.PROBE_ATTRIBUTE} == "{self._target.probe_id}"'
        listed = yield from read_pages(list_tasks(self._target.workspace_sid, attributes_match=of_probe))
        return any(one.sid == opened.task_sid for one in listed)

    def _is_active(self, opened: Interaction) -> Procedure[bool]:
        channel = yield fetch_channel(opened.sid, str(opened.channel_sid))
        return bool(channel.status == "active")

    def _observe_fetched(self, opened: Interaction) -> Procedure[None]:
        fetched = yield fetch_interaction(opened.sid)
        if not fetched.task:
            self._seen.add("fetched_routing", "empty")
        elif fetched.task_sid:
            self._seen.add("fetched_routing", "task")
        else:
            self._seen.add_other("fetched_routing", "it shows part of its task, but not which task it is")

    def _observe_second(self, made: Conversation) -> Procedure[None]:
        try:
            second = yield from self._resources.new_interaction(self._target.channel_in(made.sid))
        except RequestRejected as error:
            self._note_status(error)
            if error.code == ErrorCode.CHANNEL_ALREADY_MAPPED:
                self._seen.add("second_interaction", "refuse")
            else:
                self._seen.doubt("second_interaction", described(error))
            return
        for _ in range(_SHOWS_WITHIN):
            try:
                yield fetch_task(self._target.workspace_sid, str(second.task_sid))
            except NotFound:
                yield Sleep(POLL)
            else:
                self._seen.add("second_interaction", "accept")
                return
        self._seen.add("second_interaction", "drop")

    def _observe_invalid_status(self, opened: Interaction) -> Procedure[None]:
        closing = update_channel(opened.sid, str(opened.channel_sid), "closed")
        try:
            yield replace(closing, form={"Status": "open"})
        except RequestRejected as error:
            self._note_status(error)

    def _note_status(self, error: RequestRejected) -> None:
        if error.code in _FLEX_ERRORS and str(error.status) in ("400", "422"):
            self._seen.add("flex_errors", str(error.status))
        elif error.code in _FLEX_ERRORS:
            self._seen.doubt("flex_errors", described(error))

    def _observe_taken_pair(self) -> Procedure[None]:
        try:
            opened = yield from self._resources.new_interaction(self._target.channel_of_its_own)
        except RequestRejected as error:
            self._note_status(error)
            if error.code == ErrorCode.BINDING_TAKEN:
                self._seen.add("taken_pair", "refuse")
            else:
                self._seen.doubt("taken_pair", described(error))
            return
        conversation_sid = opened.task_attributes.get("conversationSid")
        if not conversation_sid:
            self._seen.doubt("taken_pair", "it was accepted, but named no conversation")
            return
        for _ in range(_SHOWS_WITHIN):
            there = yield from read_pages(list_participants(conversation_sid))
            if any((one.messaging_binding or {}).get("address") == self._target.address for one in there):
                self._seen.add_other("taken_pair", "the customer is in two open conversations then")
                return
            yield Sleep(POLL)
        self._seen.add("taken_pair", "leave_out")

    def look_at_cancel(self, opened: Interaction) -> Procedure[None]:
        """Try to cancel the task of an interaction through TaskRouter.

        :param opened: the interaction.
        """
        if not (yield from self._is_unaccepted("cancel_task", opened)):
            return
        try:
            task = yield cancel_task(self._target.workspace_sid, str(opened.task_sid), LABEL)
        except NotFound as error:
            self._seen.doubt("cancel_task", described(error))
        except RequestRejected:
            self._seen.add("cancel_task", "refuse")
        else:
            if task.assignment_status == "canceled":
                self._seen.add("cancel_task", "accept")
            else:
                self._seen.add_other(
                    "cancel_task", f"it was accepted, and the task is {task.assignment_status}"
                )

    def _is_unaccepted(self, setting: str, opened: Interaction) -> Procedure[bool]:
        task = yield fetch_task(self._target.workspace_sid, str(opened.task_sid))
        if task.assignment_status in _UNACCEPTED:
            return True
        self._seen.doubt(setting, f"the task was {task.assignment_status} before")
        return False

    def close(self, opened: Interaction) -> Procedure[None]:
        """Close an interaction's channel twice, and look at what it held and what becomes of its task.

        :param opened: the interaction.
        """
        unaccepted = yield from self._is_unaccepted("unaccepted_task", opened)
        closing = update_channel(opened.sid, str(opened.channel_sid), "closed", COMPLETED)
        try:
            yield closing
        except RequestRejected as error:
            if error.code != ErrorCode.INTERACTION_NOT_OPEN:
                raise
            return  # canceling its task has closed it
        yield from self._measure_release()
        if unaccepted:
            yield from self._observe_task_of_closed(opened)
        try:
            yield closing
        except RequestRejected as error:
            if error.code == ErrorCode.INTERACTION_NOT_OPEN:
                self._seen.add("close_twice", "refuse")
            else:
                self._seen.doubt("close_twice", described(error))
        else:
            self._seen.add("close_twice", "accept")

    def _observe_task_of_closed(self, opened: Interaction) -> Procedure[None]:
        status = None
        for _ in range(_SHOWS_WITHIN):
            task = yield fetch_task(self._target.workspace_sid, str(opened.task_sid))
            status = task.assignment_status
            if status in ENDED:
                break
            yield Sleep(POLL)
        if status == "canceled":
            self._seen.add("unaccepted_task", "cancel")
        elif status in _UNACCEPTED:
            self._seen.add("unaccepted_task", "keep")
        else:
            self._seen.doubt("unaccepted_task", f"the task is {status} now")
