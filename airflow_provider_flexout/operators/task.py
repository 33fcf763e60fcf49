"""What a TaskRouter task says about its conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from airflow_provider_flexout.mixins.base import FlexOperator, permanent_errors_fail_at_once

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow.sdk import Context


class UpdateTaskAttributesOperator(FlexOperator):
    """Change some attributes of a task, and keep what others change at the same time.

    TaskRouter replaces all attributes at once. They are read, changed and written on condition that
    nobody has changed them in between (``ETag``, ``If-Match``); otherwise they are read again.

    Twilio's page: https://www.twilio.com/docs/taskrouter/api/task

    :param task_sid: ``WT…``.
    :param attributes: a JSON merge patch: ``None`` removes an attribute, objects are merged, anything
        else is put in place. What Flex itself needs (``conversationSid``, …) is refused.
    :param workspace_sid: ``WS…``; otherwise the connection's.
    :param validate: whether SIDs are checked before anything is sent; off for sample data.
    :param flexout_conn_id: the Airflow connection.
    :returns: whether anything had to change.
    :raises AirflowFailException: when the arguments are wrong or Twilio refuses for good; a task can be
        changed until five minutes after its end.
    """

    template_fields: Sequence[str] = (
        "task_sid",
        "attributes",
        "workspace_sid",
        *FlexOperator.template_fields,
    )
    template_fields_renderers: ClassVar[dict[str, str]] = {"attributes": "json"}

    def __init__(
        self,
        *,
        task_sid: str,
        attributes: Mapping[str, Any],
        workspace_sid: str | None = None,
        validate: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.task_sid = task_sid
        self.attributes = attributes
        self.workspace_sid = workspace_sid
        self.validate = validate

    def execute(self, context: Context) -> bool:
        """Change the attributes."""
        from airflow_provider_flexout.outreach.agents.task_attributes import check_patch, patch_attributes
        from airflow_provider_flexout.outreach.values.arguments import check_given
        from airflow_provider_flexout.outreach.values.sids import check_sid

        with permanent_errors_fail_at_once():
            check_given("task_sid", self.task_sid)
            check_patch(self.attributes)
            if self.validate:
                check_sid("task_sid", self.task_sid, "WT")
            workspace_sid = self.hook.defaults.require(self.workspace_sid, "workspace_sid", "workspace_sid")
            with self.hook.get_conn() as client:
                return client.run(patch_attributes(workspace_sid, self.task_sid, self.attributes))
