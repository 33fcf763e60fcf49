"""### Send an invoice by email, from the agent who will answer questions about it

The conversation is an email thread: customer, copies, subject, and a file from object storage. The customer's
reply reaches the agent.

To run it:

1. `pip install airflow-provider-flexout`, and copy this file into your DAG folder.
2. Make a connection `flexout_default` with `email_from` and `email_from_name` (your Flex account;
   `flexout sandbox` prints one to try it with).
3. Trigger it with an address. `invoices` may be any folder of Airflow's object storage, such as
   `s3://aws_default@bucket/invoices`.
"""

from __future__ import annotations

import tempfile
from datetime import timedelta

from airflow.sdk import ObjectStoragePath, dag, task

from airflow_provider_flexout.operators.interaction import CreateInteractionOperator
from airflow_provider_flexout.operators.message import SendConversationMessageOperator


@dag(
    schedule=None,
    doc_md=__doc__,
    tags=["flexout", "example"],
    params={
        "to": "Ada Lovelace <ada@example.com>",
        "cc": "books@example.com",
        "number": "2026-117",
        "invoices": f"file://{tempfile.gettempdir()}",
    },
    default_args={"retries": 2, "retry_delay": timedelta(seconds=15)},
)
def email_outreach():
    @task
    def write_invoice(params: dict[str, str]) -> str:
        invoice = ObjectStoragePath(params["invoices"]) / f"invoice-{params['number']}.txt"
        invoice.write_text("1 oak bookcase: 420 EUR\n")
        return str(invoice)

    opened = CreateInteractionOperator(
        task_id="open",
        channel="email",
        to="{{ params.to }}",
        cc="{{ params.cc }}",
        subject="Invoice {{ params.number }}",
        attributes={"invoice": "{{ params.number }}"},  # the agent sees it with the task
    )
    SendConversationMessageOperator(
        task_id="send_invoice",
        conversation_sid=opened.output["conversation_sid"],
        subject="Invoice {{ params.number }}",
        body="Please find your invoice attached. Is anything wrong with it? Just answer this email.",
        media=write_invoice(),
    )


email_outreach()
