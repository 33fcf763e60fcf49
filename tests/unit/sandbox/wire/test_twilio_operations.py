"""The list of Twilio's operations that the package carries. What it holds is compared in tests/sandbox."""

from __future__ import annotations

from airflow_provider_flexout.sandbox.wire.twilio_operations import shape, twilio_operations


def test_each_operation_once():
    listed = twilio_operations()
    assert len({each.name for each in listed}) == len(listed) > 100
    assert {each.method for each in listed} == {"GET", "POST", "PUT", "DELETE"}


def test_paths_are_compared_without_the_names_of_their_parts():
    assert shape("/v1/Conversations/{Sid}/Messages") == shape("/v1/Conversations/{ConversationSid}/Messages")
