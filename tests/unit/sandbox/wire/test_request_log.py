"""The log of requests counts all of them, keeps the latest, and no secret."""

from __future__ import annotations

from datetime import datetime, timezone

from airflow_provider_flexout.sandbox.wire.request_log import RequestLog

NOW = datetime(2026, 3, 1, tzinfo=timezone.utc)


def add(log, operation="CreateConversation", **form):
    return log.add(NOW, operation, "POST", "/v1/Conversations", status=201, fault=None, form=form)


def test_entries_in_order_and_by_slice():
    log = RequestLog()
    heard = []
    log.listener = heard.append
    first, second = add(log, Body="a"), add(log, "FetchConversation")
    assert (first.n, second.n, len(log)) == (1, 2, 2)
    assert (log[0], log[-1:], heard) == (first, [second], [first, second])
    assert log.count("CreateConversation") == 1
    log.clear()
    assert (len(log), log.count("CreateConversation"), add(log).n) == (0, 0, 1)


def test_the_oldest_are_forgotten_and_still_counted():
    log = RequestLog()
    for _ in range(20_010):
        add(log)
    assert (len(log), log[0].n, log.count("CreateConversation")) == (20_000, 11, 20_010)


def test_secrets_are_left_out():
    entry = add(RequestLog(), "CreateOauth2Token", client_id="OQ1", client_secret="s", refresh_token="r")
    assert entry.form == {"client_id": "OQ1"}
