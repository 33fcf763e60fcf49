"""What a notifier refuses when the DAG is parsed."""

from __future__ import annotations

import math

import pytest

from airflow_provider_flexout.notifications.arguments import check_arguments
from airflow_provider_flexout.notifications.flex import FlexNotifier

ON_DUTY = "+12025550199"
SMS = {"channel": "sms", "to": ON_DUTY}
CONVERSATION = "CH" + "1" * 32


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({}, "pass a channel and to"),
        ({"channel": "sms"}, "pass a channel and to"),
        ({"channel": "sms", "to": ""}, "pass a channel and to"),
        ({"channel": "sms", "to": []}, "pass a channel and to"),
        (SMS | {"conversation_sid": CONVERSATION}, "pass a channel and to, or a conversation_sid"),
        (
            {"conversation_sid": CONVERSATION, "to": ON_DUTY},
            "to needs a channel that is given by its name",
        ),
        (SMS | {"throttle": "1h"}, "throttle is the period of a group; pass group_by too"),
        (SMS | {"group_by": "dag"}, "group_by='dag' needs a throttle"),
        (SMS | {"group_by": "dag", "throttle": "soon"}, "throttle: 'soon' is not a length of time"),
        (SMS | {"idempotency_key": " "}, "idempotency_key: empty"),
        ({"channel": "pigeon", "to": ON_DUTY}, "channel: 'pigeon' is not a channel"),
        ({"channel": "sms", "to": "+1202555019"}, "to: '.1•••••5019' is not a phone number"),
        ({"channel": "sms", "to": [ON_DUTY, "on duty"]}, "to: 'on•••' is not"),
        ({"channel": "sms", "to": [ON_DUTY, None]}, "to: must be a text or a list of texts"),
        ({"channel": "sms", "to": {ON_DUTY: 1}}, "to: must be a text or a list of texts, got dict"),
        ({"channel": "sms", "to": f"['{ON_DUTY}']"}, "to: "),
        ({"channel": "email", "to": "ada"}, "to: 'ad•••' is not a mail address"),
        ({"conversation_sid": "CH1"}, "conversation_sid: expected the SID of a conversation"),
        (SMS | {"content_sid": "survey"}, "content_sid: expected the SID of a content template"),
        (SMS | {"content_sid": "HX" + "1" * 32, "body": "text"}, "body: cannot be combined with content_sid"),
        (SMS | {"body": " "}, "body: holds only white space"),
        (SMS | {"body": True}, "body: got a bool; a text is needed"),
        (SMS | {"content_variables": {"1": "Ada"}}, "content_variables: belong to a template"),
        (SMS | {"subject": "s" * 300}, "subject: 300 characters"),
        (SMS | {"to": 12025550199}, "to: got an int .*; did you mean"),
        (SMS | {"to": math.nan}, "to: got a float"),
        (SMS | {"to": b"x"}, "to: 'x•••' is not a phone number"),
        (SMS | {"to": True}, "to: got a bool"),
        (SMS | {"from_": "abc"}, "from_: an alphanumeric sender"),
        (SMS | {"from_": 5}, "from_: got an int"),
        ({"channel": "chat", "to": "guest", "from_": "+13115550100"}, "from_: not supported on chat"),
        (SMS | {"attributes": "x"}, "attributes: must be an object, .* got str"),
        (SMS | {"attributes": {"note": "x" * 5000}}, "attributes: .* a task holds at most 4096"),
        (SMS | {"attributes": {"note": {"{{ x }}"}, "n": object()}}, "attributes: "),
        (SMS | {"attributes": {"ratio": math.inf}}, "attributes: "),
        (SMS | {"initiated_by": "bot"}, "initiated_by: 'bot' is not one of agent, api, customer"),
        (SMS | {"initiated_by": 5}, "initiated_by: got an int"),
        (SMS | {"initiated_by": "customer"}, "media_channel_sid: missing"),
        (SMS | {"routing": 5}, "routing: must be Twilio's Routing object"),
        (SMS | {"routing": {"queu": "Support"}}, "routing.queu: "),
        (
            SMS | {"routing": {"worker_sid": "WQ" + "1" * 32}},
            "routing.worker_sid: expected the SID of a worker",
        ),
        (SMS | {"routing": {"timeout": "soon"}}, "routing.timeout: "),
        ({"channel": {}}, "channel: None is not a channel"),
        ({"channel": {"type": "sms"}}, "channel: initiated_by is None"),
        ({"channel": 5}, "channel: got an int .* It is not a channel"),
        ({"channel": 5, "to": ON_DUTY}, "channel: got an int .* It is not a channel"),
        (SMS | {"recovery": "yes"}, "recovery: must be True or False, got 'yes'"),
        (SMS | {"group_by": 5, "throttle": "1h"}, "group_by: got an int"),
        (SMS | {"flexout_conn_id": 5}, "flexout_conn_id: got an int"),
        (
            {"conversation_sid": CONVERSATION, "from_": "+13115550100"},
            "from_: is only for opening a conv",
        ),
        ({"conversation_sid": CONVERSATION, "routing": {}}, "routing: is only for opening a conversation"),
    ],
)
def test_what_cannot_be_right_is_refused_when_the_dag_is_parsed(arguments, sentence):
    with pytest.raises(ValueError, match=f"^FlexNotifier: {sentence}") as caught:
        FlexNotifier(**arguments)
    assert ON_DUTY not in str(caught.value)


@pytest.mark.parametrize(
    "arguments",
    [
        SMS,
        {"channel": " SMS", "to": ON_DUTY},
        {"channel": "whatsapp", "to": [ON_DUTY, f"whatsapp:{ON_DUTY}"]},
        {"channel": "email", "to": "Ada Lovelace <ada@example.com>"},
        {"channel": "chat", "to": "guest_42"},
        {"channel": "sms", "to": "{{ var.value.on_duty }}"},
        {"channel": "{{ params.channel }}", "to": "anybody"},
        {
            "channel": {
                "type": "sms",
                "initiated_by": "api",
                "properties": {"media_channel_sid": CONVERSATION},
            }
        },
        {"channel": {"type": "sms", "initiated_by": "{{ params.who }}"}},
        SMS | {"from_": "{{ var.value.sender }}", "initiated_by": "{{ params.who }}"},
        SMS | {"routing": {"queue": "{{ params.queue }}", "priority": "{{ params.priority }}"}},
        SMS | {"routing": "{{ params.routing }}", "attributes": "{{ params.attributes }}"},
        SMS | {"attributes": {"note": "{{ x }}", "each": ["{{ y }}", 1]}, "initiated_by": "api"},
        SMS | {"from_": "12345", "recovery": True},
        {"conversation_sid": "{{ params.conversation }}", "body": "{{ ti.task_id }}\n" * 2000},
        SMS | {"group_by": "dag", "throttle": "{{ params.hours }}h"},
        SMS | {"group_by": "dag", "throttle": 60, "idempotency_key": "{{ run_id }}"},
        SMS | {"content_sid": "{{ params.survey }}", "content_variables": {"1": "{{ dag.dag_id }}\n"}},
        SMS | {"body": b"caf\xe9", "subject": b"caf\xe9", "idempotency_key": "a\ud800b"},
        SMS | {"attributes": {"a": "a\ud800b"}, "routing": {"attributes": {"b": [b"caf\xe9"]}}},
        SMS | {"body": "x" * 2000},
    ],
)
def test_what_may_be_right_is_left_to_the_notification(arguments):
    check_arguments(FlexNotifier(**arguments))
