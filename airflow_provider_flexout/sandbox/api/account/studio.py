"""The Studio flows of the account, as their definitions show them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from airflow_provider_flexout.sandbox.api.operation import ApiRequest, Operation
from airflow_provider_flexout.sandbox.state.seed import ACCOUNT_SID, BORN, WORKFLOW
from airflow_provider_flexout.sandbox.wire.clock import iso
from airflow_provider_flexout.sandbox.wire.http import ApiResponse

if TYPE_CHECKING:
    from airflow_provider_flexout.sandbox.state.studio_flows import StudioFlow

__all__ = ["OPERATIONS"]


def _widget(kind: str, name: str, following: dict[str, str | None], **properties: Any) -> dict[str, Any]:
    transitions = [
        {"event": event, "next": name} if name else {"event": event} for event, name in following.items()
    ]
    return {"name": name, "type": kind, "transitions": transitions, "properties": properties}


def _definition(flow: StudioFlow) -> dict[str, Any]:
    first = "AskFirst" if flow.kind == "bot_first" else "SendToFlex" if flow.kind != "fails" else "Fail"
    trigger = _widget(
        "trigger",
        "Trigger",
        {"incomingMessage": None, "incomingConversationMessage": first, "incomingCall": None},
    )
    to_flex = _widget(
        "send-to-flex", "SendToFlex", {"callComplete": None, "failedToEnqueue": None}, workflow=WORKFLOW.sid
    )
    steps = {
        "bot_first": [_widget("send-and-wait-for-reply", first, {"incomingMessage": "SendToFlex"}), to_flex],
        "send_to_flex": [to_flex],
        "fails": [_widget("run-function", first, {"success": None, "fail": None})],
    }
    return {
        "description": flow.name,
        "states": [trigger, *steps[flow.kind]],
        "initial_state": "Trigger",
        "flags": {"allow_concurrent_calls": True},
    }


def _fetch(request: ApiRequest) -> ApiResponse:
    flow = request.store.studio.flows.get(request.params["Sid"])
    if flow is None:
        raise request.not_found()
    url = f"{request.base}/v2/Flows/{flow.sid}"
    return ApiResponse(
        {
            "sid": flow.sid,
            "account_sid": ACCOUNT_SID,
            "friendly_name": flow.name,
            "definition": _definition(flow),
            "status": flow.status,
            "revision": 1,
            "commit_message": None,
            "valid": True,
            "errors": [],
            "warnings": [],
            "date_created": iso(BORN),
            "date_updated": None,
            "webhook_url": f"https://webhooks.twilio.com/v1/Accounts/{ACCOUNT_SID}/Flows/{flow.sid}",
            "url": url,
            "links": {"executions": f"{url}/Executions"},
        }
    )


OPERATIONS: Final = [Operation("FetchFlow", "GET", "/v2/Flows/{Sid}", _fetch)]
