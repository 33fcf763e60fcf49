"""Each code equals its number, and says what to do about it."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.twilio.http.codes import (
    DOWNSTREAM_CODES,
    RATE_LIMIT_CODES,
    ErrorCode,
    hint_for,
)


def test_a_code_equals_the_number_in_a_body():
    assert ErrorCode.CONVERSATION_NAME_TAKEN == 50353
    assert ErrorCode(50353) is ErrorCode.CONVERSATION_NAME_TAKEN
    assert 45010 in RATE_LIMIT_CODES
    assert 45352 in DOWNSTREAM_CODES
    assert not RATE_LIMIT_CODES & DOWNSTREAM_CODES


def test_a_hint_is_a_sentence_for_a_user():
    assert hint_for(63016).endswith("use a template (content_sid).")
    for code in ErrorCode:
        assert code.hint == "" or (code.hint[0].isupper() and code.hint.endswith("."))


@pytest.mark.parametrize("code", [None, 0, 1, ErrorCode.PARTICIPANT_EXISTS])
def test_there_is_not_a_hint_for_every_code(code):
    assert hint_for(code) == ""
