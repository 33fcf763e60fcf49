"""### Bring a visitor of your site together with an agent

A visitor filled in a form on your site, where an identity stands for them that says nothing about them. As
soon as an agent is free, that agent gets the conversation with the contents of the form.

To run it:

1. `pip install airflow-provider-flexout`, and copy this file into your DAG folder.
2. Make a connection `flexout_default` (your Flex account; `flexout sandbox` prints one to try it with).
3. Trigger it with a form and the identity of its visitor.
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
    params={"visitor": "visitor_4711", "form": "F-1", "about": "delivery"},
    default_args={"retries": 2, "retry_delay": timedelta(seconds=15)},
)
def web_outreach():
    opened = CreateInteractionOperator(
        task_id="open",
        channel="web",
        to="{{ params.visitor }}",
        initiated_by="api",
        attributes={"form": "{{ params.form }}", "about": "{{ params.about }}"},
        idempotency_key="form {{ params.form }}",
        require_available_agents=True,
        available_timeout=timedelta(minutes=30),
    )
    SendConversationMessageOperator(
        task_id="greet",
        conversation_sid=opened.output["conversation_sid"],
        body="Thank you for your question about your {{ params.about }}. Somebody will be with you soon.",
    )


web_outreach()
