"""Findings."""

from __future__ import annotations

import json
from dataclasses import asdict

from airflow_provider_flexout.outreach.diagnosis.finding import good, in_short, unread, wrong
from airflow_provider_flexout.twilio.http.errors import AuthenticationFailed, ServiceUnavailable


def test_a_finding_is_plain_json():
    assert json.loads(json.dumps(asdict(good("flex", "The account has Flex."))))["level"] == "good"


def test_what_may_not_be_read_is_told_from_what_fails():
    refused = unread("queue", AuthenticationFailed("FetchTaskQueue", "Authenticate", status=403))
    assert (refused.seen, refused.page != "") == (
        "The credentials are not allowed to read it (FetchTaskQueue, HTTP 403).",
        True,
    )
    assert "tried 5 times" in unread("queue", ServiceUnavailable("FetchTaskQueue", "tried 5 times")).seen


def test_in_short_the_first_that_is_wrong_is_said_and_how_many_more_are():
    bad = [wrong(subject, "It is not there.", "Fails.", "Add it.") for subject in ("queue", "worker", "flex")]
    assert in_short([good("account", "Active.")], "flexout doctor") == ""
    said = "But queue: It is not there. Add it."
    assert in_short([good("account", "Active."), *bad[:1]], "it") == f"{said} To see all of it: it"
    assert in_short(bad[:2], "it") == f"{said} 1 more is wrong. To see all of it: it"
    assert in_short(bad, "it") == f"{said} 2 more are wrong. To see all of it: it"
