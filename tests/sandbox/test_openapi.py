"""The sandbox's own OpenAPI page says what its routes do."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.sandbox.sandbox import ROUTES
from airflow_provider_flexout.sandbox.wire.parameters import absent


@pytest.fixture
def document(anybody):
    return anybody.get("/sandbox/openapi.json").json()


def test_every_operation_is_on_it_with_all_of_its_fields(document, sandbox):
    assert document["servers"] == [{"url": sandbox.base_url}]
    told = {each["operationId"]: each for methods in document["paths"].values() for each in methods.values()}
    assert told.keys() == ROUTES.names
    for operation in ROUTES:
        places = {(each["in"], each["name"]) for each in told[operation.name]["parameters"]}
        assert {("query", name) for name in operation.query} <= places
        if operation.form:
            (content,) = told[operation.name]["requestBody"]["content"].values()
            here = {name for name, param in operation.form.items() if param.check is not absent}
            assert content["schema"]["properties"].keys() == here
