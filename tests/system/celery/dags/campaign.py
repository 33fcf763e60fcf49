"""A campaign in parts: each part is a mapped task, on whichever worker takes it."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import dag, task

from airflow_provider_flexout.operators.bulk import BulkOutreachOperator


@task
def parts(dag_run=None) -> list[dict[str, object]]:
    """Cut the file into parts."""
    path, contacts, size = (dag_run.conf[name] for name in ("path", "contacts", "size"))
    return [
        {"path": path, "first": first, "last": first + size - 1} for first in range(1, contacts + 1, size)
    ]


@dag(schedule=None, default_args={"retries": 3, "retry_delay": timedelta(seconds=2)})
def campaign():
    BulkOutreachOperator.partial(
        task_id="reach",
        channel="sms",
        message="Order {order} is late.",
        agent="{{ dag_run.conf.get('agent', 'now') }}",
        concurrency=4,
    ).expand(contacts=parts())


campaign()
