"""Flex, the service of Conversations, timers and webhooks."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.diagnosis import flex
from airflow_provider_flexout.outreach.diagnosis.finding import Level
from tests.unit.outreach.diagnosis.conftest import SID


@pytest.mark.parametrize("status", ["inprogress", "notstarted"])
def test_an_account_whose_flex_is_not_set_up(diagnosed, sandbox, status):
    sandbox.account.flex_status = status
    wrong = [one for one in diagnosed() if one.level is Level.WRONG]
    assert [one.subject for one in wrong] == ["flex"]
    assert wrong[0].seen == f"Flex's setup is {status}."


def test_an_account_without_flex(diagnosed, sandbox):
    sandbox.faults.fail("FetchConfiguration", status=404, code=20404, times=1)
    [wrong] = [one for one in diagnosed() if one.level is Level.WRONG]
    assert (wrong.subject, wrong.seen) == ("flex", "The account has no Flex.")


def test_an_instance_of_another_account(diagnosed):
    found = {one.subject: one for one in diagnosed(instance_sid="GO" + SID) if one.level is not Level.GOOD}
    assert found["flex"].level is Level.WRONG
    assert found["flex"].page == flex._OVERVIEW


def test_a_default_service_that_is_not_flexs(complaint, sandbox):
    sandbox.account.default_chat_service_sid = "IS" + SID
    found = complaint()
    assert (found.subject, found.level) == ("conversations service", Level.WRONG)


def test_a_service_of_the_connection_that_is_not_the_default(complaint):
    found = complaint(chat_service_sid="IS" + SID)
    assert (found.subject, found.level) == ("conversations service", Level.WRONG)
    assert "chat_service_sid is IS000" in found.seen


@pytest.mark.parametrize(
    ("timer", "level"),
    [
        ("PT10M", Level.DOUBTFUL),
        ("PT12H", Level.DOUBTFUL),
        ("PT1H30M", Level.DOUBTFUL),
        ("P1D", Level.GOOD),
        ("P7D", Level.GOOD),
        (None, Level.GOOD),
    ],
)
def test_a_timer_that_closes_before_customers_reply(diagnosed, sandbox, timer, level):
    sandbox.account.closed_timer = timer
    [found] = [one for one in diagnosed() if one.subject == "timers"]
    assert (found.level, (timer or "None") in found.seen) == (level, True)


@pytest.mark.parametrize(
    ("form", "seen"),
    [
        ("PreWebhookUrl=https://example.com", "called before each message"),
        ("PostWebhookUrl=http://example.com", "without TLS"),
    ],
)
def test_webhooks_of_the_account(complaint, send, form, seen):
    send("POST", "/v1/Configuration/Webhooks", form)
    found = complaint()
    assert (found.subject, found.level) == ("webhooks", Level.DOUBTFUL)
    assert seen in found.seen
    assert "example.com" not in str(found), "a URL may hold a secret"
