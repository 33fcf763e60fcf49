"""Failed check operators of Airflow's common-sql provider.

They push no result. All that is left of a failed check is its exception, whose text is read here, and the
operator in the context of its ``on_failure_callback``, which knows the table and the result of each check.
https://airflow.apache.org/docs/apache-airflow-providers-common-sql/stable/operators.html
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from typing import Any

from airflow_provider_flexout.alerts.alert import Alert, Failure
from airflow_provider_flexout.alerts.readers.parse import unknown, whole_number

_TESTS = "The following tests have failed:\n"
_OUTSIDE = " is not within thresholds "
_COUNTS = ("null_check", "unique_check")
"""Column checks whose result is a number of rows."""


def read_sql_check(exception: BaseException | str | None, task: Any = None) -> list[Alert]:
    """Make an alert of a failed check.

    :param exception: what the operator raised, or its text; below Airflow 3.3 the context of ``dag.test()``
        lacks it, and the results that an operator for columns or tables has kept are read instead.
    :param task: the operator, ``context["task"]``: its id becomes the alert's name, its table the data.
    :returns: one alert.
    :raises InvalidInput: when it is not what a check operator of common-sql says.
    """
    text = str(exception or "")
    table = getattr(task, "table", None)
    failures = tuple(_failures_in(text, task, table)) or (() if text else tuple(_noted_by(task, table)))
    if not failures:
        raise unknown(
            "a common-sql check operator",
            "the exception of SQLColumnCheckOperator, SQLTableCheckOperator, SQLCheckOperator, "
            "SQLValueCheckOperator, SQLIntervalCheckOperator or SQLThresholdCheckOperator",
            {f"{type(exception).__name__}: {text[:60]}": None},
        )
    return [Alert(str(getattr(task, "task_id", None) or table or "sql check"), "sql_check", table, failures)]


def _failures_in(text: str, task: Any, table: str | None) -> Iterator[Failure]:
    before, tests, after = text.partition(_TESTS)
    name = str(getattr(task, "task_id", None) or "sql check")
    if tests and "\tCheck Values: " in after:
        yield from _tests_in(after, task, table)
    elif tests:
        for one in after.strip().removesuffix("}").split("}; "):
            check, ratio, values = one.partition(": {")
            if ratio:
                yield Failure(check.strip(), detail=_detail(values))
    elif (check := _between(before, 'Threshold Check: "', '" failed.')) and _OUTSIDE in before:
        yield Failure(check, detail=before.rpartition("Result: ")[2])
    elif tolerance := _between(before, "\nTolerance:", "\nQuery:"):
        value = _between(before, "Test failed.\nPass value:", "\nTolerance:")
        yield Failure(name, detail=f"expected {value}, tolerance {tolerance}")
    elif before.startswith("Test failed.\nQuery:\n"):
        yield Failure(name, detail="a value of the query's first row is false")
    elif before.startswith("The following query returned zero rows:"):
        yield Failure(name, detail="the query returned no rows")


def _tests_in(text: str, task: Any, table: str | None) -> Iterator[Failure]:
    """Read tests of two or three lines each: perhaps a column, a check, and what it came to."""
    column = check = None
    for line in text.split("\n"):
        kind, _, value = line.removeprefix(", ").strip().partition(": ")
        if kind == "Column":
            column = value
        elif kind == "Check":
            check = value.removesuffix(",")
        elif kind == "Check Values" and check:
            yield _failure(check, column, value, task, table)
            column = check = None


def _between(text: str, begin: str, end: str) -> str:
    """Give what stands between two texts; empty where they are not there."""
    value, found, _ = text.partition(begin)[2].partition(end)
    return value if found else ""


def _noted_by(task: Any, table: str | None) -> Iterator[Failure]:
    """Read what an operator for columns or tables has kept of each check; others keep nothing."""
    noted = dict(getattr(task, "column_mapping", None) or {})
    noted[None] = getattr(task, "checks", None) or {}
    for column, checks in noted.items():
        for check, values in checks.items():
            if values.get("success") is False:
                yield _failure(check, column, str(values), task, table)


def _failure(check: str, column: str | None, values: str, task: Any, table: str | None) -> Failure:
    parsed = _parsed(values)
    rows = whole_number(parsed.get("result")) if check in _COUNTS else None
    query = None
    if column and table and check == "null_check":
        clauses = (parsed.get("partition_clause"), getattr(task, "partition_clause", None))
        narrowed = "".join(f" AND {clause}" for clause in clauses if clause)
        query = f"SELECT * FROM {table} WHERE {column} IS NULL{narrowed}"  # noqa: S608 - the check's own names
    return Failure(check, column, failed_rows=rows, detail=_detail(values), query=query)


def _parsed(values: str) -> Mapping[str, Any]:
    try:
        parsed = ast.literal_eval(values)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return {}  # a Decimal or a date among them
    return parsed if isinstance(parsed, Mapping) else {}


def _detail(values: str) -> str:
    """Show what was found and expected, which are numbers over many rows, and not the verdict again."""
    return re.sub(r",? ?'success': (False|None)", "", values.strip()).strip("{}")
