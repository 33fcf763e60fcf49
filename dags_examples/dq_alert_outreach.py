"""### A data check fails: find the customers it touches, ask somebody, tell each of them once

Some orders were charged more than was agreed. The check on the table fails, its alert becomes a plan of whom
to contact, and a person approves the plan. Each customer then gets one text conversation with an agent,
however many of their orders are wrong, and however often this DAG runs while they are wrong.

To run it:

1. `pip install airflow-provider-flexout apache-airflow-providers-common-sql`, and copy this file into your
   DAG folder.
2. Make a connection `flexout_default` (your Flex account; `flexout sandbox` prints one to try it with), and a
   connection `shop_db` to any SQL database that has the table
   `orders(order_number, customer_name, phone, agreed, charged)`.
3. Unpause the DAG and trigger it. It waits for you at `approve`, with the plan in the log of `plan`. Its
   question says so if there are more people than the parameter `max_contacts` allows.
"""

from __future__ import annotations

from airflow.providers.common.sql.operators.sql import SQLTableCheckOperator
from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import Param, dag, task, task_group

from airflow_provider_flexout.alerts.callbacks import push_alert
from airflow_provider_flexout.operators.interaction import CreateInteractionOperator
from airflow_provider_flexout.operators.message import SendConversationMessageOperator

OVERCHARGED = {
    "conn_id": "shop_db",
    "sql": "SELECT order_number, customer_name, phone, agreed, charged FROM orders WHERE charged > agreed "
    "ORDER BY order_number",
}
PARAMS = {"max_contacts": Param(50, type="integer", minimum=0)}


def text(row):
    return {
        "message": f"Hello {row['customer_name']}, we charged {row['charged']} for {row['order_number']} "
        f"in place of {row['agreed']}. We are sorry! Reply here and we put it right."
    }


@dag(schedule=None, doc_md=__doc__, tags=["flexout", "example"], params=PARAMS)
def dq_alert_outreach():
    check_prices = SQLTableCheckOperator(
        task_id="check_prices",
        conn_id="shop_db",
        table="orders",
        checks={"charged_as_agreed": {"check_statement": "SUM(charged > agreed) = 0"}},
        on_failure_callback=push_alert,
    )

    # [START plan]
    @task(trigger_rule="one_failed", show_return_value_in_logs=False)
    def plan(ti, params) -> list[dict[str, object]]:
        """Plan who would be contacted, and return the arguments of `outreach`, once per person.

        Mapping needs the phone numbers, so this XCom holds them, and is kept out of the log. In the XCom
        `plan` they are masked.
        """
        from airflow_provider_flexout.alerts.plan import plan_outreach

        made = plan_outreach(
            ti.xcom_pull(task_ids="check_prices", key="alert"),
            OVERCHARGED,
            to="phone",
            customer_name="customer_name",
            record="order_number",
            attributes=["order_number"],
            keywords=text,
            max_contacts=params["max_contacts"],
            on_too_many="ask",  # a person approves in any case, before anybody is contacted
        )
        contacts = made.pop("contacts")
        ti.xcom_push(key="plan", value=made)
        return contacts

    # [END plan]

    planned = plan()
    approve = ApprovalOperator(
        task_id="approve",
        subject="{{ ti.xcom_pull(task_ids='plan', key='plan')['question'] }}",
        body="{{ ti.xcom_pull(task_ids='plan', key='plan')['summary'] }}",
    )

    @task_group
    def outreach(channel, to, customer_name, attributes, idempotency_key, message):
        opened = CreateInteractionOperator(
            task_id="open_conversation",
            channel=channel,
            to=to,
            customer_name=customer_name,
            attributes=attributes,
            idempotency_key=idempotency_key,
        )
        SendConversationMessageOperator(
            task_id="say_why",
            conversation_sid=opened.output["conversation_sid"],
            body=message,
            idempotency_key=idempotency_key,
        )

    check_prices >> planned >> approve >> outreach.expand_kwargs(planned)


dq_alert_outreach()
