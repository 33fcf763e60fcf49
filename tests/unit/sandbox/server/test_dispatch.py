"""A request on its way: faults, credentials, the operation, the log."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.sandbox import HttpRequest
from airflow_provider_flexout.sandbox.sandbox import ROUTES
from airflow_provider_flexout.sandbox.server.dispatch import dispatch
from tests.unit.sandbox.conftest import request

PATH = "/v1/Conversations"


def test_credentials_come_before_everything_but_faults(sandbox):
    def status(method, path, **headers):
        return dispatch(sandbox._store, ROUTES, HttpRequest(method, path, headers=headers)).status

    assert [status("GET", PATH), status("GET", "/v1/Nothing"), status("PUT", PATH)] == [401, 404, 405]
    sandbox.faults.fail("ListConversation", 503)
    assert status("GET", PATH) == 503
    assert status("GET", PATH) == 401


def test_what_twilio_has_and_the_sandbox_does_not_is_501(sandbox):
    response = dispatch(sandbox._store, ROUTES, request("GET", "/v1/Credentials"))
    assert (response.status, response.json()["code"]) == (501, 20501)


@pytest.mark.parametrize(("plant", "made"), [("drop_response", 1), ("lose_request", 0)])
def test_a_closed_connection_says_so_to_its_shell(sandbox, plant, made):
    getattr(sandbox.faults, plant)("CreateConversation")
    response = dispatch(sandbox._store, ROUTES, request("POST", PATH))
    assert (response.connection, response.body, len(sandbox.conversations)) == ("closed", b"", made)
    assert (sandbox.requests[-1].status, sandbox.requests[-1].fault) == (None, plant)


def test_every_request_is_logged(sandbox, opened):
    logged = sandbox.requests[-1]
    assert (logged.operation, logged.status, logged.sid) == (
        "CreateInteraction",
        200,
        opened.interaction_sid,
    )
    assert sandbox._store.webhooks.source == "SDK"


def test_the_status_of_flexs_errors_can_be_set(sandbox):
    for status in (400, 422):
        sandbox.settings.update({"flex_errors": str(status)})
        form = {"Channel": "[]", "Routing": "{}"}
        response = dispatch(sandbox._store, ROUTES, request("POST", "/v1/Interactions", form))
        assert (response.status, response.json()["code"]) == (status, 45004)
