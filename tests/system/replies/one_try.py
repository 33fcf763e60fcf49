"""One try of a campaign in a process: ``python -m tests.system.replies.one_try FILE TRY AGENT``."""

from __future__ import annotations

import sys

from airflow.sdk.bases.operator import ExecutorSafeguard

from airflow_provider_flexout.operators.bulk import BulkOutreachOperator
from tests.bench.client_cpu import TaskInstance


def main() -> None:
    """Run the operator as a task does; the connection comes from the environment."""
    ti = TaskInstance("replies")
    ti.try_number, ti.max_tries = int(sys.argv[2]), 99  # type: ignore[misc]
    operator = BulkOutreachOperator(
        task_id="ask",
        contacts=sys.argv[1],
        channel="sms",
        message="Order {order} is late. Reply here if that is a problem.",
        agent=sys.argv[3],
        initiated_by="api",
        concurrency=50,
    )
    ExecutorSafeguard.tracker.set(operator)  # as Airflow's task runner does
    operator.execute({"ti": ti})  # type: ignore[arg-type,typeddict-item]


if __name__ == "__main__":
    main()
