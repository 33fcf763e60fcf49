"""What the demo prints at its end."""

from __future__ import annotations

import io

from rich.console import Console

from airflow_provider_flexout.demo.late_deliveries import DELIVERIES
from airflow_provider_flexout.demo.report import show_end, show_outreaches
from airflow_provider_flexout.demo.sandbox_process import AgentTask, TranscriptMessage
from airflow_provider_flexout.demo.story import Outreach

BODY = "Hello Ada, your parcel with the unquestionably beautiful reading lamp is three days late. [sorry]"
SIDS = {"conversation_sid": "CH" + "0" * 32}
TASK = AgentTask("WT" + "0" * 32, "KD" + "0" * 32, "assigned", "ana")
TOLD = [TranscriptMessage("IM" + "0" * 32, "system", BODY)]
OUTREACH = Outreach(DELIVERIES[1], SIDS, TASK, TOLD)
REPLY = TranscriptMessage("IM" + "1" * 32, DELIVERIES[0].phone, "Thursday, please.")
REPLIED = Outreach(DELIVERIES[0], SIDS, TASK._replace(status="completed"), [*TOLD, REPLY])
SILENT = Outreach(DELIVERIES[2], SIDS, None, TOLD)


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


def test_the_end_says_who_was_told_who_replied_who_has_them_and_what_to_try_next():
    for kept, hint in ((False, "make demo KEEP=1"), (True, "sandbox's page")):
        _, *told, hinted = printed(show_end, [OUTREACH, REPLIED, SILENT], kept=kept).splitlines()
        assert told == [
            "3 customers were told, nobody twice.",
            "  1 are very late and got an agent at once: James Whitfield (ana, assigned).",
            "  1 replied, and an agent took over: Maria Santos (ana, completed).",
            "  1 did not reply, and took no agent's time: Aiko Tanaka.",
        ]
        assert hinted.startswith("Try next: ")
        assert hint in hinted


def test_who_has_no_agent_is_shown_without_one():
    shown = printed(show_outreaches, [SILENT, REPLIED])
    assert "no agent      nobody has replied" in shown
    assert shown.count("WT" + "0" * 32) == 1
