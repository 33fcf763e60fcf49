"""An alert, three people, and a plan for them."""

from __future__ import annotations

from airflow_provider_flexout.alerts.alert import Alert, Failure
from airflow_provider_flexout.alerts.plan import plan_outreach

ALERT = Alert("late orders", "sql_check", "orders", (Failure("null_check", "shipped_at", failed_rows=2),))
ADA, BEN, CAI = "+12025550101", "+12025550102", "+442079460103"


def plan(rows, **arguments):
    return plan_outreach(ALERT, lambda _: rows, **{"to": "phone"} | arguments)


def excluded(made):
    return {one["row"]: one["why"] for one in made["excluded"]}
