"""The handles with which tests direct customers and agents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from airflow_provider_flexout.sandbox.rules import messages, participants
from airflow_provider_flexout.sandbox.rules.delivery_errors import EVERY_SENDER
from airflow_provider_flexout.sandbox.rules.taskrouter import reservations
from airflow_provider_flexout.sandbox.simulation.action import Steps, action
from airflow_provider_flexout.sandbox.state.channel_types import is_user_id
from airflow_provider_flexout.sandbox.state.scripts import AgentScript, CustomerScript
from airflow_provider_flexout.sandbox.wire.numbers import whole_number

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from airflow_provider_flexout.sandbox.state.records import ConversationRecord
    from airflow_provider_flexout.sandbox.state.store import Store
    from airflow_provider_flexout.sandbox.state.workspace import WorkerRecord
    from airflow_provider_flexout.sandbox.wire.clock import Duration

__all__ = ["Agent", "Customer"]

_MOST_AT_ONCE: Final = 1_000_000


class Customer:
    """A customer, or the default one.

    Where a customer has no instruction of their own, they do what the default customer does. All methods
    return the customer, so that they can be chained.

    :param store: the sandbox's state.
    :param address: address or identity; None for the default customer.
    """

    __slots__ = ("_store", "address")

    def __init__(self, store: Store, address: str | None) -> None:
        self._store, self.address = store, address

    @action
    def replies(self, text: str, after: Duration = 0) -> Steps:
        """Reply to one outbound message.

        Each reply is used once per conversation, in the order given: the first outbound message of a
        conversation takes the first reply, the next message the next. Closed conversations get none.

        :param text: the reply.
        :param after: from the message to the reply.
        """
        return self._direct(lambda script: script.add_reply(text, after))

    @action
    def receives(self, after: Duration = "1s", reads_after: Duration | None = None) -> Steps:
        """Let messages arrive: sent at half the time, delivered, and perhaps read (SMS can't be).

        :param after: from the message to its delivery.
        :param reads_after: from the message to its being read; never, if None.
        """
        return self._direct(lambda script: script.set_receives(after, reads_after))

    @action
    def fails(self, code: int = 30007, after: Duration = "1s", status: str | None = None) -> Steps:
        """Let messages fail.

        :param code: Twilio's error code.
        :param after: from the message to its failure.
        :param status: ``failed`` or ``undelivered``; by default ``undelivered`` for codes 300xx.
        """
        return self._direct(lambda script: script.set_fails(code, after, status))

    @action
    def closes(self, after: Duration = 0) -> Steps:
        """Close the conversation, as a customer can who ends a chat; the agent is left with the wrap-up.

        :param after: from the first message to them.
        """
        return self._direct(lambda script: script.set_closes(after))

    @action
    def opts_out(self) -> Steps:
        """Opt out: messages by SMS and WhatsApp fail with 21610 from now on, as after a STOP."""
        if self.address is None:
            raise ValueError("the default customer can't opt out: name an address")
        yield
        self._store.opted_out.add((self.address, EVERY_SENDER))

    @action
    def writes_as(self, user_id: str) -> Steps:
        """Write under a WhatsApp user id from now on, in conversations that know the customer's number.

        :param user_id: such as ``whatsapp:US.13491208655302741918``; it becomes the ``Author``.
        """
        if self.address is None or not is_user_id(user_id):
            raise ValueError("name an address, and a user id such as whatsapp:US.13491208655302741918")
        yield
        self._store.scripts.customer(self.address).user_id = user_id

    @action
    def says(self, text: str, in_conversation: str | None = None) -> Steps:
        """Write a message now.

        :param text: the message.
        :param in_conversation: SID or unique name; the customer's newest open conversation, if left out.
        :raises LookupError: if there is no such conversation, or the customer is not in it.
        """
        messages.check(self._store, *self._message(text, in_conversation))
        yield
        messages.add(self._store, *self._message(text, in_conversation))

    @action
    def reads(self, in_conversation: str | None = None) -> Steps:
        """Read now what has arrived. SMS can't tell that it was read.

        :param in_conversation: SID or unique name; the customer's newest open conversation, if left out.
        :raises LookupError: if there is no such conversation, or the customer is not in it.
        """
        self._conversation(in_conversation)
        yield
        messages.read(self._store, self._conversation(in_conversation), self.address)

    def _direct(self, change: Callable[[CustomerScript], None]) -> Steps:
        """Change the script, once an empty one has shown that it can be done."""
        change(CustomerScript())
        yield
        change(self._store.scripts.customer(self.address))

    def _message(self, text: str, in_conversation: str | None) -> tuple[ConversationRecord, dict[str, str]]:
        conversation = self._conversation(in_conversation)
        author = self.address or _only_customer(conversation)
        return conversation, {"Author": author, "Body": text}

    def _conversation(self, sid_or_name: str | None) -> ConversationRecord:
        self._store.clock.run_due()
        if sid_or_name is None:
            mine = self._store.participations.get(self.address or "", ())
            found = [self._store.conversations.get(each.conversation_sid) for each in mine]
            still_open = [each for each in found if each is not None and each.state != "closed"]
            if not still_open:
                raise LookupError(f"{self.address or 'the default customer'} is in no open conversation")
            return max(still_open, key=lambda each: each.n)
        conversation = self._store.conversation(sid_or_name)
        if conversation is None:
            raise LookupError(f"no conversation {sid_or_name}")
        present = {each.address for each in conversation.participants}
        present |= {each.identity for each in conversation.participants}
        if self.address is not None and self.address not in present:
            raise LookupError(f"{self.address} is not in conversation {sid_or_name}")
        return conversation


def _only_customer(conversation: ConversationRecord) -> str:
    found = participants.customers(conversation)
    if len(found) != 1:
        raise LookupError(f"{len(found)} customers are in conversation {conversation.sid}: name one")
    return found[0].address or found[0].identity or ""


def _worker_sid(store: Store, sid_or_name: str) -> str:
    found = store.workspace.worker_named(sid_or_name)
    if found is None:
        names = ", ".join(each.name for each in store.workspace.workers.values())
        raise ValueError(f"no worker {sid_or_name!r} in the sandbox: {names}")
    return found.sid


class Agent:
    """An agent, or the default one, whose script all others share.

    All methods return the agent, so that they can be chained.

    :param store: the sandbox's state.
    :param worker: a worker's SID or name; None for the default agent.
    :raises ValueError: if there is no such worker.
    """

    __slots__ = ("_store", "_worker_sid", "worker")

    def __init__(self, store: Store, worker: str | None) -> None:
        self._store, self.worker, self._worker_sid = store, worker, None
        if worker is not None:
            with store.lock:
                self._worker_sid = _worker_sid(store, worker)

    @action
    def accepts(self, after: Duration = "2s") -> Steps:
        """Accept tasks.

        :param after: from the offer.
        """
        return self._respond_to_offers("accept", after)

    @action
    def declines(self, after: Duration = "2s") -> Steps:
        """Decline tasks: one meant for this agent alone is canceled, any other goes to the next agent.

        :param after: from the offer.
        """
        return self._respond_to_offers("decline", after)

    @action
    def misses(self) -> Steps:
        """Let reservations time out: after 120 seconds, unless the workflow sets another timeout.

        TaskRouter then sets the agent offline. A task meant for this agent alone is canceled, any
        other goes to the next agent.
        """
        return self._respond_to_offers("miss", 0)

    @action
    def away(self) -> Steps:
        """Be away: offline, so that tasks are not offered and stay pending."""
        return self._respond_to_offers("ignore", 0)

    @action
    def goes(self, activity: str) -> Steps:
        """Do something else from now on.

        :param activity: ``Available``, ``Break``, ``Unavailable``, ``Offline``, or one that was created.
        :raises ValueError: if there is no such activity.
        """
        activities = {each.name: each.sid for each in self._store.workspace.activities.values()}
        if activity not in activities:
            raise ValueError(f"no activity {activity!r}: {', '.join(activities)}")
        yield
        self._store.clock.run_due()
        for worker in self._workers():
            reservations.set_activity(self._store, worker, activities[activity])

    @action
    def handles(self, conversations: int, task_channel: str | None = None) -> Steps:
        """Have at most so many conversations at once; tasks meant for this agent alone do not count.

        :param conversations: how many, from 0.
        :param task_channel: unique name of the kind of work; all kinds, each on its own, if left out.
        :raises ValueError: if there is no such kind of work, or it is no such number.
        """
        most = whole_number("handles", conversations, 0, _MOST_AT_ONCE)
        channels = self._store.workspace.task_channels.values()
        chosen = [each.sid for each in channels if task_channel in {None, each.unique_name}]
        if not chosen:
            raise ValueError(f"no task channel {task_channel!r}")
        yield
        self._store.clock.run_due()
        for worker in self._workers():
            worker.capacities.update(dict.fromkeys(chosen, most))
        reservations.offer_waiting(self._store)

    def _workers(self) -> list[WorkerRecord]:
        workers = self._store.workspace.workers
        return list(workers.values()) if self._worker_sid is None else [workers[self._worker_sid]]

    @action
    def by_hand(self) -> Steps:
        """Do nothing by script: tasks are offered, and wait until somebody acts at the page's desk."""
        return self._respond_to_offers("wait", 0)

    @action
    def says(self, text: str, after: Duration = 0) -> Steps:
        """Write a message in each conversation.

        :param text: the message.
        :param after: from the acceptance of its task.
        """
        return self._direct(lambda script: script.add_message(text, after))

    @action
    def finishes(
        self,
        after: Duration = "5m",
        outcome: Mapping[str, Any] | str | None = None,
        wrap_up: Duration = 0,
    ) -> Steps:
        """End the conversation, wrap up, and complete the task.

        :param after: from the acceptance to the end of the conversation.
        :param outcome: goes into the task's attributes as ``outcome``.
        :param wrap_up: from the end of the conversation to the completion of the task.
        """
        return self._direct(lambda script: script.set_finish(after, outcome, wrap_up))

    def _direct(self, change: Callable[[AgentScript], None]) -> Steps:
        """Change the script, once an empty one has shown that it can be done."""
        change(AgentScript())
        yield
        change(self._store.scripts.agent(self._worker_sid))

    def _respond_to_offers(self, response: str, after: Duration) -> Steps:
        AgentScript().set_offer_response(response, after)
        yield
        self._store.clock.run_due()
        self._store.scripts.agent(self._worker_sid).set_offer_response(response, after)
        reservations.respond_again(self._store, {worker.sid for worker in self._workers()})
        reservations.offer_waiting(self._store)
