"""The Airflow connection that leads to a sandbox."""

from __future__ import annotations

from typing import Any

from airflow_provider_flexout.sandbox.state.channel_types import SENDERS
from airflow_provider_flexout.sandbox.state.credentials import CREDENTIALS
from airflow_provider_flexout.sandbox.state.seed import (
    ACCOUNT_SID,
    CHAT_SERVICE_SID,
    INSTANCE_SID,
    QUEUES,
    WORKERS,
    WORKFLOW,
    WORKSPACE,
)
from airflow_provider_flexout.sandbox.state.studio_flows import FLOW_SID

__all__ = ["connection"]


def connection(auth: str, base_url: str) -> dict[str, Any]:
    """Return a connection, as Airflow reads it from JSON.

    :param auth: ``basic`` (account SID and auth token), ``api_key`` or ``oauth``.
    :param base_url: where the sandbox is.
    :raises ValueError: if there is no such kind of credentials.
    """
    if auth not in CREDENTIALS:
        raise ValueError(f"auth is one of {', '.join(CREDENTIALS)}, not {auth!r}")
    return {
        "conn_type": "flexout",
        "login": CREDENTIALS[auth].login,
        "password": CREDENTIALS[auth].password,
        "extra": {
            "account_sid": ACCOUNT_SID,
            "base_url": base_url,
            "workspace_sid": WORKSPACE.sid,
            "workflow_sid": WORKFLOW.sid,
            "queue_sid": next(iter(QUEUES)),
            "worker_sid": next(iter(WORKERS)),
            "chat_service_sid": CHAT_SERVICE_SID,
            "instance_sid": INSTANCE_SID,
            "studio_flow_sid": FLOW_SID,
            **SENDERS,
        },
    }
