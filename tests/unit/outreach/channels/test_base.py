"""What every channel shares."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.channels.base import TextLimit
from airflow_provider_flexout.outreach.channels.registry import CHANNELS


@pytest.mark.parametrize(
    ("limit", "text", "length", "cut"),
    [
        (TextLimit(4), "häää", 4, "häää"),
        (TextLimit(4), "hääää", 5, "hää…"),
        (TextLimit(7, "bytes"), "häää", 7, "häää"),
        (TextLimit(7, "bytes"), "hääää", 9, "hä…"),
        (TextLimit(8, "bytes"), "hääää", 9, "hää…"),
    ],
)
def test_a_text_is_measured_and_cut_in_the_unit_of_its_limit(limit, text, length, cut):
    assert limit.length(text) == length
    assert limit.cut(text) == cut
    assert limit.length(cut) <= limit.most


def test_what_each_channel_takes_beside_the_customer():
    taken = {name: sorted(channel.short_form) for name, channel in CHANNELS.items()}
    assert taken == {
        "sms": ["from_"],
        "whatsapp": ["from_"],
        "messenger": ["from_"],
        "email": ["bcc", "cc", "from_", "from_name"],
        "chat": [],
        "web": [],
    }


def test_the_limits_of_each_channel():
    limits = {
        name: (
            channel.text_limit.most,
            channel.media_limit("image/png") // 2**20,
            channel.media_limit("video/mp4") // 2**20,
            channel.session_window is not None,
            channel.template_approval,
            channel.read_receipts,
            channel.conversation_first,
        )
        for name, channel in CHANNELS.items()
    }
    assert limits == {
        "sms": (1600, 2, 2, False, False, False, True),
        "whatsapp": (1600, 5, 16, True, True, True, True),
        "messenger": (1600, 25, 25, True, False, True, True),
        "email": (32768, 19, 19, False, False, True, False),
        "chat": (32768, 150, 150, False, False, True, True),
        "web": (32768, 16, 16, False, False, True, True),
    }
