"""The notifier: tells the person on duty, in a conversation of Twilio Flex, once."""

from __future__ import annotations

import copy
import time
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseNotifier

from airflow_provider_flexout.hooks.flex import FlexHook
from airflow_provider_flexout.mixins.arguments import keep_arguments, spec_of, templated_arguments

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    from airflow.sdk import Context

    from airflow_provider_flexout.notifications.event import Event
    from airflow_provider_flexout.outreach.interaction.spec import OutreachSpec
    from airflow_provider_flexout.outreach.notification.notify_once import Notification
    from airflow_provider_flexout.outreach.values.defaults import ConnectionDefaults
    from airflow_provider_flexout.outreach.values.durations import Duration


class FlexNotifier(BaseNotifier):
    """Tell somebody what happened in a DAG: in an agent conversation with them, or in a given one.

    For ``on_failure_callback``, ``on_retry_callback`` and ``on_success_callback`` of tasks and DAGs, for
    ``DeadlineAlert``, and for the ``notifiers`` of operators that wait for a human. An open conversation
    with that person is joined, otherwise one is opened as ``CreateInteractionOperator`` does.

    Airflow may call it twice for one event, and from several processes; the person is told once. A call is
    known again by DAG, run, task, map index and the kind of event, so a task's second retry is not told
    of, nor the failure of a task that was cleared: for that, give ``idempotency_key`` what tells them
    apart. A notification that fails is logged, and never changes what becomes of a task or a run.

    Contexts differ: at DAG level there may be no task instance, and a deadline has only the run. A
    template that does not fit fails, and nobody is told, so what is for all of them names ``dag_run``
    only. The text that stands in where none is given fits every event.

    Slack's notifier, for the shape: https://airflow.apache.org/docs/apache-airflow-providers-slack/stable/

    :param channel: as of ``CreateInteractionOperator``, and so are
    :param to: the person on duty,
    :param from_: our address,
    :param routing: Twilio's ``Routing`` object or its ``properties``,
    :param attributes: further task attributes, and
    :param initiated_by: who begins it.
    :param conversation_sid: in place of all these, a conversation to speak in, ``CH…``.
    :param body: the text, cut at 1,600 characters; when there is neither body nor template, one sentence on
        what happened.
    :param content_sid: a template, ``HX…``, in place of a body, as WhatsApp asks for when somebody has not
        written for a day.
    :param content_variables: the template's variables.
    :param subject: the subject of an email.
    :param idempotency_key: 1 to 256 characters, in place of what a call is otherwise known by.
    :param group_by: folds a storm into one message: ``"dag"``, ``"task"`` (over all runs), ``"run"``, or a
        name of your own, for a group over several DAGs. The first is told of; the others are not, and say so
        in their logs.
    :param throttle: with ``group_by``, how long that holds: a timedelta, seconds, or text (``"1h"``,
        ``"PT1H"``), counted from full hours and days in UTC. Only ``"run"`` can do without.
    :param flexout_conn_id: the Airflow connection.
    :param context: given by Airflow where it awaits the notifier.
    :raises ValueError: when a DAG is read whose notifier lacks one of these.
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
        content_variables: Mapping[str, Any] | None = None,
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
            raise ValueError("FlexNotifier: throttle says how long a group is told of once; pass group_by.")
        if group_by in ("dag", "task") and not throttle:
            raise ValueError(f"FlexNotifier: group_by={group_by!r} needs a throttle, as in throttle='1h'.")

    template_fields: Sequence[str] = (
        *templated_arguments(__init__),
        "conversation_sid",
        "body",
        "content_sid",
        "content_variables",
        "group_by",
        "throttle",
        "flexout_conn_id",
    )

    def __call__(self, *args: Any) -> None:
        """Tell, in the process that calls.

        :param args: Airflow's context.
        """
        try:
            # A copy, since Airflow calls one notifier for many runs, and rendering changes it.
            notifier = self._rendered(args[0] if args else {})
            notifier.notify(notifier.context)
        except Exception as error:
            self._say_why(error)

    def __await__(self) -> Generator[Any, Any, None]:
        """Tell, in the triggerer's event loop."""
        return self._await().__await__()

    def notify(self, context: Context) -> None:
        """Tell somebody, once.

        :param context: Airflow's.
        :raises FlexoutError: what stands in the way.
        """
        from airflow_provider_flexout.outreach.notification.notify_once import notify_once

        hook = FlexHook(self.flexout_conn_id)
        notification = self._notification(context, hook.defaults)
        with hook.get_conn() as client:
            client.run(notify_once(notification))

    async def async_notify(self, context: Context) -> None:
        """Tell somebody, once, without blocking the event loop; see :meth:`notify`."""
        from airflow_provider_flexout.connection.settings import read_connection
        from airflow_provider_flexout.outreach.notification.notify_once import notify_once
        from airflow_provider_flexout.twilio.http.client import AsyncClient

        account = read_connection(await FlexHook.aget_connection(self.flexout_conn_id))
        notification = self._notification(context, account.defaults)
        async with AsyncClient(account.settings) as client:
            await client.run(notify_once(notification))

    async def _await(self) -> None:
        try:
            notifier = self._rendered(self.context)
            await notifier.async_notify(notifier.context)
        except Exception as error:
            self._say_why(error)

    def _rendered(self, context: Context) -> FlexNotifier:
        """Give a copy of the notifier for this context, its templates filled in."""
        notifier = copy.copy(self)
        notifier.context = context
        dag = context.get("dag")
        # Under dag.test() a DAG's own callback gets a DAG that cannot render.
        env = self.get_template_env(dag if hasattr(dag, "get_template_env") else None)
        notifier.render_template_fields(context, env)
        return notifier

    def _say_why(self, error: Exception) -> None:
        from airflow_provider_flexout.twilio.http.redaction import mask_text

        self.log.error("Nobody was notified. %s: %s", type(error).__name__, mask_text(str(error)))

    def _notification(self, context: Context, defaults: ConnectionDefaults) -> Notification:
        from airflow_provider_flexout.notifications.event import event_of
        from airflow_provider_flexout.outreach.interaction.request import build_request
        from airflow_provider_flexout.outreach.message.draft import MessageDraft
        from airflow_provider_flexout.outreach.notification.notify_once import Notification

        event, spec = event_of(context), spec_of(self)
        request = None
        if self.conversation_sid is None:
            request = build_request(spec, key="", defaults=defaults, last_try=True, source=event.source)
        key = self._key(event, request.fingerprint if request else str(self.conversation_sid), spec)
        draft = MessageDraft(
            key=key,
            conversation_sid=self.conversation_sid,
            body=self.body or (None if self.content_sid else event.sentence),
            content_sid=self.content_sid,
            content_variables=self.content_variables,
            subject=spec.subject,
        )
        return Notification.checked(draft, request)

    def _key(self, event: Event, whom: str, spec: OutreachSpec) -> str:
        from airflow_provider_flexout.notifications.dedup_key import dedup_key
        from airflow_provider_flexout.outreach import durable
        from airflow_provider_flexout.outreach.values.keys import user_key

        if spec.idempotency_key is not None:
            return user_key(durable.notification_kind(whom), spec.idempotency_key)
        return dedup_key(event, whom, group_by=self.group_by, throttle=self.throttle, now=time.time())


send_flex_notification = FlexNotifier
