"""Results of dbt: ``target/run_results.json``, and ``target/manifest.json`` for what they are about.

Where a test has ``store_failures``, its rows are in a table, and the alert holds the query that reads it.
https://docs.getdbt.com/reference/artifacts/run-results-json
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow_provider_flexout.alerts.alert import Alert, Failure
from airflow_provider_flexout.alerts.readers.parse import loaded, unknown, whole_number

_TOOL = "dbt"
_SEVERITIES = {"fail": "error", "error": "error", "runtime error": "error", "warn": "warning"}


def read_dbt(run_results: Any, manifest: Any = None) -> list[Alert]:
    """Make alerts of the tests that failed or warned, one for each model.

    :param run_results: the dict, JSON, or the path of ``run_results.json``.
    :param manifest: the same for ``manifest.json``; without it a test's model and column are not known, and
        all tests are in one alert.
    :returns: an empty list where all tests have passed.
    :raises InvalidInput: when it is not what dbt writes.
    """
    given = loaded(run_results, _TOOL)
    results = given.get("results")
    schema = (given.get("metadata") or {}).get("dbt_schema_version", "")
    if not isinstance(results, list) or "run-results" not in schema:
        raise unknown(_TOOL, "results, and metadata with the schema of run-results", given)
    nodes = _nodes_of(manifest)
    by_model: dict[str | None, list[Failure]] = {}
    for result in results:
        unique_id, status = str(result.get("unique_id")), str(result.get("status"))
        if unique_id.split(".")[0] in ("test", "unit_test") and status in _SEVERITIES:
            node = nodes.get(unique_id) or {}
            by_model.setdefault(_model_of(node, nodes), []).append(_failure_of(result, node))
    return [
        Alert(model or "dbt tests", _TOOL, model, tuple(failures)) for model, failures in by_model.items()
    ]


def _nodes_of(manifest: Any) -> Mapping[str, Any]:
    if manifest is None:
        return {}
    given = loaded(manifest, _TOOL)
    nodes = given.get("nodes")
    if not isinstance(nodes, Mapping):
        raise unknown(_TOOL, "a manifest with nodes", given)
    return {**(given.get("sources") or {}), **nodes}


def _model_of(node: Mapping[str, Any], nodes: Mapping[str, Any]) -> str | None:
    tested = node.get("attached_node")
    if not tested:
        tested = next(iter((node.get("depends_on") or {}).get("nodes") or ()), None)
    return (nodes.get(str(tested)) or {}).get("name") or (tested.split(".")[-1] if tested else None)


def _failure_of(result: Mapping[str, Any], node: Mapping[str, Any]) -> Failure:
    relation = result.get("relation_name") or node.get("relation_name")
    stored = relation and (node.get("config") or {}).get("store_failures") is not False
    # unique_id is test.<project>.<name>, and for generic tests a hash after it.
    name = node.get("name") or str(result["unique_id"]).split(".")[2]
    broken = str(result.get("status")) in ("error", "runtime error")
    return Failure(
        check=name,
        column=node.get("column_name"),
        severity=_SEVERITIES[str(result["status"])],
        failed_rows=whole_number(result.get("failures")),
        detail="the test could not be run" if broken else result.get("message"),
        query=f"SELECT * FROM {relation}" if stored and not broken else None,  # noqa: S608 - named by dbt
    )
