"""What a notifier refuses when the DAG is parsed."""

from __future__ import annotations

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
            "to belongs to a channel that is given by its name",
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
        (SMS | {"content_sid": "HX" + "1" * 32, "body": "text"}, "body: cannot stand beside content_sid"),
        (SMS | {"body": " "}, "body: holds nothing but white space"),
        (SMS | {"body": 17}, "body: must be a text"),
        (SMS | {"content_variables": {"1": "Ada"}}, "content_variables: belong to a template"),
        (SMS | {"subject": "s" * 300}, "subject: 300 characters"),
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
        {"channel": {"type": "sms"}},
        {"conversation_sid": "{{ params.conversation }}", "body": "{{ ti.task_id }}\n" * 2000},
        SMS | {"group_by": "dag", "throttle": "{{ params.hours }}h"},
        SMS | {"group_by": "dag", "throttle": 60, "idempotency_key": "{{ run_id }}"},
        SMS | {"content_sid": "{{ params.survey }}", "content_variables": {"1": "{{ dag.dag_id }}\n"}},
        SMS | {"body": b"caf\xe9"},
        SMS | {"body": "x" * 2000},
    ],
)
def test_what_may_be_right_is_left_to_the_notification(arguments):
    check_arguments(FlexNotifier(**arguments))
