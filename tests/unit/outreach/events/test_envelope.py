"""Events in a batch, each read by itself."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from airflow_provider_flexout.events import read_event
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.events.envelope import read_each
from airflow_provider_flexout.outreach.events.event import Event
from tests.unit.outreach.events.pushed import MESSAGE_ADDED, ON_MESSAGE_ADDED, TASK_WRAPUP

WRAPPINGS: list[Callable[[object], object]] = [
    lambda one: one,
    json.dumps,
    lambda one: {"message_batch": [{"MessageId": "1", "Body": json.dumps(one)}]},
    lambda one: [[one]],
]


@pytest.mark.parametrize("wrap", WRAPPINGS)
def test_one_that_is_wrong_does_not_stop_the_others_of_its_batch(wrap):
    data = wrap([{"From": "+12025550117"}, ON_MESSAGE_ADDED, [MESSAGE_ADDED, "?"], TASK_WRAPUP])
    found = read_each(data)
    kinds = [one.kind if isinstance(one, Event) else str(one).partition(";")[0] for one in found]
    assert kinds == [
        "event: got an object of another form",
        "reply",
        "reply",
        "event: got a text that is neither JSON nor a form",
        "task",
    ]
    with pytest.raises(InvalidInput, match="another form"):
        read_event(data)


def test_what_is_no_batch_is_one_that_is_wrong():
    assert [isinstance(one, InvalidInput) for one in read_each(7)] == [True]
    assert read_each([]) == []
