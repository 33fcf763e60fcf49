"""Results of a Soda scan: ``Scan.get_scan_results()`` of Soda Core 3, or the file it was written to.

Checks that count failing rows name the query that reads them; it is one of the scan's queries.
https://docs.soda.io/soda-v3/soda-cl-overview/programmatic-scan
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow_provider_flexout.alerts.alert import Alert, Failure
from airflow_provider_flexout.alerts.readers.parse import loaded, unknown, whole_number

_TOOL = "Soda"
_SEVERITIES = {"fail": "error", "warn": "warning"}


def read_soda(scan: Any) -> list[Alert]:
    """Make alerts of the checks that failed or warned, one for each table.

    :param scan: the dict, JSON, or the path of a file.
    :returns: an empty list where all checks have passed.
    :raises InvalidInput: when it is not what Soda Core 3 gives.
    """
    given = loaded(scan, _TOOL)
    checks = given.get("checks")
    if not isinstance(checks, list) or not all(
        isinstance(one, Mapping) and "outcome" in one for one in checks
    ):
        raise unknown(f"a {_TOOL} scan", "checks, each with an outcome", given)
    queries = {one.get("name"): one.get("sql") for one in given.get("queries") or ()}
    by_table: dict[str | None, list[Failure]] = {}
    for check in checks:
        if check["outcome"] in _SEVERITIES:
            by_table.setdefault(check.get("table"), []).append(_failure_of(check, queries))
    return [
        Alert(str(table or given.get("definitionName") or "soda scan"), "soda", table, tuple(failures))
        for table, failures in by_table.items()
    ]


def _failure_of(check: Mapping[str, Any], queries: Mapping[Any, Any]) -> Failure:
    diagnostics = check.get("diagnostics") or {}
    blocks = [one for one in diagnostics.get("blocks") or () if one.get("type") == "failedRowsAnalysis"]
    block = blocks[0] if blocks else {}
    value = diagnostics.get("value")
    return Failure(
        check=str(check.get("name")),
        column=check.get("column"),
        severity=_SEVERITIES[check["outcome"]],
        failed_rows=whole_number(block.get("totalFailingRows")),
        detail=f"the check's value is {value}" if value is not None else None,
        query=queries.get(block.get("failingRowsQueryName")),
    )
