"""What every response carries."""

from __future__ import annotations

from airflow_provider_flexout.sandbox.server.responses import respond
from airflow_provider_flexout.sandbox.wire.http import ApiResponse


def test_a_response_has_twilios_header_fields(sandbox):
    response = respond(sandbox._store, ApiResponse({"sid": "CH1"}, 201, {"ETag": '"0"'}))
    assert (response.status, response.body) == (201, b'{"sid":"CH1"}')
    assert response.headers["Date"] == "Sun, 01 Mar 2026 09:00:00 GMT"
    assert response.headers["Content-Length"] == "13"
    assert response.headers["ETag"] == '"0"'
    assert respond(sandbox._store, ApiResponse(None, 204)).body == b""
    first, second = (respond(sandbox._store, ApiResponse({})).headers["Twilio-Request-Id"] for _ in range(2))
    assert first != second
