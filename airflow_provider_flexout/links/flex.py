"""Links from a task instance to what it created at Twilio.

The operator pushes each link as soon as it knows the SIDs, so the link shows while the task still waits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.sdk import BaseOperatorLink

from airflow_provider_flexout.outreach import durable

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator
    from airflow.sdk.types import TaskInstanceKey

_CONSOLE = "https://console.twilio.com"
_US1 = "us1"


class _PushedLink(BaseOperatorLink):
    """A link whose address is the XCom that the operator pushed under the link's key."""

    def get_link(self, operator: BaseOperator, *, ti_key: TaskInstanceKey) -> str:
        """Give the address that the operator pushed; empty where it pushed none, as when it was skipped.

        Airflow asks at the end of each try, and reports an XCom that is not there as an error. So it is read
        only if the task has resumed after a deferral: another process pushed it before that.

        :param operator: the operator of the task.
        :param ti_key: which task instance.
        """
        pushed = getattr(operator, "pushed_links", None)
        if pushed is not None:
            return str(pushed.get(self.xcom_key) or "")
        from airflow.sdk.execution_time.xcom import XCom

        return XCom.get_value(ti_key=ti_key, key=self.xcom_key) or ""


class FlexTaskLink(_PushedLink):
    """A link to the agent's task in Twilio's Console."""

    name = "Flex task"
    xcom_key = durable.XCOM_TASK_LINK


class ConversationLink(_PushedLink):
    """A link to the conversation in Twilio's Console."""

    name = "Twilio Console: conversation"
    xcom_key = durable.XCOM_CONVERSATION_LINK


def task_url(
    workspace_sid: str | None, task_sid: str | None, base_url: str | None, region: str | None = None
) -> str | None:
    """Build the address of a task's page; ``None`` where one of the SIDs is not known.

    :param workspace_sid: the workspace, ``WS…``.
    :param task_sid: the task, ``WT…``.
    :param base_url: the URL of the sandbox, where it stands in for Twilio.
    :param region: Twilio's region, such as ``ie1``; ``None`` for ``us1``.
    """
    if not (workspace_sid and task_sid):
        return None
    if base_url:
        return f"{base_url.rstrip('/')}/?task={task_sid}"
    frame = f"%2Fconsole%2Ftaskrouter%2Fworkspaces%2F{workspace_sid}%2Ftasks%2F{task_sid}"
    return f"{_CONSOLE}/{region or _US1}/develop/taskrouter/workspaces?frameUrl={frame}"


def conversation_url(
    chat_service_sid: str | None, conversation_sid: str, base_url: str | None, region: str | None = None
) -> str:
    """Build the address of a conversation's page.

    :param chat_service_sid: the conversation service, ``IS…``; without it the link leads to the list of
        services.
    :param conversation_sid: the conversation, ``CH…``.
    :param base_url: the URL of the sandbox, where it stands in for Twilio.
    :param region: Twilio's region, such as ``ie1``; ``None`` for ``us1``.
    """
    if base_url:
        return f"{base_url.rstrip('/')}/?conversation={conversation_sid}"
    console = f"{_CONSOLE}/{region or _US1}"
    if not chat_service_sid:
        return f"{console}/develop/conversations/manage/services"
    frame = f"%2Fconsole%2Fconversations%2Fservices%2F{chat_service_sid}%2Fconversations%2F{conversation_sid}"
    service = f"{console}/service/conversations/{chat_service_sid}/conversation-service-conversations"
    return f"{service}?frameUrl={frame}"
