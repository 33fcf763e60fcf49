"""Each field that the sandbox takes changes something that can be read.

Two sandboxes of one seed get the same requests, but for the value of one field. Afterwards they must not
respond alike to everything that can be asked of them when a day has passed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timezone
from itertools import count
from typing import Any

import httpx
import pytest

from airflow_provider_flexout.sandbox import Sandbox
from airflow_provider_flexout.sandbox.sandbox import ROUTES
from airflow_provider_flexout.sandbox.wire.parameters import absent, schema_of
from tests.conftest import InMemory
from tests.sandbox_process import client_of
from tests.system.fuzz import good_requests

OPERATIONS = {operation.name: operation for operation in ROUTES}
READING = [each for each in ROUTES if each.method == "GET" and not each.absent and not each.public]
START = datetime(2026, 5, 1, 12, tzinfo=timezone.utc)
BY_FORMAT = {
    "date-time": ("2030-01-01T00:00:00Z", "2030-01-02T00:00:00Z"),
    "duration": ("PT10M", "PT20M"),
}
ELSEWHERE = {
    "UpdateWorkflow ReEvaluateTasks": "for tasks that wait: test_workflows.py",
    "CreateOauth2Token": "who asks gets a token or none: test_serving.py and test_account.py",
    "UpdateConversationParticipant Identity": "50441, for any other value: test_conversations.py",
    "UpdateConversationParticipant MessagingBinding.ProxyAddress": "likewise",
    "UpdateConversationParticipant MessagingBinding.ProjectedAddress": "likewise",
    "UpdateServiceConversationParticipant Identity": "likewise",
    "UpdateServiceConversationParticipant MessagingBinding.ProxyAddress": "likewise",
    "UpdateServiceConversationParticipant MessagingBinding.ProjectedAddress": "likewise",
}
"""Fields of which no two values are good at once, and what shows that they do something."""


class Copy:
    """A sandbox with one of everything, as every other of these."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(good_requests, "_NUMBERED", count(1))
        sandbox = Sandbox(seed=7, frozen=True, start=START)
        connection = sandbox.connection()
        self.sandbox, self.extra = sandbox, connection["extra"]
        self.client = client_of(connection, transport=InMemory(sandbox))
        self.things = good_requests.Things(self.client, self.extra)

    @property
    def sink(self) -> str:
        return self.client.get("/v1/Sinks").json()["sinks"][0]["sid"]

    def made(self, path: str, **form: Any) -> str:
        response = self.client.post(path, data=form)
        assert response.is_success, response.text
        return response.json()["sid"]

    def ask(self, name: str, fields: Mapping[str, Any]) -> httpx.Response:
        operation = OPERATIONS[name]
        path = operation.path.format_map(self.things.named_in(operation.path, name))
        given = {**self.things.request(name, ("", "")), **fields}
        response = self.client.post(
            path, data={field: value for field, value in given.items() if value != ""}
        )
        assert response.is_success, response.text
        return response

    def everything(self) -> Iterator[tuple[str, str]]:
        """What each operation that reads responds with, of the things and of the newest of each list."""
        for operation in READING:
            path = operation.path.format_map(self.things.named_in(operation.path, operation.name))
            fields = {name: param for name, param in operation.query.items() if param.required}
            values = {name: schema_of(param)["enum"][0] for name, param in fields.items()}
            asked = self.things.request(operation.name, ("", "")) | values
            yield operation.name, self.client.get(path, params=asked).text
        yield "what the sandbox shows", self.client.get("/sandbox/conversations").text

    def read(self, response: httpx.Response) -> list[tuple[str, str]]:
        """Everything, and what a response links to."""
        made = response.json() if response.content else {}
        links = [made["url"], *made.get("links", {}).values()] if "url" in made else []
        read = [("response", response.text)]
        for wait in ("0s", "1d"):
            self.client.post("/sandbox/clock", json={"advance": wait})
            read += [(link, self.client.get(link).text) for link in links]
        return [*read, *self.everything()]


def values_of(name: str, field: str, copy: Copy) -> tuple[dict[str, Any], dict[str, Any]]:
    """Two good values of a field, with what they need beside them."""
    known = (f"{name} {field}", f"{name.replace('Service', '')} {field}", field)
    for special in known:
        if special in PLAIN or special in OF_COPY:
            one, other = PLAIN[special] if special in PLAIN else OF_COPY[special](copy)
            return (one, other) if isinstance(one, dict) else ({field: one}, {field: other})
    schema = schema_of(OPERATIONS[name].form[field])
    schema = schema.get("items", schema)
    if schema.get("format") in BY_FORMAT:
        one, other = BY_FORMAT[schema["format"]]
    elif schema.get("contentMediaType"):
        one, other = '{"is": "one"}', '{"is": "two"}'
    elif "enum" in schema:
        one, other = schema["enum"][0], schema["enum"][-1]
    elif schema["type"] == "boolean":
        one, other = "true", "false"
    elif schema["type"] == "integer":
        one, other = 1, 2
    elif "pattern" in schema:
        one, other = (f"{schema['pattern'][1:3]}{digit * 32}" for digit in "ab")
    else:
        one, other = "one", "two"
    return {field: one}, {field: other}


