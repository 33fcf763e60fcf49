"""Where the rows of an alert come from: a query, a file, a list, or what the alert itself says."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest

from airflow_provider_flexout.alerts.alert import Alert, Failure
from airflow_provider_flexout.alerts.plan import affected_contacts, plan_outreach
from airflow_provider_flexout.alerts.rows import FailingRows
from airflow_provider_flexout.version_compat import AirflowFailException
from tests.unit.alerts.planned import ADA, ALERT, BEN, CAI, excluded


@pytest.fixture
def shop(tmp_path, monkeypatch):
    file = tmp_path / "shop.db"
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("CREATE TABLE orders (number INTEGER, phone TEXT, days INTEGER)")
        database.executemany("INSERT INTO orders VALUES (?, ?, ?)", [(1, ADA, 0), (2, BEN, 3), (3, CAI, 9)])
    monkeypatch.setenv("AIRFLOW_CONN_SHOP", json.dumps({"conn_type": "sqlite", "host": str(file)}))


@pytest.mark.usefixtures("shop")
def test_rows_of_a_query():
    sql = "SELECT number, phone FROM orders WHERE days > ?"
    query = {"conn_id": "shop", "sql": sql, "parameters": (2,)}
    made = plan_outreach(ALERT, query, to="phone", suppression={"conn_id": "shop", "sql": f"SELECT '{CAI}'"})
    assert [one["to"] for one in made["contacts"]] == [BEN]


@pytest.mark.usefixtures("shop")
def test_a_query_without_rows_names_its_columns_all_the_same():
    query = {"conn_id": "shop", "sql": "SELECT number, phone FROM orders WHERE days > 99"}
    assert plan_outreach(ALERT, query, to="phone")["contacts"] == []
    with pytest.raises(
        AirflowFailException, match="to: 'fone' is not a column of the rows, which have 'number', 'phone'"
    ):
        plan_outreach(ALERT, query, to="fone")


def test_rows_of_a_file_are_told_of_by_line(tmp_path):
    file = tmp_path / "orders.csv"
    file.write_text(f"phone,n\n{ADA},1\n,2\n{BEN}\n")
    made = plan_outreach(ALERT, str(file), to="phone")
    assert [one["rows"] for one in made["people"]] == [[2]]
    assert excluded(made) == {3: "nothing in column 'phone'", 4: "has 1 values, the header has 2"}


def test_rows_of_a_list():
    made = plan_outreach(ALERT, [{"phone": ADA}, "Ben"], to="phone")
    assert [one["to"] for one in made["contacts"]] == [ADA]
    assert excluded(made) == {2: "is a str, not an object of columns"}


@pytest.mark.usefixtures("shop")
def test_rows_that_failed():
    query = "SELECT * FROM orders WHERE days > 2"
    by_query = Alert("late", "soda", "orders", (Failure("late", query=query),))
    in_alert = Alert("late", "great_expectations", "orders", (Failure("late", records=({"phone": ADA},)),))
    assert len(affected_contacts(by_query, FailingRows("shop"), to="phone")) == 2
    assert len(affected_contacts(in_alert.as_dict(), FailingRows(), to="phone")) == 1


@pytest.mark.usefixtures("shop")
def test_rows_that_failed_are_asked_for_where_the_alert_has_not_all_of_them():
    """Great Expectations names 20 rows of a table in a database, however many failed."""
    some = {
        "failed_rows": 2,
        "records": ({"phone": BEN},),
        "query": "SELECT phone FROM orders WHERE days > 2",
    }
    alert = Alert("a", "gx", None, (Failure("late", **some), Failure("lost", records=({"phone": ADA},))))
    found = affected_contacts(alert, FailingRows("shop"), to="phone")
    assert [one["to"] for one in found] == [ADA, BEN, CAI]
    with pytest.raises(AirflowFailException, match="pass FailingRows\\(conn_id"):
        affected_contacts(alert, FailingRows(), to="phone")
    without = Alert("a", "gx", None, (Failure("late", **some | {"query": None}),))
    with pytest.raises(AirflowFailException, match="names 1 of the 2 rows that failed late, and no query"):
        affected_contacts(without, FailingRows("shop"), to="phone")


def test_a_check_that_says_nothing_of_its_rows_is_told_of(caplog):
    alert = Alert("a", "gx", None, (Failure("row_count"), Failure("late", records=({"phone": ADA},))))
    assert len(affected_contacts(alert, FailingRows(), to="phone")) == 1
    assert "row_count does not say which rows failed, so nobody is found by this check." in caplog.text
    assert "late does not" not in caplog.text


def test_which_columns_the_rows_of_checks_have_depends_on_what_failed():
    """A check for duplicates gives a value and how often it is there, and no column of the table."""
    twice = Failure("unique", records=({"unique_field": 7, "n_records": 2},))
    late = Failure("late", records=({"phone": ADA},))

    def planned(*failures, **arguments):
        return plan_outreach(Alert("a", "dbt", None, failures), FailingRows(), to="phone", **arguments)

    no_column = "has no column 'phone', only 'unique_field', 'n_records'"
    assert excluded(planned(twice)) == {1: no_column}
    made = planned(twice, late)
    assert excluded(made) == {1: no_column}
    assert [one["to"] for one in made["contacts"]] == [ADA]
    with pytest.raises(AirflowFailException, match="customer_name: 'name' is not a column"):
        planned(twice, late, customer_name="name")


@pytest.mark.parametrize(
    ("alert", "people", "problem"),
    [
        (ALERT, FailingRows(), "neither which rows failed nor how to query them"),
        (
            Alert("a", "soda", None, (Failure("c", query="SELECT 1"),)),
            FailingRows(),
            "pass FailingRows\\(conn_id",
        ),
        (ALERT, "SELECT 1", "^people: SELECT 1 is not one of .csv"),
        (ALERT, "/no/such.csv", "^people: there is no file /no/such.csv"),
        (ALERT, {"path": __file__, "row": 1}, "^people: 'row' is not one of path"),
        (ALERT, 5, "^people: int is not a source"),
        (None, FailingRows(), "alert: missing; did the check fail"),
        ({"name": "x"}, FailingRows(), "not an alert as Alert.as_dict\\(\\) gives it"),
        ({"name": "x", "source": "y", "failures": []}, FailingRows(), "names no failed check"),
        (
            {"name": "x", "source": "y", "failures": [{"check": "c", "severity": "oh"}]},
            FailingRows(),
            "severity 'oh'",
        ),
    ],
)
def test_what_cannot_be_planned(alert, people, problem):
    with pytest.raises(AirflowFailException, match=problem):
        plan_outreach(alert, people, to="phone")
