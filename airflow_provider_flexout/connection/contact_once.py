"""What operators do, as methods of the hook: for ``@task`` functions, notebooks and the tools of agents."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from airflow.sdk import ObjectStoragePath

    from airflow_provider_flexout.connection.contact_procedures import Planned
    from airflow_provider_flexout.connection.settings import FlexConnection
    from airflow_provider_flexout.outreach.policies.contact_window import ContactWindows
    from airflow_provider_flexout.twilio.http.client import AsyncClient, Client

R = TypeVar("R")


class ContactOnce:
    """Opens a conversation, sends a message and closes, each once, without an operator.

    Arguments and keys are those of ``CreateInteractionOperator``, ``SendConversationMessageOperator`` and
    ``CloseInteractionOperator``. A function cannot be deferred, so these methods do not wait for a stage or
    an agent. If the customer's contact window is closed, they raise ``ContactHeld``; a later retry of the
    task can succeed. ``FlexHook().interactions.wait`` waits for a stage.

    In a running Airflow task, ``idempotency_key`` may be left out: the key is made of DAG, logical date, task
    and map index, and each try of the task finds what an earlier one did. It is required outside of a task,
    and for each of several contacts or messages in one task.
    """

    if TYPE_CHECKING:  # what the hook has

        @property
        def _connection(self) -> FlexConnection: ...
        async def _read_connection(self) -> FlexConnection: ...
        def get_conn(self) -> Client:  # noqa: D102
            ...

        async def get_async_conn(self) -> AsyncClient:  # noqa: D102
            ...

    def open_once(
        self,
        *,
        channel: str | Mapping[str, Any],
        to: str | None = None,
        from_: str | None = None,
        messaging_service_sid: str | None = None,
        from_name: str | None = None,
        cc: str | Sequence[str] | None = None,
        bcc: str | Sequence[str] | None = None,
        customer_name: str | None = None,
        subject: str | None = None,
        routing: Mapping[str, Any] | None = None,
        attributes: Mapping[str, Any] | None = None,
        initiated_by: str = "agent",
        media_channel_sid: str | None = None,
        strategy: str | None = None,
        idempotency_key: str | None = None,
        on_open_conversation: str = "fail",
        interaction_context_sid: str | None = None,
        webhook_ttid: str | None = None,
        frequency_cap: Mapping[str, Any] | None = None,
        validate: bool = True,
        contact_window: ContactWindows | None = None,
        timezone: str | None = None,
        suppression: Collection[str] | Callable[[str], object] | None = None,
        consent: str | Callable[[str], object] | None = None,
        on_skip: str = "skip",
    ) -> dict[str, Any]:
        """Open a conversation between an agent and a customer, once, as ``CreateInteractionOperator`` does.

        :param channel: the kind of channel by its name, such as ``"sms"``, or Twilio's whole ``Channel``
            object.
        :param to: the customer's address.
        :param from_: the sender's address; the default is the connection's.
        :param messaging_service_sid: the Messaging Service that is set on the conversation, ``MG…``.
        :param from_name: the sender's name in an email.
        :param cc: the addresses that get a copy of the email.
        :param bcc: the addresses that get a blind copy of the email.
        :param customer_name: the customer's name, which the agent sees.
        :param subject: the subject of the first email.
        :param routing: Twilio's ``Routing`` object, or its ``properties`` alone.
        :param attributes: further attributes of the agent's task, as an object.
        :param initiated_by: who starts the interaction: ``agent`` (default), ``api`` or ``customer``.
        :param media_channel_sid: an existing conversation to route, ``CH…``, in place of ``to``.
        :param strategy: how the conversation is created: ``conversation_first`` or ``one_call``.
        :param idempotency_key: the key under which this happens once, 1 to 256 characters.
        :param on_open_conversation: what to do when the customer already has an open conversation with this
            sender: ``fail`` (default), ``join`` it, or ``skip``.
        :param interaction_context_sid: an interaction context, ``HQ…``.
        :param webhook_ttid: an interaction-level webhook, ``flex_interactionwebhook_…``.
        :param frequency_cap: how often the customer may be contacted, as in ``{"at_most": 1, "per": "P1D"}``.
        :param validate: whether addresses and SIDs are checked before anything is sent.
        :param contact_window: when the customer may be contacted.
        :param timezone: the customer's own time zone, an IANA name.
        :param suppression: whom not to contact: a list of addresses, or a function that takes an address.
        :param consent: ``"receipts"``, or a function that takes an address and returns whether that customer
            may be contacted.
        :param on_skip: what happens when the customer must not be contacted: ``skip`` (default) raises
            Airflow's ``AirflowSkipException``, which skips a task; ``return`` gives a result whose SIDs are
            null, with ``skip_reason``.
        :returns: the SIDs, as of ``CreateInteractionOperator``: ``interaction_sid``, ``channel_sid``,
            ``conversation_sid``, ``task_sid``, ``invite_sid``, ``channel_type`` and ``created``.
        :raises InvalidInput: when an argument is wrong, or there is neither a task nor an
            ``idempotency_key``; nothing was sent.
        :raises ContactHeld: when the contact window is closed; its ``until`` says when to try again.
        :raises AirflowSkipException: when the customer must not be contacted.
        :raises FlexoutError: when Twilio rejects the request or cannot be reached.
        """
        from airflow_provider_flexout.connection.contact_procedures import plan_interaction

        return self._run(plan_interaction(self._connection, _given(locals())))

    async def aopen_once(self, **arguments: Any) -> dict[str, Any]:
        """Open a conversation as :meth:`open_once` does, without blocking the event loop.

        :param arguments: those of :meth:`open_once`. Functions among them are called in the event loop.
        """
        from airflow_provider_flexout.connection.contact_procedures import plan_interaction

        arguments = _bound(self.open_once, arguments)
        return await self._arun(plan_interaction(await self._read_connection(), arguments))

    def send_once(
        self,
        *,
        conversation_sid: str | Mapping[str, Any],
        body: str | None = None,
        content_sid: str | None = None,
        content_variables: Mapping[Any, Any] | str | None = None,
        media_sid: str | None = None,
        media: str | ObjectStoragePath | None = None,
        channel: str | None = None,
        on_closed_window: str = "fail",
        author: str | None = None,
        subject: str | None = None,
        attributes: Mapping[str, Any] | None = None,
        idempotency_key: str | None = None,
        validate: bool = True,
        contact_window: ContactWindows | None = None,
        timezone: str | None = None,
        suppression: Collection[str] | Callable[[str], object] | None = None,
        consent: str | Callable[[str], object] | None = None,
        on_skip: str = "skip",
    ) -> dict[str, Any]:
        """Send a message in a conversation, once, as ``SendConversationMessageOperator`` does.

        :param conversation_sid: the conversation, ``CH…``, or the whole result of :meth:`open_once`.
        :param body: the text.
        :param content_sid: a template, ``HX…``.
        :param content_variables: the template's variables, or the JSON of it.
        :param media_sid: a file that was uploaded before, ``ME…``.
        :param media: a local path or an ``ObjectStoragePath`` of a file to send.
        :param channel: the conversation's channel, where you know it.
        :param on_closed_window: what to do with free text that the channel no longer takes: ``fail``
            (default), ``skip``, or ``template``.
        :param author: the author of the message.
        :param subject: the subject of an email.
        :param attributes: attributes of the message, as an object.
        :param idempotency_key: the key under which the message is sent once, 1 to 256 characters.
        :param validate: whether SIDs are checked before anything is sent.
        :param contact_window: when the customers of the conversation may be contacted.
        :param timezone: the customers' own time zone, an IANA name.
        :param suppression: whom not to contact: a list of addresses, or a function that takes an address.
        :param consent: ``"receipts"``, or a function that takes an address and returns whether that customer
            may be contacted.
        :param on_skip: what happens when the customer must not be contacted: ``skip`` (default) or
            ``return``, as for :meth:`open_once`.
        :returns: ``message_sid``, ``conversation_sid``, ``index`` and ``created``.
        :raises InvalidInput: when an argument is wrong, or there is neither a task nor an
            ``idempotency_key``; nothing was sent.
        :raises ContactHeld: when the contact window is closed; its ``until`` says when to try again.
        :raises AirflowSkipException: when the customer must not be contacted.
        :raises FlexoutError: when Twilio rejects the request or cannot be reached.
        """
        from airflow_provider_flexout.connection.contact_procedures import plan_message

        return self._run(plan_message(self._connection, _given(locals())))

    async def asend_once(self, **arguments: Any) -> dict[str, Any]:
        """Send a message as :meth:`send_once` does, without blocking the event loop.

        :param arguments: those of :meth:`send_once`. Functions among them are called in the event loop.
        """
        from airflow_provider_flexout.connection.contact_procedures import plan_message

        arguments = _bound(self.send_once, arguments)
        return await self._arun(plan_message(await self._read_connection(), arguments))

    def close(
        self,
        *,
        interaction_sid: str,
        channel_sid: str | None = None,
        task_status: str | None = None,
        channel_status: str = "closed",
        validate: bool = True,
    ) -> None:
        """Close an interaction's channel and its conversation, as ``CloseInteractionOperator`` does.

        If the channel is closed already, this succeeds.

        :param interaction_sid: the interaction, ``KD…``.
        :param channel_sid: its channel, ``UO…``; it is looked up when left out.
        :param task_status: what becomes of the agent's task: ``wrapping`` (default) or ``completed``.
        :param channel_status: ``closed`` (default), or ``inactive`` to park the channel.
        :param validate: whether SIDs are checked before anything is sent.
        :raises InvalidInput: when an argument is wrong; nothing was sent.
        :raises FlexoutError: when Twilio rejects the request or cannot be reached.
        """
        from airflow_provider_flexout.connection.contact_procedures import plan_closing

        self._run(plan_closing(self._connection, _given(locals())))

    async def aclose(self, **arguments: Any) -> None:
        """Close as :meth:`close` does, without blocking the event loop.

        :param arguments: those of :meth:`close`.
        """
        from airflow_provider_flexout.connection.contact_procedures import plan_closing

        arguments = _bound(self.close, arguments)
        await self._arun(plan_closing(await self._read_connection(), arguments))

    def _run(self, planned: Planned[R]) -> R:
        with self.get_conn() as client:
            return client.run(planned(client.clock.now))

    async def _arun(self, planned: Planned[R]) -> R:
        async with await self.get_async_conn() as client:
            return await client.run(planned(client.clock.now))


def _given(arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if name != "self"}


def _bound(method: Callable[..., Any], arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Add the defaults of a method's arguments, and refuse unknown arguments."""
    bound = inspect.signature(method).bind(**arguments)
    bound.apply_defaults()
    return bound.arguments
