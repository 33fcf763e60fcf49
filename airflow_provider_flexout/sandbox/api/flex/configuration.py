"""Flex's configuration, which has the same path as that of Conversations: the host tells them apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from airflow_provider_flexout.sandbox.state.seed import (
    ACCOUNT_SID,
    ACTIVITIES,
    BORN,
    INSTANCE_SID,
    QUEUES,
    WORKFLOW,
    WORKSPACE,
)
from airflow_provider_flexout.sandbox.wire.clock import iso
from airflow_provider_flexout.sandbox.wire.http import ApiResponse

if TYPE_CHECKING:
    from airflow_provider_flexout.sandbox.api.operation import ApiRequest

__all__ = ["fetch_flex_configuration"]

_NULL: Final = (
    "attributes",
    "taskrouter_skills",
    "taskrouter_worker_channels",
    "taskrouter_worker_attributes",
    "runtime_domain",
    "messaging_service_instance_sid",
    "ui_language",
    "ui_attributes",
    "ui_dependencies",
    "service_version",
    "call_recording_webhook_url",
    "crm_type",
    "crm_callback_url",
    "crm_fallback_url",
    "crm_attributes",
    "public_attributes",
    "plugin_service_attributes",
    "integrations",
    "outbound_call_flows",
    "serverless_service_sids",
    "queue_stats_configuration",
    "notifications",
    "markdown",
    "flex_insights_hr",
    "flex_url",
    "channel_configs",
    "debugger_integration",
    "flex_ui_status_report",
    "agent_conv_end_methods",
    "citrix_voice_vdi",
    "offline_config",
)


def fetch_flex_configuration(request: ApiRequest) -> ApiResponse:
    """Fetch Flex's configuration; the fields that its owner never set are null.

    :param request: the request.
    """
    account = request.store.account
    return ApiResponse(
        {
            **dict.fromkeys(_NULL),
            "account_sid": ACCOUNT_SID,
            "date_created": iso(BORN),
            "date_updated": iso(BORN),
            "status": account.flex_status,
            "taskrouter_workspace_sid": WORKSPACE.sid,
            "taskrouter_target_workflow_sid": WORKFLOW.sid,
            "taskrouter_target_taskqueue_sid": next(iter(QUEUES)),
            "taskrouter_taskqueues": [],
            "taskrouter_offline_activity_sid": ACTIVITIES["Offline"],
            "chat_service_instance_sid": account.chat_service_sid,
            "flex_service_instance_sid": INSTANCE_SID,
            "flex_instance_sid": INSTANCE_SID,
            "ui_version": "2.x.x",
            "call_recording_enabled": False,
            "crm_enabled": False,
            "plugin_service_enabled": True,
            "flex_insights_drilldown": False,
            "url": f"{request.base}/v1/Configuration",
        }
    )
