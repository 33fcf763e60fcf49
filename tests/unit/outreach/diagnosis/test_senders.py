"""Our own addresses."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.diagnosis.finding import Level
from airflow_provider_flexout.outreach.diagnosis.senders import check_senders
from tests.unit.outreach.diagnosis.conftest import SID

NUMBER, WHATSAPP = "+15005550006", "whatsapp:+15005550006"
NONE = dict.fromkeys(("sms_from", "whatsapp_from", "messenger_from", "email_from"))


def address_of(sandbox, kind: str = "sms"):
    return next(one for one in sandbox.account.addresses.values() if one.type == kind)


def test_a_number_that_the_account_does_not_own(diagnosed):
    found = {
        one.subject: one.level
        for one in diagnosed(senders={"sms_from": "+15005550001"})
        if one.level is not Level.GOOD
    }
    assert found == {"sender +15005550001": Level.WRONG, "replies to +15005550001": Level.DOUBTFUL}


def test_a_part_of_a_number_that_it_owns_is_not_that_number(diagnosed):
    found = [one for one in diagnosed(senders={"sms_from": NUMBER[:-1]}) if one.level is Level.WRONG]
    assert [one.subject for one in found] == [f"sender {NUMBER[:-1]}"]


def test_a_number_without_texts(complaint, sandbox):
    next(iter(sandbox.account.numbers.values())).sms = False
    found = complaint()
    assert (found.subject, found.level) == (f"sender {NUMBER}", Level.WRONG)


def test_a_number_with_a_webhook_of_its_own(complaint, sandbox):
    next(iter(sandbox.account.numbers.values())).sms_url = "https://example.com/?token=s3cret"
    found = complaint()
    assert (found.subject, found.level) == (f"sender {NUMBER}", Level.DOUBTFUL)
    assert "s3cret" not in str(found)


def test_a_short_code_is_not_looked_up(diagnosed):
    found = {one.subject: one.level for one in diagnosed(senders={"sms_from": "12345"})}
    assert found["sender 12345"] is Level.GOOD


@pytest.mark.parametrize(
    ("status", "level"),
    [
        ("ONLINE", Level.GOOD),
        ("ONLINE:UPDATING", Level.GOOD),
        ("OFFLINE", Level.WRONG),
        ("PENDING_VERIFICATION", Level.WRONG),
        (None, Level.WRONG),
    ],
)
def test_a_whatsapp_sender(diagnosed, sandbox, status, level):
    sandbox.account.whatsapp_senders = {WHATSAPP: status} if status else {}
    [found] = [one for one in diagnosed() if one.subject == f"sender {WHATSAPP}"]
    assert found.level is level


@pytest.mark.parametrize("kind", ["sms", "whatsapp", "messenger", "email"])
@pytest.mark.parametrize(
    ("handling", "level", "seen"),
    [
        ({"enabled": False}, Level.DOUBTFUL, "creates no conversation"),
        ({"type": "webhook"}, Level.DOUBTFUL, "go to a webhook"),
        ({"type": "default"}, Level.WRONG, "without telling Studio or a webhook"),
        ({"conversation_service_sid": "IS" + SID}, Level.WRONG, "but Flex uses"),
        ({"studio_flow_sid": "FW" + SID}, Level.WRONG, "has no Studio flow"),
    ],
    ids=["off", "webhook", "default", "service", "flow"],
)
def test_where_replies_go(complaint, sandbox, kind, handling, level, seen):
    address_of(sandbox, kind).auto_creation |= handling
    found = complaint()
    assert found.subject.startswith("replies to ")
    assert (found.level, seen in found.seen) == (level, True), found


def test_a_sender_that_is_not_an_address_of_conversations(complaint, sandbox):
    del sandbox.account.addresses[address_of(sandbox).sid]
    found = complaint()
    assert (found.subject, found.level) == (f"replies to {NUMBER}", Level.DOUBTFUL)


def test_a_connection_without_senders(complaint):
    found = complaint(senders=NONE)
    assert (found.subject, found.level) == ("senders", Level.DOUBTFUL)
    assert check_senders.__doc__
