"""The sensor that waits for a customer's reply."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseSensorOperator, PokeReturnValue

from airflow_provider_flexout.connection.running_task import is_retried
from airflow_provider_flexout.links.flex import ConversationLink
from airflow_provider_flexout.mixins.base import permanent_errors_fail_at_once, push_each
from airflow_provider_flexout.mixins.checked_operator import refused_in
from airflow_provider_flexout.mixins.conversation import ConversationMixin
from airflow_provider_flexout.mixins.waiting import is_deferrable, poll_trigger, raise_event_error
from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.version_compat import AirflowSensorTimeout, AirflowSkipException

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from airflow.sdk import Context

    from airflow_provider_flexout.mixins.literals.known import Literals
    from airflow_provider_flexout.outreach.values.durations import Duration
    from airflow_provider_flexout.outreach.waiters import ErrorBudget, Reply, ReplyWaiter
    from airflow_provider_flexout.twilio.http.client import Client

_ON_TIMEOUT = ("fail", "skip", "return")


class ConversationReplySensor(ConversationMixin, BaseSensorOperator):
    """Wait until a customer writes in a conversation.

    A customer is a participant with an address (SMS, WhatsApp, email, Messenger); on email, only one at level
    ``to``. In a chat, where nobody has an address, it is the participant who joined first. Messages of
    agents, of the pipeline and of Twilio itself are not replies. If the customer has written several messages
    by then, they are returned together.

    If the conversation is closed or deleted before a reply, the task fails and says so, whatever
    ``on_timeout`` is, because no reply can come any more. A deletion is noticed at the next poll. Every
    twelfth poll checks whether the conversation is closed, so a closing is noticed before the wait has lasted
    twice as long, or within two and a half hours.

    Without ``after``, the sensor waits for messages after the one that is the newest at its first poll. On
    Airflow 3.3 and newer that place is kept in the task's state store, so a retried or cleared task finds a
    reply that came between two tries. Older versions keep nothing between tries; there, a later try takes
    what the customer has written since the DAG run started. If you know the message, pass it, as in
    ``after=send.output["message_sid"]``; then every try starts from the same place.

    With ``deferrable``, the triggerer polls less and less often: the pause is a twentieth of the wait's age,
    between 5 seconds and 10 minutes, which makes at most 250 requests a day. Without it, the sensor polls
    every ``poke_interval`` in its ``mode``.

    Twilio's page: https://www.twilio.com/docs/conversations/api/conversation-message-resource

    :param conversation_sid: the conversation, ``CH…``, for example ``create.output["conversation_sid"]``; or
        the whole result of the task that opened it or sent a message in it, as for
        ``SendConversationMessageOperator``.
    :param after: the message after which a reply counts, by its SID (``IM…``) or index; ``-1`` counts all
        messages.
    :param timeout: how long to wait for a reply: a timedelta, seconds, or text (``"2d"``, ``"P2D"``). The
        default is Airflow's for sensors. A retried task waits as long again. If ``execution_timeout`` is over
        first, the try fails, whatever ``on_timeout`` is.
    :param on_timeout: what to do without a reply in time: ``"fail"`` (default), ``"skip"`` the task, or
        ``"return"`` a result whose ``replied`` is false.
    :param include_body: whether to return the texts too; the default is false. Texts are personal data, and
        everybody who may read the XCom can read them. The worker reads them; they never pass through the
        triggerer.
    :param levels: whose emails count as replies: those of the customer, ``"to"`` (default), or of people who
        get a copy, ``"cc"`` and ``"bcc"``; one of these or a list. Channels other than email have no levels.
    :param deferrable: whether to wait in the triggerer. The default is Airflow's setting
        ``default_deferrable``.
    :param flexout_conn_id: the id of the Airflow connection; the default is ``flexout_default``.
    :returns: ``replied``, ``message_sids`` (IM, oldest first), ``count``, ``time_to_reply`` (seconds from
        the message of ``after`` to the first reply, by Twilio's clock), ``participant_sid`` (MB, who wrote
        the first reply) and ``conversation_sid``; with ``include_body`` also ``bodies``. Each is also an XCom
        of its own.
    :raises AirflowFailException: when an argument is wrong, or there can be no reply any more.
    :raises AirflowSensorTimeout: when there was no reply in time and ``on_timeout`` is ``"fail"``.
    """

    template_fields: Sequence[str] = ("conversation_sid", "after", "on_timeout", "levels", "flexout_conn_id")
    operator_extra_links = (ConversationLink(),)

    def __init__(
        self,
        *,
        conversation_sid: str | Mapping[str, Any],
        after: str | int | None = None,
        timeout: Duration | None = None,
        on_timeout: str = "fail",
        include_body: bool = False,
        levels: str | Sequence[str] = "to",
        deferrable: bool | None = None,
        **kwargs: Any,
    ) -> None:
        if timeout is not None:
            from airflow_provider_flexout.outreach.values.durations import read_duration

            with refused_in(type(self), kwargs.get("task_id")):
                kwargs["timeout"] = read_duration("timeout", timeout)
        super().__init__(**kwargs)
        self.conversation_sid = conversation_sid
        self.after = after
        self.on_timeout = on_timeout
        self.include_body = include_body
        self.levels = levels
        self.deferrable = deferrable
        self._waiter: ReplyWaiter | None = None
        self._error_budget: ErrorBudget | None = None

    @classmethod
    def _check_literals(cls, known: Literals) -> None:
        from airflow_provider_flexout.outreach.inbox.checks import check_place, read_levels
        from airflow_provider_flexout.outreach.values.arguments import check_choice, check_given

        super()._check_literals(known)
        if "conversation_sid" in known:
            check_given("conversation_sid", known["conversation_sid"])
        if "on_timeout" in known:
            check_choice("on_timeout", known["on_timeout"], _ON_TIMEOUT)
        if "levels" in known:
            read_levels(known["levels"])
        check_place(known.get("after"))

    def execute(self, context: Context) -> dict[str, Any]:
        """Poll once, and wait if there is no reply yet."""
        self._find_conversation(context)
        with permanent_errors_fail_at_once():
            self._check()
            self._link_conversation(context, self.conversation_sid)
            if not is_deferrable(self.deferrable):
                return self._poke_until_reply(context)
            return self._poll_and_defer(context)

    def _check(self) -> None:
        from airflow_provider_flexout.outreach.values.arguments import check_choice
        from airflow_provider_flexout.outreach.values.sids import check_sid

        check_choice("on_timeout", self.on_timeout, _ON_TIMEOUT)
        check_sid("conversation_sid", self.conversation_sid, "CH")

    def _poke_until_reply(self, context: Context) -> dict[str, Any]:
        try:
            found: dict[str, Any] = super().execute(context)
        except AirflowSensorTimeout as error:
            return self._timed_out(context, str(error))
        return self._finish(context, found)

    def poke(self, context: Context) -> bool | PokeReturnValue:
        """Poll once.

        :param context: Airflow's context.
        """
        from airflow_provider_flexout.outreach.waiters import ErrorBudget
        from airflow_provider_flexout.twilio.http.errors import TwilioError

        budget = self._error_budget = self._error_budget or ErrorBudget()
        with permanent_errors_fail_at_once(), self.hook.get_conn() as client:
            try:
                self._waiter = self._waiter or self._make_waiter(context, client)
                reply = client.run(self._waiter.poll())
            except TwilioError as error:
                budget.record_error(error)
                self.log.warning("Could not poll for a reply, and will poll again: %s", error)
                return False
            budget.renew()
            return reply is not None and PokeReturnValue(True, self._result(reply, self._waiter, client))

    def _poll_and_defer(self, context: Context) -> dict[str, Any]:
        with self.hook.get_conn() as client:
            waiter = self._make_waiter(context, client)
            reply = client.run(waiter.poll())
            if reply is not None:
                return self._finish(context, self._result(reply, waiter, client))
        deadline, limit = time.time() + self.timeout, self._limit_time(context)
        if limit is None or limit >= deadline:
            trigger = poll_trigger(waiter, self.flexout_conn_id, deadline)
        else:
            trigger = poll_trigger(waiter, self.flexout_conn_id, limit, self._time_limit_data(context))
        return self.defer(trigger=trigger, method_name=durable.EXECUTE_COMPLETE)

    def execute_complete(self, context: Context, event: dict[str, Any]) -> dict[str, Any]:
        """Resume after a deferral.

        :param context: Airflow's context.
        :param event: the trigger's event.
        """
        from airflow_provider_flexout.outreach.waiters import Reply

        self._find_conversation(context)
        raise_event_error(event)
        if durable.EVENT_TIMED_OUT in event:
            sentence = event[durable.EVENT_TIMED_OUT]
            if durable.RESUME_TIME_LIMIT in (event[durable.EVENT_RESUME_DATA] or {}):
                self._time_out(f"No reply in conversation {self.conversation_sid}: {sentence.rstrip('.')}")
            return self._timed_out(context, sentence)
        with permanent_errors_fail_at_once(), self.hook.get_conn() as client:
            reply = Reply(**event[durable.EVENT_FOUND])
            waiter = _waiter_from(event[durable.EVENT_WAITER])
            return self._finish(context, self._result(reply, waiter, client))

    def _make_waiter(self, context: Context, client: Client) -> ReplyWaiter:
        """Find the message after which a reply counts: the same one in every try, as far as it is known."""
        from airflow_provider_flexout.outreach.inbox.checks import read_levels
        from airflow_provider_flexout.outreach.inbox.newest_messages import read_back
        from airflow_provider_flexout.outreach.waiters import reply_waiter, serialize

        levels = read_levels(self.levels)
        if self.after is not None:
            return client.run(reply_waiter(self.conversation_sid, self.after, levels))
        store: Any = context.get("task_state_store")
        state = store.get(durable.REPLY_STATE) if store is not None else None
        if state and state["conversation_sid"] == self.conversation_sid:
            return _waiter_from(state)
        after = self._started_before(context)
        if after is not None:  # by Airflow's clock, and the messages are dated by Twilio's
            client.run(read_back(self.conversation_sid, lambda _: True, page_size=1))
            after -= client.clock.ahead
        waiter = client.run(reply_waiter(self.conversation_sid, after, levels))
        if store is not None:
            store.set(durable.REPLY_STATE, serialize(waiter))
        return waiter

    def _started_before(self, context: Context) -> datetime | None:
        """Say when the wait started, if another try or another poke of this one started it."""
        if self.reschedule and (first := context["ti"].get_first_reschedule_date(context)):
            return first
        return context["dag_run"].start_date if is_retried(context) else None

    def _result(self, reply: Reply, waiter: ReplyWaiter, client: Client) -> dict[str, Any]:
        bodies = {"bodies": client.run(waiter.read_bodies(reply))} if self.include_body else {}
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
        from airflow_provider_flexout.outreach.values.arguments import count_of

        push_each(context, result)
        self.log.info("Replied: %s, %s.", result["replied"], count_of(result["count"], "message"))
        return result


def _waiter_from(serialized: dict[str, Any]) -> ReplyWaiter:
    from airflow_provider_flexout.outreach.waiters import ReplyWaiter, deserialize

    waiter = deserialize(serialized)
    assert isinstance(waiter, ReplyWaiter)  # noqa: S101 - this sensor serialized it
    return waiter
