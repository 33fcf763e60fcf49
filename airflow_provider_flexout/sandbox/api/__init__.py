"""Twilio's HTTP APIs, one module per resource, each with its table of operations."""

from typing import Final

from airflow_provider_flexout.sandbox.api import (
    channel_participants,
    content,
    conversations,
    interaction_webhooks,
    interactions,
    media,
    messages,
    participants,
    webhooks,
)
from airflow_provider_flexout.sandbox.api.auth import TOKEN_FORM, create_token
from airflow_provider_flexout.sandbox.api.routes import ApiRequest, Operation, Routes
from airflow_provider_flexout.sandbox.api.taskrouter import (
    queues,
    reservations,
    task_events,
    tasks,
    workers,
    workspace,
)
from airflow_provider_flexout.sandbox.wire.http import ApiResponse
from airflow_provider_flexout.sandbox.wire.parameters import Param, text
from airflow_provider_flexout.sandbox.wire.twilio_operations import twilio_operations

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
_OPERATIONS: Final = (
    _TOKEN,
    *interactions.OPERATIONS,
    *channel_participants.OPERATIONS,
    *interaction_webhooks.OPERATIONS,
    *conversations.OPERATIONS,
    *participants.OPERATIONS,
    *messages.OPERATIONS,
    *webhooks.OPERATIONS,
    *content.OPERATIONS,
    *media.OPERATIONS,
    *tasks.OPERATIONS,
    *task_events.OPERATIONS,
    *workspace.OPERATIONS,
    *queues.OPERATIONS,
    *reservations.OPERATIONS,
    *workers.OPERATIONS,
)


def _nothing(request: ApiRequest) -> ApiResponse:
    raise request.not_found()  # never asked: the gate answers for what is absent


ROUTES: Final = Routes(
    _OPERATIONS,
    (Operation(each.name, each.method, each.path, _nothing, absent=True) for each in twilio_operations()),
)
