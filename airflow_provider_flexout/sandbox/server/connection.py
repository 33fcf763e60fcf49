"""The Airflow connection that leads to a sandbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.sandbox.state.channel_types import SENDERS
from airflow_provider_flexout.sandbox.state.seed import (
    ACCOUNT_SID,
    CHAT_SERVICE_SID,
    FLOW_SID,
    INSTANCE_SID,
    QUEUES,
    WORKERS,
    WORKFLOW,
    WORKSPACE,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_provider_flexout.sandbox.state.account.credentials import Credential

__all__ = ["connection"]


def connection(credentials: Mapping[str, Credential], auth: str, base_url: str) -> dict[str, Any]:
    """Return a connection, as Airflow reads it from JSON.

    :param credentials: the sandbox's, by kind.
    :param auth: ``basic`` (account SID and auth token), ``api_key`` or ``oauth``.
    :param base_url: where the sandbox is.
    :raises ValueError: if there is no such kind of credentials.
    """
    if auth not in credentials:
        raise ValueError(f"auth is one of {', '.join(credentials)}, not {auth!r}")
    return {
        "conn_type": "flexout",
        "login": credentials[auth].login,
        "password": credentials[auth].password,
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
