"""Arguments that are missing, or not one of what is allowed."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.values.arguments import check_choice, check_given


@pytest.mark.parametrize("value", [None, "", "None"])
def test_what_another_task_did_not_provide(value):
    with pytest.raises(InvalidInput, match="task_sid: missing; did the task that it comes from run"):
        check_given("task_sid", value)


def test_what_it_did_provide():
    check_given("task_sid", "WT1")
    check_choice("strategy", "one_call", ("one_call", "conversation_first"))


@pytest.mark.parametrize("value", ["two_calls", None, ["one_call"]])
def test_a_choice_that_is_not_allowed(value):
    with pytest.raises(InvalidInput, match=r"strategy: .* is none of one_call, conversation_first"):
        check_choice("strategy", value, iter(("one_call", "conversation_first")))
