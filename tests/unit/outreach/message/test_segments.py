"""How many segments an SMS takes."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.message.segments import count_segments


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
    assert count_segments(text) == segments
