"""Results of Great Expectations 1.x.

Known shapes: a validation result as ``to_json_dict()`` or ``describe_dict()`` gives it, and a checkpoint
result's ``describe_dict()``. Astronomer's operators push the latter two as their XCom ``return_value``. They
name rows if the ``result_format`` has ``unexpected_index_column_names``. If it is ``COMPLETE``, they name all
rows of a data frame, and the first 20 of a database table, along with the query for all.

https://docs.greatexpectations.io/docs/core/trigger_actions_based_on_results/choose_a_result_format/
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from airflow_provider_flexout.alerts.alert import Alert, Failure
from airflow_provider_flexout.alerts.readers.parse import loaded, unknown, whole_number

_TOOL = "Great Expectations"
_SEVERITIES = {"critical": "critical", "warning": "warning", "info": "warning"}


def read_great_expectations(result: Any, name: str | None = None) -> list[Alert]:
    """Make alerts of a validation or checkpoint result, one for each validated set of data.

    :param result: the dict, JSON, or the path of a file.
    :param name: the alert's name; by default the suite's, if the result has it.
    :returns: an empty list where all expectations are met.
    :raises InvalidInput: when it is not one of the known shapes.
    """
    given = loaded(result, _TOOL)
    validations = given.get("validation_results", [given])
    if not isinstance(validations, list):
        raise _unknown(given)
    alerts = (_alert_of(one, name) for one in validations)
    return [alert for alert in alerts if alert]


def xcom_of_failed_validation(exception: BaseException | str) -> tuple[str, str]:
    """Say where the whole result is, from the exception of Astronomer's operators (``GXValidationFailed``).

    :param exception: the exception, or its text.
    :returns: the id of the task and the XCom's key, for ``ti.xcom_pull``.
    :raises InvalidInput: when it does not say so.
    """
    import re

    text = str(getattr(exception, "xcom_location", None) or exception)
    found = re.search(r"Task '([^']+)' -> XCom key '([^']+)'", text)
    if found is None:
        raise unknown(
            "Astronomer's Great Expectations provider",
            "an exception with \"Task '…' -> XCom key '…'\" in it",
            {type(exception).__name__: text},
        )
    return found.group(1), found.group(2)


def _alert_of(validation: Any, name: str | None) -> Alert | None:
    if not isinstance(validation, Mapping):
        raise _unknown({})
    expectations = validation.get("expectations", validation.get("results"))
    if not isinstance(expectations, list) or "success" not in validation:
        raise _unknown(validation)
    failed = tuple(_failure_of(one) for one in expectations if _has_failed(one))
    if not failed:
        return None
    data = _data_of(validation, expectations)
    suite = validation.get("suite_name")
    return Alert(str(name or suite or data or _TOOL), "great_expectations", data, failed)


def _has_failed(expectation: Any) -> bool:
    if not isinstance(expectation, Mapping) or "success" not in expectation:
        raise _unknown(expectation if isinstance(expectation, Mapping) else {})
    return not expectation["success"]


def _failure_of(expectation: Mapping[str, Any]) -> Failure:
    config = expectation.get("expectation_config") or expectation
    kwargs = config.get("kwargs") or {}
    result = expectation.get("result") or {}
    rows = result.get("unexpected_index_list") or result.get("partial_unexpected_index_list") or ()
    columns = result.get("unexpected_index_column_names") or ()
    query = result.get("unexpected_index_query")
    raised = (expectation.get("exception_info") or {}).get("raised_exception")
    return Failure(
        check=str(config.get("type") or config.get("expectation_type")),
        column=kwargs.get("column"),
        severity=_SEVERITIES.get(str(config.get("severity", "critical")), "critical"),
        failed_rows=whole_number(result.get("unexpected_count")),
        detail="the expectation could not be evaluated" if raised else None,
        query=query if isinstance(query, str) and query.lstrip()[:6].upper() == "SELECT" else None,
        records=tuple(_identified(rows, columns)),
    )


def _identified(rows: Iterable[Any], columns: Iterable[str]) -> Iterable[dict[str, Any]]:
    """Keep what identifies a row, and leave out the value that was found wrong."""
    wanted = list(columns)
    return ({name: row.get(name) for name in wanted} for row in rows if isinstance(row, Mapping) and wanted)


def _data_of(validation: Mapping[str, Any], expectations: list[Any]) -> str | None:
    definition = (validation.get("meta") or {}).get("active_batch_definition") or {}
    if definition.get("data_asset_name"):
        return str(definition["data_asset_name"])
    batches = {str((one.get("kwargs") or {}).get("batch_id") or "") for one in expectations}
    return batches.pop() or None if len(batches) == 1 else None


def _unknown(given: Mapping[str, Any]) -> Exception:
    return unknown(
        f"{_TOOL} 1.x",
        "success and results (to_json_dict), success and expectations (describe_dict), or "
        "validation_results (a checkpoint's describe_dict)",
        given,
    )
