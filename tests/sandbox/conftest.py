"""A served sandbox, Twilio's own Python library as its client, and Twilio's API documents as its measure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import jsonschema
import pytest
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from airflow_provider_flexout.sandbox import Sandbox
from tests.missing import missing
from tests.paths import OPENAPI
from tests.sandbox import recording
from tests.sandbox_process import client_of

CUSTOMER = "+15005550010"

pytest_sessionfinish = recording.compare


class ApiDocuments:
    """Checks answers against Twilio's OpenAPI documents."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._documents = [json.loads(path.read_text()) for path in sorted(folder.glob("twilio_*.json"))]
        for document in self._documents:
            _null_as_json_schema(document)
        self.seen: set[str] = set()

    def check(self, method: str, path: str, status: int, body: Any) -> str:
        document, operation = self._find(method, path)
        assert str(status) in operation["responses"], f"{operation['operationId']} never answers {status}"
        self.seen.add(operation["operationId"])
        content = operation["responses"][str(status)].get("content")
        if content is not None:
            schema = content["application/json"]["schema"]
            whole = {**schema, "components": document["components"]}
            jsonschema.Draft202012Validator(whole).validate(body)
            _check_keys(document, schema, body)
        return operation["operationId"]

    def _find(self, method: str, path: str) -> tuple[dict[str, Any], dict[str, Any]]:
        parts = path.strip("/").split("/")
        matches = []
        for document in self._documents:
            for template, item in document["paths"].items():
                wanted = template.strip("/").split("/")
                if (
                    method in item
                    and len(wanted) == len(parts)
                    and all(w.startswith("{") or w == p for w, p in zip(wanted, parts, strict=True))
                ):
                    matches.append((template.count("{"), document, item[method]))
        assert matches, f"Twilio has no {method} {path}"
        _, document, operation = min(matches, key=lambda match: match[0])
        return document, operation


def _null_as_json_schema(node: Any) -> None:
    """Rewrite OpenAPI's ``nullable`` in the words of JSON Schema, in place."""
    if isinstance(node, list):
        for each in node:
            _null_as_json_schema(each)
    elif isinstance(node, dict):
        for key, value in list(node.items()):
            _null_as_json_schema(value)
            if isinstance(value, dict) and value.pop("nullable", False) and set(value) - {"description"}:
                node[key] = {"anyOf": [value, {"type": "null"}]}


def _check_keys(document: dict[str, Any], schema: dict[str, Any], body: Any) -> None:
    """Check that objects have all of the documented fields and no other."""
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        if isinstance(body, dict) and "properties" in schema:
            assert set(body) == set(schema["properties"])
    elif isinstance(body, dict):
        for name, value in schema.get("properties", {}).items():
            if value.get("type") == "array":
                for each in body[name]:
                    _check_keys(document, value["items"], each)


@pytest.fixture(scope="session")
def found_documents() -> ApiDocuments | None:
    return ApiDocuments(OPENAPI) if any(OPENAPI.glob("twilio_*.json")) else None


@pytest.fixture(scope="session")
def api_documents(found_documents: ApiDocuments | None) -> ApiDocuments:
    if found_documents is None:
        missing("Twilio's OpenAPI documents are not here: set FLEXOUT_OAI_DIR to their folder")
    return found_documents


WITHOUT_DOCUMENT = ("/v1/Sinks", "/v1/Subscriptions")
"""Event Streams are in none of the documents. Twilio's package, which reads the answers, is their measure."""


class ToSandbox(TwilioHttpClient):
    """Twilio's HTTP client, except that every host is the sandbox, and that answers are checked."""

    def __init__(self, base_url: str, documents: ApiDocuments | None) -> None:
        super().__init__(timeout=10)
        self._base_url, self._documents = base_url, documents

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        parts = urlsplit(url)
        url = f"{self._base_url}{parts.path}" + (f"?{parts.query}" if parts.query else "")
        response = super().request(method, url, *args, **kwargs)
        if response.status_code < 400:
            recording.note(method, parts.path)
        is_documented = self._documents is not None and not parts.path.startswith(WITHOUT_DOCUMENT)
        if is_documented and response.status_code < 400:
            body = json.loads(response.text) if response.text else None
            self._documents.check(method.lower(), parts.path, response.status_code, body)
        return response


