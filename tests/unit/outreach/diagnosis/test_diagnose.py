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

LISTS = {
    **{operation: subject for operation, subject in READS.items() if operation.startswith("List")},
    "ListConversation": "credentials",
    "ListWorkflow": "workflow",
}
"""The lists that are read, and the finding that says so where one cannot be."""


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


def test_every_list_that_is_read_is_known_here(diagnosed, sandbox):
    diagnosed()
    diagnosed(workflow_sid=None)
    assert {one.operation for one in sandbox.requests if one.operation.startswith("List")} == LISTS.keys()


@pytest.mark.parametrize(("operation", "subject"), LISTS.items(), ids=LISTS)
def test_a_list_that_is_not_found_is_none_that_is_empty(diagnosed, sandbox, operation, subject):
    changes = {"workflow_sid": None} if operation == "ListWorkflow" else {}
    sandbox.faults.fail(operation, status=404, code=20404, times=None)
    [found] = [one for one in diagnosed(**changes) if one.level is not Level.GOOD]
    assert found.subject == subject
    assert "could not be read: " + operation in found.seen
    assert "HTTP 404" in found.seen
    assert found.action
    assert found.level is (Level.WRONG if operation == "ListConversation" else Level.DOUBTFUL)


@pytest.mark.parametrize("operation", ["FetchConfigurationWebhook", "FetchConfiguration"])
def test_what_each_account_has_is_not_passed_over_where_it_is_not_found(diagnosed, sandbox, operation):
    sandbox.faults.fail(operation, status=404, code=20404, times=None)
    subject = "webhooks" if operation.endswith("Webhook") else "conversations service"
    found = {one.subject: one for one in diagnosed()}
    assert found[subject].level is Level.DOUBTFUL
    assert found[subject].seen.startswith("It could not be read: " + operation)


def test_a_queue_without_statistics_is_not_one_that_matches_nobody(complaint, sandbox):
    sandbox.faults.fail("FetchTaskQueueRealTimeStatistics", status=404, code=20404, times=None)
    found = complaint()
    assert (found.subject, found.level) == ("queue", Level.DOUBTFUL)
    assert found.seen.startswith("It could not be read: FetchTaskQueueRealTimeStatistics")


def test_flex_and_conversations_that_may_not_be_read(diagnosed, sandbox):
    sandbox.faults.fail("FetchConfiguration", status=403, code=20003, times=None)
    doubts = [one.subject for one in diagnosed() if one.level is not Level.GOOD]
    assert doubts == ["flex", "conversations service"]
