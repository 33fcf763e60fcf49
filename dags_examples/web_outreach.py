"""### Bring a visitor of your site together with an agent

Somebody left a form on the site, and is shown there by an identity that tells nothing about them. An agent is
given the conversation when somebody is free, with what the form said.

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
