"""What the account is set up with: read by Twilio's own package."""

from __future__ import annotations

import json

import pytest
from twilio.rest import Client

from airflow_provider_flexout.sandbox.state.account.setup import MESSAGING_SERVICE_SID
from tests.sandbox.conftest import ToSandbox

OWNED = "+15005550006"


@pytest.fixture
def elsewhere(sandbox) -> Client:
    """A client for the products of which there is no document here."""
    connection = sandbox.connection()
    return Client(
        connection["login"],
        connection["password"],
        connection["extra"]["account_sid"],
        http_client=ToSandbox(sandbox.base_url, None),
    )


def test_the_account(sandbox, elsewhere, extra):
    account = elsewhere.api.v2010.accounts(extra["account_sid"]).fetch()
    assert (account.sid, account.status, account.type) == (extra["account_sid"], "active", "Full")
    sandbox.account.status = "suspended"
    assert elsewhere.api.v2010.accounts(extra["account_sid"]).fetch().status == "suspended"


def test_another_account_and_another_format_are_not_found(http, extra):
    assert http.get("/2010-04-01/Accounts/AC1.json").status_code == 404
    assert http.get(f"/2010-04-01/Accounts/{extra['account_sid']}").status_code == 404


def test_the_numbers_that_it_owns(elsewhere):
    [number] = elsewhere.incoming_phone_numbers.list(phone_number=OWNED)
    assert (number.phone_number, number.capabilities["sms"]) == (OWNED, True)
    assert elsewhere.incoming_phone_numbers.list(phone_number="+15005559999") == []


def test_a_messaging_service_with_its_numbers_and_its_campaign(elsewhere):
    service = elsewhere.messaging.v1.services(MESSAGING_SERVICE_SID).fetch()
    assert service.us_app_to_person_registered is True
    assert [each.phone_number for each in service.phone_numbers.list()] == [OWNED]
    assert [each.campaign_status for each in service.us_app_to_person.list()] == ["VERIFIED"]


def test_the_services_of_messaging_and_those_of_conversations_have_one_path(http):
    def listed(host: str | None) -> list[str]:
        headers = {"X-Forwarded-Host": host} if host else {}
        return [each["sid"][:2] for each in http.get("/v1/Services", headers=headers).json()["services"]]

    assert listed("messaging.twilio.com") == ["MG"]
    assert listed("conversations.twilio.com") == listed(None) == ["IS"]


def test_whatsapp_senders(elsewhere):
    [sender] = elsewhere.messaging.v2.channels_senders.list(channel="whatsapp")
    assert (sender.sender_id, sender.status) == (f"whatsapp:{OWNED}", "ONLINE")
    assert elsewhere.messaging.v2.channels_senders.list(channel="rcs") == []


@pytest.mark.parametrize("kind", ["send_to_flex", "bot_first", "fails"])
def test_the_definition_of_a_flow(sandbox, elsewhere, kind):
    made = sandbox.studio_flow("Ours", kind)
    flow = elsewhere.studio.v2.flows(made.sid).fetch()
    assert (flow.friendly_name, flow.status, flow.valid) == ("Ours", "published", True)
    kinds = {each["type"] for each in flow.definition["states"]}
    assert ("send-to-flex" in kinds) is (kind != "fails")
    names = {each["name"] for each in flow.definition["states"]}
    following = [
        each["next"] for state in flow.definition["states"] for each in state["transitions"] if "next" in each
    ]
    assert set(following) <= names


def test_flexs_configuration_has_the_documented_fields(http, extra, api_documents):
    body = http.get("/v1/Configuration", headers={"X-Forwarded-Host": "flex-api.twilio.com"}).json()
    document = json.loads((api_documents.folder / "twilio_flex_v1.json").read_text())
    assert set(body) == set(document["components"]["schemas"]["flex.v1.configuration"]["properties"])
    names = ("chat_service_instance_sid", "flex_instance_sid", "taskrouter_workspace_sid")
    here = tuple(extra[name] for name in ("chat_service_sid", "instance_sid", "workspace_sid"))
    assert tuple(body[name] for name in names) == here


def test_an_address_is_made_changed_and_taken_away(twilio, extra, refused):
    addresses = twilio.conversations.v1.address_configurations
    made = addresses.create(type="sms", address="+15005550007", friendly_name="Second")
    assert made.auto_creation["enabled"] is False
    with refused(409, 20409):
        addresses.create(type="sms", address="+15005550007")
    flow = extra["studio_flow_sid"]
    changed = addresses(made.sid).update(
        auto_creation_enabled=True, auto_creation_type="studio", auto_creation_studio_flow_sid=flow
    )
    assert (changed.auto_creation["type"], changed.auto_creation["studio_flow_sid"]) == ("studio", flow)
    with refused(400, 50367):
        addresses(made.sid).update(auto_creation_studio_flow_sid="FW" + "0" * 32)
    assert addresses("+15005550007").fetch().sid == made.sid
    assert len(addresses.list()) == 5
    assert addresses(made.sid).delete()
    assert len(addresses.list(type="sms")) == 1
