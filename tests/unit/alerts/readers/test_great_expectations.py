"""Results of Great Expectations in the shapes that its pages show; tests/system/tools reads real ones."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.alerts.readers.great_expectations import (
    read_great_expectations,
    xcom_of_failed_validation,
)
from airflow_provider_flexout.outreach.errors import InvalidInput


def expectation(*, success=False, **result):
    config = {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "amount", "batch_id": "b"}}
    return {"success": success, "expectation_config": config, "result": result}


def test_a_validation_as_to_json_dict_gives_it():
    rows = [{"order": 4711, "amount": None}]
    found = expectation(
        unexpected_count=1,
        unexpected_index_list=rows,
        unexpected_index_column_names=["order"],
        unexpected_index_query="SELECT order FROM orders",
    )
    given = {"success": False, "suite_name": "orders", "results": [found, expectation(success=True)]}
    (alert,) = read_great_expectations(given)
    (failure,) = alert.failures
    assert (alert.name, alert.source, alert.severity) == ("orders", "great_expectations", "critical")
    assert (failure.column, failure.failed_rows) == ("amount", 1)
    assert failure.records == ({"order": 4711},)  # and not the value that was found wrong
    assert failure.query == "SELECT order FROM orders"


def test_a_query_that_is_python_is_none():
    found = expectation(unexpected_index_query="df.filter(items=[2], axis=0)")
    (alert,) = read_great_expectations({"success": False, "results": [found]}, "orders")
    assert (alert.name, alert.failures[0].query) == ("orders", None)


def test_a_checkpoint_has_an_alert_for_each_failed_validation():
    described = {"expectation_type": "expect_table_row_count_to_equal", "kwargs": {}, "success": False}
    failed = {"success": False, "expectations": [described]}
    passed = {"success": True, "expectations": [described | {"success": True}]}
    (alert,) = read_great_expectations({"success": False, "validation_results": [failed, passed]}, "checks")
    assert alert.failures[0].check == "expect_table_row_count_to_equal"


@pytest.mark.parametrize("given", [{}, {"success": False}, {"results": []}, {"validation_results": [1]}])
def test_another_shape_is_refused(given):
    with pytest.raises(InvalidInput, match=r"not a result of Great Expectations 1\.x"):
        read_great_expectations(given)


def test_the_exception_of_the_operators_says_where_the_result_is():
    text = "Validation failed. Full result: Task 'check' -> XCom key 'return_value'"
    assert xcom_of_failed_validation(RuntimeError(text)) == ("check", "return_value")
    with pytest.raises(InvalidInput, match="Astronomer"):
        xcom_of_failed_validation("something else")
