"""What it takes to plan an outreach: 10,000 affected rows of 3,000 people, in the contact window or not."""

from __future__ import annotations

import logging
import statistics
import time

from rich.table import Table

from airflow_provider_flexout.alerts.alert import Alert, Failure
from airflow_provider_flexout.alerts.plan import plan_outreach
from tests.bench.shown import show

ROWS, PEOPLE, ROUNDS = 10_000, 3_000, 5
ALERT = Alert("orders", "sql_check", "orders", (Failure("null_check", "shipped_at", failed_rows=ROWS),))
AREAS = (202, 212, 312, 415, 503, 617, 702, 808)


def rows(_alert: Alert) -> list[dict[str, object]]:
    people = [f"+1{AREAS[number % len(AREAS)]}555{number:04d}" for number in range(PEOPLE)]
    return [{"phone": people[number % PEOPLE], "order": number} for number in range(ROWS)]


def seconds(**arguments: object) -> float:
    taken = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        plan = plan_outreach(ALERT, rows, to="phone", record="order", max_contacts=PEOPLE, **arguments)
        taken.append(time.perf_counter() - began)
        assert len(plan["contacts"]) == PEOPLE
    return statistics.median(taken)


def main() -> None:
    logging.disable()
    table = Table(title=f"plan_outreach, {ROWS:,} rows of {PEOPLE:,} people, median of {ROUNDS}")
    table.add_column("plan")
    table.add_column("seconds", justify="right")
    table.add_row("at any time", f"{seconds():.2f}")
    table.add_row(
        "with a contact window", f"{seconds(contact_window={'start': '09:00', 'end': '18:00'}):.2f}"
    )
    show("plan", table)


if __name__ == "__main__":
    main()
