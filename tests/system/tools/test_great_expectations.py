from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import great_expectations as gx
import pandas as pd
import pytest
from great_expectations.expectations import (
    ExpectColumnValuesToBeBetween,
    ExpectColumnValuesToNotBeNull,
    ExpectTableRowCountToBeBetween,
)
from great_expectations_provider.operators.validate_dataframe import GXValidateDataFrameOperator

from airflow_provider_flexout.alerts.plan import affected_contacts
from airflow_provider_flexout.alerts.readers.great_expectations import (
    read_great_expectations,
    xcom_of_failed_validation,
)
from airflow_provider_flexout.alerts.rows import FailingRows
from airflow_provider_flexout.outreach.errors import InvalidInput
from tests.system.tools.conftest import COLUMNS, NOT_SHIPPED, ORDERS

FORMAT = {"result_format": "COMPLETE", "unexpected_index_column_names": ["number", "phone"]}


def orders():
    return pd.DataFrame(ORDERS, columns=COLUMNS)


def suite():
    return gx.ExpectationSuite(
        "orders are sound",
        expectations=[
            ExpectColumnValuesToNotBeNull(column="shipped_at", severity="warning"),
            ExpectColumnValuesToBeBetween(column="amount", min_value=-10),
            ExpectTableRowCountToBeBetween(min_value=6),
        ],
    )


@pytest.fixture
def validation():
    context = gx.get_context(mode="ephemeral")
    asset = context.data_sources.add_pandas("shop").add_dataframe_asset("orders")
    batch = asset.add_batch_definition_whole_dataframe("all")
    return context.validation_definitions.add(
        gx.ValidationDefinition(name="orders", data=batch, suite=context.suites.add(suite()))
    ), context


def results(validation, result_format):
    """All the shapes in which one validation can be told."""
    definition, context = validation
    given = {"batch_parameters": {"dataframe": orders()}}
    result = definition.run(result_format=result_format, **given)
    checkpoint = context.checkpoints.add(
        gx.Checkpoint(name="c", validation_definitions=[definition], result_format=result_format)
    )
    return {
        "to_json_dict": result.to_json_dict(),
        "describe_dict": result.describe_dict(),
        "text": json.dumps(result.to_json_dict()),
        "checkpoint": checkpoint.run(**given).describe_dict(),
    }


def test_every_shape_tells_the_same(validation):
    for shape, result in results(validation, FORMAT).items():
        (alert,) = read_great_expectations(result)
        assert alert.name == ("orders are sound" if shape in ("to_json_dict", "text") else "shop-orders")
        assert alert.data == ("orders" if shape in ("to_json_dict", "text") else "shop-orders")
        missing, too_few = alert.failures
        assert (missing.check, missing.column) == ("expect_column_values_to_not_be_null", "shipped_at")
        assert missing.failed_rows == 3
        assert [one["number"] for one in missing.records] == [2, 4, 5]
        assert all(set(one) == {"number", "phone"} for one in missing.records)
        assert (too_few.check, too_few.failed_rows) == ("expect_table_row_count_to_be_between", None)
        assert alert.severity == "critical"


def test_without_identifying_columns_there_are_no_records(validation):
    for result in results(validation, "SUMMARY").values():
        (alert,) = read_great_expectations(result, name="orders")
        assert alert.records == []
        assert alert.failures[0].failed_rows == 3


def test_the_right_people_are_contacted(validation, reached):
    (alert,) = read_great_expectations(results(validation, FORMAT)["checkpoint"], name="orders")
    contacts = affected_contacts(alert, FailingRows(), to="phone", record="number")
    assert set(reached(contacts)) == NOT_SHIPPED
    assert len(reached(affected_contacts(alert, FailingRows(), to="phone", record="number"))) == 1


def test_everybody_in_a_table_of_a_database_is_contacted_and_not_only_whom_the_result_names(
    tmp_path, monkeypatch, reached
):
    many = [(number, "Eva", f"+120255503{number}", None, 1) for number in range(10, 40)]
    file = tmp_path / "shop.db"
    with closing(sqlite3.connect(file)) as database, database:
        database.execute(f"CREATE TABLE orders ({', '.join(COLUMNS)})")
        database.executemany("INSERT INTO orders VALUES (?, ?, ?, ?, ?)", many)
    context = gx.get_context(mode="ephemeral")
    shop = context.data_sources.add_sqlite("shop", connection_string=f"sqlite:///{file}")
    batch = shop.add_table_asset("orders", "orders").add_batch_definition_whole_table("all")
    validation = gx.ValidationDefinition(name="orders", data=batch, suite=context.suites.add(suite()))
    result = context.validation_definitions.add(validation).run(result_format=FORMAT)
    (alert,) = read_great_expectations(result.to_json_dict())
    assert (alert.failures[0].failed_rows, len(alert.records)) == (30, 20)
    monkeypatch.setenv("AIRFLOW_CONN_SHOP", json.dumps({"conn_type": "sqlite", "host": str(file)}))
    contacts = affected_contacts(alert, FailingRows("shop"), to="phone", record="number")
    assert set(reached(contacts)) == {phone for _, _, phone, *_ in many}


def test_astronomers_operator_and_its_exception(reached):
    xcoms = {}

    class TaskInstance:
        def xcom_push(self, key, value):
            xcoms["validate", key] = json.loads(json.dumps(value))

    validate = GXValidateDataFrameOperator(
        task_id="validate",
        configure_dataframe=orders,
        configure_expectations=lambda context: context.suites.add_or_update(suite()),
        result_format=FORMAT,
    )
    with pytest.raises(Exception, match="data validation failed") as failed:
        validate.execute({"ti": TaskInstance()})
    assert xcom_of_failed_validation(failed.value) == ("validate", "return_value")
    (alert,) = read_great_expectations(xcoms[xcom_of_failed_validation(str(failed.value))], name="orders")
    assert set(reached(affected_contacts(alert, FailingRows(), to="phone"))) == NOT_SHIPPED


def test_what_is_met_is_no_alert(validation):
    definition, _ = validation
    whole = pd.DataFrame([*ORDERS[:1]] * 6, columns=COLUMNS)
    result = definition.run(batch_parameters={"dataframe": whole})
    assert result.success
    assert read_great_expectations(result.to_json_dict()) == []


@pytest.mark.parametrize("shape", [{}, {"success": False}, {"success": False, "results": {}}, {"checks": []}])
def test_another_shape(shape):
    with pytest.raises(InvalidInput, match=r"not a result of Great Expectations 1\.x: expected success and"):
        read_great_expectations(shape)


def test_another_exception():
    with pytest.raises(InvalidInput, match="XCom key"):
        xcom_of_failed_validation(ValueError("no"))
