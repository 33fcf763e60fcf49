"""Results of Soda Core 3 in the shape that its pages show; tests/system/tools reads real ones."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.alerts.readers.soda import read_soda
from airflow_provider_flexout.outreach.errors import InvalidInput

QUERY = "scan.orders.failed_rows"
SCAN = {
    "definitionName": "shop",
    "queries": [{"name": QUERY, "sql": "SELECT * FROM orders WHERE amount IS NULL"}],
}


def check(outcome="fail", **more):
    block = {"type": "failedRowsAnalysis", "totalFailingRows": 2, "failingRowsQueryName": QUERY}
    diagnostics = {"value": 2, "blocks": [block]}
    named = {"name": "missing_count(amount) = 0", "table": "orders", "column": "amount"}
    return named | {"outcome": outcome, "diagnostics": diagnostics} | more


def test_a_failed_check():
    (alert,) = read_soda(SCAN | {"checks": [check(), check("pass")]})
    (failure,) = alert.failures
    assert (alert.name, alert.source, alert.data) == ("orders", "soda", "orders")
    assert (failure.column, failure.failed_rows, failure.severity) == ("amount", 2, "error")
    assert failure.query == "SELECT * FROM orders WHERE amount IS NULL"
    assert failure.detail == "the check's value is 2"


def test_each_table_has_an_alert():
    checks = [check(), check("warn", table="items"), check(table=None, diagnostics={})]
    alerts = read_soda(SCAN | {"checks": checks})
    assert [(one.name, one.severity) for one in alerts] == [
        ("orders", "error"),
        ("items", "warning"),
        ("shop", "error"),
    ]


@pytest.mark.parametrize("given", [{}, {"checks": {}}, {"checks": [{}]}, {"checks": [1]}])
def test_another_shape_is_refused(given):
    with pytest.raises(InvalidInput, match="not a result of a Soda scan"):
        read_soda(given)
