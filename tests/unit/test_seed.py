"""The requests of Twilio's page on sending outbound messages, sent through the operators."""

from __future__ import annotations

import ast
import json
import re
from typing import Any

import pytest

from airflow_provider_flexout.operators.interaction import CreateInteractionOperator
from airflow_provider_flexout.operators.message import SendConversationMessageOperator
from tests.paths import SEED

pytestmark = pytest.mark.skipif(
    not SEED.is_file(), reason=f"the document {SEED} is not there; set FLEXOUT_SEED"
)


def python_samples() -> dict[str, dict[str, Any]]:
    """The keyword arguments of each Python sample's ``interaction.create``, by channel."""
    samples = {}
    for code in re.findall(r"```python\n(.*?)```", SEED.read_text(), re.DOTALL):
        for node in ast.walk(ast.parse(code)):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("interaction.create"):
                arguments = {one.arg: ast.literal_eval(one.value) for one in node.keywords}
                samples[arguments["channel"]["type"]] = arguments
    return samples


def curl_samples() -> dict[str, dict[str, Any]]:
    """The form of each curl sample for an interaction, by channel."""
    samples = {}
    for code in re.findall(r"```bash\n(CHANNEL_OBJ.*?)```", SEED.read_text(), re.DOTALL):
        channel, routing = (json.loads(found) for found in re.findall(r"<< EOF\n(.*?)\nEOF", code, re.DOTALL))
        samples[channel["type"]] = {"Channel": channel, "Routing": routing}
    return samples


def curl_message() -> dict[str, str]:
    """The form of the curl sample for a message."""
    found = re.search(r"curl -X POST \S+/Messages \\\n(.*?)```", SEED.read_text(), re.DOTALL)
    return dict(re.findall(r'--data-urlencode "(\w+)=([^"]*)"', found.group(1)))


@pytest.fixture
def documented(served):
    """A sandbox that takes the document's X-ed SIDs and sample numbers."""
    served.settings.accept_any_routing = True
    return served


def form_of(sandbox, operation: str) -> dict[str, Any]:
    (request,) = [one for one in sandbox.requests if one.operation == operation]
    return {
        name: json.loads(value) if value.startswith("{") else value for name, value in request.form.items()
    }


def test_the_document_has_the_samples_we_know():
    assert set(python_samples()) == set(curl_samples()) == {"sms", "whatsapp"}
    assert set(curl_message()) == {"Author", "Body"}


@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
def test_one_call_sends_what_the_curl_command_sends(run, documented, channel):
    run(
        CreateInteractionOperator(
            task_id="create", **python_samples()[channel], strategy="one_call", validate=False
        )
    )
    assert form_of(documented, "CreateInteraction") == curl_samples()[channel]


@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
def test_conversation_first_reaches_the_same_people_with_the_same_task(run, documented, channel):
    sample = python_samples()[channel]
    run(CreateInteractionOperator(task_id="create", **sample, validate=False))
    (customer,) = [one for one in documented.participants if one.address]
    asked = sample["channel"]["participants"][0]
    assert (customer.address, customer.proxy_address) == (asked["address"], asked["proxy_address"])
    wanted = sample["routing"]["properties"]["attributes"]
    assert wanted.items() <= documented.tasks[0].attributes.items()


@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
def test_the_message_is_the_curl_commands(run, documented, channel):
    opened = run(
        CreateInteractionOperator(task_id="create", **python_samples()[channel], validate=False)
    ).xcoms
    if channel == "whatsapp":  # which takes free text only after the customer has written
        documented.customer().says("Hello", opened["conversation_sid"])
    message = curl_message()
    run(
        SendConversationMessageOperator(
            task_id="send",
            conversation_sid=opened["conversation_sid"],
            author=message["Author"],
            body=message["Body"],
        )
    )
    form = form_of(documented, "CreateConversationMessage")
    assert set(form.pop("Attributes")) == {"flexout_key", "flexout_source"}
    assert form == message


def test_without_validate_the_samples_are_refused_before_anything_is_sent(run, documented):
    with pytest.raises(Exception, match=r"is not a phone number in E\.164"):
        run(CreateInteractionOperator(task_id="create", **python_samples()["sms"]))
    assert len(documented.requests) == 0
