"""Whom a task speaks to.

A conversation is given by its SID or by the result of the task that opened it, or opened with one customer,
as the arguments of an outreach say.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from airflow_provider_flexout.connection.running_task import (
    Skipped,
    began_at,
    is_last_try,
    is_retried,
    key_of,
    logical_date_of,
    source_of,
)
from airflow_provider_flexout.mixins.base import FlexOperator, permanent_errors_fail_at_once, push_each, skip
from airflow_provider_flexout.mixins.policies import ContactPolicyMixin
from airflow_provider_flexout.outreach import durable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from airflow.sdk import Context

    from airflow_provider_flexout.outreach.interaction.request import InteractionRequest
    from airflow_provider_flexout.outreach.policies.decision import ContactPolicy
    from airflow_provider_flexout.outreach.spec import OutreachSpec
    from airflow_provider_flexout.twilio.http.call import Procedure
    from airflow_provider_flexout.twilio.http.client import Client

RequestT = TypeVar("RequestT", bound="InteractionRequest")
R = TypeVar("R")


class ConversationMixin(FlexOperator):
    """An operator that works in a conversation.

    ``conversation_sid`` may be the whole result of the task that opened the conversation, or of one that
    worked in it. If that task contacted nobody and said so in its result (``on_skip="return"``), this one is
    skipped for the same reason.
    """

    conversation_sid: Any

    def _find_conversation(self, context: Context) -> None:
        """Take the SID out of a result; this must be called first.

        :param context: Airflow's context.
        :raises AirflowSkipException: when the result says that nobody was contacted.
        """
        given = self.conversation_sid
        if not isinstance(given, Mapping):
            return
        self.conversation_sid = given.get("conversation_sid")
        self._take_result(given)
        if self.conversation_sid is None and given.get(durable.XCOM_SKIP_REASON):
            skip(context, given[durable.XCOM_SKIP_REASON], "The task before this one contacted nobody.")

    def _take_result(self, result: Mapping[str, Any]) -> None:
        """Take what else the result says of the conversation.

        :param result: the result of the task that opened it, or worked in it.
        """


class SkipMixin(ContactPolicyMixin):
    """An operator that can return a result without SIDs where it contacts nobody, and succeed.

    A skipped mapped task leaves no XCom, so those after it move up by one place. A result keeps the place.

    :param on_skip: what to do when the customer must not be contacted: ``"skip"`` the task (default), or
        ``"return"`` a result whose SIDs are null, with the reason as ``skip_reason``.
    """

    template_fields: Sequence[str] = ("on_skip", *ContactPolicyMixin.template_fields)
    _result_fields: ClassVar[Sequence[str]]

    def __init__(self, *, on_skip: str = "skip", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.on_skip = on_skip

    def execute(self, context: Context) -> Any:
        """Do the task's work, if its policies allow it."""
        from airflow_provider_flexout.outreach.spec import ON_SKIP
        from airflow_provider_flexout.outreach.values.arguments import check_choice

        with permanent_errors_fail_at_once():
            check_choice("on_skip", self.on_skip, ON_SKIP)
        try:
            return super().execute(context)
        except Skipped as skipped:
            return self._skip(context, skipped)

    def execute_after_hold(self, context: Context, event: dict[str, Any]) -> Any:
        """Resume after a hold, and check the policies again.

        :param context: Airflow's context.
        :param event: the trigger's event.
        """
        try:
            return super().execute_after_hold(context, event)
        except Skipped as skipped:
            return self._skip(context, skipped)

    def _skip(self, context: Context, skipped: Skipped) -> dict[str, Any]:
        if self.on_skip != "return":
            raise skipped
        self.log.info("Nobody was contacted. %s", skipped)
        result: dict[str, Any] = dict.fromkeys(self._result_fields) | {"created": False}
        push_each(context, result)
        return result | {durable.XCOM_SKIP_REASON: skipped.reason}


class OutreachMixin(SkipMixin):
    """An operator that opens a conversation with one customer, once."""

    def _request(
        self, context: Context, spec: OutreachSpec, kind: str, build_request: Callable[..., RequestT]
    ) -> RequestT:
        """Check the arguments and make the request; nothing is sent.

        :param context: Airflow's context.
        :param spec: the arguments.
        :param kind: the kind of the outreach's key.
        :param build_request: makes the request.
        :raises InvalidInput: for the first argument that is missing or wrong.
        """
        from airflow_provider_flexout.outreach.spec import ON_OPEN_CONVERSATION
        from airflow_provider_flexout.outreach.values.arguments import check_choice

        check_choice("on_open_conversation", spec.on_open_conversation, ON_OPEN_CONVERSATION)
        return build_request(
            spec,
            key=key_of(context, kind, spec.idempotency_key),
            defaults=self.hook.defaults,
            retried=is_retried(context),
            began_at=began_at(context),
            last_try=is_last_try(context),
            source=source_of(context),
            shared_key=spec.idempotency_key is not None,
            has_logical_date=logical_date_of(context) is not None,
        )

    def _open(
        self,
        context: Context,
        client: Client,
        request: RequestT,
        spec: OutreachSpec,
        procedure: Callable[..., Procedure[R]],
    ) -> R:
        """Open the conversation if the policies allow it; one opened before is adopted whatever they say.

        :param context: Airflow's context.
        :param client: the client.
        :param request: the outreach.
        :param spec: the arguments.
        :param procedure: opens the conversation.
        """
        from airflow_provider_flexout.outreach.errors import AlreadyTalking
        from airflow_provider_flexout.outreach.interaction.lookup import is_open

        policies = self._policies(request, spec)
        if policies and not client.run(is_open(request)):
            self._check_policies(context, client, policies)
        try:
            return client.run(procedure(request, on_open_conversation=spec.on_open_conversation))
        except AlreadyTalking as error:
            if spec.on_open_conversation != "skip":
                raise
            skip(context, "already_talking", str(error))

    def _policies(self, request: InteractionRequest, spec: OutreachSpec) -> Sequence[ContactPolicy]:
        """List the policies in the order in which they are checked: first skips, then holds.

        :param request: the outreach.
        :param spec: the arguments.
        """
        from airflow_provider_flexout.outreach.policies.recipients import recipients_of

        return self._rules(spec.frequency_cap).policies(recipients_of(request), request.unique_name)
