"""The sandbox's own OpenAPI page, made of its routes."""

from __future__ import annotations

from airflow_provider_flexout.sandbox.sandbox import ROUTES
from airflow_provider_flexout.sandbox.server.openapi import document


def test_fields_and_paths_are_on_it():
    page = document(ROUTES, "http://localhost")
    create = page["paths"]["/v1/Conversations/{ConversationSid}/Messages"]["post"]
    assert create["operationId"] == "CreateConversationMessage"
    assert create["parameters"][0]["name"] == "ConversationSid"
    schema = create["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]
    assert schema["properties"]["ContentSid"]["pattern"] == "^HX[0-9a-fA-F]{32}$"
    assert page["paths"]["/v2/token"]["post"]["security"] == []
    assert page["servers"] == [{"url": "http://localhost"}]
