"""Message templates, and those that every account begins with, one for each status of approval."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from airflow_provider_flexout.sandbox.state.seed import BORN, fixed

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["TemplateRecord", "placeholders", "seeded_templates"]

_PLACEHOLDER: Final = re.compile(r"\{\{([^{}]*)\}\}")

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


@dataclass(slots=True)
class TemplateRecord:
    """A message template, and the status of its approval by WhatsApp."""

    sid: str
    n: int
    created: float
    updated: float
    friendly_name: str
    language: str
    variables: dict[str, str]
    types: dict[str, Any]
    status: str = "unsubmitted"
    rejection_reason: str = ""
    category: str = ""
    approval_name: str = ""

    def fill(self, variables: Mapping[str, str]) -> str:
        """Return its JSON text with the placeholders filled.

        :param variables: texts by placeholder; a placeholder without one becomes empty.
        """
        return _PLACEHOLDER.sub(lambda found: variables.get(found[1], ""), json.dumps(self.types))


def placeholders(types: Mapping[str, Any]) -> set[str]:
    """Return the names of the placeholders in a template.

    :param types: what the template holds, by content type.
    """
    return set(_PLACEHOLDER.findall(json.dumps(types, ensure_ascii=False)))


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
