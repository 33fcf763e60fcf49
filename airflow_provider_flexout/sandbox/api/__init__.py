"""Twilio's HTTP APIs, one module per resource, each with its table of operations."""

from typing import Final

from airflow_provider_flexout.sandbox.accounts import TOKEN_FORM, create_token
from airflow_provider_flexout.sandbox.api import (
    channel_participants,
    content,
    conversations,
    interaction_webhooks,
    interactions,
    media,
    messages,
    participants,
    queues,
    reservations,
    task_events,
    tasks,
    workers,
    workspace,
)
from airflow_provider_flexout.sandbox.fields import Param, text
from airflow_provider_flexout.sandbox.routes import Operation, Routes

__all__ = ["ROUTES"]

_TOKEN: Final = Operation(
    "CreateOauth2Token",
    "POST",
    "/v2/token",
    create_token,
    form=TOKEN_FORM,
    query={"account_sid": Param(text())},
    public=True,
)
ROUTES: Final = Routes(
    [
        _TOKEN,
        *interactions.OPERATIONS,
        *channel_participants.OPERATIONS,
        *interaction_webhooks.OPERATIONS,
        *conversations.OPERATIONS,
        *participants.OPERATIONS,
        *messages.OPERATIONS,
        *content.OPERATIONS,
        *media.OPERATIONS,
        *tasks.OPERATIONS,
        *task_events.OPERATIONS,
        *workspace.OPERATIONS,
        *queues.OPERATIONS,
        *reservations.OPERATIONS,
        *workers.OPERATIONS,
    ]
)
