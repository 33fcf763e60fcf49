"""Following up on a conversation until the customer replies."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from airflow_provider_flexout.connection.running_task import began_at, is_retried, key_of, source_of
from airflow_provider_flexout.links.flex import ConversationLink
from airflow_provider_flexout.mixins.base import FlexOperator, permanent_errors_fail_at_once, push_each
from airflow_provider_flexout.mixins.conversation import ConversationMixin
from airflow_provider_flexout.mixins.policies import ContactPolicyMixin
from airflow_provider_flexout.mixins.templates import renderers_of, template_fields_of
from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.version_compat import AirflowFailException

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from airflow.sdk import Context

    from airflow_provider_flexout.mixins.literals.known import Literals
    from airflow_provider_flexout.outreach.follow_up.anchor import Anchor
    from airflow_provider_flexout.outreach.follow_up.cadence import Cadence
    from airflow_provider_flexout.outreach.follow_up.procedure import Ended, Waiting
    from airflow_provider_flexout.outreach.values.durations import Duration
    from airflow_provider_flexout.twilio.http.client import Client

ON_EXHAUSTED = ("return", "fail", "close")


class FollowUpOperator(ConversationMixin, ContactPolicyMixin):
    """Remind a customer, step by step, until they reply.

    This is one task, which is deferred between the steps and then holds no worker. Each step is sent once,
    even if the task is retried, cleared or killed: the task reads from the conversation at Twilio which steps
    were sent, and when, so a retry resumes where it stopped. A step that is due outside of the contact window
    waits for it, and a reply in the meantime ends that wait too.

    :param conversation_sid: the conversation, ``CH…``, for example ``create.output["conversation_sid"]``; or
        the whole result of the task that opened it or sent a message in it, as for
        ``SendConversationMessageOperator``.
    :param steps: what to send and when, as a list of objects such as ``{"after": "4h", "body": "…"}``.
        ``after`` is how long to wait for a reply to the message before: a timedelta, seconds, or text
        (``"4h"``, ``"PT4H"``). In place of ``body`` a step may have ``content_sid`` with
        ``content_variables``, or ``media_sid``; it may also have ``subject`` and ``attributes``. With
        ``on_closed_window="template"``, the template is sent in place of the body when WhatsApp's 24 hours
        are over.
    :param after: the message that waits for a reply, by its SID (``IM…``) or index, for example
        ``send.output["message_sid"]``. What the customer writes after it is a reply. The default is the
        newest message that this provider sent, or else the newest that is not the customer's.
    :param last_wait: how long to wait for a reply to the last step: a timedelta, seconds, or text
        (``"4h"``, ``"PT4H"``). The default is the wait before that step.
    :param levels: whose emails count as replies: those of the customer, ``"to"`` (default), or of people who
        get a copy, ``"cc"`` and ``"bcc"``; one of these or a list. Channels other than email have no levels.
    :param on_exhausted: what to do when all steps were sent and there was no reply: ``"return"`` (default),
        ``"fail"`` the task, or ``"close"`` the conversation and its task.
    :param author: the author of the messages; Twilio's default is ``system``.
    :param idempotency_key: the key under which the follow-up happens once, 1 to 256 characters. The default
        is one follow-up per DAG, logical date, task and map index.
    :param validate: whether SIDs are checked before anything is sent; the default is true. Turn it off for
        sample data.
    :param contact_window: when the customer may be contacted: days, hours, time zone and holidays, as an
        object or a ``ContactWindow`` (``docs/follow-ups.md`` lists its keys), or a list of these. The default
        is any time.
    :param timezone: the customer's own time zone as an IANA name, for example from a mapped row, for a
        contact window in the customer's time. The default is all zones that the customer's number may be in.
    :param suppression: whom not to contact: a list of addresses, a query
        (``{"conn_id": …, "sql": …}``) whose first column holds addresses, or a function that takes an address
        and returns whether it is suppressed. The default is nobody.
    :param consent: how to know who has opted out, in addition to a STOP and the delivery receipts of this
        conversation, which are always read: ``"receipts"`` for what all of Twilio's delivery receipts say (as
        error 21610), or a function that takes an address and returns whether that customer may be contacted.
    :param flexout_conn_id: the id of the Airflow connection; the default is ``flexout_default``. If it has a
        ``workspace_sid`` and this provider opened the conversation, the end of the agent's task also ends the
        follow-up.
    :returns: ``outcome`` (``replied``, ``exhausted``, ``closed`` or ``opted_out``), ``step`` (how many were
        sent), ``message_sids`` of the steps, ``reply_sids`` of the customer, ``time_to_reply`` (seconds from
        our last message before the reply, or null) and ``conversation_sid``. Each is also an XCom of its own.
        While the task waits, the XCom ``progress`` says how far it has got.
    :raises AirflowFailException: when an argument is wrong, Twilio rejects the request for good, or nobody
        replied and ``on_exhausted`` is ``"fail"``.
    """

    operator_extra_links = (ConversationLink(),)
    _waited_until: float | None = None
    """The time, by Twilio's clock, until which the last wait lasted, if it ended without a reply."""

    def __init__(
        self,
        *,
        conversation_sid: str | Mapping[str, Any],
        steps: Sequence[Mapping[str, Any]],
        after: str | int | None = None,
        last_wait: Duration | None = None,
        on_exhausted: str = "return",
        levels: str | Sequence[str] = "to",
        author: str | None = None,
        idempotency_key: str | None = None,
        validate: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.conversation_sid = conversation_sid
        self.steps = steps
        self.after = after
        self.last_wait = last_wait
        self.on_exhausted = on_exhausted
        self.levels = levels
        self.author = author
        self.idempotency_key = idempotency_key
        self.validate = validate

    template_fields: Sequence[str] = template_fields_of(__init__, ContactPolicyMixin, FlexOperator)
    template_fields_renderers: ClassVar[dict[str, str]] = renderers_of(__init__, ContactPolicyMixin)

    @classmethod
    def _check_literals(cls, known: Literals) -> None:
        from airflow_provider_flexout.mixins.literals.outreach import ANY_CONVERSATION
        from airflow_provider_flexout.outreach.follow_up.cadence import check_step, plan_cadence, plan_step
        from airflow_provider_flexout.outreach.inbox.checks import check_place, read_levels
        from airflow_provider_flexout.outreach.values.arguments import check_choice, check_given

        super()._check_literals(known)
        if "conversation_sid" in known:
            check_given("conversation_sid", known["conversation_sid"])
        if "on_exhausted" in known:
            check_choice("on_exhausted", known["on_exhausted"], ON_EXHAUSTED)
        if "levels" in known:
            read_levels(known["levels"])
        check_place(known.get("after"))
        rest = {name: known[name] for name in ("author", "validate") if name in known}
        if "steps" in known:
            plan_cadence(key="", conversation_sid=ANY_CONVERSATION, steps=known["steps"], **rest)
        for number, (step, part) in enumerate(known.entries("steps")):
            if part is step:
                plan_step(number, step, key="", conversation_sid=ANY_CONVERSATION, **rest)
            elif isinstance(step, Mapping):
                check_step(number, step, part)

    def _carry_out(self, context: Context) -> dict[str, Any]:
        """Start, or resume where an earlier attempt stopped."""
        from airflow_provider_flexout.outreach.follow_up.anchor import find_anchor

        self._find_conversation(context)
        with permanent_errors_fail_at_once():
            cadence = self._cadence(context)
            with self.hook.get_conn() as client:
                self._link_conversation(context, self.conversation_sid)
                anchor = client.run(find_anchor(cadence, self.after))
                return self._advance(context, client, cadence, anchor)

    def execute_after_wait(self, context: Context, event: dict[str, Any]) -> dict[str, Any]:
        """Resume after a wait; what the trigger found is read again.

        :param context: Airflow's context.
        :param event: the trigger's event; its ``resume_data`` names the message that waits for a reply, and
            says since when a policy has held the task.
        """
        from airflow_provider_flexout.outreach.follow_up.anchor import Anchor

        self._find_conversation(context)
        data = event[durable.EVENT_RESUME_DATA]
        self._restore_hold(data[durable.RESUME_HOLD])
        self._limit_time(context, data)
        self._waited_until = data.get(durable.RESUME_DUE) if durable.EVENT_TIMED_OUT in event else None
        with permanent_errors_fail_at_once():
            cadence = self._cadence(context)
            with self.hook.get_conn() as client:
                return self._advance(context, client, cadence, Anchor(**data[durable.RESUME_ANCHOR]))

    def _cadence(self, context: Context) -> Cadence:
        from airflow_provider_flexout.outreach.follow_up.cadence import plan_cadence
        from airflow_provider_flexout.outreach.values.arguments import check_choice

        check_choice("on_exhausted", self.on_exhausted, ON_EXHAUSTED)
        return plan_cadence(
            key=key_of(context, durable.KeyKind.FOLLOW_UP, self.idempotency_key),
            conversation_sid=self.conversation_sid,
            steps=self.steps,
            author=self.author,
            last_wait=self.last_wait,
            levels=self.levels,
            validate=self.validate,
            shared_key=self.idempotency_key is not None,
            source=source_of(context),
        )

    def _advance(self, context: Context, client: Client, cadence: Cadence, anchor: Anchor) -> dict[str, Any]:
        """Do what is due; this may defer the task, which then resumes in ``execute_after_wait``."""
        from airflow_provider_flexout.outreach.follow_up.procedure import Waiting, follow_up
        from airflow_provider_flexout.outreach.policies.recipients import Recipients

        recipients = Recipients(conversation_sid=self.conversation_sid)
        state = client.run(
            follow_up(
                cadence,
                anchor,
                self._rules().policies(recipients),
                workspace_sid=self.hook.defaults.workspace_sid,
                retried=is_retried(context),
                began_at=began_at(context),
            )
        )
        if isinstance(state, Waiting):
            self._wait(context, cadence, anchor, state)
        return self._end(context, client, state)  # type: ignore[arg-type]

    def _wait(self, context: Context, cadence: Cadence, anchor: Anchor, waiting: Waiting) -> None:
        from airflow_provider_flexout.outreach.waiters import ReplyWaiter, serialize
        from airflow_provider_flexout.triggers.poll import PollTrigger

        state, total = waiting.state, len(cadence.steps)
        if self._waited_until and state.read_at.timestamp() < self._waited_until:
            self._time_out(f"{state.step} of {total} steps sent, no reply yet")
        if waiting.hold:
            until, why = self._next_check(waiting.hold, state.read_at), waiting.hold.why
        else:
            self._restore_hold({durable.HELD_SINCE: None, durable.HELD_BY: ""})
            until = state.due
            why = f"step {state.step + 1} of {total}" if state.step < total else "the end"
        self._report(context, waiting, total, until, why)
        waiter = ReplyWaiter(self.conversation_sid, anchor.after, anchor.asked_at, cadence.levels)
        now, limit = time.time(), self._limit_time(context)
        self.defer(
            trigger=PollTrigger(
                waiter=serialize(waiter),
                flexout_conn_id=self.flexout_conn_id,
                started_at=now,
                deadline=min(now + (until - state.read_at).total_seconds(), limit or math.inf),
                resume_data={
                    durable.RESUME_DUE: until.timestamp(),
                    durable.RESUME_ANCHOR: durable.fields(anchor, durable.ANCHOR_FIELDS),
                    durable.RESUME_HOLD: self._hold_data(),
                    **self._time_limit_data(context),
                },
            ),
            method_name=durable.EXECUTE_AFTER_WAIT,
        )

    def _report(self, context: Context, waiting: Waiting, total: int, until: datetime, why: str) -> None:
        """Report progress in the log and in an XCom, which Airflow shows while the task is deferred."""
        state, moment = waiting.state, until.isoformat(timespec="seconds")
        self.log.info(
            "%d of %d steps sent, no reply yet. Waiting for one until %s: %s.",
            state.step,
            total,
            moment,
            why.rstrip("."),
        )
        progress = durable.follow_up_progress(waiting, total, moment)
        context["ti"].xcom_push(key=durable.XCOM_PROGRESS, value=progress)

    def _end(self, context: Context, client: Client, ended: Ended) -> dict[str, Any]:
        from airflow_provider_flexout.outreach.follow_up.procedure import close_unanswered

        state = ended.state
        result = durable.follow_up_result(ended, self.conversation_sid)
        push_each(context, result)
        if ended.skip:
            context["ti"].xcom_push(key=durable.XCOM_SKIP_REASON, value=ended.skip.reason)
            self.log.info("Nothing more is sent (%s): %s", ended.skip.reason, ended.skip.why)
        self.log.info("The follow-up ended after %d steps: %s.", state.step, ended.outcome)
        if ended.outcome == "exhausted" and self.on_exhausted == "close":
            client.run(close_unanswered(self.conversation_sid))
        if ended.outcome == "exhausted" and self.on_exhausted == "fail":
            raise AirflowFailException(f"All {state.step} steps were sent, and nobody replied.")
        return result
