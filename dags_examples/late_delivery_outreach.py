"""### Tell every customer whose delivery is late; agents get the very late ones, and those who reply

Each late order gets one text conversation, in which the customer is told. If the order is very late, an agent
gets the conversation at once; otherwise, only when the customer replies: a Studio flow receives the reply.
Each customer is told once, however often a task crashes, is retried or cleared, even if the day is
backfilled. To contact a customer again, run the DAG for another logical date.

To run it:

1. `pip install 'airflow-provider-flexout[demo]'`, and copy this file into your DAG folder.
2. Make a connection `flexout_default` (your Flex account, with `studio_flow_sid`; `flexout sandbox` prints
   one to try it with), and a connection `late_deliveries_db` to any SQL database that has the table
   `late_deliveries(order_number, customer_name, phone, item, days_late)`.
3. Unpause the DAG and trigger it.

Or see it at work without an account, Airflow or a database: `make demo`, or `flexout demo`.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import BaseHook, dag, task, task_group

from airflow_provider_flexout.operators.conversation import CreateConversationOperator
from airflow_provider_flexout.operators.interaction import CreateInteractionOperator
from airflow_provider_flexout.operators.message import SendConversationMessageOperator

VERY_LATE = 3
"""From this many days on, an agent gets the conversation at once."""
LABEL = "{{ task.attributes.order_number }}"


@dag(
    schedule=None,
    doc_md=__doc__,
    tags=["flexout", "example"],
    default_args={"retries": 2, "retry_delay": timedelta(seconds=15)},
)
def late_delivery_outreach():
    @task(show_return_value_in_logs=False)
    def read_late_deliveries(least: int, most: int, ending: str) -> list[dict[str, object]]:
        """Return the arguments of a task group, once per order that is late by `least` to `most` days.

        Mapping needs an XCom, so this task's XCom holds the customers' numbers, and is kept out of the log.
        The XComs of the flexout operators hold only SIDs.
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
                f"{days} day{'s' if days > 1 else ''}. We are sorry! {ending}",
            }
            for order_number, name, phone, item, days in late
            if least <= days <= most
        ]

    def say(opened, message, order):
        SendConversationMessageOperator(
            task_id="say_why",
            conversation_sid=opened.output["conversation_sid"],
            body=message,
            attributes=order,
            map_index_template=LABEL,
        )

    @task_group
    def agent_at_once(to, customer_name, order, message):
        opened = CreateInteractionOperator(
            task_id="open_conversation",
            channel="sms",
            to=to,
            customer_name=customer_name,
            attributes=order,  # the agent sees them with the task
            map_index_template=LABEL,
        )
        say(opened, message, order)

    @task_group
    def agent_on_reply(to, customer_name, order, message):
        opened = CreateConversationOperator(
            task_id="open_conversation",
            channel="sms",
            to=to,
            customer_name=customer_name,
            attributes=order,  # the flow copies them into the agent's task
            map_index_template=LABEL,
        )
        say(opened, message, order)

    read = read_late_deliveries.override
    very_late = read(task_id="read_very_late")(
        VERY_LATE, 10_000, "We look for a new date at once, and write to you here."
    )
    late = read(task_id="read_late")(1, VERY_LATE - 1, "Reply here and we will find a new date.")
    agent_at_once.expand_kwargs(very_late)
    agent_on_reply.expand_kwargs(late)


late_delivery_outreach()
