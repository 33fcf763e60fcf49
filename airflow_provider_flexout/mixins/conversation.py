"""Whom a task speaks to: a conversation by its SID, or by the result of the task that opened it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from airflow_provider_flexout.connection.running_task import Skipped
from airflow_provider_flexout.mixins.base import FlexOperator, permanent_errors_fail_at_once, push_each, skip
from airflow_provider_flexout.mixins.policies import ContactPolicyMixin
from airflow_provider_flexout.outreach import durable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow.sdk import Context


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

    :param on_skip: what to do when the customer is not to be contacted: ``"skip"`` the task (default), or
        ``"return"`` a result whose SIDs are null, with the reason as ``skip_reason``.
    """

    template_fields: Sequence[str] = ("on_skip", *ContactPolicyMixin.template_fields)
    _result_fields: ClassVar[Sequence[str]]

    def __init__(self, *, on_skip: str = "skip", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.on_skip = on_skip

    def execute(self, context: Context) -> Any:
        """Do the task's work, if its policies allow it."""
        from airflow_provider_flexout.outreach.values.arguments import check_choice
        from airflow_provider_flexout.outreach.values.choices import ON_SKIP

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
