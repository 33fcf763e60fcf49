"""Requests and responses are values, and none of them shows what it holds."""

from __future__ import annotations

from airflow_provider_flexout.twilio.http.request import Request, Response, SendFailed


def test_a_url_is_the_base_and_the_target():
    assert Request("GET", "https://a.example/x", "/v1/Y?Z=1", {}).url == "https://a.example/x/v1/Y?Z=1"


def test_a_repr_shows_no_address_and_no_text():
    request = Request("POST", "https://a.example", "/v1?Address=%2B13115552368", {"Authorization": "s"}, b"s")
    assert "2368" not in repr(request)
    assert "2368" not in repr(Response(200, {}, b"+13115552368"))


def test_a_failure_says_whether_the_request_left():
    assert SendFailed("refused", never_left=True).never_left
    assert str(SendFailed("late", never_left=False)) == "late"
