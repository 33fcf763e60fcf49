"""What Airflow's own check operators say when they fail, read; the operators run on a real table."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing, suppress

import pytest
from airflow.providers.common.sql.operators.sql import (
    SQLCheckOperator,
    SQLColumnCheckOperator,
    SQLIntervalCheckOperator,
    SQLTableCheckOperator,
    SQLThresholdCheckOperator,
    SQLValueCheckOperator,
)

from airflow_provider_flexout.alerts.alert import Alert, Failure
from airflow_provider_flexout.alerts.readers.sql_checks import read_sql_check
from airflow_provider_flexout.outreach.errors import InvalidInput

ROWS = [(1, "+12025550101", 5), (2, None, -1), (3, "+12025550103", 3), (3, None, 8)]


@pytest.fixture
def orders(tmp_path, monkeypatch):
    """A table with broken rows, behind a connection."""
    file = tmp_path / "shop.db"
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("CREATE TABLE orders (number INTEGER, phone TEXT, amount INTEGER)")
        database.executemany("INSERT INTO orders VALUES (?, ?, ?)", ROWS)
    monkeypatch.setenv("AIRFLOW_CONN_SHOP", json.dumps({"conn_type": "sqlite", "host": str(file)}))


def alert_of(operator):
    """Let a check fail, and read what it says."""
    with pytest.raises(Exception) as failed:  # noqa: PT011 - the operators raise Airflow's most general error
        operator.execute({"ti": None})
    (alert,) = read_sql_check(failed.value, operator)
    (from_text,) = read_sql_check(str(failed.value), operator)
    assert from_text == alert == Alert.from_dict(json.loads(json.dumps(alert.as_dict())))
    return alert


@pytest.mark.usefixtures("orders")
def test_column_checks():
    mapping = {
        "phone": {"null_check": {"equal_to": 0}, "distinct_check": {"geq_to": 1}},
        "number": {"unique_check": {"equal_to": 0}},
        "amount": {"min": {"geq_to": 0}},
    }
    check = SQLColumnCheckOperator(
        task_id="check", conn_id="shop", table="orders", column_mapping=mapping, partition_clause="number > 0"
    )
    alert = alert_of(check)
    assert (alert.name, alert.source, alert.data, alert.severity) == ("check", "sql_check", "orders", "error")
    no_phone, not_unique, negative = alert.failures
    assert no_phone == Failure(
        "null_check",
        "phone",
        failed_rows=2,
        detail="'equal_to': 0, 'result': 2",
        query="SELECT * FROM orders WHERE phone IS NULL AND number > 0",
    )
    assert (not_unique.check, not_unique.column, not_unique.failed_rows) == ("unique_check", "number", 1)
    assert (negative.check, negative.column, negative.failed_rows) == ("min", "amount", None)
    assert negative.detail == "'geq_to': 0, 'result': -1"


@pytest.mark.usefixtures("orders")
def test_table_checks():
    checks = {
        "enough_rows": {"check_statement": "COUNT(*) > 9"},
        "total": {"check_statement": "SUM(amount) > 0"},
        "none_twice": {"check_statement": "COUNT(*) = COUNT(DISTINCT number)"},
    }
    alert = alert_of(SQLTableCheckOperator(task_id="check", conn_id="shop", table="orders", checks=checks))
    assert [one.check for one in alert.failures] == ["enough_rows", "none_twice"]
    assert alert.data == "orders"


@pytest.mark.usefixtures("orders")
@pytest.mark.parametrize(
    ("operator", "arguments", "check", "detail"),
    [
        (SQLCheckOperator, {"sql": "SELECT 1, 0"}, "check", "a value of the query's first row is false"),
        (SQLCheckOperator, {"sql": "SELECT 1 WHERE 0"}, "check", "the query returned no rows"),
        (
            SQLValueCheckOperator,
            {"sql": "SELECT COUNT(*) FROM orders", "pass_value": 9, "tolerance": 0.1},
            "check",
            "expected 9.0, tolerance 10.0%",
        ),
        (
            SQLThresholdCheckOperator,
            {"sql": "SELECT COUNT(*) FROM orders", "min_threshold": 5, "max_threshold": 9},
            "check",
            "4 is not within thresholds 5.0 and 9.0",
        ),
    ],
)
def test_single_checks(operator, arguments, check, detail):
    alert = alert_of(operator(task_id="check", conn_id="shop", **arguments))
    assert alert.failures == (Failure(check, detail=detail),)
    assert alert.data is None


@pytest.mark.usefixtures("orders")
def test_interval_checks():
    check = SQLIntervalCheckOperator(
        task_id="check",
        conn_id="shop",
        table="orders",
        metrics_thresholds={"COUNT(*)": 1.5, "MAX(amount)": 1.5},
        date_filter_column="1 OR number",
    )
    check.sql1, check.sql2 = "SELECT 4, 8", "SELECT 1, 2"
    alert = alert_of(check)
    assert [one.check for one in alert.failures] == ["COUNT(*)", "MAX(amount)"]


@pytest.mark.usefixtures("orders")
@pytest.mark.parametrize(
    ("operator", "arguments"),
    [
        (SQLColumnCheckOperator, {"column_mapping": {"phone": {"null_check": {"equal_to": 0}}}}),
        (SQLTableCheckOperator, {"checks": {"enough": {"check_statement": "COUNT(*) > 9"}}}),
    ],
)
def test_without_an_exception_what_the_operator_noted_is_read(operator, arguments):
    check = operator(task_id="check", conn_id="shop", table="orders", **arguments)
    alert = alert_of(check)
    assert read_sql_check(None, check) == [alert]


@pytest.mark.parametrize("said", ["division by zero", "Test failed.", ""])
def test_what_no_check_says(said):
    with pytest.raises(InvalidInput, match="expected the exception of SQLColumnCheckOperator"):
        read_sql_check(ZeroDivisionError(said))


TESTS = "The following tests have failed:\n"
TEXTS = [
    (TESTS, "Column: x\n\tCheck: "),
    (TESTS, "\tCheck: a,\n\tCheck Values: "),
    (TESTS, "a"),
    (TESTS, "a: {"),
    (TESTS, "a: {}; "),
    ("", 'Threshold Check: "'),
    ("", '" failed.Result: '),
    ("", 'Threshold Check: "a" failed. Result: '),
    ("", "Test failed.\nPass value:"),
    ("Test failed.\nPass value:", "\nTolerance:"),
]


@pytest.mark.parametrize(("begin", "unit"), TEXTS)
def test_any_text_is_read_in_a_time_in_proportion_to_its_length(begin, unit):
    """Where the time grew with the square of the length, or its cube, this would take hours."""
    with suppress(InvalidInput):
        read_sql_check(begin + unit * 100_000)


def test_an_error_of_something_else_shows_no_address():
    with pytest.raises(InvalidInput) as refused:
        read_sql_check(ValueError("no order of +12025550101 and ada@example.com"))
    assert "it has ValueError: no order of +1•••••0101 and a•••@example.com" in str(refused.value)
