"""Each argument of a class that DAGs use is described in its docstring, in a sentence of its own."""

from __future__ import annotations

import inspect
import re

import pytest
from airflow.sdk import BaseNotifier, BaseOperator, BaseSensorOperator
from airflow.triggers.base import BaseEventTrigger

from airflow_provider_flexout.notifications.flex import FlexNotifier
from airflow_provider_flexout.operators import (
    agents,
    bulk,
    conversation,
    dag_run,
    follow_up,
    interaction,
    message,
)
from airflow_provider_flexout.sensors.reply import ConversationReplySensor
from airflow_provider_flexout.transfers import outreach
from airflow_provider_flexout.triggers.reply import FlexReplyTrigger

MODULES = (agents, bulk, conversation, dag_run, follow_up, interaction, message, outreach)
CLASSES = [
    *(
        one
        for module in MODULES
        for one in vars(module).values()
        if inspect.isclass(one) and one.__module__ == module.__name__ and not one.__name__.startswith("_")
    ),
    ConversationReplySensor,
    FlexNotifier,
    FlexReplyTrigger,
]
AIRFLOWS = {
    *BaseOperator.__mro__,
    *BaseSensorOperator.__mro__,
    *BaseNotifier.__mro__,
    *BaseEventTrigger.__mro__,
}
NOT_FOR_USERS = {agents.TransferInteractionOperator: {"wait_until"}}  # transfer_type says how long it waits

each_class = pytest.mark.parametrize("described", sorted(set(CLASSES), key=lambda one: one.__name__))


def arguments_of(described: type) -> set[str]:
    """Give what the class and our own bases take; what Airflow's bases take is Airflow's to describe."""
    ours = [one for one in described.__mro__ if one not in AIRFLOWS and "__init__" in vars(one)]
    names = {name for one in ours for name in inspect.signature(one.__init__).parameters}
    return names - {"self", "args", "kwargs"}


def descriptions_of(described: type) -> dict[str, str]:
    """Give the text of each ``:param`` line, with the lines that go on with it."""
    found = re.findall(r":param (\w+): (.*?)(?=\n:|\Z)", inspect.getdoc(described), re.DOTALL)
    return {name: " ".join(text.split()) for name, text in found}


@each_class
def test_every_argument_is_described(described):
    descriptions = descriptions_of(described)
    # A subclass may leave what it takes as its parent does to one line that names them.
    handed_on = set(re.findall(r"``(\w+)``", descriptions.pop("kwargs", "")))
    taken = arguments_of(described) - NOT_FOR_USERS.get(described, set())
    assert taken <= set(descriptions) | handed_on
    assert set(descriptions) <= taken


@each_class
def test_every_description_is_a_sentence_of_its_own(described):
    for name, text in descriptions_of(described).items():
        assert text.endswith("."), f"{name} runs on into the next one: {text}"
        assert not re.search(r"\bthe next (two|three)\b|\blikewise\b|\bas of\b", text), f"{name}: {text}"
