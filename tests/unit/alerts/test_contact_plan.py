"""The contacts of a plan are what the operators take."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.alerts.alert import Alert, Failure
from airflow_provider_flexout.alerts.plan import affected_contacts
from airflow_provider_flexout.operators.bulk import BulkOutreachOperator
from airflow_provider_flexout.operators.interaction import CreateInteractionOperator

ALERT = Alert("late orders", "test", "orders", (Failure("shipped_in_time", failed_rows=3),))
ROWS = [
    {"phone": "+12025550101", "name": "Ada", "order": 1},
    {"phone": "+12025550102", "name": "Ben", "order": 2},
    {"phone": "+12025550101", "name": "Ada", "order": 3},
]
PEOPLE = {"+12025550101", "+12025550102"}


@pytest.fixture
def contacts():
    return affected_contacts(
        ALERT, lambda _: ROWS, to="phone", customer_name="name", record="order", attributes=["order"]
    )


def reached(served):
    return sorted(one.address for one in served.participants if one.address)


def test_a_mapped_operator(run, served, contacts):
    for run_id in ("monday", "tuesday"):
        for index, contact in enumerate(contacts):
            create = CreateInteractionOperator(task_id="create", **contact)
            run(create, run_id=run_id, map_index=index)
    assert reached(served) == sorted(PEOPLE)
    assert len(served.tasks) == len(PEOPLE)
    assert [one.attributes["order"] for one in served.tasks] == [1, 2]


def test_a_campaign(run, served, contacts):
    for run_id in ("monday", "tuesday"):
        tell = BulkOutreachOperator(
            task_id="tell",
            contacts=contacts,
            columns={"id": "idempotency_key"},
            campaign="late orders",
            message="Hello {customer_name}, your order is late.",
        )
        run(tell, run_id=run_id)
    assert reached(served) == sorted(PEOPLE)
    assert sorted(one.body for one in served.messages) == [
        "Hello Ada, your order is late.",
        "Hello Ben, your order is late.",
    ]
