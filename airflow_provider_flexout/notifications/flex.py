"""The notifier, which tells the person on duty once, in a conversation of Twilio Flex."""

from __future__ import annotations

import copy
import dataclasses
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseNotifier

from airflow_provider_flexout.hooks.flex import FlexHook
from airflow_provider_flexout.mixins.templates import (
    TemplateFieldsMixin,
    keep_arguments,
    spec_of,
    template_fields_of,
)
from airflow_provider_flexout.notifications.arguments import check_arguments
from airflow_provider_flexout.outreach.spec import OutreachSpec

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    from airflow.sdk import Context

    from airflow_provider_flexout.notifications.event import CallbackEvent
    from airflow_provider_flexout.outreach.values.defaults import ConnectionDefaults
    from airflow_provider_flexout.outreach.values.durations import Duration
    from airflow_provider_flexout.twilio.http.call import Procedure
    from airflow_provider_flexout.twilio.http.client import ServerClock


class FlexNotifier(TemplateFieldsMixin, BaseNotifier):
    """Tell somebody what happened in a DAG, once: in an agent conversation with them, or in a given one.

    Use it for ``on_failure_callback``, ``on_retry_callback``, ``on_execute_callback`` and
    ``on_success_callback`` of tasks and DAGs, for ``DeadlineAlert``, and for the ``notifiers`` of operators
    that wait for a human. An open conversation with that person is joined; otherwise one is opened as
    ``CreateInteractionOperator`` does.

    Airflow may call a notifier twice for one event, and from several processes; the person is notified once.
    Two calls are the same notification if DAG, run, task, map index and the kind of event are the same. So
    a second retry of a task, or another failure after the task was cleared, is not notified again; to be told
    of it, pass an ``idempotency_key`` that differs. A notification that fails is logged, and never changes
    the state of a task or run.

    Contexts differ: that of a DAG's callback may have no task instance, and that of a deadline has only the
    run. A template that does not fit the context fails, and nobody is notified, so a template for all
    contexts should use only ``dag_run``. The default text fits every event.

    Airflow's page: https://airflow.apache.org/docs/apache-airflow/stable/howto/notifications.html

    :param channel: the kind of channel: ``"sms"``, ``"whatsapp"``, ``"email"``, ``"chat"``, ``"web"`` or
        ``"messenger"``; or Twilio's whole ``Channel`` object. Either this or ``conversation_sid`` is
        required, and both together are refused.
    :param to: the address of the person on duty, as for ``CreateInteractionOperator``, or a list of
        addresses, each notified in a conversation of its own. It is required with a channel that is given by
        its name.
    :param from_: the sender's address; the default is the connection's sender for the channel.
    :param routing: Twilio's ``Routing`` object, or its ``properties`` alone, as for
        ``CreateInteractionOperator``.
    :param attributes: further attributes of the task, as an object, 4,096 characters of JSON at most.
    :param initiated_by: who starts the interaction: ``"agent"`` (default), ``"api"`` or ``"customer"``.
    :param conversation_sid: an existing conversation (``CH…``) to send the message in, in place of
        ``channel`` and ``to``.
    :param body: the text, which is cut at 1,600 characters, or at 32 KB on chat, web and email. The default,
        when there is no ``content_sid`` either, is one sentence on what happened.
    :param content_sid: a template, ``HX…``, in place of ``body``. WhatsApp requires one for somebody who has
        not written for a day.
    :param content_variables: the template's variables, for example ``{"1": "{{ dag_run.dag_id }}"}``.
    :param subject: the subject of an email.
    :param idempotency_key: the key under which the person is notified once, 1 to 256 characters, in place of
        the one that is made of the event.
    :param group_by: which events share one notification: those of a ``"dag"``, a ``"task"`` (over all runs)
        or a ``"run"``, or, under a name of your own, those of several DAGs. The first event is notified; the
        others only write to their logs that they were not. By default, each event is notified.
    :param throttle: the period in which a group makes one notification: a timedelta, seconds, or text
        (``"1h"``, ``"PT1H"``), counted from full hours and days in UTC. Reading Twilio's clock for this costs
        a request. ``throttle`` needs ``group_by``, and ``group_by`` needs ``throttle`` unless it is ``"run"``
        or a name of your own.
    :param recovery: whether a success is notified only as the end of a failure: once, and only if the person
        was notified of a failure or a missed deadline of the same task or, when a run succeeds, of the same
        DAG. By default (false), each success is notified. Other events are notified either way.
    :param flexout_conn_id: the id of the Airflow connection; the default is ``flexout_default``.
    :param context: Airflow's context, which Airflow passes where it awaits the notifier.
    :raises ValueError: when the DAG is parsed and an argument is missing or wrong. Arguments with templates
        are checked once they are rendered, and what the connection provides when it is read.
    """

    def __init__(
        self,
        *,
        channel: str | Mapping[str, Any] | None = None,
        to: str | Sequence[str] | None = None,
        from_: str | None = None,
        routing: Mapping[str, Any] | None = None,
        attributes: Mapping[str, Any] | None = None,
        initiated_by: str = "agent",
        conversation_sid: str | None = None,
        body: str | None = None,
        content_sid: str | None = None,
        content_variables: Mapping[Any, Any] | str | None = None,
        subject: str | None = None,
        idempotency_key: str | None = None,
        group_by: str | None = None,
        throttle: Duration | None = None,
        recovery: bool = False,
        flexout_conn_id: str = FlexHook.default_conn_name,
        context: Context | None = None,
    ) -> None:
        super().__init__(context)
        keep_arguments(self, locals())
        self.conversation_sid = conversation_sid
        self.body = body
        self.content_sid = content_sid
        self.content_variables = content_variables
        self.group_by = group_by
        self.throttle = throttle
        self.recovery = recovery
        self.flexout_conn_id = flexout_conn_id
        check_arguments(self)

    template_fields: Sequence[str] = template_fields_of(__init__, without=("context",))

    def __call__(self, *args: Any) -> None:
        """Notify in the process that calls.

        :param args: Airflow's context, where it passes one.
        """
        try:
            # A copy, because Airflow calls one notifier for many runs, and rendering changes it.
            notifier = self._rendered(args[0] if args else {})
            notifier.notify(notifier.context)
        except Exception as error:
            self._log_error(error)

    def __await__(self) -> Generator[Any, Any, None]:
        """Notify in the triggerer's event loop."""
        return self._await().__await__()

    def notify(self, context: Context) -> None:
        """Notify the person, once.

        :param context: Airflow's context.
        :raises FlexoutError: when the arguments are wrong, or Twilio rejects a request or cannot be reached.
        """
        hook, errors = FlexHook(self.flexout_conn_id), []
        with hook.get_conn() as client:
            client.run(self._read_clock())
            for spec in self._specs():
                try:
                    client.run(self._notify_once(context, hook.defaults, spec, client.clock))
                except Exception as error:  # the others are told all the same
                    errors.append((spec, error))
        self._raise(errors)

    async def async_notify(self, context: Context) -> None:
        """Notify the person, once, without blocking the event loop.

        :param context: Airflow's context.
        :raises FlexoutError: when the arguments are wrong, or Twilio rejects a request or cannot be reached.
        """
        from airflow_provider_flexout.connection.settings import read_connection
        from airflow_provider_flexout.twilio.http.client import AsyncClient

        connection = read_connection(await FlexHook.aget_connection(self.flexout_conn_id))
        errors = []
        async with AsyncClient(connection.settings) as client:
            await client.run(self._read_clock())
            for spec in self._specs():
                try:
                    await client.run(self._notify_once(context, connection.defaults, spec, client.clock))
                except Exception as error:  # the others are told all the same
                    errors.append((spec, error))
        self._raise(errors)

    async def _await(self) -> None:
        try:
            notifier = self._rendered(self.context)
            await notifier.async_notify(notifier.context)
        except Exception as error:
            self._log_error(error)

    def _rendered(self, context: Context) -> FlexNotifier:
        """Give a copy of the notifier with its templates rendered in this context."""
        notifier = copy.copy(self)
        notifier.context = context
        dag = context.get("dag")
        # In dag.test(), the callback of a DAG gets a DAG that has no template environment.
        env = self.get_template_env(dag if hasattr(dag, "get_template_env") else None)
        notifier.render_template_fields(context, env)
        return notifier

    def _sendable(self, name: str, value: Any) -> Any:
        """Replace what is not UTF-8, since half a notification is better than none."""
        from airflow_provider_flexout.outreach.values.plain import readable

        return readable(value)

    def _specs(self) -> list[OutreachSpec]:
        """Describe the outreach to each person."""
        arguments = vars(spec_of(self))
        to = arguments.get("to")
        people = to if isinstance(to, (list, tuple)) else [to]
        return [OutreachSpec(**arguments | {"to": person}) for person in people]

    def _raise(self, errors: list[tuple[OutreachSpec, Exception]]) -> None:
        """Raise what went wrong; with several people, the error names those who were not notified."""
        from airflow_provider_flexout.outreach.errors import NotEverybodyNotified
        from airflow_provider_flexout.twilio.http.redaction import mask_address

        people = len(self._specs())
        if errors and people == 1:
            raise errors[0][1]
        if errors:
            each = [f"{mask_address(str(one.to))} ({type(error).__name__}: {error})" for one, error in errors]
            raise NotEverybodyNotified(
                f"{len(errors)} of {people} people were not notified: {'; '.join(each)}"
            )

    def _log_error(self, error: Exception) -> None:
        from airflow_provider_flexout.outreach.errors import NotEverybodyNotified
        from airflow_provider_flexout.twilio.http.redaction import mask_text

        who = "Not everybody" if isinstance(error, NotEverybodyNotified) else "Nobody"
        self.log.error("%s was notified. %s: %s", who, type(error).__name__, mask_text(str(error)))

    def _notify_once(
        self, context: Context, defaults: ConnectionDefaults, spec: OutreachSpec, clock: ServerClock
    ) -> Procedure[Any]:
        from airflow_provider_flexout.notifications.event import event_of
        from airflow_provider_flexout.outreach import durable
        from airflow_provider_flexout.outreach.interaction.request import build_request
        from airflow_provider_flexout.outreach.message.draft import MessageDraft
        from airflow_provider_flexout.outreach.notification.notify_once import (
            Notification,
            fingerprints_of,
            notify_once,
        )
        from airflow_provider_flexout.outreach.notification.recovery import notify_recovery_once

        event = event_of(context)
        if self.recovery and event.kind == "success":
            event = dataclasses.replace(event, kind=durable.EVENT_RECOVERED)
        request = None
        if self.conversation_sid is None:
            request = build_request(spec, key="", defaults=defaults, last_try=True, source=event.source)
        recipients = fingerprints_of(request) if request else [str(self.conversation_sid)]
        keys = [key for recipient in recipients for key in self._keys(event, recipient, spec, clock)]
        draft = MessageDraft(
            key=keys[0],
            conversation_sid=self.conversation_sid,
            body=self.body or (None if self.content_sid else event.sentence),
            content_sid=self.content_sid,
            content_variables=self.content_variables,
            subject=spec.subject,
            attributes={durable.EVENT_ATTRIBUTE: event.kind},
            source=event.source,
            workspace_sid=defaults.workspace_sid,
        )
        notification = Notification.checked(draft, request, tuple(keys[1:]))
        if event.kind == durable.EVENT_RECOVERED:
            return notify_recovery_once(notification, recipients)
        return notify_once(notification)

    def _read_clock(self) -> Procedure[None]:
        """Read Twilio's clock, so that a period of ``throttle`` is the same on every worker."""
        from airflow_provider_flexout.twilio.api.conversations import list_conversations

        if self.throttle:
            yield list_conversations(page_size=1)

    def _keys(
        self, event: CallbackEvent, recipient: str, spec: OutreachSpec, clock: ServerClock
    ) -> list[str]:
        """Make the key, and the one that an earlier version made of the same event, if that differs."""
        from airflow_provider_flexout.outreach import durable
        from airflow_provider_flexout.outreach.values.plain import user_key

        if spec.idempotency_key is not None:
            return [user_key(durable.notification_kind(recipient), spec.idempotency_key)]
        events = [event]
        if self.group_by == "run" and event.kind == durable.EVENT_DEADLINE:
            # A run that is late and then fails is one problem.
            events = [dataclasses.replace(event, kind=durable.EVENT_FAILURE), event]
        group_by, throttle, now = self.group_by, self.throttle, clock.now().timestamp()
        return [one.key(recipient, group_by=group_by, throttle=throttle, now=now) for one in events]


send_flex_notification = FlexNotifier
