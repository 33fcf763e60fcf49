"""### A data check fails: tell the person on duty, once an hour at most

Each failed check calls its notifier, and so does the failed run. However many checks fail, in however many
runs, the person on duty gets one text an hour about the checks, and one about each failed run, all in one
conversation.

To run it, make a connection `flexout_default` and a connection `shop_db` to any SQL database that has the
table `orders(order_number, phone, agreed, charged)`, and set the number of the person on duty below.
"""

from __future__ import annotations

from airflow.providers.common.sql.operators.sql import SQLColumnCheckOperator, SQLTableCheckOperator
from airflow.sdk import dag

from airflow_provider_flexout.notifications.flex import FlexNotifier

ON_DUTY = "+12025550199"

# [START notifier]
tell_on_duty = FlexNotifier(
    channel="sms",
    to=ON_DUTY,
    body="{{ ti.task_id }} has failed. Others that fail within the hour are not told of.",
    group_by="dag",
    throttle="1h",
)
# [END notifier]


@dag(
    schedule=None,
    doc_md=__doc__,
    tags=["flexout", "example"],
    # At DAG level a context may have no task instance, so this names the run only.
    on_failure_callback=FlexNotifier(channel="sms", to=ON_DUTY, body="Orders are wrong: {{ run_id }}"),
    default_args={"on_failure_callback": tell_on_duty},
)
def dq_alert_notifier():
    SQLColumnCheckOperator(
        task_id="check_numbers",
        conn_id="shop_db",
        table="orders",
        column_mapping={"phone": {"null_check": {"equal_to": 0}}, "agreed": {"min": {"geq_to": 1}}},
    )
    SQLTableCheckOperator(
        task_id="check_prices",
        conn_id="shop_db",
        table="orders",
        checks={"charged_as_agreed": {"check_statement": "SUM(charged > agreed) = 0"}},
    )


dq_alert_notifier()
