"""A field of a record that is not of its type is refused by its name."""

from __future__ import annotations

import copy

import pytest

from airflow_provider_flexout.outreach.durable import read_record
from airflow_provider_flexout.outreach.stored_fields import (
    mapping_in,
    scalar_in,
    seconds_in,
    text_in,
    texts_in,
)

WHOLE = {
    "v": 1,
    "key": "fx0",
    "to": "+1202…17",
    "channel": "sms",
    "fingerprint": "c8408aa34bce139b",
    "claim": {"by": "0f", "within": 0.0},
    "source": {"dag_id": "orders", "map_index": -1},
    "sids": {"interaction_sid": "KD0", "invite_sid": None},
    "greeted": "IM0",
}
TEXTS, SECONDS = "is not a text", "is not a number of seconds, up to a day"


@pytest.mark.parametrize(
    ("field", "wrong", "sentence"),
    [
        *(((name,), wrong, TEXTS) for name in ("key", "to", "channel", "fingerprint") for wrong in ([], {})),
        *(
            ((name,), wrong, TEXTS)
            for name in ("greeted", "on_reply", "campaign")
            for wrong in (1, 1.5, [], {})
        ),
        *(
            ((name,), wrong, "is not an object")
            for name in ("claim", "sids", "source")
            for wrong in ("x", 1, [])
        ),
        *((("claim", "by"), wrong, TEXTS) for wrong in ([], {})),
        *((("sids", "task_sid"), wrong, TEXTS) for wrong in (1, 1.5, [], {})),
        *((("claim", "within"), wrong, SECONDS) for wrong in ("x", [], True, float("nan"))),
        *((("claim", "within"), wrong, SECONDS) for wrong in (-86_400.1, 86_400.1)),
    ],
)
def test_records_that_are_damaged(field, wrong, sentence):
    record = copy.deepcopy(WHOLE)
    inner = record if len(field) == 1 else record[field[0]]
    inner[field[-1]] = wrong
    with pytest.raises(ValueError, match=f'^"{field[-1]}" {sentence}$'):
        read_record(record)


def test_records_that_are_not_damaged():
    fields = ("key", "to", "channel", "fingerprint")
    read = read_record(dict.fromkeys(fields, 1.5) | {"claim": {"by": 1.5, "within": 86_400}})
    assert [read[name] for name in (*fields, "lease_holder")] == ["1.5"] * 5
    assert read["lease_ttl"] == 86_400
    assert read_record(WHOLE | {"claim": {"by": "0f", "within": -30.0}})["lease_ttl"] == -30


def test_what_is_not_there():
    assert (text_in({}, "a"), mapping_in({}, "a"), texts_in({}, "a")) == (None, None, None)
    assert (scalar_in({}, "a"), seconds_in({}, "a"), mapping_in({}, "a", {"b": 1})) == ("None", 0.0, {"b": 1})
    assert texts_in({"a": {"b": None, "c": "d"}}, "a") == {"b": None, "c": "d"}
