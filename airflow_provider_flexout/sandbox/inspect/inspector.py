"""What is in the sandbox, for tests: copies, made when they are asked for."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, TypeVar

from airflow_provider_flexout.sandbox.inspect import views

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_provider_flexout.sandbox.state.store import Store
    from airflow_provider_flexout.sandbox.state.studio_flows import FlowExecution
    from airflow_provider_flexout.sandbox.state.webhook_registry import Callback

__all__ = ["Inspector"]

_T = TypeVar("_T")


class Inspector:
    """The part of ``Sandbox`` that only reads."""

    __slots__ = ("_store",)
    _store: Store

    @property
    def conversations(self) -> list[views.ConversationView]:
        """All conversations, closed ones included, oldest first."""
        return self._view(lambda store: [views.conversation_view(store, row) for row in store.conversations])

    def conversation(self, sid_or_name: str) -> views.ConversationView:
        """Return one conversation.

        :param sid_or_name: its SID or unique name.
        :raises KeyError: if there is none.
        """

        def read(store: Store) -> views.ConversationView:
            found = store.conversation(sid_or_name)
            if found is None:
                raise KeyError(sid_or_name)
            return views.conversation_view(store, found)

        return self._view(read)

    def conversation_with(self, customer: str) -> views.ConversationView:
        """Return the newest conversation that a customer is in, closed ones included.

        :param customer: address or identity.
        :raises AssertionError: if there is none; its message is the story.
        """
        everything = self.conversations
        for each in reversed(everything):
            if any(customer in {one.address, one.identity} for one in each.participants):
                return each
        raise AssertionError(f"no conversation with {customer}\n{views.story(everything)}")

    def story(self) -> str:
        """Return all messages, conversation by conversation, as text for people to read."""
        return views.story(self.conversations)

    @property
    def interactions(self) -> list[views.InteractionView]:
        """All interactions, oldest first."""
        return self._view(lambda store: [views.interaction_view(store, row) for row in store.interactions])

    @property
    def tasks(self) -> list[views.TaskView]:
        """All tasks that still exist, oldest first."""
        return self._view(lambda store: [views.task_view(row) for row in store.tasks])

    @property
    def messages(self) -> list[views.MessageView]:
        """All messages, conversation by conversation."""
        return [message for each in self.conversations for message in each.transcript]

    @property
    def participants(self) -> list[views.ParticipantView]:
        """All participants of conversations, conversation by conversation."""
        return [participant for each in self.conversations for participant in each.participants]

    @property
    def templates(self) -> list[views.TemplateView]:
        """All message templates, oldest first."""
        return self._view(lambda store: [views.template_view(row) for row in store.templates.values()])

    @property
    def media(self) -> list[views.MediaView]:
        """All uploaded files, oldest first."""
        return self._view(lambda store: [views.media_view(row) for row in store.media.values()])

    @property
    def flow_executions(self) -> tuple[FlowExecution, ...]:
        """The executions of Studio flows, oldest first."""
        return self._view(lambda store: tuple(map(copy, store.studio.executions)))

    @property
    def callbacks(self) -> tuple[Callback, ...]:
        """The requests to webhooks, oldest first; they are sent while the sandbox is served."""
        with self._store.lock:
            return tuple(map(copy, self._store.webhooks.sent))

    def _view(self, read: Callable[[Store], _T]) -> _T:
        with self._store.lock:
            self._store.clock.run_due()
            return read(self._store)