@pytest.fixture(scope="session")
def served() -> Iterator[Sandbox]:
    with Sandbox(seed=7, frozen=True).serve() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(served: Sandbox) -> Sandbox:
    """A served sandbox in which nothing has happened; its clock only moves when it is moved."""
    served.reset()
    return served


@pytest.fixture
def connect(sandbox: Sandbox, found_documents: ApiDocuments | None) -> Callable[..., Client]:
    def make(login: str, password: str) -> Client:
        extra = sandbox.connection()["extra"]
        http_client = ToSandbox(sandbox.base_url, found_documents)
        return Client(login, password, extra["account_sid"], http_client=http_client)

    return make


@pytest.fixture
def twilio(connect: Callable[..., Client], sandbox: Sandbox) -> Client:
    connection = sandbox.connection()
    return connect(connection["login"], connection["password"])


@pytest.fixture(scope="session")
def without_credentials(served: Sandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=served.base_url, trust_env=False, timeout=60) as client:
        yield client


@pytest.fixture
def anybody(sandbox: Sandbox, without_credentials: httpx.Client) -> httpx.Client:
    """A plain HTTP client without credentials."""
    return without_credentials


@pytest.fixture(scope="session")
def logged_in(served: Sandbox) -> Iterator[httpx.Client]:
    with client_of(served.connection()) as client:
        yield client


@pytest.fixture
def http(sandbox: Sandbox, logged_in: httpx.Client) -> httpx.Client:
    """A plain HTTP client with the account's credentials."""
    return logged_in


@pytest.fixture
def extra(sandbox: Sandbox) -> dict[str, Any]:
    return sandbox.connection()["extra"]


@pytest.fixture
def routing(extra: dict[str, Any]) -> Callable[..., dict[str, Any]]:
    """Make ``Routing`` for an agent, with changes; a change to None leaves the key out."""

    def make(**changes: Any) -> dict[str, Any]:
        keys = ("workspace_sid", "workflow_sid", "queue_sid", "worker_sid")
        properties = {key: extra[key] for key in keys} | changes
        return {"properties": {key: value for key, value in properties.items() if value is not None}}

    return make


@pytest.fixture
def channel(extra: dict[str, Any]) -> Callable[..., dict[str, Any]]:
    """Make ``Channel`` for an SMS by an agent, with changes; a change to None leaves the key out."""

    def make(**changes: Any) -> dict[str, Any]:
        participants = [{"address": CUSTOMER, "proxy_address": extra["sms_from"]}]
        given = {"type": "sms", "initiated_by": "agent", "participants": participants} | changes
        return {key: value for key, value in given.items() if value is not None}

    return make


@pytest.fixture
def open_one(twilio: Client, channel, routing) -> Callable[..., dict[str, Any]]:
    """Create an interaction; return the SIDs of all that it consists of."""

    def make(routed: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
        made = twilio.flex_api.v1.interaction.create(
            channel=channel(**changes), routing=routing(**(routed or {}))
        )
        properties = made.routing["properties"]
        attributes = json.loads(properties["attributes"])
        return {
            "interaction": made.sid,
            "channel": made.channel["sid"],
            "task": properties["sid"],
            "conversation": attributes["conversationSid"],
            "attributes": attributes,
        }

    return make


@pytest.fixture
def tasks(twilio: Client, extra: dict[str, Any]) -> Any:
    """Twilio's tasks of the sandbox's workspace: a list, and by SID."""
    workspace = twilio.taskrouter.v1.workspaces(extra["workspace_sid"])
    return workspace.tasks


@pytest.fixture
def refused() -> Callable[..., Any]:
    """Expect Twilio's library to raise an error with a status and a code."""

    class Refused:
        def __init__(self, status: int, code: int) -> None:
            self.status, self.code, self.message = status, code, ""

        def __enter__(self) -> Refused:
            return self

        def __exit__(self, kind: type | None, error: Any, traceback: Any) -> bool:
            assert error is not None, f"nothing was refused; {self.status}/{self.code} was expected"
            if not isinstance(error, TwilioException):
                return False
            self.message = str(error)
            if isinstance(error, TwilioRestException):
                found = (error.status, error.code)
            else:  # the library's lists tell status and code in their text only
                match = re.search(r'HTTP (\d+) \{"code":(\d+)', self.message)
                assert match is not None, self.message
                found = (int(match[1]), int(match[2]))
            assert found == (self.status, self.code), self.message
            return True

    return Refused
