"""What the errors of outreach say, and which of them a retry may overcome."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach import errors
from airflow_provider_flexout.twilio.http.errors import FlexoutError

OWN = {
    name: one
    for name, one in vars(errors).items()
    if isinstance(one, type) and issubclass(one, FlexoutError) and one.__module__ == errors.__name__
}


def test_the_docstring_lists_all():
    assert [name for name in OWN if name not in (errors.__doc__ or "")] == []


def test_what_a_retry_may_overcome():
    assert {name for name, one in OWN.items() if not one.permanent} == {
        "AlreadyTalking",
        "ContactHeld",
        "ReconciliationPending",
        "RecordTooNew",
        "WaitTimedOut",
    }


@pytest.mark.parametrize(
    ("error", "parts"),
    [
        (errors.InvalidInput("to", "empty."), ["to: empty."]),
        (errors.AlreadyTalking("CH0", "+1•••••0117"), ["CH0", '"join"', '"skip"']),
        (errors.RecordTooNew("fx0", 2, 1), ["fx0", "version 2", "version 1", "install"]),
        (errors.NobodyAvailable("No agent.", "1 hour"), ["for 1 hour", "No agent."]),
        (errors.DeliveryFailed("IM0", "failed", 30007), ["IM0", "30007", "https://www.twilio.com/docs"]),
        (errors.DeliveryFailed("IM0", "failed", None), ["without a code"]),
        (errors.WaitTimedOut("1 hour"), ["Waited for 1 hour, and"]),
    ],
)
def test_they_say_what_happened_and_what_to_do(error, parts):
    assert [part for part in parts if part not in str(error)] == []