URLS = ("https://one.example/", "https://two.example/")
NUMBERS = ("+12025550171", "+12025550172")
TEMPLATE = {"language": "en", "types": {"twilio/text": {"body": "Hello {{1}}"}}, "variables": {"1": "you"}}


def stream(name: str) -> str:
    return json.dumps(
        {"arn": f"arn:aws:kinesis:eu-central-1:1:stream/{name}", "role_arn": "x", "external_id": "x"}
    )


def workspace(copy: Copy, resources: str) -> str:
    return f"/v1/Workspaces/{copy.extra['workspace_sid']}/{resources}"


def first_and_last(copy: Copy, resources: str, key: str) -> tuple[str, str]:
    rows = copy.client.get(workspace(copy, resources)).json()[key]
    return rows[0]["sid"], rows[-1]["sid"]


def second(copy: Copy, known: str, path: str, **form: Any) -> tuple[str, str]:
    return known, copy.made(path, **form)


def with_state(timer: str) -> tuple[dict[str, str], dict[str, str]]:
    return tuple({"State": "active", timer: value} for value in BY_FORMAT["duration"])


def bound(copy: Copy, name: str, values: tuple[str, str], **beside: str) -> Any:
    return tuple({f"MessagingBinding.{name}": value, **beside} for value in values)


def flows(copy: Copy) -> tuple[str, str]:
    return copy.extra["studio_flow_sid"], copy.sandbox.studio_flow("Second").sid


def media(copy: Copy) -> tuple[str, str]:
    path = f"/v1/Services/{copy.extra['chat_service_sid']}/Media"
    return tuple(copy.client.post(path, **good_requests.FILE).json()["sid"] for _ in range(2))


def content(copy: Copy) -> str:
    return copy.client.post("/v1/Content", json=TEMPLATE).json()["sid"]


def routed(copy: Copy, name: str) -> str:
    return json.dumps(
        {"properties": {**json.loads(copy.things.routing())["properties"], "attributes": {"name": name}}}
    )


