"""Each resource has its own measure, which fills with the computer's time and with the sandbox's."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.sandbox.wire import rate_limits
from airflow_provider_flexout.sandbox.wire.rate_limits import PublishedLimits

ONE, OTHER = {"ConversationSid": "CH1"}, {"ConversationSid": "CH2"}


@pytest.fixture
def limits(monkeypatch) -> PublishedLimits:
    monkeypatch.setattr(rate_limits, "monotonic", lambda: 5.0)
    return PublishedLimits()


def taken(limits: PublishedLimits, operation: str, params=ONE, query: str = "", at: float = 0.0) -> int:
    return sum(not limits.refuse(operation, params, query, at) for _ in range(100))


def test_each_resource_has_a_second_of_its_own(limits):
    assert taken(limits, "ListTask", query="EvaluateTaskAttributes=x") == 3
    assert taken(limits, "ListWorker", query="PageSize=5&TargetWorkersExpression=x") == 3
    assert taken(limits, "ListTaskQueue", query="EvaluateWorkerAttributes=x") == 3
    assert taken(limits, "CreateConversation") == 30
    assert taken(limits, "CreateConversationMessage") == 30
    assert taken(limits, "CreateConversationParticipant") == 0  # of the same conversation
    assert taken(limits, "DeleteConversationParticipant", OTHER) == 30


def test_the_rest_is_not_limited(limits):
    assert taken(limits, "ListTask") == 100
    assert taken(limits, "FetchConversation") == 100
    assert taken(limits, "CreateInteraction") == 100


def test_the_sandboxs_time_counts_and_never_goes_back(limits):
    assert taken(limits, "CreateConversation", at=100.0) == 30
    assert taken(limits, "CreateConversation", at=100.5) == 15
    assert taken(limits, "CreateConversation", at=40.0) == 0
    assert taken(limits, "CreateConversation", at=3_600.0) == 30


def test_the_computers_time_counts(limits, monkeypatch):
    assert taken(limits, "CreateConversation") == 30
    monkeypatch.setattr(rate_limits, "monotonic", lambda: 5.5)
    assert taken(limits, "CreateConversation") == 15
