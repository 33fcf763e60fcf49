"""A value is read in one way wherever a text of an argument or a row is needed."""

from __future__ import annotations

import json
import math
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import numpy as np
import pandas as pd
import pytest

from airflow_provider_flexout.alerts.alert import Alert, Failure
from airflow_provider_flexout.alerts.plan import plan_outreach
from airflow_provider_flexout.bulk.contacts.contact import contact_of
from airflow_provider_flexout.bulk.contacts.message_format import MessageFormat
from airflow_provider_flexout.bulk.sources.row import Row
from airflow_provider_flexout.mixins.literals.outreach import connection_like
from airflow_provider_flexout.outreach.conversation.request import build_request as build_conversation
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.follow_up.cadence import plan_cadence
from airflow_provider_flexout.outreach.message.draft import MessageDraft
from airflow_provider_flexout.outreach.spec import OutreachSpec
from airflow_provider_flexout.outreach.values.plain import plain, read_text, readable
from airflow_provider_flexout.version_compat import AirflowFailException
from tests.outreach_request import request_of

TEXT = MessageFormat("message", "{value}")
CONVERSATION = "CH" + "0" * 32
ALERT = Alert("late orders", "test", "orders", (Failure("shipped", failed_rows=1),))


def message(name, value):
    draft = MessageDraft("key", CONVERSATION, **({"body": "text"} | {name: value}))
    draft.check()
    return getattr(draft, name)


def variable(value):
    draft = MessageDraft("key", CONVERSATION, content_sid="HX" + "0" * 32, content_variables={"1": value})
    draft.check()
    return draft.variables["1"]


def step(value):
    cadence = plan_cadence(steps=[{"after": "4h", "body": value}], key="key", conversation_sid=CONVERSATION)
    return cadence.steps[0].draft.body


def opened(value):
    request = request_of(
        channel="sms", to="+12025550141", customer_name=value, key="key", defaults=connection_like()
    )
    return request.routing["properties"]["attributes"]["customerName"]


def without_agent(value):
    spec = OutreachSpec(channel="sms", to="+12025550141", customer_name=value)
    return build_conversation(spec, key="key", defaults=connection_like()).attributes["customerName"]


def mail(value):
    mail = {"channel": "email", "to": "ada@example.com", "subject": value}
    request = request_of(**mail, key="key", defaults=connection_like())
    return request.routing["properties"]["attributes"]["subject"]


def row(**values):
    return contact_of(Row(1, {"to": "+12025550141"} | values), {})


def planned(value, column):
    made = plan_outreach(
        ALERT, lambda _: [{"to": "+12025550141", "value": value}], to="to", **{column: "value"}
    )
    if made["excluded"]:
        raise InvalidInput("plan", made["excluded"][0]["why"])
    return made["contacts"][0].get(column)


PLACES = {
    "a message's body": lambda value: message("body", value),
    "a message's subject": lambda value: message("subject", value),
    "a template's variable": variable,
    "a column of a campaign's message": lambda value: TEXT.filled({"value": value}),
    "a customer's name": opened,
    "a customer's name, where no agent is called": without_agent,
    "the subject of a mail": mail,
    "the name in a campaign's row": lambda value: row(customer_name=value).given["customer_name"],
    "the id of a campaign's row": lambda value: row(id=value).id,
    "the name in a planned row": lambda value: planned(value, "customer_name"),
    "a step of a follow-up": step,
}
TEXTS = [
    ("None", "None"), ("nan", "nan"), (b"caf\xc3\xa9", "café"), (memoryview(b"ab"), "ab"), (1984, "1984"),
    (0, "0"),
    (12.5, "12.5"), (np.int64(17), "17"), (np.float64(1.5), "1.5"), (Decimal("12.50"), "12.50"),
    (date(2026, 11, 22), "2026-11-22"), (pd.Timestamp("2026-11-22"), "2026-11-22 00:00:00"),
    (pd.Period("2026-11"), "2026-11"), (timedelta(hours=1), "1:00:00"), (UUID(int=7), str(UUID(int=7))),
]  # fmt: skip
REFUSED = [
    True, np.bool_(False), [1], (1,), {"a": 1}, {1, 2}, math.inf, np.float64("-inf"), Decimal("Infinity"),
    b"caf\xe9", memoryview(b"\xff"), "a\ud800b", "a\0b", object(),
]  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
def test_a_value_is_the_same_text_everywhere(place):
    for value, text in TEXTS:
        assert PLACES[place](value) == read_text("value", value) == text


@pytest.mark.parametrize("place", PLACES)
def test_what_is_no_text_is_refused_everywhere(place):
    for value in REFUSED:
        with pytest.raises((InvalidInput, AirflowFailException)):
            PLACES[place](value)


@pytest.mark.parametrize("column", ["person", "record", "channel"])
def test_what_is_no_text_tells_no_people_apart(column):
    for value in REFUSED:
        with pytest.raises(InvalidInput, match="plan: column 'value': "):
            planned(value, column)


def test_what_a_plan_holds_is_plain_json():
    row = {"to": "+12025550141"} | {f"column{number}": value for number, (value, _) in enumerate(TEXTS)}
    names = [name for name in row if name != "to"]
    made = plan_outreach(
        ALERT, lambda _: [row], to="to", attributes=names, keywords=lambda row: {"routing": {"a": [row]}}
    )
    (contact,) = made["contacts"]
    assert json.loads(json.dumps(made, allow_nan=False)) == made
    assert contact["attributes"] == {name: plain(row[name]) for name in names}
    assert contact["routing"]["a"] == [contact["attributes"] | {"to": "+12025550141"}]


@pytest.mark.parametrize(
    "value", [{1, 2}, math.inf, b"caf\xe9", "a\ud800b", pytest.param(object(), id="object")], ids=repr
)
def test_what_a_plan_cannot_hold_excludes_the_person(value):
    rows = [{"to": "+12025550141", "value": value}, {"to": "+12025550142", "value": 1}]
    for arguments in ({"attributes": ["value"]}, {"keywords": lambda row: {"attributes": row}}):
        made = plan_outreach(ALERT, lambda _: rows, to="to", **arguments)
        assert [one["to"] for one in made["contacts"]] == ["+12025550142"]
        assert [one["why"].partition("'")[0] for one in made["excluded"]] in (["column "], ["keywords "])


def test_what_an_alarm_cannot_write_is_replaced():
    assert readable({"a": ["x\ud800", b"caf\xe9", "\ud83d\ude00"], "b": (1, "\0")}) == {
        "a": ["x\ufffd", "caf\ufffd", "\U0001f600"],
        "b": (1, "\ufffd"),
    }
