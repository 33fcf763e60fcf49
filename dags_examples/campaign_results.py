"""### Run a campaign, see what came of it, and fail when too few have replied

Everybody in a table gets a text, and an agent when they reply. Some time later, the table `outreach` gets a
row for each of them: whether the text arrived, when they replied, which agent had the conversation, and how
it ended. A query then checks the share of people who have replied.

To run it:

1. `pip install airflow-provider-flexout apache-airflow-providers-sqlite`, and copy this file into your DAG
   folder.
2. Make a connection `flexout_default` (your Flex account; `flexout sandbox` prints one to try it with). Its
   extra names the Studio flow that gets the replies, as `studio_flow_sid`.
3. Make a connection `warehouse` to a database with a table `customers` (`id`, `phone`, `name`).
4. Trigger the DAG.

If you trigger it again with the same campaign, nobody is contacted twice, and the rows are brought up to
date.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.providers.common.sql.operators.sql import SQLCheckOperator
from airflow.providers.standard.sensors.date_time import DateTimeSensorAsync
from airflow.sdk import Param, dag

from airflow_provider_flexout.operators.bulk import BulkOutreachOperator
from airflow_provider_flexout.transfers.outreach import OutreachToSqlOperator


@dag(
    schedule=None,
    doc_md=__doc__,
    tags=["flexout", "example"],
    params={
        "campaign": Param("spring", type="string", pattern=r"^[\w-]+$"),
        "wait": Param(60, type="number", minimum=0, description="minutes until the table is written"),
        "reply_rate": Param(0.1, type="number", description="the share that has to reply"),
    },
    default_args={"retries": 3, "retry_delay": timedelta(seconds=30)},
)
def campaign_results():
    reach = BulkOutreachOperator(
        task_id="reach",
        contacts={"conn_id": "warehouse", "sql": "SELECT id, phone, name FROM customers"},
        columns={"to": "phone", "customer_name": "name"},
        campaign="{{ params.campaign }}",
        channel="sms",
        agent="on_reply",
        message="Hello {name}, your subscription ends in May. Reply here if you would like to keep it.",
    )

    wait = DateTimeSensorAsync(
        task_id="wait",
        target_time="{{ (dag_run.start_date + macros.timedelta(minutes=params.wait)).isoformat() }}",
    )

    # [START results]
    results = OutreachToSqlOperator(
        task_id="results",
        conn_id="warehouse",
        campaign="{{ params.campaign }}",
        create_tables=True,
    )

    check = SQLCheckOperator(
        task_id="check",
        conn_id="warehouse",
        sql="""
            SELECT AVG(CASE WHEN first_reply_at IS NULL THEN 0.0 ELSE 1.0 END) >= {{ params.reply_rate }}
            FROM outreach WHERE campaign = '{{ params.campaign }}'
        """,
        retries=0,
    )
    # [END results]

    reach >> wait >> results >> check


campaign_results()
