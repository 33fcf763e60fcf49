"""Chat: an identity of our own in place of an address."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.channels.chat import Chat
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.spec import OutreachSpec

CHAT = Chat()


def test_a_participant_has_an_identity_and_the_agent_sees_no_address(defaults):
    assert CHAT.participants(OutreachSpec(to="guest_42"), defaults) == [{"identity": "guest_42"}]
    assert CHAT.customer_address("guest_42") is None
    CHAT.check_participant({"identity": "guest_42"}, "to")


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("ada@example.com", "is not a chat identity"),
        ("+12025550117", "is not a chat identity"),
        ("two words", "is not a chat identity"),
        ("a" * 257, "257 characters; an identity has at most 256"),
    ],
)
def test_what_is_not_an_identity(value, problem):
    with pytest.raises(InvalidInput, match=problem) as refused:
        CHAT.check_address("to", value)
    assert value not in str(refused.value)


def test_what_belongs_to_other_channels_is_refused():
    with pytest.raises(InvalidInput, match="from_: not supported on chat"):
        CHAT.check_short_form(OutreachSpec(to="guest_42", from_="+12025550118"))
    with pytest.raises(InvalidInput, match="a participant on chat has no 'address'"):
        CHAT.check_keys({"identity": "guest_42", "address": "+12025550117"}, "channel")
