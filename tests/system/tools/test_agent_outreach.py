"""The example whose tools an AI agent has, with Airflow's HookToolset; a function stands for the model."""

from __future__ import annotations

import json
from typing import Any

import pytest

PHONE = "+12025550192"


class Model:
    """Does what the prompt asks for, and one thing more that it was not given."""

    def __init__(self, **also: Any) -> None:
        self.also = also
        self.tools: dict[str, Any] = {}
        self.refused: list[str] = []

    def __call__(self, messages: Any, info: Any) -> Any:
        from pydantic_ai.messages import (
            ModelResponse,
            RetryPromptPart,
            TextPart,
            ToolCallPart,
            ToolReturnPart,
        )

        self.tools = {one.name: one.parameters_json_schema for one in info.function_tools}
        parts = [part for message in messages for part in message.parts]
        answers = [one for one in parts if isinstance(one, (ToolReturnPart, RetryPromptPart))]
        retries = [str(one.content) for one in answers if not str(one.content).startswith("{")]
        returned = {one.tool_name: json.loads(one.content) for one in answers if one.content not in retries}
        if "open_once" not in returned:
            return ModelResponse([ToolCallPart("open_once", {})])
        if "send_once" not in returned:
            said = {
                "conversation_sid": returned["open_once"]["conversation_sid"],
                "body": "Your order is late.",
            }
            self.refused = retries
            return ModelResponse([ToolCallPart("send_once", said | ({} if retries else self.also))])
        return ModelResponse([TextPart("Told the customer.")])


@pytest.fixture
def look_after(examples, flex_sandbox, monkeypatch):
    """Run the example with a model; give the sandbox."""
    from airflow.providers.common.ai.hooks import pydantic_ai
    from pydantic_ai.models.function import FunctionModel

    monkeypatch.setenv("AIRFLOW_CONN_FLEXOUT_DEFAULT", json.dumps(flex_sandbox.connection()))
    connection = {"conn_type": "pydanticai", "extra": {"model": "test"}}
    monkeypatch.setenv("AIRFLOW_CONN_PYDANTICAI_DEFAULT", json.dumps(connection))

    def run(model):
        monkeypatch.setattr(pydantic_ai, "infer_model", lambda *_, **__: FunctionModel(model))
        assert examples["agent_outreach"].test().state == "success"
        return flex_sandbox

    return run


def test_agent_outreach(look_after):
    """The customer is contacted once, however often it runs; the model may choose the text alone."""
    model = Model()
    for _ in range(2):
        sandbox = look_after(model)
        (conversation,) = sandbox.conversations
        assert conversation.texts == ["Your order is late."]
        assert {one.address for one in sandbox.participants if one.address} == {PHONE}
        assert [one.attributes["order"] for one in sandbox.tasks] == ["A-1001"]
    assert {name: set(schema["properties"]) for name, schema in model.tools.items()} == {
        "open_once": set(),
        "send_once": {"conversation_sid", "body"},
    }


@pytest.mark.parametrize(
    "also",
    [{"idempotency_key": "another"}, {"media": "/etc/passwd"}, {"suppression": []}, {"validate": False}],
)
def test_what_is_fixed_is_refused_to_the_model(look_after, also):
    model = Model(**also)
    sandbox = look_after(model)
    (name,) = also
    assert [refusal for refusal in model.refused if name in refusal]
    assert [one.texts for one in sandbox.conversations] == [["Your order is late."]]
