"""What the Conversations API's paths name: a conversation, and a chat service that may stand before it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from airflow_provider_flexout.sandbox.state.seed import CHAT_SERVICE_SID

if TYPE_CHECKING:
    from collections.abc import Iterable

    from airflow_provider_flexout.sandbox.api.operation import ApiRequest, Operation
    from airflow_provider_flexout.sandbox.state.records import ConversationRecord

__all__ = ["check_service", "conversation_of", "service_field", "under_service"]

_VERB: Final = re.compile(r"(Create|Fetch|List|Update|Delete)")


def conversation_of(request: ApiRequest) -> ConversationRecord:
    """Return the conversation that a path names, by SID or unique name.

    :param request: the request.
    :raises ApiError: 404/20404.
    """
    service = request.params.get("ChatServiceSid", CHAT_SERVICE_SID)
    conversation = request.store.conversation(request.params["ConversationSid"])
    if conversation is None or service != CHAT_SERVICE_SID:
        raise request.not_found()
    return conversation


def service_field(request: ApiRequest) -> dict[str, str]:
    """Return the field that resources show under a chat service's path only.

    :param request: the request.
    """
    return {"chat_service_sid": CHAT_SERVICE_SID} if "ChatServiceSid" in request.params else {}


def under_service(operations: Iterable[Operation]) -> list[Operation]:
    """Return operations twice: as they are, and under the path of a chat service.

    :param operations: operations of the Conversations API.
    """
    plain = list(operations)
    return plain + [
        replace(
            operation,
            name=_VERB.sub(r"\1Service", operation.name, count=1),
            path=operation.path.replace("/v1/", "/v1/Services/{ChatServiceSid}/", 1),
        )
        for operation in plain
    ]


def check_service(request: ApiRequest) -> None:
    """Check the chat service that a path names, where it names one.

    :param request: the request.
    :raises ApiError: 404/20404.
    """
    if request.params.get("ChatServiceSid", CHAT_SERVICE_SID) != CHAT_SERVICE_SID:
        raise request.not_found()
