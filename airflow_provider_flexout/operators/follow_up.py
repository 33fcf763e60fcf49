"""Following up on a conversation until the customer answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from airflow_provider_flexout.links.flex import ConversationLink
from airflow_provider_flexout.mixins.base import (
    FlexOperator,
    is_retried,
    key_of,
    permanent_errors_fail_at_once,
    push_each,
)
from airflow_provider_flexout.mixins.policies import ContactPolicyMixin
from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.version_compat import AirflowFailException

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from airflow.sdk import Context

    from airflow_provider_flexout.outreach.follow_up.anchor import Anchor
    from airflow_provider_flexout.outreach.follow_up.cadence import Cadence
    from airflow_provider_flexout.outreach.follow_up.procedure import Ended, Waiting
    from airflow_provider_flexout.outreach.values.durations import Duration
    from airflow_provider_flexout.twilio.http.client import Client

ON_EXHAUSTED = ("return", "fail", "close")


class FollowUpOperator(ContactPolicyMixin):
    """Remind a customer, step by step, until they answer.

    One task, which is deferred between the steps and holds no worker then. Each step is said once, whatever
    is killed, retried or cleared: which were said, and when, is read from the conversation at Twilio, and
    a retried task goes on where it was. A step that falls into the night waits for the contact window, and
    an answer in the meantime ends that wait too.

    :param conversation_sid: ``CH…``, for example ``create.output["conversation_sid"]``.
    :param steps: what to say and when: ``{"after": "4h", "body": "…"}``, in place of ``body`` also
        ``content_sid``, ``content_variables``, ``media_sid``, ``subject``, ``attributes``; with
        ``on_closed_window="template"`` the template takes the body's place once WhatsApp's 24 hours are
        over. ``after`` is how long there has been no reply since the message before: a timedelta, seconds,
        or text (``"4h"``, ``"PT4H"``).
    :param after: SID or index of the message that waits for an answer, for example
        ``send.output["message_sid"]``. By default the newest that this provider sent, else the newest of
        anybody's but the customer's. What the customer wrote after it is a reply.
    :param last_wait: how long an answer to the last step is waited for, likewise; by default as long as was
        waited before that step.
    :param on_exhausted: what to do when all steps were said and nobody answered: ``"return"``, ``"fail"``
        the task, or ``"close"`` the conversation and its task.
    :param author: who says it; Twilio's default is ``system``.
    :param idempotency_key: 1 to 256 characters; the default is one follow-up per task instance.
    :param contact_window: when the customer may be contacted, see :class:`ContactPolicyMixin`
        for this and the next two.
    :param suppression: whom not to contact.
    :param consent: how to know who has opted out, beside their STOP and the receipts of this conversation,
        which are always looked at.
    :param validate: whether SIDs are checked before anything is sent; off for sample data.
    :param flexout_conn_id: the Airflow connection. Its ``workspace_sid`` lets a task that has ended end the
        follow-up, where this provider opened the conversation.
    :returns: ``outcome`` (``replied``, ``exhausted``, ``closed`` or ``opted_out``), ``step`` (how many were
        said), ``message_sids`` of the steps, ``reply_sids`` of the customer, ``time_to_reply`` (seconds
        from our message before it, or null) and ``conversation_sid``; each is also an XCom of its own.
        While it waits, the XCom ``progress`` says how it stands.
    :raises AirflowFailException: when the arguments are wrong, Twilio refuses for good, or
        ``on_exhausted="fail"``.
    """

    template_fields: Sequence[str] = (
        "conversation_sid",
        "steps",
        "after",
        "last_wait",
        "on_exhausted",
        "author",
        "idempotency_key",
        *ContactPolicyMixin.template_fields,
        *FlexOperator.template_fields,
    )
    template_fields_renderers: ClassVar[dict[str, str]] = {
        "steps": "json",
        **ContactPolicyMixin.template_fields_renderers,
    }
    operator_extra_links = (ConversationLink(),)

    def __init__(
        self,
        *,
        conversation_sid: str,
        steps: Sequence[Mapping[str, Any]],
        after: str | int | None = None,
        last_wait: Duration | None = None,
        on_exhausted: str = "return",
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
        self.author = author
        self.idempotency_key = idempotency_key
        self.validate = validate

    def _carry_out(self, context: Context) -> dict[str, Any]:
        """Begin, or go on where an earlier attempt was."""
        from airflow_provider_flexout.outreach.follow_up.anchor import find_anchor

        with permanent_errors_fail_at_once():
            cadence = self._plan(context)
            with self.hook.get_conn() as client:
                self._link_conversation(context, self.conversation_sid)
                anchor = client.run(find_anchor(cadence, self.after))
                return self._go_on(context, client, cadence, anchor)

    def execute_after_wait(self, context: Context, event: dict[str, Any]) -> dict[str, Any]:
        """Come back from waiting; what the trigger saw is looked at again.

        :param context: Airflow's.
        :param event: the trigger's, with the message that waits for an answer, and what was noted of a hold.
        """
        from airflow_provider_flexout.outreach.follow_up.anchor import Anchor

        data = event[durable.EVENT_RESUME_DATA]
        self._restore_hold(data[durable.RESUME_HOLD])
        with permanent_errors_fail_at_once():
            cadence = self._plan(context)
            with self.hook.get_conn() as client:
                return self._go_on(context, client, cadence, Anchor(**data[durable.RESUME_ANCHOR]))

    def _plan(self, context: Context) -> Cadence:
        from airflow_provider_flexout.outreach.follow_up.cadence import plan_cadence
        from airflow_provider_flexout.outreach.values.arguments import check_choice

        check_choice("on_exhausted", self.on_exhausted, ON_EXHAUSTED)
        return plan_cadence(
            key=key_of(context, durable.KeyKind.FOLLOW_UP, self.idempotency_key),
            conversation_sid=self.conversation_sid,
            steps=self.steps,
            author=self.author,
            last_wait=self.last_wait,
            validate=self.validate,
        )

    def _go_on(self, context: Context, client: Client, cadence: Cadence, anchor: Anchor) -> dict[str, Any]:
        """Do what is due; may leave by deferring, to come back in ``execute_after_wait``."""
        from airflow_provider_flexout.outreach.follow_up.procedure import Waiting, follow_up
        from airflow_provider_flexout.outreach.policies.recipients import Recipients

        recipients = Recipients(conversation_sid=self.conversation_sid)
        stands = client.run(
            follow_up(
                cadence,
                anchor,
                [*self._exclusion_policies(recipients), *self._window_policies(recipients)],
                workspace_sid=self.hook.defaults.workspace_sid,
                retried=is_retried(context),
            )
        )
        if isinstance(stands, Waiting):
            self._wait(context, cadence, anchor, stands)
        return self._end(context, client, stands)  # type: ignore[arg-type]

    def _wait(self, context: Context, cadence: Cadence, anchor: Anchor, waiting: Waiting) -> None:
        from airflow_provider_flexout.outreach.waiters import ReplyWaiter, serialize
        from airflow_provider_flexout.triggers.poll import PollTrigger

        state, of = waiting.state, len(cadence.steps)
        if waiting.hold:
            until, why = self._next_check(waiting.hold), waiting.hold.why
        else:
            self._restore_hold({durable.HELD_SINCE: None, durable.HELD_BY: ""})
            until = state.due
            why = f"step {state.step + 1} of {of}" if state.step < of else "the end"
        self._report(context, waiting, of, until, why)
        waiter = ReplyWaiter(self.conversation_sid, anchor.after, anchor.asked_at)
        self.defer(
            trigger=PollTrigger(
                waiter=serialize(waiter),
                flexout_conn_id=self.flexout_conn_id,
                started_at=state.newest.timestamp(),
                deadline=until.timestamp(),
                resume_data={
                    durable.RESUME_ANCHOR: durable.fields(anchor, durable.ANCHOR_FIELDS),
                    durable.RESUME_HOLD: self._hold_data(),
                },
            ),
            method_name=durable.EXECUTE_AFTER_WAIT,
        )

    def _report(self, context: Context, waiting: Waiting, of: int, until: datetime, why: str) -> None:
        """Say how it stands, in the log and in an XCom, which Airflow shows while the task is deferred."""
        state, moment = waiting.state, until.isoformat(timespec="seconds")
        self.log.info(
            "%d of %d steps said, no reply yet. Waiting for one until %s: %s.",
            state.step,
            of,
            moment,
            why.rstrip("."),
        )
        progress = {
            "step": state.step,
            "of": of,
            "message_sids": list(state.message_sids),
            "waiting_until": moment,
            "held": bool(waiting.hold),
        }
        context["ti"].xcom_push(key=durable.XCOM_PROGRESS, value=progress)

    def _end(self, context: Context, client: Client, ended: Ended) -> dict[str, Any]:
        from airflow_provider_flexout.outreach.follow_up.ending import close_unanswered

        state = ended.state
        result = {
            "outcome": ended.outcome,
            "step": state.step,
            "message_sids": list(state.message_sids),
            "reply_sids": list(state.reply_sids),
            "time_to_reply": state.time_to_reply,
            "conversation_sid": self.conversation_sid,
        }
        push_each(context, result)
        if ended.skip:
            context["ti"].xcom_push(key=durable.XCOM_SKIP_REASON, value=ended.skip.reason)
            self.log.info("Nothing more is said (%s): %s", ended.skip.reason, ended.skip.why)
        self.log.info("The follow-up ended after %d steps: %s.", state.step, ended.outcome)
        if ended.outcome == "exhausted" and self.on_exhausted == "close":
            client.run(close_unanswered(self.conversation_sid))
        if ended.outcome == "exhausted" and self.on_exhausted == "fail":
            raise AirflowFailException(f"All {state.step} steps were said, and nobody answered.")
        return result
