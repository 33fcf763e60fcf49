"""What the demo prints at its end."""

from __future__ import annotations

import io

from rich.console import Console

from airflow_provider_flexout.demo.late_deliveries import DELIVERIES
from airflow_provider_flexout.demo.report import show_end, show_outreaches
from airflow_provider_flexout.demo.sandbox_process import TranscriptMessage
from airflow_provider_flexout.demo.story import Outreach

BODY = "Hello Ada, your parcel with the unquestionably beautiful reading lamp is three days late. [sorry]"
SIDS = {"interaction_sid": "KD" + "0" * 32, "conversation_sid": "CH" + "0" * 32, "task_sid": "WT" + "0" * 32}
OUTREACH = Outreach(DELIVERIES[0], SIDS, "completed", [TranscriptMessage("IM" + "0" * 32, "outreach", BODY)])


def printed(show, *arguments, width=60, **more):
    console = Console(file=io.StringIO(), width=width, highlight=False)
    show(console, *arguments, **more)
    return console.file.getvalue()


def test_a_transcript_wraps_at_words():
    lines = printed(show_outreaches, [OUTREACH]).splitlines()
    text = [line for line in lines if line.startswith(" " * 16)]
    assert len(text) > 1
    assert " ".join(line.strip() for line in text) == BODY
    assert max(map(len, text)) <= 60


def test_the_last_line_says_what_happened_and_what_to_try_next():
    for kept, hint in ((False, "make demo KEEP=1"), (True, "sandbox's page")):
        *_, told, hinted = printed(show_end, [OUTREACH], kept=kept).splitlines()
        assert (
            told == "1 customers were contacted, each once: 1 messages arrived, and agents completed 1 tasks."
        )
        assert hinted.startswith("Try next: ")
        assert hint in hinted
