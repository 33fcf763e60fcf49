"""### Rehearse a campaign, have it approved, and run it as rehearsed

Customers whose delivery is late are told in their own language, at hours that suit their own time zone: on
Sundays only from noon. A rehearsal sends nothing and says how many conversations there would be. Somebody
approves it in Airflow's UI. If the list has changed since then, the campaign contacts nobody.

To run it:

1. `pip install airflow-provider-flexout`, and copy this file into your DAG folder.
2. Make a connection `flexout_default` (your Flex account; `flexout sandbox` prints one to try it with).
3. Put your own query or file in place of `late_customers`, and trigger it.
"""

from __future__ import annotations

import tempfile
from datetime import timedelta
from typing import Any

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import dag, task

from airflow_provider_flexout.operators.bulk import BulkOutreachOperator

MESSAGE = {
    "en": "Order {order} is late. Reply here if you need it sooner.",
    "es": "El pedido {order} llega tarde. Responda aquí si lo necesita antes.",
    "default": "Order {order} is late / llega tarde.",
}
HOURS = [
    {"days": "mon-sat", "start": "{{ params.opens }}", "end": "21:00"},
    {"days": "sun", "start": "12:00", "end": "21:00"},
]


@dag(
    schedule=None,
    doc_md=__doc__,
    tags=["flexout", "example"],
    params={"opens": "09:00", "results": f"{tempfile.gettempdir()}/flexout-rehearsal.jsonl"},
    default_args={"retries": 2, "retry_delay": timedelta(seconds=15)},
)
def rehearsed_campaign():
    @task
    def late_customers() -> list[dict[str, Any]]:
        return [
            {"phone": "+12145550191", "order": "A-1001", "lang": "en", "tz": "America/Chicago"},
            {"phone": "+12145550192", "order": "A-1002", "lang": "es-MX", "tz": "America/Denver"},
            {"phone": "+12145550193", "order": "A-1003", "lang": "fr", "tz": ""},  # the number's time zone
        ]

    customers = late_customers()
    columns = {"to": "phone", "language": "lang", "timezone": "tz"}
    rehearse = BulkOutreachOperator(
        task_id="rehearse",
        dry_run=True,
        contacts=customers,
        columns=columns,
        message=MESSAGE,
        contact_window=HOURS,
        channel="sms",
        campaign="late-{{ ds_nodash if logical_date else run_id }}",
        agent="on_reply",
        results="{{ params.results }}",
    )
    approve = ApprovalOperator(
        task_id="approve",
        subject="Contact {{ ti.xcom_pull('rehearse')['would_open'] }} customers?",
        body="{{ ti.xcom_pull('rehearse') }}",
    )
    reach = BulkOutreachOperator(
        task_id="reach",
        rehearsed="{{ ti.xcom_pull('rehearse')['digest'] }}",
        contacts=customers,
        columns=columns,
        message=MESSAGE,
        contact_window=HOURS,
        channel="sms",
        campaign="late-{{ ds_nodash if logical_date else run_id }}",
        agent="on_reply",
    )
    rehearse >> approve >> reach


rehearsed_campaign()
