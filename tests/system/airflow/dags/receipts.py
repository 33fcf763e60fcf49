"""Campaigns that wait in the triggerer for their receipts; tests/receipts.py has how they end."""

from __future__ import annotations

from airflow.sdk import dag

from airflow_provider_flexout.operators.bulk import BulkOutreachOperator


def build(name: str, area: str) -> None:
    """Make the DAG; numbers begin with the area, so that no two DAGs share a customer."""

    @dag(dag_id=name, schedule=None, params={"results": "", "conn_id": "flexout_default"})
    def receipts():
        BulkOutreachOperator(
            task_id="reach",
            flexout_conn_id="{{ params.conn_id }}",
            contacts=[{"to": f"{area}0{number}", "id": number} for number in range(4)],
            channel="sms",
            agent="on_reply",
            on_reply="pipeline",
            message="Your order is late.",
            results="{{ params.results }}",
            wait_until="delivered",
            delivery_timeout="10m",
            deferrable=True,
            max_failures=1,
        )

    receipts()


build("receipts_arrive", "+120255560")
build("receipts_too_many_failed", "+120255561")
build("receipts_sender_may_not_send", "+120255562")
