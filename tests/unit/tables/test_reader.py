"""Reading many outreaches: the log, and what happens while they are read."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta, timezone

import pytest

from airflow_provider_flexout.hooks.flex import FlexHook
from airflow_provider_flexout.outreach.results.read import ReadOptions
from airflow_provider_flexout.outreach.results.selection import Selection
from airflow_provider_flexout.tables import reader
from airflow_provider_flexout.tables.reader import Reader
from airflow_provider_flexout.tables.spool import Spool, TableColumns
from tests.unit.transfers.conftest import campaign, contacts


@pytest.fixture
def read(use_connection):
    def read(selection=None, workspace_sid="WS" + "0" * 32):
        async def work():
            async with await FlexHook().get_async_conn() as client:
                with Spool(TableColumns.chosen()) as spool:
                    counts = await Reader(client, selection, ReadOptions("s", workspace_sid), spool).read()
                    return counts, spool.outreaches

        return asyncio.run(work())

    return read


def last_day():
    return Selection(datetime.now(timezone.utc) - timedelta(days=1))


def test_the_log_says_how_far_it_is(run, served, read, monkeypatch, caplog):
    monkeypatch.setattr(reader, "_LOG_EVERY", 0.0)
    run(campaign(contacts(105)))
    with caplog.at_level("INFO"):
        counts, kept = read(last_day())
    assert (counts.conversations, kept) == (105, 105)
    told = [one.getMessage() for one in caplog.records if one.name == reader.__name__]
    assert told == [
        "100 outreaches read, of 100 conversations.",
        "105 outreaches read, of 105 conversations.",
    ]


def test_a_conversation_that_is_deleted_meanwhile_is_counted(run, served, read):
    run(campaign(contacts(3)))
    served.faults.fail("ListConversationMessage", 404, code=20404)
    counts, kept = read(last_day())
    assert (counts.deleted, kept) == (1, 2)


def test_without_a_workspace_nothing_is_known_of_tasks(run, served, read):
    run(campaign(contacts(2)))
    counts, kept = read(last_day(), workspace_sid=None)
    assert (counts.unknown_tasks, counts.first_unknown, kept) == (
        2,
        "the connection names no workspace_sid",
        2,
    )
    assert served.requests.count("ListEvent") == 0
