"""The notifier, which tells the person on duty once, in a conversation of Twilio Flex."""

from __future__ import annotations

import copy
import time
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseNotifier

from airflow_provider_flexout.hooks.flex import FlexHook
from airflow_provider_flexout.mixins.arguments import keep_arguments, spec_of, template_fields_of
from airflow_provider_flexout.mixins.templates import TemplateFieldsMixin

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    from airflow.sdk import Context

    from airflow_provider_flexout.notifications.event import CallbackEvent
    from airflow_provider_flexout.outreach.notification.notify_once import Notification
    from airflow_provider_flexout.outreach.values.defaults import ConnectionDefaults
    from airflow_provider_flexout.outreach.values.durations import Duration
    from airflow_provider_flexout.outreach.values.spec import OutreachSpec


class FlexNotifier(TemplateFieldsMixin, BaseNotifier):
    """Tell somebody what happened in a DAG, once: in an agent conversation with them, or in a given one.

    Use it for ``on_failure_callback``, ``on_retry_callback`` and ``on_success_callback`` of tasks and DAGs,
    for ``DeadlineAlert``, and for the ``notifiers`` of operators that wait for a human. An open conversation
    with that person is joined; otherwise one is opened as ``CreateInteractionOperator`` does.

    Airflow may call a notifier twice for one event, and from several processes; the person is notified once.
    Two calls are the same notification if DAG, run, task, map index and the kind of event are the same. So a
    second retry of a task is not notified, nor another failure after the task was cleared; to be notified of
    these, pass an ``idempotency_key`` that differs. A notification that fails is logged, and never changes
    the state of a task or run.

    Contexts differ: that of a DAG's callback may have no task instance, and that of a deadline has only the
    run. A template that does not fit the context fails, and nobody is notified, so a template for all of them
    should use ``dag_run`` only. The default text fits every event.

    Airflow's page: https://airflow.apache.org/docs/apache-airflow/stable/howto/notifications.html

    :param channel: the kind of channel: ``"sms"``, ``"whatsapp"``, ``"email"``, ``"chat"``, ``"web"`` or
        ``"messenger"``; or Twilio's whole ``Channel`` object. Either this or ``conversation_sid`` is
        required, and both together are refused.
    :param to: the address of the person on duty, as for ``CreateInteractionOperator``. It is required with a
        channel that is given by its name.
    :param from_: the sender's address; the default is the connection's sender for the channel.
    :param routing: Twilio's ``Routing`` object, or its ``properties`` alone, as for
        ``CreateInteractionOperator``.
    :param attributes: further attributes of the task, as an object, 4,096 characters of JSON at most.
    :param initiated_by: who starts the interaction: ``"agent"`` (default), ``"api"`` or ``"customer"``.
    :param conversation_sid: an existing conversation (``CH…``) to send the message in, in place of
        ``channel`` and ``to``.
    :param body: the text, which is cut at 1,600 characters. The default, when there is no ``content_sid``
        either, is one sentence on what happened.
    :param content_sid: a template, ``HX…``, in place of ``body``. WhatsApp requires one for somebody who has
        not written for a day.
    :param content_variables: the template's variables, for example ``{"1": "{{ dag_run.dag_id }}"}``.
    :param subject: the subject of an email.
    :param idempotency_key: the key under which the person is notified once, 1 to 256 characters, in place of
        the one that is made of the event.
    :param group_by: which events make one notification together: those of a ``"dag"``, a ``"task"`` (over
        all runs) or a ``"run"``, or, under a name of your own, those of several DAGs. The first event is
        notified; the others write to their logs that they were not. By default each event is notified.
    :param throttle: the period in which a group makes one notification: a timedelta, seconds, or text
        (``"1h"``, ``"PT1H"``), counted from full hours and days in UTC. It needs ``group_by``, and
        ``group_by`` needs it unless it is ``"run"`` or a name of your own.
    :param flexout_conn_id: the id of the Airflow connection; the default is ``flexout_default``.
    :param context: Airflow's context, which Airflow passes where it awaits the notifier.
    :raises ValueError: when the DAG is parsed and an argument is missing or refused.
    """

    def __init__(
        self,
        *,
        channel: str | Mapping[str, Any] | None = None,
        to: str | None = None,
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
        self.flexout_conn_id = flexout_conn_id
        nobody = isinstance(channel, str) and not to
        if (channel is None) == (conversation_sid is None) or nobody:
            raise ValueError("FlexNotifier: pass a channel and to, or a conversation_sid.")
        if throttle and not group_by:
            raise ValueError("FlexNotifier: throttle is the period of a group; pass group_by too.")
        if group_by in ("dag", "task") and not throttle:
            raise ValueError(f"FlexNotifier: group_by={group_by!r} needs a throttle, as in throttle='1h'.")

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
        from airflow_provider_flexout.outreach.notification.notify_once import notify_once

        hook = FlexHook(self.flexout_conn_id)
        notification = self._notification(context, hook.defaults)
        with hook.get_conn() as client:
            client.run(notify_once(notification))

    async def async_notify(self, context: Context) -> None:
        """Notify the person, once, without blocking the event loop.

        :param context: Airflow's context.
        :raises FlexoutError: when the arguments are wrong, or Twilio rejects a request or cannot be reached.
        """
        from airflow_provider_flexout.connection.settings import read_connection
        from airflow_provider_flexout.outreach.notification.notify_once import notify_once
        from airflow_provider_flexout.twilio.http.client import AsyncClient

        connection = read_connection(await FlexHook.aget_connection(self.flexout_conn_id))
        notification = self._notification(context, connection.defaults)
        async with AsyncClient(connection.settings) as client:
            await client.run(notify_once(notification))

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

    def _log_error(self, error: Exception) -> None:
        from airflow_provider_flexout.twilio.http.redaction import mask_text

        self.log.error("Nobody was notified. %s: %s", type(error).__name__, mask_text(str(error)))

    def _notification(self, context: Context, defaults: ConnectionDefaults) -> Notification:
        from airflow_provider_flexout.notifications.event import event_of
        from airflow_provider_flexout.outreach.interaction.request import build_request
        from airflow_provider_flexout.outreach.message.draft import MessageDraft
        from airflow_provider_flexout.outreach.notification.notify_once import Notification, fingerprints_of

        event, spec = event_of(context), spec_of(self)
        request = None
        if self.conversation_sid is None:
            request = build_request(spec, key="", defaults=defaults, last_try=True, source=event.source)
        recipients = fingerprints_of(request) if request else [str(self.conversation_sid)]
        keys = [self._key(event, recipient, spec) for recipient in recipients]
        draft = MessageDraft(
            key=keys[0],
            conversation_sid=self.conversation_sid,
            body=self.body or (None if self.content_sid else event.sentence),
            content_sid=self.content_sid,
            content_variables=self.content_variables,
            subject=spec.subject,
        )
        return Notification.checked(draft, request, tuple(keys[1:]))

    def _key(self, event: CallbackEvent, recipient: str, spec: OutreachSpec) -> str:
        from airflow_provider_flexout.outreach import durable
        from airflow_provider_flexout.outreach.values.keys import user_key

        if spec.idempotency_key is not None:
            return user_key(durable.notification_kind(recipient), spec.idempotency_key)
        return event.key(recipient, group_by=self.group_by, throttle=self.throttle, now=time.time())


send_flex_notification = FlexNotifier
