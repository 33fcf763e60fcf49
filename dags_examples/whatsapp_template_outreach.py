"""### Tell a customer on WhatsApp that their order is late

WhatsApp takes free text for 24 hours after the customer has written. All other customers get an approved
template instead. Before anything is sent, the task checks that the template exists, takes these variables and
is approved.

To run it:

1. `pip install airflow-provider-flexout`, and copy this file into your DAG folder.
2. Make a connection `flexout_default` (your Flex account; `flexout sandbox` prints one to try it with).
3. Trigger it with a number and the SID of an approved template that has two variables; the sandbox lists its
   own under `/sandbox/templates`.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import dag

from airflow_provider_flexout.operators.interaction import CreateInteractionOperator
from airflow_provider_flexout.operators.message import SendConversationMessageOperator


@dag(
    schedule=None,
    doc_md=__doc__,
    tags=["flexout", "example"],
    params={"to": "+12025550171", "name": "Ada", "order": "4711", "template": "HX…"},
    default_args={"retries": 2, "retry_delay": timedelta(seconds=15)},
)
def whatsapp_template_outreach():
    opened = CreateInteractionOperator(
        task_id="open",
        channel="whatsapp",
        to="{{ params.to }}",
        customer_name="{{ params.name }}",
        initiated_by="api",
        on_open_conversation="join",
    )
    # [START message]
    SendConversationMessageOperator(
        task_id="tell",
        conversation_sid=opened.output["conversation_sid"],
        body="Hello {{ params.name }}, your order {{ params.order }} is late. When would suit you?",
        on_closed_window="template",
        content_sid="{{ params.template }}",
        content_variables={"1": "{{ params.name }}", "2": "{{ params.order }}"},
    )
    # [END message]


whatsapp_template_outreach()