PLAIN: dict[str, Any] = {
    "CreateSink SinkConfiguration": (stream("one"), stream("two")),
    "CreateSink SinkType": (
        {"SinkType": "kinesis", "SinkConfiguration": stream("one")},
        {"SinkType": "webhook", "SinkConfiguration": json.dumps({"destination": URLS[0], "method": "POST"})},
    ),
    "CreateSubscription Types": tuple(
        json.dumps({"type": f"com.twilio.conversations.message.{what}"}) for what in ("added", "updated")
    ),
    "CreateSubscribedEvent Type": tuple(
        f"com.twilio.conversations.message.{what}" for what in ("updated", "removed")
    ),
    "UpdateInteractionChannel Routing": (
        {"Routing": json.dumps({"status": "closed"})},
        {"Routing": ""},
    ),
    "UpdateInteractionChannel Status": (
        {"Status": "closed"},
        {"Status": "inactive", "Routing": json.dumps({"status": "closed"})},
    ),
    "CreateInteractionChannelParticipant Type": ("customer", "external"),
    "MediaProperties": tuple(json.dumps({"identity": name}) for name in ("one", "two")),
    "WebhookUrl": URLS,
    "AutoCreation.WebhookUrl": URLS,
    "PreWebhookUrl": URLS,
    "PostWebhookUrl": URLS,
    "Configuration.Url": URLS,
    "UpdateConfiguration DefaultInactiveTimer": BY_FORMAT["duration"],
    "UpdateConfiguration DefaultClosedTimer": BY_FORMAT["duration"],
    "CreateConfigurationAddress Type": ("sms", "rcs"),
    "CreateConfigurationAddress Address": NUMBERS,
    "CreateConversation State": ("active", "inactive"),
    "CreateConversationWithParticipants State": ("active", "inactive"),
    "Timers.Inactive": with_state("Timers.Inactive"),
    "Timers.Closed": with_state("Timers.Closed"),
    "Participant": tuple(json.dumps({"identity": name}) for name in ("one", "two")),
    "MessagingBinding.ProjectedAddress": NUMBERS,
    "Bindings.Email.Name": tuple(
        {"Bindings.Email.Address": "us@example.com", "Bindings.Email.Name": name} for name in ("one", "two")
    ),
    "UpdateTask Attributes": ('{"is": "one"}', '{"is": "two"}'),
    "UpdateTask AssignmentStatus": ("wrapping", "completed"),
    "UpdateTask Reason": tuple({"AssignmentStatus": "completed", "Reason": why} for why in ("a", "b")),
    "TargetWorkers": ("1==1", "1==2"),
    "ReservationStatus": ("accepted", "rejected"),
    "Instruction": tuple({"ReservationStatus": "", "Instruction": what} for what in ("accept", "reject")),
}
OF_COPY: dict[str, Callable[[Copy], Any]] = {
    "CreateSubscription SinkSid": lambda copy: second(copy, copy.sink, "/v1/Sinks", **copy.things.sink()),
    "Channel": lambda copy: (copy.things.channel(), copy.things.channel()),
    "Routing": lambda copy: (routed(copy, "one"), routed(copy, "two")),
    "AutoCreation.StudioFlowSid": flows,
    "Configuration.FlowSid": lambda copy: tuple(
        {"Target": "studio", "Configuration.FlowSid": flow} for flow in flows(copy)
    ),
    "UpdateConversationScopedWebhook Configuration.FlowSid": flows,
    "CreateConversationScopedWebhook Target": lambda copy: tuple(
        {"Target": target, "Configuration.FlowSid": copy.extra["studio_flow_sid"]}
        for target in ("webhook", "studio")
    ),
    "MessagingBinding.Address": lambda copy: tuple(
        {
            "Identity": "",
            "MessagingBinding.Address": number,
            "MessagingBinding.ProxyAddress": copy.extra["sms_from"],
        }
        for number in NUMBERS
    ),
    "MessagingBinding.ProxyAddress": lambda copy: tuple(
        {"Identity": "", "MessagingBinding.Address": NUMBERS[0], "MessagingBinding.ProxyAddress": ours}
        for ours in (copy.extra["sms_from"], "+15005550008")
    ),
    "MediaSid": lambda copy: tuple({"Body": "", "MediaSid": sid} for sid in media(copy)),
    "ContentSid": lambda copy: tuple(
        {"Body": "", "ContentSid": sid} for sid in (content(copy), content(copy))
    ),
    "ContentVariables": lambda copy: tuple(
        {"Body": "", "ContentSid": sid, "ContentVariables": json.dumps({"1": name})}
        for sid in [content(copy)]
        for name in ("Ada", "Bo")
    ),
    "TaskChannel": lambda copy: first_and_last(copy, "TaskChannels", "channels"),
    "CreateTask WorkflowSid": lambda copy: second(
        copy,
        copy.extra["workflow_sid"],
        workspace(copy, "Workflows"),
        FriendlyName="Second",
        Configuration=filtered(copy, 1),
    ),
    "CreateTask IgnoreCapacity": lambda copy: tuple(
        {"RoutingTarget": copy.extra["worker_sid"], "IgnoreCapacity": ignore} for ignore in ("true", "false")
    ),
    "CreateTask RoutingTarget": lambda copy: (copy.extra["worker_sid"], copy.extra["queue_sid"]),
    "CreateWorkflow Configuration": lambda copy: (filtered(copy, 1), filtered(copy, 2)),
    "UpdateWorkflow Configuration": lambda copy: (filtered(copy, 1), filtered(copy, 2)),
    "WorkerActivitySid": lambda copy: first_and_last(copy, "Activities", "activities"),
    "ActivitySid": lambda copy: first_and_last(copy, "Activities", "activities"),
}
"""Fields that do not take just any value."""


def filtered(copy: Copy, priority: int) -> str:
    target = {"queue": copy.extra["queue_sid"], "priority": priority}
    return json.dumps({"task_routing": {"filters": [{"expression": "1==1", "targets": [target]}]}})


CASES = [
    (operation.name, field)
    for operation in ROUTES
    for field, param in operation.form.items()
    if param.check is not absent and len(schema_of(param).get("enum", "any")) > 1
    if not {operation.name, f"{operation.name} {field}"} & ELSEWHERE.keys()
]


@pytest.mark.parametrize(("name", "field"), CASES)
def test_a_field_changes_something_that_can_be_read(monkeypatch, name, field):
    read = []
    for which in (0, 1):
        copy = Copy(monkeypatch)
        read.append(copy.read(copy.ask(name, values_of(name, field, copy)[which])))
    assert read[0] != read[1]


def test_the_same_requests_make_the_same_sandbox(monkeypatch):
    read = []
    for _ in range(2):
        copy = Copy(monkeypatch)
        read.append(copy.read(copy.ask("CreateConversation", {"FriendlyName": "one"})))
    assert read[0] == read[1]
