"""Requests and responses as plain values."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.sandbox.wire.http import (
    ApiError,
    HttpRequest,
    compact,
    encoded,
    not_found,
    parse_json,
    read_pairs,
)


def test_a_form_is_read_once_and_only_as_a_form():
    form = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    request = HttpRequest("POST", "/", headers=form, body=b"Body=a+b&Empty=")
    assert request.form() == [("Body", "a b"), ("Empty", "")]
    assert HttpRequest("POST", "/").form() == []
    with pytest.raises(ValueError, match="not application/json"):
        HttpRequest("POST", "/", headers={"content-type": "application/json"}, body=b"{}").form()


def test_json_is_an_object():
    headers = {"content-type": "application/json"}
    assert HttpRequest("POST", "/", headers=headers, body=b'{"a":1}').json() == {"a": 1}
    for body, kind in ((b"[]", "application/json"), (b"{", "application/json"), (b"{}", "text/plain")):
        with pytest.raises(ValueError, match=r"JSON|json|Expecting"):
            HttpRequest("POST", "/", headers={"content-type": kind}, body=body).json()


@pytest.mark.parametrize("half", [r'"\uD83D"', r'{"a\ude00": 1}', r'["\ude00\ud83d"]'])
def test_half_a_character_is_refused_since_no_response_could_hold_it(half):
    with pytest.raises(ValueError, match="half a character"):
        parse_json(half)


@pytest.mark.parametrize(
    ("whole", "text"), [(r'"\uD83D\ude00"', "\U0001f600"), (r'"C:\\ud83d"', "C:\\ud83d")]
)
def test_both_halves_are_one(whole, text):
    assert parse_json(whole) == text


def test_urls_begin_with_the_host_that_was_asked():
    assert (
        HttpRequest("GET", "/", headers={"Host": "sandbox:8765"}, scheme="https").base
        == "https://sandbox:8765"
    )


def test_an_error_has_twilios_body():
    response = ApiError(409, 50433, "Participant already exists").response()
    assert response.status == 409
    assert response.body == {
        "code": 50433,
        "message": "Participant already exists",
        "more_info": "https://www.twilio.com/docs/errors/50433",
        "status": 409,
    }
    assert (not_found("/v1/x").status, not_found("/v1/x").code) == (404, 20404)


def test_json_without_spaces():
    assert compact({"name": "Zoë"}) == '{"name":"Zoë"}'
    assert encoded({"name": "Zoë"}) == b'{"name":"Zo\\u00eb"}'


def test_text_that_is_not_utf8_is_refused():
    assert read_pairs("a=%C3%AB&b") == [("a", "ë"), ("b", "")]
    with pytest.raises(ValueError, match="utf-8"):
        read_pairs("a=%FF")
