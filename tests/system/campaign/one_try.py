"""One try of the campaign in a process.

``python -m tests.system.campaign.one_try CONTACTS RESULTS SUPPRESSED NAME TRY SINCE``
"""

from __future__ import annotations

import sys
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

from airflow.sdk.bases.operator import ExecutorSafeguard

from airflow_provider_flexout.operators.bulk import BulkOutreachOperator
from tests.bench.client_cpu import TaskInstance
from tests.system.campaign.table import COLUMNS, HOURS, MESSAGE, PRIORITY, QUEUE, VARIABLES
from tests.version_compat import TaskDeferred


def main() -> None:
    """Run the operator as a task does; the connection comes from the environment."""
    contacts, results, suppressed, name, number, since = sys.argv[1:]
    ti = TaskInstance("by hand")
    ti.try_number, ti.max_tries = int(number), 99  # type: ignore[misc]
    operator = BulkOutreachOperator(
        task_id="tell",
        contacts=contacts,
        channel="sms",
        columns=COLUMNS,
        message=MESSAGE,
        content_variables=VARIABLES,
        campaign=name,
        routing={"queue": QUEUE.name, "priority": PRIORITY},
        initiated_by="api",
        contact_window=HOURS,
        suppression=Path(suppressed).read_text().split(),
        results=results,
    )
    ExecutorSafeguard.tracker.set(operator)  # as Airflow's task runner does
    run = SimpleNamespace(start_date=datetime.fromisoformat(since))
    with suppress(TaskDeferred):  # until the first of those who are held may be contacted
        operator.execute({"ti": ti, "dag_run": run})  # type: ignore[arg-type,typeddict-item]


if __name__ == "__main__":
    main()
