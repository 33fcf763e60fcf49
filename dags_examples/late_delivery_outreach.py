"""### Tell every customer whose delivery is late, and let an agent take it from there

One text conversation per late order: open it, say why, close it. Each customer is contacted once, however
often a task crashes, is retried or cleared, also when the day is backfilled. A new contact takes a run for
another logical date.

To run it:

1. `pip install 'airflow-provider-flexout[demo]'`, and copy this file into your DAG folder.
2. Make a connection `flexout_default` (your Flex account; `flexout sandbox` prints one to try it with),
   and a connection `late_deliveries_db` to any SQL database that has the table
   `late_deliveries(order_number, customer_name, phone, item, days_late)`.
3. Unpause the DAG and trigger it.

Or see all of it at work, without an account, an Airflow or a database: `make demo`, or `flexout demo`.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import BaseHook, dag, task, task_group

from airflow_provider_flexout.operators.interaction import CloseInteractionOperator, CreateInteractionOperator
from airflow_provider_flexout.operators.message import SendConversationMessageOperator


@dag(
    schedule=None,
    doc_md=__doc__,
    tags=["flexout", "example"],
    default_args={"retries": 2, "retry_delay": timedelta(seconds=15)},
)
def late_delivery_outreach():
    @task(show_return_value_in_logs=False)
    def read_late_deliveries() -> list[dict[str, object]]:
        """Return what `outreach` takes, once per late order.

        Mapping needs it as an XCom, so this task's XCom holds the customers' numbers, and is kept out of the
        log. Those of the flexout operators hold SIDs and nothing else.
        """
        database = BaseHook.get_hook("late_deliveries_db")
        late = database.get_records(
            "SELECT order_number, customer_name, phone, item, days_late "
            "FROM late_deliveries WHERE days_late > 0 ORDER BY order_number"
        )
        return [
            {
                "to": phone,
                "customer_name": name,
                "order": {"order_number": order_number, "days_late": days},
                "message": f"Hello {name}, your {item} (order {order_number}) is late by "
                f"{days} day{'s' if days > 1 else ''}. We are sorry! Reply here and we will find a new date.",
            }
            for order_number, name, phone, item, days in late
        ]

    @task_group
    def outreach(to, customer_name, order, message):
        opened = CreateInteractionOperator(
            task_id="open_conversation",
            channel="sms",
            to=to,
            customer_name=customer_name,
            attributes=order,  # the agent sees them with the task
            map_index_template="{{ task.attributes.order_number }}",
        )
        said = SendConversationMessageOperator(
            task_id="say_why",
            conversation_sid=opened.output["conversation_sid"],
            body=message,
            attributes=order,
            map_index_template="{{ task.attributes.order_number }}",
        )
        closed = CloseInteractionOperator(
            task_id="close",
            interaction_sid=opened.output["interaction_sid"],
            channel_sid=opened.output["channel_sid"],
            task_status="completed",
            map_index_template="{{ task.interaction_sid }}",
        )
        said >> closed

    outreach.expand_kwargs(read_late_deliveries())


late_delivery_outreach()
