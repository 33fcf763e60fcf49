"""Every call, held against Twilio's OpenAPI documents and against what the ``twilio`` package sends."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from twilio.base.serialize import object as json_text
from twilio.http.http_client import HttpClient
from twilio.http.response import Response
from twilio.rest import Client as TwilioClient

from airflow_provider_flexout.twilio.api import content, conversations, interactions, messages, tasks
from airflow_provider_flexout.twilio.http import auth
from airflow_provider_flexout.twilio.http.call import Call
from airflow_provider_flexout.twilio.http.request_flow import build_request
from airflow_provider_flexout.twilio.http.settings import BasicCredentials, OAuthCredentials, Settings
from airflow_provider_flexout.twilio.http.transport import httpx_request
from tests.contract import account_cases, agent_cases
from tests.contract.case import AC, CH, HQ, HX, IM, KD, ME, MG, UO, WS, WT, Case
from tests.missing import missing
from tests.paths import OPENAPI as OAI

DOCUMENTS = {
    "flex-api": "twilio_flex_v1.json",
    "conversations": "twilio_conversations_v1.json",
    "taskrouter": "twilio_taskrouter_v1.json",
    "oauth": "twilio_oauth_v2.json",
    "content": "twilio_content_v1.json",
}

CHANNEL = {
    "type": "sms",
    "initiated_by": "agent",
    "participants": [{"address": "+13115552368", "proxy_address": "+13115550100"}],
}
ROUTING = {"properties": {"workspace_sid": WS, "attributes": {"customerName": "Ada & Söhne"}}}
TTID = "flex_interactionwebhook_01k8xqfbaxfh5tpnqm2psh6238"


CASES = [
    Case(
        interactions.create_interaction(CHANNEL, ROUTING, interaction_context_sid=HQ, webhook_ttid=TTID),
        lambda twilio: twilio.flex_api.v1.interaction.create(
            channel=CHANNEL, routing=ROUTING, interaction_context_sid=HQ, webhook_ttid=TTID
        ),
    ),
    Case(
        interactions.fetch_interaction(KD),
        lambda twilio: twilio.flex_api.v1.interaction(KD).fetch(),
    ),
    Case(
        interactions.list_channels(KD),
        lambda twilio: twilio.flex_api.v1.interaction(KD).channels.page(),
    ),
    Case(
        interactions.fetch_channel(KD, UO),
        lambda twilio: twilio.flex_api.v1.interaction(KD).channels(UO).fetch(),
    ),
    Case(
        interactions.update_channel(KD, UO, "closed", {"status": "closed"}),
        lambda twilio: (
            twilio.flex_api.v1.interaction(KD)
            .channels(UO)
            .update(status="closed", routing={"status": "closed"})
        ),
    ),
    Case(
        conversations.create_conversation(
            unique_name="flexout_fx1",
            friendly_name="Ada",
            attributes={"a": 1},
            state="active",
            closes_after="PT10M",
            messaging_service_sid=MG,
        ),
        lambda twilio: twilio.conversations.v1.conversations.create(
            unique_name="flexout_fx1",
            friendly_name="Ada",
            attributes=json_text({"a": 1}),
            state="active",
            timers_closed="PT10M",
            messaging_service_sid=MG,
        ),
    ),
    Case(
        conversations.fetch_conversation("flexout_fx1"),
        lambda twilio: twilio.conversations.v1.conversations("flexout_fx1").fetch(),
    ),
    Case(
        conversations.list_conversations(page_size=1),
        lambda twilio: twilio.conversations.v1.conversations.page(page_size=1),
    ),
    Case(
        conversations.update_conversation(
            CH, unique_name="flexout_fx1", attributes={"a": 1}, state="closed", messaging_service_sid=MG
        ),
        lambda twilio: twilio.conversations.v1.conversations(CH).update(
            unique_name="flexout_fx1",
            attributes=json_text({"a": 1}),
            state="closed",
            messaging_service_sid=MG,
        ),
    ),
    Case(
        conversations.delete_conversation(CH),
        lambda twilio: twilio.conversations.v1.conversations(CH).delete(),
    ),
    Case(
        conversations.create_participant(CH, address="+13115552368", proxy_address="+13115550100"),
        lambda twilio: twilio.conversations.v1.conversations(CH).participants.create(
            messaging_binding_address="+13115552368", messaging_binding_proxy_address="+13115550100"
        ),
    ),
    Case(
        conversations.create_participant(CH, identity="guest_42"),
        lambda twilio: twilio.conversations.v1.conversations(CH).participants.create(identity="guest_42"),
    ),
    Case(
        conversations.list_participants(CH),
        lambda twilio: twilio.conversations.v1.conversations(CH).participants.page(page_size=100),
    ),
    Case(
        conversations.list_participant_conversations(address="+13115552368"),
        lambda twilio: twilio.conversations.v1.participant_conversations.page(address="+13115552368"),
    ),
    Case(
        messages.create_message(
            CH,
            author="agentname",
            body="Hello wörld",
            subject="Your order",
            media_sid=ME,
            content_sid=HX,
            content_variables={"1": "Ada"},
            attributes={"flexout_key": "fx1"},
        ),
        lambda twilio: twilio.conversations.v1.conversations(CH).messages.create(
            author="agentname",
            body="Hello wörld",
            subject="Your order",
            media_sid=ME,
            content_sid=HX,
            content_variables=json_text({"1": "Ada"}),
            attributes=json_text({"flexout_key": "fx1"}),
        ),
    ),
    Case(
        messages.list_messages(CH, order="desc"),
        lambda twilio: twilio.conversations.v1.conversations(CH).messages.page(order="desc", page_size=100),
    ),
    Case(
        messages.fetch_message(CH, IM),
        lambda twilio: twilio.conversations.v1.conversations(CH).messages(IM).fetch(),
    ),
    Case(
        messages.list_receipts(CH, IM),
        lambda twilio: twilio.conversations.v1.conversations(CH).messages(IM).delivery_receipts.page(),
    ),
    Case(tasks.fetch_workspace(WS), lambda twilio: twilio.taskrouter.v1.workspaces(WS).fetch()),
    Case(
        tasks.list_tasks(WS, attributes_match=f'conversationSid == "{CH}"', page_size=50),
        lambda twilio: twilio.taskrouter.v1.workspaces(WS).tasks.page(
            evaluate_task_attributes=f'conversationSid == "{CH}"', page_size=50
        ),
    ),
    Case(
        tasks.fetch_task(WS, WT),
        lambda twilio: twilio.taskrouter.v1.workspaces(WS).tasks(WT).fetch(),
    ),
    Case(
        tasks.cancel_task(WS, WT, "done"),
        lambda twilio: (
            twilio.taskrouter.v1.workspaces(WS).tasks(WT).update(assignment_status="canceled", reason="done")
        ),
    ),
    Case(content.fetch_content(HX), lambda twilio: twilio.content.v1.contents(HX).fetch()),
    Case(content.fetch_approval(HX), lambda twilio: twilio.content.v1.contents(HX).approval_fetch().fetch()),
    Case(
        auth.create_token(OAuthCredentials("OQ1", "secret")),
        lambda twilio: twilio.oauth.v2.token.create(
            client_id="OQ1", client_secret="secret", grant_type="client_credentials"
        ),
    ),
    *agent_cases.CASES,
    *account_cases.CASES,
]
cases = pytest.mark.parametrize("case", CASES, ids=repr)
NOT_HERE = {"api", "messaging", "studio"}
"""The products of which a call or two is used: the ``twilio`` package alone measures these."""
documented = pytest.mark.parametrize(
    "case", [case for case in CASES if case.call.product not in NOT_HERE], ids=repr
)


class Recorder(HttpClient):
    """Keeps what the ``twilio`` package would send."""

    def __init__(self) -> None:
        super().__init__(None, False, None)  # type: ignore[arg-type]

    def request(self, method, url, params=None, data=None, headers=None, auth=None, **_: Any) -> Response:
        condition = {name: value for name, value in (headers or {}).items() if name == "If-Match"}
        self.sent = httpx.Request(method, url, params=params or None, data=data or None, headers=condition)
        return Response(204 if method == "DELETE" else 200, '{"meta": {"key": "x"}, "x": []}')


def sent_by_twilio(case: Case) -> httpx.Request:
    recorder = Recorder()
    case.theirs(TwilioClient(AC, "token", http_client=recorder))
    return recorder.sent


def sent_by_us(case: Case) -> httpx.Request:
    return httpx_request(build_request(case.call, Settings(BasicCredentials(AC, "token")), None), {})


def fields(encoded: bytes) -> dict[str, Any]:
    def plain(value: str) -> Any:
        return json.loads(value) if value.startswith("{") else value

    return {name: plain(value) for name, value in parse_qsl(encoded.decode(), keep_blank_values=True)}


@cases
def test_what_leaves_is_what_twilios_own_package_sends(case):
    ours, theirs = sent_by_us(case), sent_by_twilio(case)
    assert ours.method == theirs.method
    assert ours.url.copy_with(query=None) == theirs.url.copy_with(query=None)
    assert fields(ours.url.query) == fields(theirs.url.query)
    assert fields(ours.read()) == fields(theirs.read())
    assert ours.headers.get("If-Match") == theirs.headers.get("If-Match")


@cache
def document(product: str) -> dict[str, Any]:
    if not OAI.is_dir():
        missing(f"Twilio's OpenAPI documents are not in {OAI}: set FLEXOUT_OAI_DIR to their folder")
    loaded: dict[str, Any] = json.loads((OAI / DOCUMENTS[product]).read_text())
    return loaded


def component(reference: dict[str, Any], product: str) -> dict[str, Any]:
    if "$ref" not in reference:
        return reference
    found: Any = document(product)
    for part in reference["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return found


def operation(call: Call[Any]) -> tuple[str, dict[str, Any]]:
    for path, methods in document(call.product)["paths"].items():
        for method, described in methods.items():
            if isinstance(described, dict) and described.get("operationId") == call.name:
                assert method == call.method.lower()
                return path, described
    raise AssertionError(f"{call.name} is no operation of {call.product}")


@documented
def test_the_path_is_the_documents(case):
    path, described = operation(case.call)
    pattern = re.sub(r"\{(\w+)\}", r"[^/]+", path)
    assert re.fullmatch(pattern, urlsplit(case.call.path).path)
    hosts = described.get("servers") or document(case.call.product)["servers"]
    assert {server["url"] for server in hosts} <= {f"https://{case.call.product}.twilio.com"}


@documented
def test_every_parameter_is_in_the_documents_and_fits(case):
    import jsonschema

    _, described = operation(case.call)
    query = {one["name"]: one["schema"] for one in described.get("parameters", ()) if one["in"] == "query"}
    assert set(case.call.query) <= set(query)
    if not case.call.form:
        return
    content = described["requestBody"]["content"]["application/x-www-form-urlencoded"]
    form = component(content["schema"], case.call.product)
    assert set(case.call.form) <= set(form["properties"])
    assert set(form.get("required", ())) <= set(case.call.form)
    for name, value in case.call.form.items():
        schema = component(form["properties"][name], case.call.product)
        read = json.loads(value) if schema.get("type") == "integer" else value  # a form has texts only
        jsonschema.validate(read, {key: schema[key] for key in ("type", "pattern", "enum") if key in schema})


@documented
def test_the_documents_own_example_answers_can_be_read(case):
    _, described = operation(case.call)
    for status, response in described["responses"].items():
        for body in response.get("content", {}).values():
            for example in (body.get("examples") or {}).values():
                if int(status) < 300:
                    assert case.call.resource.model_validate_json(json.dumps(example["value"]))
