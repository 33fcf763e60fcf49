"""What is taken has an effect, or is refused with 501, or stands in the list here with the reason.

A field that is taken and ignored lets a test pass that would fail at Twilio.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from airflow_provider_flexout.sandbox.sandbox import ROUTES
from airflow_provider_flexout.sandbox.wire.parameters import absent

SHOWN_ALONE = {
    "AddressCountry": "of an address of ours; nothing asks for it",
    "AutoCreation.ConversationServiceSid": "customers write in conversations that exist, none is made",
    "AutoCreation.Enabled": "likewise; flexout doctor reads it",
    "AutoCreation.StudioFlowSid": "likewise; one that does not exist is refused",
    "AutoCreation.StudioRetryCount": "likewise",
    "AutoCreation.Type": "likewise; flexout doctor reads it",
    "AutoCreation.WebhookFilters": "likewise",
    "AutoCreation.WebhookMethod": "likewise",
    "AutoCreation.WebhookUrl": "likewise",
    "Bindings.Email.Name": "a display name",
    "FriendlyName": "a name for people; of a worker it is the chat identity",
    "InteractionContextSid": "no document says what a context does",
    "LastReadMessageIndex": "unread messages are counted in Twilio's front-end SDK alone",
    "LastReadTimestamp": "likewise",
    "PreWebhookUrl": "no webhook is asked before something happens; flexout doctor reads it",
    "Reason": "of a task's end",
    "RoleSid": "permissions are those of people in a front end, and requests by REST have all of them",
    "Subject": "of an email",
}
FIELDS = {name for operation in ROUTES for name, param in operation.form.items() if param.check is not absent}
HERE = Path(__file__)
UNIT = HERE.parents[1] / "unit"
TESTS = "".join(
    file.read_text()
    for folder in (HERE.parent, UNIT / "sandbox", UNIT / "outreach", UNIT / "twilio")
    for file in folder.rglob("*.py")
    if file != HERE
)


def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])|\.", "_", name).lower()


def test_the_list_has_what_is_there():
    assert SHOWN_ALONE.keys() <= FIELDS


@pytest.mark.parametrize("name", sorted(FIELDS - SHOWN_ALONE.keys()))
def test_a_field_is_driven_by_a_test(name):
    """By its name, or by that of an argument of Twilio's package."""
    assert re.search(rf"\b({re.escape(name)}|{snake(name)})\b", TESTS), name


def test_what_has_no_effect_at_all_is_501(http, extra):
    workspace = f"/v1/Workspaces/{extra['workspace_sid']}"
    paths = {
        "CreateTask": f"{workspace}/Tasks",
        "CreateTaskQueue": f"{workspace}/TaskQueues",
        "CreateWorkflow": f"{workspace}/Workflows",
        "CreateOauth2Token": "/v2/token",
        "UpdateConfiguration": "/v1/Configuration",
    }
    tried = 0
    for operation in ROUTES:
        for name, param in operation.form.items():
            if param.check is absent and operation.name in paths:
                refused = http.post(paths[operation.name], data={name: "x"})
                assert (refused.status_code, refused.json()["code"]) == (501, 20501), (operation.name, name)
                tried += 1
    assert tried > 5


def test_absent_fields_are_not_in_the_sandboxs_own_document(http):
    document = http.get("/sandbox/openapi.json").json()
    update = document["paths"]["/v1/Workspaces/{WorkspaceSid}/Tasks/{TaskSid}/Reservations/{Sid}"]["post"]
    form = update["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]["properties"]
    assert set(form) == {"ReservationStatus", "WorkerActivitySid", "Instruction"}
