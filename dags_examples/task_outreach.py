"""### Decide in Python what to tell a customer, and tell them

A `@task` function looks at an order, chooses the channel and the text, opens the conversation and sends the
message. It does what the operators do: if the task is retried, cleared or killed half-way, the customer is
contacted once.

To run it:

1. `pip install airflow-provider-flexout`, and copy this file into your DAG folder.
2. Make a connection `flexout_default` (your Flex account; `flexout sandbox` prints one to try it with).
3. Trigger it with an order.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import dag, task

from airflow_provider_flexout.hooks.flex import FlexHook


@dag(
    schedule=None,
    doc_md=__doc__,
    tags=["flexout", "example"],
    params={"order": {"number": "A-1001", "phone": "+12025550190", "days_late": 3}},
    default_args={"retries": 2, "retry_delay": timedelta(seconds=15)},
)
def task_outreach():
    @task
    def tell(params: dict[str, Any]) -> Any:
        order, flex = params["order"], FlexHook()
        opened = flex.open_once(
            channel="sms",
            to=order["phone"],
            attributes={"order": order["number"]},
            initiated_by="api",  # any free agent in the queue
        )
        text = f"Order {order['number']} is {order['days_late']} days late."
        if order["days_late"] > 7:
            text += " Reply REFUND to get your money back."
        return flex.send_once(conversation_sid=opened, body=text)["message_sid"]

    tell()


task_outreach()
