"""The message templates that every account begins with, one for each status of approval."""

from __future__ import annotations

from typing import Final

from airflow_provider_flexout.sandbox.state.records import TemplateRecord
from airflow_provider_flexout.sandbox.state.seed import BORN, fixed

__all__ = ["seeded_templates"]

_ADA: Final = {"1": "Ada"}
_ROWS: Final[tuple[tuple[str, str, str, dict[str, str], str], ...]] = (
    (
        "order_late",
        "approved",
        "Hello {{1}}, your order {{2}} is late. Reply here and we will help.",
        {"1": "Ada", "2": "4711"},
        "",
    ),
    ("win_back", "pending", "Hello {{1}}, we have missed you.", _ADA, ""),
    ("price_drop", "rejected", "{{1}}", _ADA, "Variables can't stand alone."),
    ("quick_answer", "unsubmitted", "Thank you, {{name}}. Shall we call you?", {"name": "Ada"}, ""),
    ("survey", "paused", "Hello {{1}}, how did we do?", _ADA, ""),
    ("old_offer", "disabled", "Hello {{1}}, only this week.", _ADA, ""),
)


def seeded_templates() -> dict[str, TemplateRecord]:
    """Return them by SID."""
    made = [
        TemplateRecord(
            sid=fixed("HX", name),
            n=number,
            created=BORN,
            updated=BORN,
            friendly_name=name,
            language="en",
            variables=dict(samples),
            types={"twilio/text": {"body": body}},
            status=status,
            rejection_reason=reason,
            category="" if status == "unsubmitted" else "UTILITY",
        )
        for number, (name, status, body, samples, reason) in enumerate(_ROWS, 1)
    ]
    return {template.sid: template for template in made}
