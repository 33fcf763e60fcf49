"""One try of a campaign in a process of its own: ``python -m tests.system.celery.one_try FILE TRY``."""

from __future__ import annotations

import sys

from airflow.sdk.bases.operator import ExecutorSafeguard

from airflow_provider_flexout.operators.bulk import BulkOutreachOperator
from tests.bench.client_cpu import TaskInstance


def main() -> None:
    """Run the operator as a task does; the connection comes from the environment."""
    ti = TaskInstance("killed")
    ti.try_number, ti.max_tries = int(sys.argv[2]), 99  # type: ignore[misc]
    operator = BulkOutreachOperator(
        task_id="reach", contacts=sys.argv[1], channel="sms", message="Order {order} is late.", concurrency=20
    )
    ExecutorSafeguard.tracker.set(operator)  # as Airflow's task runner does
    operator.execute({"ti": ti})  # type: ignore[arg-type,typeddict-item]


if __name__ == "__main__":
    main()
