"""The whole diagnosis: a good account, an account that may hardly be read, and one that is not there."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.diagnosis.finding import Level

SUBJECTS = [
    "credentials",
    "account",
    "clock",
    "flex",
    "conversations service",
    "timers",
    "webhooks",
    "interaction webhooks",
    "workspace",
    "task channels",
    "workflow",
    "queue",
    "worker",
    "rate limit",
    "rate limit",
    "sender +15005550006",
    "registration of +15005550006",
    "replies to +15005550006",
    "sender whatsapp:+15005550006",
    "replies to whatsapp:+15005550006",
    "replies to messenger:100005550006",
    "replies to outreach@flexout.example",
    "templates",
    "studio flow",
]
READS = {
    "FetchAccount": "account",
    "FetchConfigurationWebhook": "webhooks",
    "ListInteractionWebhook": "interaction webhooks",
    "FetchWorkspace": "workspace",
    "ListTaskChannel": "task channels",
    "FetchWorkflow": "workflow",
    "ListTaskQueue": "workflow",
    "FetchTaskQueue": "queue",
    "FetchTaskQueueRealTimeStatistics": "queue",
    "FetchWorker": "worker",
    "ListWorker": "worker",
    "ListWorkerChannel": "worker",
    "ListTask": "rate limit",
    "ListConfigurationAddress": "addresses",
    "ListIncomingPhoneNumber": "sender +15005550006",
    "ListService": "registration of +15005550006",
    "ListPhoneNumber": "registration of +15005550006",
    "ListUsAppToPerson": "registration of +15005550006",
    "ListChannelsSender": "sender whatsapp:+15005550006",
    "ListContentAndApprovals": "templates",
    "FetchFlow": "studio flow",
}
"""What is read, and the finding that says so where it may not be."""


def test_a_good_account_gives_no_complaint(diagnosed, sandbox):
    found = diagnosed()
    assert [one.subject for one in found if one.level is not Level.GOOD] == []
    assert [one.subject for one in found] == SUBJECTS
    assert all(not (one.meaning or one.action or one.page) for one in found)
    assert {request.method for request in sandbox.requests} == {"GET"}, "it only reads"
    assert len(list(sandbox.requests)) < 40


@pytest.mark.parametrize(("operation", "subject"), READS.items(), ids=READS)
@pytest.mark.parametrize("status", [401, 403])
def test_what_the_key_may_not_read_is_a_doubtful_line(diagnosed, sandbox, operation, subject, status):
    sandbox.faults.fail(operation, status=status, code=20003, times=None)
    found = {one.subject: one for one in diagnosed()}
    assert (found[subject].level, f"HTTP {status}" in found[subject].seen) == (Level.DOUBTFUL, True)
    assert found[subject].action.startswith("Allow the key to read it")
    assert [one.subject for one in found.values() if one.level is Level.WRONG] == []


@pytest.mark.parametrize("operation", [*READS, "FetchConfiguration"])
@pytest.mark.parametrize(("status", "code"), [(500, 20500), (501, 20501), (400, 20001)])
def test_what_fails_is_a_doubtful_line_and_no_exception(diagnosed, sandbox, operation, status, code):
    sandbox.faults.fail(operation, status=status, code=code, times=None)
    found = diagnosed()
    assert any(one.level is Level.DOUBTFUL for one in found)
    assert [one.subject for one in found if one.level is Level.WRONG] == []


def test_a_queue_without_statistics_is_not_one_that_matches_nobody(complaint, sandbox):
    sandbox.faults.fail("FetchTaskQueueRealTimeStatistics", status=404, code=20404, times=None)
    found = complaint()
    assert (found.subject, found.level) == ("queue", Level.DOUBTFUL)
    assert found.seen.startswith("It could not be read: FetchTaskQueueRealTimeStatistics")


def test_flex_and_conversations_that_may_not_be_read(diagnosed, sandbox):
    sandbox.faults.fail("FetchConfiguration", status=403, code=20003, times=None)
    doubts = [one.subject for one in diagnosed() if one.level is not Level.GOOD]
    assert doubts == ["flex", "conversations service"]
