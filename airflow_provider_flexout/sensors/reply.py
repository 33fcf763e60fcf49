"""Waiting for a customer's reply."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseSensorOperator, PokeReturnValue

from airflow_provider_flexout.links.flex import ConversationLink
from airflow_provider_flexout.mixins.base import (
    FlexOperator,
    is_retried,
    permanent_errors_fail_at_once,
    push_each,
)
from airflow_provider_flexout.mixins.waiting import is_deferrable, poll_trigger, raise_event_error
from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.version_compat import AirflowSensorTimeout, AirflowSkipException

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from airflow.sdk import Context

    from airflow_provider_flexout.outreach.values.durations import Duration
    from airflow_provider_flexout.outreach.waiters import ErrorBudget, Reply, ReplyWaiter
    from airflow_provider_flexout.twilio.http.client import Client

_ON_TIMEOUT = ("fail", "skip", "return")


class ConversationReplySensor(FlexOperator, BaseSensorOperator):
    """Wait until a customer writes in a conversation.

    A customer is who takes part by an address (SMS, WhatsApp, email, Messenger); in a chat, where nobody
    has one, who joined first. What agents, the pipeline and Twilio itself write is no reply. Several
    messages that the customer has written by then are returned together.

    A conversation that is closed before a reply came, or deleted, fails the task at once and says so,
    whatever ``on_timeout`` is: no reply can come any more. A deleted one is noticed by the next look, a
    closed one by every twelfth: before the wait has lasted twice as long, or within two and a half hours.

    Without ``after``, the wait is for what comes after the newest message at the sensor's first look. On
    Airflow 3.3 and newer that place is kept in the task's state store, so that a retried or cleared task
    finds a reply that came between two tries. Older versions keep nothing between tries: there, a later
    try takes what the customer has written since the DAG run started. Pass ``after`` where the question is
    known, ``after=say.output["message_sid"]``, and every try looks from the same place.

    With ``deferrable``, the triggerer looks ever less often: after about a twentieth of the wait's age,
    from 5 seconds to 10 minutes, which comes to at most 250 requests a day. Without, the sensor looks each
    ``poke_interval`` in its ``mode``.

    Twilio's page: https://www.twilio.com/docs/conversations/api/conversation-message-resource

    :param conversation_sid: ``CH…``, for example ``create.output["conversation_sid"]``.
    :param after: SID (``IM…``) or index of a message; only what comes after it counts. ``-1`` counts all.
    :param timeout: how long until ``on_timeout``: a timedelta, seconds, or text (``"2d"``, ``"P2D"``); the
        default is Airflow's own for sensors. A retried task waits as long again.
    :param on_timeout: without a reply in time, ``"fail"``, ``"skip"`` the task, or ``"return"`` a result
        with ``replied`` false.
    :param include_body: also return the texts. They are people's words, and stand in the XCom for whoever
        may read it; they are read by the worker and never pass through the triggerer.
    :param deferrable: whether to wait in the triggerer; the default is Airflow's own setting.
    :param flexout_conn_id: the Airflow connection.
    :returns: ``replied``, ``message_sids`` (IM, oldest first), ``count``, ``time_to_reply`` (seconds from
        the message that was waited after to the first reply, by Twilio's clock), ``participant_sid`` (MB,
        who wrote the first) and ``conversation_sid``; with ``include_body`` also ``bodies``. Each is also
        an XCom of its own.
    :raises AirflowFailException: when an argument is wrong, or no reply can come any more.
    :raises AirflowSensorTimeout: when none came in time and ``on_timeout`` is ``"fail"``.
    """

    template_fields: Sequence[str] = ("conversation_sid", "after", "on_timeout", "flexout_conn_id")
    operator_extra_links = (ConversationLink(),)

    def __init__(
        self,
        *,
        conversation_sid: str,
        after: str | int | None = None,
        timeout: Duration | None = None,
        on_timeout: str = "fail",
        include_body: bool = False,
        deferrable: bool | None = None,
        **kwargs: Any,
    ) -> None:
        if timeout is not None:
            from airflow_provider_flexout.outreach.values.durations import read_duration

            kwargs["timeout"] = read_duration("timeout", timeout)
        super().__init__(**kwargs)
        self.conversation_sid = conversation_sid
        self.after = after
        self.on_timeout = on_timeout
        self.include_body = include_body
        self.deferrable = deferrable
        self._watch: ReplyWaiter | None = None
        self._patience: ErrorBudget | None = None

    def execute(self, context: Context) -> dict[str, Any]:
        """Look, and wait where there is nothing yet."""
        with permanent_errors_fail_at_once():
            self._check()
            self._link_conversation(context, self.conversation_sid)
            if not is_deferrable(self.deferrable):
                return self._poke_until_there(context)
            return self._look_and_defer(context)

    def _check(self) -> None:
        from airflow_provider_flexout.outreach.values.arguments import check_choice
        from airflow_provider_flexout.outreach.values.sids import check_sid

        check_choice("on_timeout", self.on_timeout, _ON_TIMEOUT)
        check_sid("conversation_sid", self.conversation_sid, "CH")

    def _poke_until_there(self, context: Context) -> dict[str, Any]:
        try:
            found: dict[str, Any] = super().execute(context)
        except AirflowSensorTimeout as late:
            return self._timed_out(context, str(late))
        return self._finish(context, found)

    def poke(self, context: Context) -> bool | PokeReturnValue:
        """Look once.

        :param context: Airflow's.
        """
        from airflow_provider_flexout.outreach.waiters import ErrorBudget
        from airflow_provider_flexout.twilio.http.errors import TwilioError

        patience = self._patience = self._patience or ErrorBudget()
        with permanent_errors_fail_at_once(), self.hook.get_conn() as client:
            try:
                self._watch = self._watch or self._begin(context, client)
                reply = client.run(self._watch.look())
            except TwilioError as error:
                patience.record_error(error)
                self.log.warning("Could not look, and will again: %s", error)
                return False
            patience.renew()
            return reply is not None and PokeReturnValue(True, self._result(reply, self._watch, client))

    def _look_and_defer(self, context: Context) -> dict[str, Any]:
        with self.hook.get_conn() as client:
            watch = self._begin(context, client)
            reply = client.run(watch.look())
            if reply is not None:
                return self._finish(context, self._result(reply, watch, client))
        trigger = poll_trigger(watch, self.flexout_conn_id, self.timeout)
        return self.defer(trigger=trigger, method_name=durable.EXECUTE_COMPLETE)

    def execute_complete(self, context: Context, event: dict[str, Any]) -> dict[str, Any]:
        """Come back from a deferral.

        :param context: Airflow's.
        :param event: what the trigger saw, and what it was handed.
        """
        from airflow_provider_flexout.outreach.waiters import Reply

        raise_event_error(event)
        if durable.EVENT_TIMED_OUT in event:
            return self._timed_out(context, event[durable.EVENT_TIMED_OUT])
        with permanent_errors_fail_at_once(), self.hook.get_conn() as client:
            return self._finish(
                context,
                self._result(
                    Reply(**event[durable.EVENT_FOUND]), _watch(event[durable.EVENT_WAITER]), client
                ),
            )

    def _begin(self, context: Context, client: Client) -> ReplyWaiter:
        """Find the message after which to wait: the same one on every try, as far as it can be known."""
        from airflow_provider_flexout.outreach.waiters import serialize, watch_replies

        if self.after is not None:
            return client.run(watch_replies(self.conversation_sid, self.after))
        store: Any = context.get("task_state_store")
        kept = store.get(durable.REPLY_STATE) if store is not None else None
        if kept and kept["conversation_sid"] == self.conversation_sid:
            return _watch(kept)
        watch = client.run(watch_replies(self.conversation_sid, self._began_before(context)))
        if store is not None:
            store.set(durable.REPLY_STATE, serialize(watch))
        return watch

    def _began_before(self, context: Context) -> datetime | None:
        """Give when the wait began, if another try or another look of this one began it."""
        if self.reschedule and (first := context["ti"].get_first_reschedule_date(context)):
            return first
        return context["dag_run"].start_date if is_retried(context) else None

    def _result(self, reply: Reply, watch: ReplyWaiter, client: Client) -> dict[str, Any]:
        bodies = {"bodies": client.run(watch.read_bodies(reply))} if self.include_body else {}
        return reply.as_dict() | bodies

    def _timed_out(self, context: Context, sentence: str) -> dict[str, Any]:
        from airflow_provider_flexout.outreach.waiters import Reply

        message = f"No reply in conversation {self.conversation_sid}: {sentence}"
        if self.on_timeout == "fail":
            raise AirflowSensorTimeout(message)
        if self.on_timeout == "skip":
            raise AirflowSkipException(message)
        self.log.info(message)
        bodies: dict[str, Any] = {"bodies": []} if self.include_body else {}
        return self._finish(context, Reply(self.conversation_sid).as_dict() | bodies)

    def _finish(self, context: Context, result: dict[str, Any]) -> dict[str, Any]:
        push_each(context, result)
        self.log.info("Replied: %s, %d messages.", result["replied"], result["count"])
        return result


def _watch(description: dict[str, Any]) -> ReplyWaiter:
    from airflow_provider_flexout.outreach.waiters import ReplyWaiter, deserialize

    watch = deserialize(description)
    assert isinstance(watch, ReplyWaiter)  # noqa: S101 - it is this sensor's own
    return watch
