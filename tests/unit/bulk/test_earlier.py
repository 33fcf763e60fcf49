"""A person whom a campaign contacted in an earlier run or part, under another id or form of their address."""

from __future__ import annotations

import json

import pytest

from airflow_provider_flexout.hooks.flex import FlexHook
from airflow_provider_flexout.operators.bulk import BulkOutreachOperator
from airflow_provider_flexout.twilio.api.conversations import update_conversation

ADA = "+12025550117"
AGAIN = {
    "another id": ({"to": ADA, "id": "1"}, {"to": ADA, "id": "2"}),
    "a form of Mexico": ({"to": "whatsapp:+525512345678"}, {"to": "whatsapp:+5215512345678"}),
    "a form of Brazil": ({"to": "whatsapp:+551187654321"}, {"to": "whatsapp:+5511987654321"}),
    "another form and id": (
        {"to": "whatsapp:+541123456789", "id": "1"},
        {"to": "whatsapp:+5491123456789", "id": "2"},
    ),
    "an address with a name": ({"to": "ada@example.com"}, {"to": "Ada <ADA@example.com>"}),
    "a chat user": ({"to": "guest_42", "id": "1"}, {"to": "guest_42", "id": "2"}),
}
HOW = {
    "by one_call": {"strategy": "one_call"},
    "on_reply": {"agent": "on_reply", "on_reply": "pipeline"},
}


@pytest.fixture
def campaign(run, served, tmp_path):
    """Run a campaign of one row; give what became of it, and close what it opened."""
    (template,) = (one.sid for one in served.templates if one.name == "order_late")
    results = tmp_path / "results.jsonl"

    def campaign(row, name, **arguments):
        to = row["to"]
        channel = "whatsapp" if ":" in to else "email" if "@" in to else "sms" if to[0] == "+" else "chat"
        operator = BulkOutreachOperator(
            task_id="bulk",
            contacts=[row],
            channel=channel,
            campaign=name,
            results=str(results),
            content_sid=template,
            content_variables={"1": "Ada", "2": "4711"},
            **arguments,
        )
        run(operator)
        return json.loads(results.read_text())

    return campaign


@pytest.fixture
def close_all(served):
    """Close all conversations, as agents do in the end."""

    def close_all():
        with FlexHook().get_conn() as client:
            for one in served.conversations:
                if one.state != "closed":
                    client.send(update_conversation(one.sid, state="closed"))

    return close_all


@pytest.mark.parametrize("mode", ["fail", "join"])
@pytest.mark.parametrize(
    ("kind", "how"),
    [(kind, None) for kind in AGAIN] + [("another form and id", how) for how in HOW],
)
def test_parts_of_a_campaign_without_a_name_see_each_others_open_conversations(
    campaign, served, kind, how, mode
):
    first, again = AGAIN[kind]
    arguments = {"on_open_conversation": mode} | HOW.get(how, {})
    opened = campaign(first, None, **arguments)
    found = campaign(again, None, **arguments)
    assert found["outcome"] == "duplicate"
    assert opened["conversation_sid"] in found["reason"]
    assert (len(served.conversations), len(served.messages)) == (1, 1)


@pytest.mark.parametrize(
    ("kind", "how"), [(kind, None) for kind in AGAIN] + [("another form and id", how) for how in HOW]
)
def test_a_named_campaign_contacts_a_person_once(campaign, served, close_all, kind, how):
    first, again = AGAIN[kind]
    opened = campaign(first, "spring", **HOW.get(how, {}))
    assert opened["outcome"] == "opened"
    close_all()
    found = campaign(again, "spring", **HOW.get(how, {}))
    assert found["outcome"] == "duplicate"
    assert f"was contacted by this campaign in {opened['conversation_sid']}" in found["reason"]
    assert (len(served.conversations), len(served.messages)) == (1, 1)
    assert campaign(first, "spring", **HOW.get(how, {}))["outcome"] == "adopted"
    assert campaign(again, "summer", **HOW.get(how, {}))["outcome"] == "opened"
