"""The record of an outreach, its source, and the key of a message: the bytes of each, for fixed inputs."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from airflow_provider_flexout.outreach import durable

HALF = (
    '{"v": 1, "key": "fx0", "to": "+1202…17", "channel": "sms", "fingerprint": "c8408aa34bce139b", '
    '"claim": {"by": "0f", "within": 20.0}}'
)
WHOLE = (
    '{"v": 1, "key": "fx0", "to": "+1202…17", "channel": "sms", "fingerprint": "c8408aa34bce139b", '
    '"claim": {"by": "0f", "within": 0.0}, "source": {"dag_id": "orders", "map_index": -1}, '
    '"sids": {"interaction_sid": "KD0", "invite_sid": null}, "greeted": "IM0"}'
)
NO_AGENT = (
    '{"v": 1, "key": "fx0", "to": "+1202…17", "channel": "sms", "fingerprint": "c8408aa34bce139b", '
    '"claim": {"by": "0f", "within": 20.0}, "on_reply": "FW0"}'
)
OF_ONE = HALF.removesuffix("}") + ', "campaign": "fx1"}'
SHARED = {
    "key": "fx0",
    "to": "+1202…17",
    "channel": "sms",
    "fingerprint": "c8408aa34bce139b",
    "lease_holder": "0f",
}
OF_HALF = {
    **SHARED,
    "lease_ttl": 20.0,
    "source": None,
    "sids": None,
    "first_message_sid": None,
    "on_reply": None,
    "campaign": None,
}
OF_NO_AGENT = {**OF_HALF, "on_reply": "FW0"}
OF_CAMPAIGN = {**OF_HALF, "campaign": "fx1"}
OF_WHOLE = {
    **SHARED,
    "lease_ttl": 0.0,
    "source": {"dag_id": "orders", "map_index": -1},
    "sids": {"interaction_sid": "KD0", "invite_sid": None},
    "first_message_sid": "IM0",
    "on_reply": None,
    "campaign": None,
}


@pytest.mark.parametrize(
    ("written", "record"),
    [(HALF, OF_HALF), (WHOLE, OF_WHOLE), (NO_AGENT, OF_NO_AGENT), (OF_ONE, OF_CAMPAIGN)],
)
def test_records(written, record):
    assert json.dumps(durable.write_record(SimpleNamespace(**record)), ensure_ascii=False) == written
    assert list(durable.read_record(json.loads(written)).items()) == list(record.items())
    assert durable.record_version(json.loads(written)) == 1


def test_records_of_before_there_were_versions():
    before = json.loads(HALF.replace('"v": 1, ', ""))
    assert durable.record_version(before) == 1
    assert durable.read_record(before) == OF_HALF


def test_records_that_somebody_changed():
    assert durable.read_record({"key": 7, "to": 1, "channel": 2, "fingerprint": 3, "claim": {"by": 4}}) == {
        "key": "7",
        "to": "1",
        "channel": "2",
        "fingerprint": "3",
        "lease_holder": "4",
        "lease_ttl": 0.0,
        "source": None,
        "sids": None,
        "first_message_sid": None,
        "on_reply": None,
        "campaign": None,
    }
    bare = durable.read_record({"key": "fx0", "claim": None})
    assert (bare["to"], bare["channel"], bare["fingerprint"], bare["lease_holder"]) == ("None",) * 4
    assert repr(bare["lease_ttl"]) == "0.0"
    assert repr(durable.read_record({"key": "fx0", "claim": {"within": 20}})["lease_ttl"]) == "20.0"


def test_the_key_and_source_of_a_record_of_any_version():
    newer = {"v": 2, "key": "fx0", "source": {"dag_id": "orders"}}
    assert durable.record_version(newer) == 2
    assert durable.record_key(newer) == "fx0"
    assert durable.record_key({"key": 7}) == "7"
    assert [durable.record_key(one) for one in (None, "fx0", {}, {"key": ""}, {"key": None})] == [None] * 5
    assert durable.record_campaign(newer | {"campaign": "fx1"}) == "fx1"
    assert [durable.record_campaign(one) for one in (None, "fx1", {}, newer)] == [None] * 4
    assert durable.record_on_reply(newer | {"on_reply": "FW0"}) == "FW0"
    assert [durable.record_on_reply(one) for one in (None, "FW0", {}, newer)] == [None] * 4
    assert durable.record_sids(newer | {"sids": {"task_sid": "WT0"}}) == {"task_sid": "WT0"}
    assert [durable.record_sids(one) for one in (None, "WT0", {}, {"sids": "WT0"})] == [None] * 4
    assert durable.record_channel(newer | {"channel": "web"}) == "web"
    assert durable.record_channel(newer | {"channel": 5}) == "5"
    assert [durable.record_channel(one) for one in (None, "sms", {}, {"channel": None})] == [None] * 4
    assert durable.record_source(newer) == {"dag_id": "orders"}
    assert [durable.record_source(one) for one in ({}, {"source": "orders"}, {"source": None})] == [None] * 3


def test_what_parked_a_conversation():
    first = durable.write_parked_by(None, "fx0", ("WT1", "WT2"))
    assert first == {"fx0": ["WT1", "WT2"]}
    again = durable.write_parked_by(durable.write_parked_by(first, "fx1", []), "fx0", ["WT3"])
    assert json.dumps(again) == '{"fx1": [], "fx0": ["WT3"]}'
    assert durable.tasks_before_parking(again, "fx0") == ["WT3"]
    assert durable.tasks_before_parking(again, "fx1") == []
    wrong = (None, {}, first, {"fx9": "WT1"}, {"fx9": {"WT1": 1}}, ["fx9"], "fx9")
    assert [durable.tasks_before_parking(one, "fx9") for one in wrong] == [None] * 7
    assert durable.write_parked_by(["fx1"], "fx0", []) == {"fx0": []}
    many = {f"fx{number}": [] for number in range(20)}
    assert list(durable.write_parked_by(many, "fx30", [])) == [*(f"fx{n}" for n in range(11, 20)), "fx30"]


def test_the_key_of_a_message():
    assert durable.attribute_key({"flexout_key": "fx0"}) == "fx0"
    wrong = ({}, {"flexout_key": ""}, {"flexout_key": 7}, {"flexout_key": ["fx0"]}, {"flexout_key": None})
    assert [durable.attribute_key(one) for one in wrong] == [None] * 5


@pytest.mark.parametrize(
    ("given", "written"),
    [
        (
            ({"dag_id": "orders"}, "spring", "4711"),
            '{"dag_id": "orders", "campaign": "spring", "contact": "4711"}',
        ),
        (({"dag_id": "orders"}, None, None), '{"dag_id": "orders"}'),
        ((None, "", "0"), '{"campaign": "", "contact": "0"}'),
    ],
)
def test_the_source_of_a_campaigns_outreach(given, written):
    assert json.dumps(durable.campaign_source(*given)) == written
