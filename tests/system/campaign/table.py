"""The table of a campaign: three languages, six zones, and templates, queues and times of the rows' own.

About one row in six is wrong in some way, is a person's second, or is suppressed.
"""

from __future__ import annotations

import csv
import random
from pathlib import Path

from airflow_provider_flexout.sandbox.state.seed import QUEUES

COLUMNS = {
    "to": "phone",
    "id": "no",
    "customer_name": "name",
    "language": "lang",
    "content_sid": "template",
    "queue": "team",
    "priority": "level",
    "not_before": "due",
    "timezone": "tz",
    "idempotency_key": "key",
}
MESSAGE = {
    "en": "{name}, order {order} is late.",
    "es": "{name}, el pedido {order} llega tarde.",
    "pt-BR": "{name}, o pedido {order} está atrasado.",
    "default": "{name}: {order}, late / tarde / atrasado.",
}
VARIABLES = {"1": "{name}", "2": "{order}"}
HOURS = [
    {"days": "mon-sat", "start": "09:00", "end": "21:00"},
    {"days": "sun", "start": "12:00", "end": "20:00"},
]
QUEUE, OTHER_QUEUE = (
    next(one for one in QUEUES.values() if one.name == name) for name in ("Everyone", "Outreach")
)
PRIORITY = 3
LANGUAGES = ("en", "en-GB", "EN", "es", "es_MX", "pt-BR", "pt_br", "pt", "fr", "")
ZONES = {
    "America/New_York": "+1202555{:04d}",
    "America/Los_Angeles": "+1213555{:04d}",
    "America/Sao_Paulo": "+551198765{:04d}",
    "Europe/Rome": "+39347000{:04d}",
    "Asia/Kolkata": "+91981234{:04d}",
    "Australia/Sydney": "+61298{:06d}",
}
"""Six zones, each with numbers that are only there."""
DUES = (
    "2026-11-22T10:00Z",  # passed
    "2026-11-22T20:00:00+01:00",  # between the two moments
    "2026-11-22T12:30",  # by the zone of the row
    "2026-11-23",
    "2027-01-15T09:00-03:00",  # after both
)
WRONG = (
    {"phone": "12"},
    {"phone": ""},
    {"tz": "Mars/Olympus"},
    {"template": "HX12"},
    {"template": "HX" + "1" * 32},
    {"team": "Nobody's"},
    {"level": "much"},
    {"level": "-1"},
    {"due": "soon"},
    {"due": "2026-11-22T08:00", "tz": ""},
    {"order": ""},
    {"key": "x" * 257},
)
"""What makes a row unusable, by itself or by what Twilio says of it."""


def table(count: int, templates: list[str]) -> tuple[list[dict[str, str]], list[str]]:
    """Make the rows, and the addresses that are suppressed; the same at each call.

    :param count: how many rows.
    :param templates: the SIDs of two templates.
    """
    chosen, rows = random.Random(21), []  # noqa: S311 - a table, not a secret
    for number in range(count):
        zone, numbers = chosen.choice(list(ZONES.items()))
        row = {
            "no": f"C-{number}",
            "phone": numbers.format(number),
            "name": f"Ada {number}",
            "order": f"A-{number}",
            "lang": chosen.choice(LANGUAGES),
            "template": chosen.choice(["", "", "", *templates]),
            "team": chosen.choice(["", QUEUE.name, OTHER_QUEUE.name, OTHER_QUEUE.sid]),
            "level": chosen.choice(["", "0", "7"]),
            "due": chosen.choice(["", "", "", *DUES]),
            "tz": chosen.choice([zone, zone, *ZONES]),
            "key": f"order {number}" if number % 5 == 0 else "",
        }
        if not row["due"] and chosen.random() < 0.2:
            row["tz"] = ""
        if rows and chosen.random() < 0.05:
            row["phone"] = chosen.choice(rows[-50:])["phone"]
        if rows and chosen.random() < 0.02:
            other = chosen.choice(rows[-50:])
            row |= {"no": other["no"]} if chosen.random() < 0.5 else {"key": other["key"]}
        if chosen.random() < 0.1:
            row |= chosen.choice([*WRONG, {"phone": f"{row['phone'][:5]} {row['phone'][5:]}"}])
        rows.append(row)
    usable = [row["phone"] for row in rows if row["phone"].startswith("+") and " " not in row["phone"]]
    return rows, chosen.sample(usable, len(usable) // 50)


def write(rows: list[dict[str, str]], file: Path) -> Path:
    """Write the rows as CSV; give the file."""
    with file.open("w", newline="") as opened:
        writer = csv.DictWriter(opened, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return file
