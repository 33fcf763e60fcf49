"""A table is as before or as after, whatever ends the task in the middle."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from airflow_provider_flexout.tables import spool
from airflow_provider_flexout.twilio.http.errors import FlexoutError
from airflow_provider_flexout.version_compat import AirflowException, AirflowFailException
from tests.unit.transfers.conftest import campaign, contacts, number, rows_in
from tests.unit.transfers.test_outreach import to_sql


def execute(path, *statements):
    with closing(sqlite3.connect(path)) as connection:
        for one in statements:
            connection.execute(one)
        connection.commit()


def both(path):
    return rows_in(path), rows_in(path, "outreach_message")


@pytest.fixture
def loaded(run, served, warehouse, monkeypatch):
    """Two tables with the rows of twelve outreaches, half of which have gone on since."""
    monkeypatch.setattr(spool, "PIECE", 3)
    run(campaign(contacts(12)))
    run(to_sql())
    for at in range(6):
        served.customer(number(at)).says("Yes")
    return both(warehouse)


@pytest.mark.parametrize("table", ["outreach", "outreach_message"])
@pytest.mark.parametrize("at", [0, 1, 5, 11])
def test_what_the_database_refuses_in_the_middle_leaves_the_tables_as_before(
    run, served, warehouse, loaded, capsys, table, at
):
    execute(
        warehouse,
        "CREATE TABLE steps (n)",
        f"CREATE TRIGGER t BEFORE INSERT ON {table} WHEN (SELECT count(*) FROM steps) >= {at} "  # noqa: S608
        f"BEGIN SELECT RAISE(ABORT, 'no more: {number(0)}'); END",
        f"CREATE TRIGGER c AFTER INSERT ON {table} BEGIN INSERT INTO steps VALUES (1); END",  # noqa: S608
    )
    with pytest.raises(AirflowException, match="The database says: no more") as caught:
        run(to_sql())
    assert number(0)[2:] not in str(caught.value) + capsys.readouterr().out
    assert both(warehouse) == loaded
    execute(warehouse, "DROP TRIGGER t")
    run(to_sql())
    rows, messages = both(warehouse)
    assert sum(row["inbound_messages"] for row in rows) == 6
    assert (len(rows), len(messages)) == (12, 18)


@pytest.mark.parametrize(
    "operation", ["ListConversation", "ListConversationParticipant", "ListConversationMessage"]
)
def test_what_twilio_refuses_leaves_the_tables_as_before(run, served, warehouse, loaded, operation):
    served.faults.fail(operation, 403, times=None)
    with pytest.raises((FlexoutError, AirflowFailException)):
        run(to_sql())
    assert both(warehouse) == loaded


def test_a_table_that_lacks_columns_is_refused_by_name(run, served, warehouse, loaded):
    execute(
        warehouse, "ALTER TABLE outreach DROP COLUMN ended", "ALTER TABLE outreach DROP COLUMN worker_name"
    )
    before = len(served.requests)
    with pytest.raises(AirflowFailException, match="table: outreach lacks the columns worker_name, ended"):
        run(to_sql())
    with pytest.raises(AirflowFailException, match="table: outreach lacks the columns address"):
        run(to_sql(include_addresses=True, table="outreach"))
    with pytest.raises(AirflowFailException, match="messages_table: outreach_message lacks the columns body"):
        run(to_sql(include_bodies=True, table="other"))
    assert len(served.requests) == before


def test_columns_of_ones_own_stay(run, served, warehouse, loaded):
    execute(warehouse, "ALTER TABLE outreach ADD COLUMN region TEXT DEFAULT 'north'")
    run(to_sql())
    assert {row["region"] for row in rows_in(warehouse)} == {"north"}
