"""Interactions that Twilio refuses to open: wrong channels, wrong routing, no documents."""

from __future__ import annotations

import pytest

OTHER = "CH" + "0" * 32


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "fax"},
        {"type": None},
        {"initiated_by": "robot"},
        {"participants": None},
        {"participants": {}, "properties": []},
        {"participants": ["Ada"]},
        {"surprise": 1},
        {"properties": {"surprise": 1}},
        {"properties": {"media_channel_sid": "nonsense"}},
        {"participants": None, "properties": {"media_channel_sid": OTHER}},
        {"initiated_by": "customer", "participants": None},
        {"properties": {"media_channel_sid": OTHER}},
        {"participants": [{"address": "+1500-555-0010", "proxy_address": "+15005550006"}]},
        {"participants": [{"address": "+15005550010"}]},
        {"participants": [{"address": "+15005550010", "proxy_address": "+15005550010"}]},
        {"participants": [{"address": "+15005550010", "proxy_address": "whatsapp:+15005550006"}]},
        {"participants": [{"address": 15005550010, "proxy_address": "+15005550006"}]},
        {"type": "chat"},
        {"type": "email", "participants": [{"level": "to", "name": "Ada", "address": "ada@example.com"}]},
        {
            "type": "email",
            "properties": {"from": "us@example.com", "from_name": "Us"},
            "participants": [{"level": "boss", "name": "Ada", "address": "ada@example.com"}],
        },
        {
            "type": "email",
            "properties": {"from": "us@example.com", "from_name": "Us\nBcc: all@example.com"},
            "participants": [{"level": "to", "name": "Ada", "address": "ada@example.com"}],
        },
        {
            "type": "email",
            "properties": {"from": "us@example.com", "from_name": "Us"},
            "participants": [{"level": "to", "name": "Ada\u2028Bcc: x", "address": "ada@example.com"}],
        },
        {
            "type": "email",
            "properties": {"from": "us@example.com", "from_name": "Us"},
            "participants": [{"level": "to", "name": "Info", "address": "info@müller.de"}],
        },
    ],
)
def test_a_wrong_channel_is_refused(sandbox, open_one, refused, changes):
    with refused(400, 45366):
        open_one(**changes)
    assert (sandbox.interactions, sandbox.conversations, sandbox.tasks) == ([], [], [])


@pytest.mark.parametrize(
    "changes",
    [
        {"worker_sid": None},
        {"queue_sid": None},
        {"workspace_sid": None},
        {"workspace_sid": "WS" + "X" * 32},
        {"workflow_sid": "WW" + "0" * 32},
        {"queue_sid": "WQ" + "0" * 32},
        {"worker_sid": "WK" + "0" * 32},
        {"task_channel_unique_name": "pigeon"},
        {"task_channel_sid": "TC" + "0" * 32},
        {"priority": -1},
        {"timeout": 1_209_601},
        {"attributes": "text"},
        {"surprise": 1},
    ],
)
def test_a_wrong_routing_is_refused(sandbox, open_one, refused, changes):
    with refused(400, 45366):
        open_one(routed=changes)
    assert sandbox.interactions == []


@pytest.mark.parametrize("document", ["{", "[]", '"text"', "{'type': 'sms'}"])
def test_documents_that_are_no_json_objects_are_refused(twilio, channel, routing, refused, document):
    with refused(400, 45004):
        twilio.flex_api.v1.interaction.create(channel=document, routing=routing())
    with refused(400, 45004):
        twilio.flex_api.v1.interaction.create(channel=channel(), routing=document)


def test_routing_can_not_be_left_out(twilio, channel, refused):
    with refused(400, 45366):
        twilio.flex_api.v1.interaction.create(channel=channel())


def test_attributes_of_a_task_have_a_limit(sandbox, open_one, refused):
    with refused(400, 20001):
        open_one(routed={"attributes": {"long": "x" * 4000}})
    assert sandbox.conversations == []
    open_one(routed={"attributes": {"long": "x" * 3000}})
