"""SMS: a number in E.164, and the segments of a text."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.channels.sms import Sms
from airflow_provider_flexout.outreach.errors import InvalidInput

SMS = Sms()


def test_a_number_is_told_by_its_plus():
    assert SMS.recognizes("+12025550117")
    assert not SMS.recognizes("whatsapp:+12025550117")
    SMS.check_address("to", "+12025550117")


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("whatsapp:+12025550117", 'this is a WhatsApp address; pass channel="whatsapp"'),
        ("2025550117", "is not a phone number in E.164"),
        ("US.24681357902468135790", 'the id of a WhatsApp user; pass channel="whatsapp"'),
        ("+1202555", "is not a phone number in E.164"),
    ],
)
def test_what_is_not_a_number(value, problem):
    with pytest.raises(InvalidInput, match=problem):
        SMS.check_address("to", value)


def test_nobody_is_told_that_a_text_was_read():
    assert SMS.read_receipts is False
    assert SMS.media_limit("image/png") < 5 * 2**20


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("Hello", 1),
        ("x" * 160, 1),
        ("x" * 161, 2),
        ("x" * 306, 2),
        ("x" * 307, 3),
        ("€" * 80, 1),
        ("€" * 80 + "x", 2),
        ("à" * 160, 1),
        ("ç" * 70, 1),  # only the capital one is in GSM 03.38
        ("ç" * 71, 2),
        ("x" * 69 + "\u2019", 1),
        ("x" * 70 + "\u2019", 2),
        ("x" * 134 + "\u2019", 3),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
        ("\n" * 160, 1),
    ],
)
def test_segments(text, segments):
    assert SMS.segments(text) == segments
