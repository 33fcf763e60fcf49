"""Channels on which a message goes from one address to another."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.channels.pair import PairChannel
from airflow_provider_flexout.outreach.channels.registry import CHANNELS
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.spec import OutreachSpec

PAIRS = {name: one for name, one in CHANNELS.items() if isinstance(one, PairChannel)}
WHATSAPP = PAIRS["whatsapp"]


def test_these_are_pairs():
    assert set(PAIRS) == {"sms", "whatsapp", "messenger"}


@pytest.mark.parametrize("given", [None, "+12025550118"])
def test_the_sender_is_the_argument_or_the_connections(defaults, given):
    (made,) = WHATSAPP.participants(OutreachSpec(to="+12025550117", from_=given), defaults)
    sender = f"whatsapp:{given}" if given else defaults.senders["whatsapp_from"]
    assert made == {"address": "whatsapp:+12025550117", "proxy_address": sender, "type": "whatsapp"}


@pytest.mark.parametrize(
    ("participant", "argument", "problem"),
    [
        ({"address": "+12025550117", "proxy_address": "202 555"}, "to", "^from_: '20"),
        ({"address": "here", "proxy_address": "+12025550118"}, "to", "^to: 'he"),
        ({"address": "+12025550117", "proxy_address": "202 555"}, "channel", "^channel: '20"),
        ({"address": "+12025550117"}, "to", "a participant needs 'proxy_address'"),
    ],
)
def test_a_wrong_address_is_refused_under_its_argument(participant, argument, problem):
    with pytest.raises(InvalidInput, match=problem):
        PAIRS["sms"].check_participant(participant, argument)
