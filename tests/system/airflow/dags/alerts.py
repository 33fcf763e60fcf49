"""What tells the person on duty, and what hands alerts on: callbacks, a deadline, asset events."""

from __future__ import annotations

import time
from datetime import timedelta

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import Asset, dag, task

from airflow_provider_flexout.alerts.assets import alerts_of
from airflow_provider_flexout.notifications.flex import FlexNotifier

try:
    from airflow.sdk import AsyncCallback, DeadlineAlert, DeadlineReference
except ImportError:  # Airflow 3.1
    from airflow.sdk.definitions.deadline import AsyncCallback, DeadlineAlert, DeadlineReference

ALERTS = Asset("flexout://alerts/orders")


def tells(number: str) -> list[FlexNotifier]:
    """One that fails, and one that does not."""
    return [
        FlexNotifier(channel="sms", to="{{ 'this is no number' }}"),
        FlexNotifier(channel="sms", to=number),
    ]


@dag(
    schedule=None,
    deadline=DeadlineAlert(
        reference=DeadlineReference.DAGRUN_QUEUED_AT,
        interval=timedelta(seconds=1),
        callback=AsyncCallback(
            FlexNotifier,
            kwargs={"channel": "sms", "to": "+12025550191", "body": "{{ dag_run.dag_id }} is late."},
        ),
    ),
)
def slow_orders():
    @task
    def take_time():
        time.sleep(8)  # longer than the deadline, and than the scheduler's look at deadlines

    take_time()


@dag(schedule=None)
def broken_orders():
    @task(outlets=[ALERTS])
    def find_wrong_ones(name: str, outlet_events):
        outlet_events[ALERTS].extra = {
            "name": name,
            "source": "test",
            "data": "orders",
            "failures": [{"check": "c", "failed_rows": 2}],
        }

    find_wrong_ones("{{ dag_run.conf['name'] }}")


@dag(schedule=[ALERTS])
def see_to_orders():
    @task
    def read(triggering_asset_events) -> list[str]:
        return [alert.name for alert in alerts_of(triggering_asset_events)]

    read()


@dag(schedule=None)
def asked_orders():
    ApprovalOperator(
        task_id="approve",
        subject="Contact them?",
        notifiers=tells("+12025550192"),
    )


@dag(schedule=None, on_success_callback=tells("+12025550195"))
def shaky_orders():
    @task(
        retries=2,
        retry_delay=timedelta(seconds=1),
        on_retry_callback=tells("+12025550193"),
        on_success_callback=tells("+12025550194"),
    )
    def load(ti):
        if ti.try_number < 3:
            raise ConnectionError("the shop does not answer")

    load()


slow_orders()
asked_orders()
shaky_orders()
broken_orders()
see_to_orders()
