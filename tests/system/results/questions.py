"""The queries of docs/results.md, and rows for which we know the answers."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import Any

from airflow_provider_flexout.outreach.results.read import OutreachResult
from airflow_provider_flexout.outreach.results.rows import OutreachRow, columns_of
from airflow_provider_flexout.tables.spool import Spool, TableColumns
from airflow_provider_flexout.tables.sql import SqlTables
from tests.paths import ROOT
from tests.system.results.tables import CONN_ID

DIALECTS = {"PostgreSQL": "postgresql", "DuckDB": "duckdb", "SQLite": "sqlite"}
MONDAY = datetime(2026, 11, 16, tzinfo=timezone.utc)
KNOWN: list[dict[str, Any]] = [
    # Four of spring: replies after 10, 20 and 60 seconds, one of them an opt-out at the end of a Sunday.
    {"campaign": "spring", "time_to_reply": 10.0, "worker_name": "ana", "handling_time": 1800.0},
    {"campaign": "spring", "time_to_reply": 20.0, "worker_name": "ana", "handling_time": 5400.0},
    {"campaign": "spring", "time_to_reply": 60.0, "opted_out_at": MONDAY + timedelta(days=6, hours=23.9)},
    {"campaign": "spring", "first_message_status": "undelivered", "first_message_error": 30003},
    # Three of autumn: one reply, and two that did not arrive.
    {"campaign": "autumn", "time_to_reply": 90.0, "worker_name": "ben", "handling_time": None},
    {"campaign": "autumn", "first_message_status": "failed", "first_message_error": 30003},
    {"campaign": "autumn", "first_message_status": "undelivered", "first_message_error": 63016},
    # Two of no campaign, who have both opted out: one in the first second of a Monday, one in the week after.
    {"campaign": None, "opted_out_at": MONDAY},
    {"campaign": None, "opted_out_at": MONDAY + timedelta(days=7)},
]
ANSWERS: dict[str, list[tuple[Any, ...]]] = {
    "Reply rate by campaign": [(None, 2, 0.0), ("autumn", 3, 1 / 3), ("spring", 4, 0.75)],
    "Median time to reply, in seconds": [(40.0,)],
    "What the agents had to do": [("ana", 2, 2.0), ("ben", 1, 0.0)],
    "What did not arrive, by Twilio's error code": [(30003, 2), (63016, 1)],
    "Opt-outs by week": [("2026-11-16", 2), ("2026-11-23", 1)],
}


def queries(dialect: str) -> dict[str, str]:
    """Take the queries out of the page, by their question; what is for another database is left out."""
    page = (ROOT / "docs" / "results.md").read_text()
    section = page.split("\n## Five questions\n")[1].split("\n## ")[0]
    found: dict[str, str] = {}
    for said, sql in re.findall(r"\n\n((?:(?!\n\n).)+)\n\n```sql\n(.*?)```", section, re.DOTALL):
        question, _, more = said.strip().rstrip(":").partition("; ")
        only = [DIALECTS[name] for name in DIALECTS if f"in {name}" in more]
        if not only or dialect in only:
            found[question] = sql
    return found


def write_known() -> None:
    """Write the known rows into the database that the connection leads to."""
    columns = TableColumns.chosen()
    names = [one.name for one in columns_of(OutreachRow)]
    with Spool(columns) as spool:
        for number, given in enumerate(KNOWN):
            row = dict.fromkeys(names) | {
                "outreach_key": f"fx{number:032d}",
                "channel": "sms",
                "conversation_sid": f"CH{number:032d}",
                "inbound_messages": 0,
                "outbound_messages": 1,
                "ended": "open",
                "first_message_status": "delivered",
            }
            row |= given
            if row["time_to_reply"]:
                row["first_reply_at"] = MONDAY + timedelta(seconds=row["time_to_reply"])
            if row["worker_name"]:
                row["worker_sid"] = f"WK{row['worker_name']:0>32}"
            spool.add(OutreachResult(OutreachRow(**row), ()))
        tables = SqlTables(CONN_ID, "outreach", "outreach_message", columns, create=True)
        tables.check()
        tables.write(spool)


def plain(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """Write answers alike: a fraction is a float, and a day is text."""
    return [tuple(map(_plain, one.values())) for one in rows]


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str | int):
        return value
    return round(float(value), 9) if hasattr(value, "__float__") else str(value)[:10]


def check_answers(database: Any) -> None:
    """Ask all of them, and compare."""
    write_known()
    asked = queries(database.dialect)
    assert list(asked) == list(ANSWERS)
    for question, sql in asked.items():
        expected = [tuple(_plain(value) for value in one) for one in ANSWERS[question]]
        found = plain(database.rows(sql))
        ordered = "campaign" not in question  # databases put what is null first, or last
        assert found == expected if ordered else sorted(found, key=str) == sorted(expected, key=str), question
