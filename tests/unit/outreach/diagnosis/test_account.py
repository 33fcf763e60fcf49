"""Credentials, account and clock."""

from __future__ import annotations

from datetime import timedelta

import pytest

from airflow_provider_flexout.outreach.diagnosis.account import CREDENTIALS
from airflow_provider_flexout.outreach.diagnosis.finding import Level
from tests.unit.outreach.diagnosis.conftest import SID


def test_credentials_that_are_rejected_are_the_only_finding(diagnosed, sandbox):
    sandbox.faults.fail("*", status=401, code=20003, times=None)
    [found] = diagnosed()
    assert (found.subject, found.level) == (CREDENTIALS, Level.WRONG)
    assert "rejects the auth token (HTTP 401, code 20003)" in found.seen


def test_a_key_without_permission_for_conversations_is_told_from_a_wrong_one(diagnosed, sandbox):
    sandbox.faults.fail("ListConversation", status=401, code=20003, times=None)
    found = diagnosed()
    assert [(one.subject, one.level) for one in found] == [
        (CREDENTIALS, Level.WRONG),
        ("account", Level.GOOD),
    ]
    assert "does not let it read conversations" in found[0].seen


@pytest.mark.parametrize("status", [404, 503])
def test_conversations_that_cannot_be_read_are_no_matter_of_permissions(diagnosed, sandbox, status):
    sandbox.faults.fail("ListConversation", status=status, code=20404 if status == 404 else None, times=None)
    found = diagnosed()[0]
    assert (found.subject, found.level) == (CREDENTIALS, Level.WRONG)
    assert f"HTTP {status}" in found.seen
    assert "permission" not in found.action


def test_twilio_that_is_not_there_is_the_only_finding(diagnosed, sandbox):
    sandbox.faults.fail("*", status=503, times=None)
    [found] = diagnosed()
    assert (found.subject, found.level) == (CREDENTIALS, Level.WRONG)
    assert "HTTP 503" in found.seen


@pytest.mark.parametrize(
    ("set_up", "level", "seen"),
    [
        ({"status": "suspended"}, Level.WRONG, "is suspended"),
        ({"status": "closed"}, Level.WRONG, "is closed"),
        ({"type": "Trial"}, Level.DOUBTFUL, "is a trial account"),
    ],
)
def test_an_account_that_sends_nothing_or_not_to_everybody(complaint, sandbox, set_up, level, seen):
    for name, value in set_up.items():
        setattr(sandbox.account, name, value)
    found = complaint()
    assert (found.subject, found.level) == ("account", level)
    assert seen in found.seen


def test_another_account_than_that_of_the_credentials(diagnosed):
    wrong = {one.subject for one in diagnosed(account_sid="AC" + SID) if one.level is Level.WRONG}
    assert wrong >= {"account", "workspace"}


def test_a_connection_that_does_not_name_its_account(diagnosed):
    doubts = [one.subject for one in diagnosed(account_sid=None) if one.level is not Level.GOOD]
    assert doubts == ["account", "sender +15005550006"]


@pytest.mark.parametrize(
    ("ahead", "seen"),
    [(-3600, "3,600 seconds behind"), (120, "120 seconds ahead of"), (20, None), (-20, None)],
)
def test_a_clock_that_differs(diagnosed, ahead, seen):
    [found] = [one for one in diagnosed(ahead=timedelta(seconds=ahead)) if one.subject == "clock"]
    assert found.level is (Level.DOUBTFUL if seen else Level.GOOD)
    assert seen is None or seen in found.seen
