"""What a Channel object holds, given whole or made of the short form, and what of it is refused."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.channels.registry import CHANNELS
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.values.defaults import ConnectionDefaults
from tests.outreach_request import request_of

DEFAULTS = ConnectionDefaults(
    "flexout_default",
    workspace_sid="WS" + "0" * 32,
    workflow_sid="WW" + "0" * 32,
    queue_sid="WQ" + "0" * 32,
    worker_sid="WK" + "0" * 32,
)
ADA, BEN = "ada@example.com", "ben@example.com"
EXISTING = "CH" + "0" * 32
EMAIL = {
    "type": "email",
    "initiated_by": "agent",
    "participants": [{"address": ADA, "name": "Ada", "level": "to"}],
    "properties": {"type": "email", "from": BEN, "from_name": "Ben"},
}


def channel_of(**arguments):
    return request_of(key="key", defaults=DEFAULTS, **arguments).channel


@pytest.mark.parametrize(
    "arguments",
    [
        {"channel": EMAIL | {"properties": EMAIL["properties"] | {"from": ADA}}},
        {"channel": "email", "to": ADA, "from_": ADA, "from_name": "Ada"},
        {"channel": "sms", "to": "+12025550117", "from_": "+12025550117"},
    ],
)
def test_nobody_is_contacted_from_their_own_address(arguments):
    assert channel_of(channel=EMAIL)["properties"]["from"] == BEN
    with pytest.raises(InvalidInput, match="the customer's address and the sender are the same"):
        channel_of(**arguments)


@pytest.mark.parametrize(
    "participants", ["ada", ["ada"], {"address": ADA}, [{"address": ADA}, "ben"]], ids=repr
)
def test_participants_are_a_list_of_objects(participants):
    with pytest.raises(InvalidInput, match=r"^channel: participants must be a list of objects\.$"):
        channel_of(channel=EMAIL | {"participants": participants})


def test_what_a_customer_began_needs_no_sender():
    channel = channel_of(channel="email", initiated_by="customer", media_channel_sid=EXISTING)
    assert channel["properties"] == {"type": "email", "media_channel_sid": EXISTING}
    with pytest.raises(InvalidInput, match="email_from"):
        channel_of(channel="email", to=ADA)


def test_one_task_has_one_customer_where_no_copies_can_be_sent():
    several = ["+12025550117", "+12025550118"]
    with pytest.raises(InvalidInput, match=r"^to: got a list; a task takes one customer: use \.expand\.$"):
        channel_of(channel="sms", to=several, from_="+12025550100")
    with pytest.raises(InvalidInput, match=r"^from_: got a list"):
        channel_of(channel="email", to=[ADA, "cai@example.com"], from_=[BEN], from_name="Ben")
    with pytest.raises(InvalidInput, match=r"^from_name: got a list"):
        channel_of(channel="email", to=[ADA, "cai@example.com"], from_=BEN, from_name=["Ben"])


@pytest.mark.parametrize(
    ("channel", "longest"),
    [("chat", "a" * 256), ("messenger", "messenger:" + "1" * 246)],
    ids=["chat", "messenger"],
)
def test_an_address_may_have_256_characters(channel, longest):
    CHANNELS[channel].check_address("to", longest)
    with pytest.raises(InvalidInput):
        CHANNELS[channel].check_address("to", longest + "1")


@pytest.mark.parametrize("channel", sorted(CHANNELS))
def test_only_a_text_message_is_billed_by_segments(channel):
    assert CHANNELS[channel].segments("x" * 161) == (2 if channel == "sms" else 0)


@pytest.mark.parametrize("text", ["", None])
def test_a_message_without_text_opts_nobody_out(text):
    assert CHANNELS["sms"].opts_out(text) is None


def test_an_existing_conversation_is_named_by_its_sid():
    with pytest.raises(InvalidInput, match=r"^media_channel_sid: expected the SID of a conversation"):
        channel_of(channel="sms", initiated_by="customer", media_channel_sid="CH1")


def test_what_only_other_channels_have_is_refused_by_the_argument_that_holds_it():
    customer = {"address": "+12025550117", "proxy_address": "+12025550100", "level": "to"}
    with pytest.raises(InvalidInput, match=r"^channel: a participant on sms has no 'level'\.$"):
        channel_of(channel={"type": "sms", "initiated_by": "agent", "participants": [customer]})
