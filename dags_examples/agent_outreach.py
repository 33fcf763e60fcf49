"""### Let an AI agent decide what to tell a customer, and see to it that it does no more than that

An AI agent reads what is known about a late order. It may open the conversation with this customer and send
one message in it: both are methods of `FlexHook`, which Airflow's `HookToolset` gives it as tools. The
customer, the key and everything else except the text are fixed here. The model cannot choose another person
or another key, so the customer is contacted once, however often this task is tried.

To run it:

1. `pip install airflow-provider-flexout 'apache-airflow-providers-common-ai[openai]'` (Python 3.11 or newer),
   and copy this file into your DAG folder.
2. Make a connection `flexout_default` (your Flex account; `flexout sandbox` prints one to try it with), and a
   connection `pydanticai_default` with the key of a model.
3. Trigger it with an order.
"""

from __future__ import annotations

import inspect
from datetime import timedelta
from typing import Any

from airflow.sdk import dag, task

from airflow_provider_flexout.hooks.flex import FlexHook

INSTRUCTIONS = """You look after customers whose order is late. Where the order is more than two days late,
open a conversation and send one short, friendly message in it, which says how late the order is. Otherwise do
nothing. Say what you did in one sentence."""


def fixed(method: Any, *chosen_by_the_model: str, **arguments: Any) -> dict[str, Any]:
    """Fix each argument of a method, as given or at its default, except those that the model may choose."""
    parameters = inspect.signature(method).parameters
    return {
        name: arguments.get(name, parameter.default)
        for name, parameter in parameters.items()
        if name not in chosen_by_the_model
    }


@dag(
    schedule=None,
    doc_md=__doc__,
    tags=["flexout", "example"],
    params={"order": {"number": "A-1001", "phone": "+12025550192", "days_late": 3}},
    default_args={"retries": 2, "retry_delay": timedelta(seconds=15)},
)
def agent_outreach():
    @task
    def look_after(params: dict[str, Any]) -> str:
        from airflow.providers.common.ai.hooks.pydantic_ai import PydanticAIHook
        from airflow.providers.common.ai.toolsets.hook import HookToolset

        order, flex = params["order"], FlexHook()
        # [START tools]
        key = f"late order {order['number']}"
        conversation = fixed(
            flex.open_once,
            channel="sms",
            to=order["phone"],
            attributes={"order": order["number"]},
            initiated_by="api",  # any free agent in the queue
            idempotency_key=key,
            on_skip="return",  # tells the agent if the customer must not be contacted
        )
        message = fixed(
            flex.send_once,
            "conversation_sid",
            "body",
            idempotency_key=key,
            author="assistant",
            on_skip="return",
        )
        agent = PydanticAIHook("pydanticai_default").create_agent(
            instructions=INSTRUCTIONS,
            toolsets=[
                HookToolset(flex, allowed_methods=["open_once"], pinned_arguments=conversation),
                HookToolset(flex, allowed_methods=["send_once"], pinned_arguments=message),
            ],
        )
        # [END tools]
        return agent.run_sync(f"Order {order['number']} is {order['days_late']} days late.").output

    look_after()


agent_outreach()
