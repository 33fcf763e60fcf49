"""Artifacts of dbt in the shape that its schema documents; tests/system/tools reads what dbt writes."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.alerts.readers.dbt import read_dbt
from airflow_provider_flexout.outreach.errors import InvalidInput

SCHEMA = {"dbt_schema_version": "https://schemas.getdbt.com/dbt/run-results/v6.json"}
TEST = "test.shop.not_null_orders_amount.0123456789"
MANIFEST = {
    "nodes": {
        TEST: {
            "name": "not_null_orders_amount",
            "column_name": "amount",
            "attached_node": "model.shop.orders",
            "relation_name": '"shop"."audit"."not_null_orders_amount"',
            "config": {"store_failures": True},
        },
        "model.shop.orders": {"name": "orders"},
    }
}


def result(status="fail", unique_id=TEST, **more):
    return {"unique_id": unique_id, "status": status, "failures": 2, "message": "Got 2 results"} | more


def run(*results):
    return {"metadata": SCHEMA, "results": list(results)}


def test_a_failed_test_with_its_manifest():
    (alert,) = read_dbt(run(result(), result("pass"), result(unique_id="model.shop.orders")), MANIFEST)
    (failure,) = alert.failures
    assert (alert.name, alert.source, alert.data) == ("orders", "dbt", "orders")
    assert (failure.check, failure.column, failure.failed_rows) == ("not_null_orders_amount", "amount", 2)
    assert failure.query == 'SELECT * FROM "shop"."audit"."not_null_orders_amount"'


def test_without_a_manifest_all_tests_are_one_alert():
    (alert,) = read_dbt(run(result(), result("warn", "test.shop.other.1")))
    assert [one.check for one in alert.failures] == ["not_null_orders_amount", "other"]
    assert [one.severity for one in alert.failures] == ["error", "warning"]


def test_a_test_that_could_not_be_run_names_no_rows():
    (alert,) = read_dbt(run(result("error")), MANIFEST)
    assert (alert.failures[0].detail, alert.failures[0].query) == ("the test could not be run", None)


def test_where_all_is_well_there_is_no_alert():
    assert read_dbt(run(result("pass"))) == []


@pytest.mark.parametrize(("results", "manifest"), [({"results": []}, None), (run(), {"metadata": {}})])
def test_what_dbt_does_not_write_is_refused(results, manifest):
    with pytest.raises(InvalidInput, match="not a result of dbt"):
        read_dbt(results, manifest)
