"""### Ask a customer, remind them in their daytime, and act on their reply

A delivery needs a date. The customer is asked, and reminded after four hours and after a day, but never at
night and never once they have replied. A branch then continues according to the outcome. While the task
waits, it is deferred and holds no worker. If it is killed, it resumes where it stopped, and no reminder is
sent twice.

To run it:

1. `pip install 'airflow-provider-flexout[holidays]'`, and copy this file into your DAG folder.
2. Make a connection `flexout_default` (your Flex account; `flexout sandbox` prints one to try it with).
3. Trigger it with the number of a customer.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from airflow.sdk import dag, task

from airflow_provider_flexout.operators.agents import UpdateTaskAttributesOperator
from airflow_provider_flexout.operators.follow_up import FollowUpOperator
from airflow_provider_flexout.operators.interaction import CloseInteractionOperator, CreateInteractionOperator
from airflow_provider_flexout.operators.message import SendConversationMessageOperator

log = logging.getLogger(__name__)

DAYTIME = {"days": "mon-sat", "start": "09:00", "end": "20:00", "timezone": "recipient", "holidays": "US"}


@dag(
    schedule=None,
    doc_md=__doc__,
    tags=["flexout", "example"],
    params={"to": "+12025550141"},
    default_args={"retries": 2, "retry_delay": timedelta(seconds=15)},
)
def follow_up_cadence():
    opened = CreateInteractionOperator(
        task_id="open",
        channel="sms",
        to="{{ params.to }}",
        customer_name="Ada",
        frequency_cap={"at_most": 3, "per": "P1D"},
    )
    asked = SendConversationMessageOperator(
        task_id="ask",
        conversation_sid=opened.output["conversation_sid"],
        body="Hello Ada, when may we deliver your order?",
    )
    # [START follow_up]
    followed_up = FollowUpOperator(
        task_id="follow_up",
        conversation_sid=opened.output["conversation_sid"],
        after=asked.output["message_sid"],
        steps=[
            {"after": "4h", "body": "Your order is waiting. Which day suits you?"},
            {"after": "P1D", "body": "We could not reach you. Reply here to choose a day."},
        ],
        last_wait="P1D",
        contact_window=DAYTIME,
    )

    @task.branch
    def choose(result: dict[str, Any]) -> str:
        """Choose the next task by the outcome."""
        return {"replied": "tell_agent", "exhausted": "close"}.get(result["outcome"], "leave_alone")

    # [END follow_up]

    told = UpdateTaskAttributesOperator(
        task_id="tell_agent",
        task_sid=opened.output["task_sid"],
        attributes={"replied_after_seconds": followed_up.output["time_to_reply"]},
    )
    closed = CloseInteractionOperator(
        task_id="close", interaction_sid=opened.output["interaction_sid"], task_status="completed"
    )

    @task
    def leave_alone(result: dict[str, Any]) -> None:
        """Note that this customer opted out, or that the conversation was closed."""
        log.info("%s: %s after %d steps", result["conversation_sid"], result["outcome"], result["step"])

    chosen = choose(followed_up.output)
    chosen >> [told, closed, leave_alone(followed_up.output)]


follow_up_cadence()
