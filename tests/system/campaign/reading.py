"""What has to become of each row, read from the table by ourselves, without code of the product."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from tests.system.campaign.table import MESSAGE, OTHER_QUEUE, PRIORITY, QUEUE, ZONES

PREFIXES = {numbers[:5]: zone for zone, numbers in ZONES.items()}
SENTENCES = {"en": MESSAGE["en"], "es": MESSAGE["es"], "pt-br": MESSAGE["pt-BR"]}


@dataclass
class Expected:
    """What becomes of a row: ``sent``, ``held``, ``suppressed``, ``duplicate`` or ``invalid``.

    :param outcome: which of them.
    :param why: what the reason says.
    :param sent: what the customer and the agents then have.
    """

    outcome: str
    why: str = ""
    sent: dict[str, Any] = field(default_factory=dict)


class Reading:
    """Goes through the rows in their order, as a person with a list would.

    :param now: the moment, aware.
    :param suppressed: whom not to contact.
    :param templates: the templates that exist.
    :param done: the lines that were sent at an earlier moment.
    """

    def __init__(self, now: datetime, suppressed: list[str], templates: list[str], done: set[int]) -> None:
        self._now = now
        self._suppressed = set(suppressed)
        self._templates = templates
        self._done = done
        self._people: dict[str, int] = {}
        self._names: dict[tuple[str, str], int] = {}

    def read(self, line: int, row: dict[str, str]) -> Expected:
        """Say what becomes of a row."""
        wrong = self._wrong(row)
        if wrong:
            return Expected("invalid", wrong)
        person = row["phone"]
        if person in self._people:
            return Expected("duplicate", f"the same person as line {self._people[person]};")
        names = [("no", row["no"]), *([("key", row["key"])] if row["key"] else [])]
        for one in names:
            if one in self._names:
                return Expected("invalid", f"is in line {self._names[one]} already")
        if row["team"] == "Nobody's":
            return Expected("invalid", 'has no task queue named "Nobody\'s"')
        if row["template"] and row["template"] not in self._templates:
            return Expected("invalid", "there is no template HX1111")
        self._people[person] = line
        self._names |= dict.fromkeys(names, line)
        if person in self._suppressed:
            return Expected("suppressed", "suppress")
        zone = ZoneInfo(row["tz"] or PREFIXES[person[:5]])
        waits = bool(row["due"]) and self._now < moment(row["due"], zone)
        if line not in self._done and (waits or not is_open(self._now.astimezone(zone))):
            return Expected("held")
        return Expected("sent", sent=self._sent(row))

    def _wrong(self, row: dict[str, str]) -> str:
        """Say what is wrong with a row by itself."""
        if not re.fullmatch(r"\+[0-9]{10,}", row["phone"]):
            return "to: " if row["phone"] else "phone: empty"
        if row["template"] and not re.fullmatch("HX[0-9a-f]{32}", row["template"]):
            return "content_sid: "
        if row["level"] in ("much", "-1"):
            return "routing.priority: must be a whole number"
        if not row["order"]:
            return "column 'order' is empty"
        if len(row["key"]) > 256:
            return "idempotency_key: "
        if row["tz"].startswith("Mars"):
            return "tz: "
        if row["due"] == "soon" or (row["due"] == "2026-11-22T08:00" and not row["tz"]):
            return "due: "
        return ""

    def _sent(self, row: dict[str, str]) -> dict[str, Any]:
        named = {"name": row["name"], "order": row["order"]}
        language = row["lang"].lower().replace("_", "-")
        text = next(
            (SENTENCES[one] for one in (language, language[:2]) if one in SENTENCES), MESSAGE["default"]
        )
        return {
            "body": None if row["template"] else text.format(**named),
            "template": row["template"] or None,
            "variables": {"1": row["name"], "2": row["order"]} if row["template"] else None,
            "queue": OTHER_QUEUE.sid if row["team"] in (OTHER_QUEUE.name, OTHER_QUEUE.sid) else QUEUE.sid,
            "priority": int(row["level"]) if row["level"] else PRIORITY,
            "name": row["name"],
        }


def moment(due: str, zone: ZoneInfo) -> datetime:
    read = datetime.fromisoformat(due.replace("Z", "+00:00"))
    return read if read.tzinfo else read.replace(tzinfo=zone)


def is_open(local: datetime) -> bool:
    begin, end = (12, 20) if local.weekday() == 6 else (9, 21)
    return begin <= local.hour < end
