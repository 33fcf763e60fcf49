"""Whether results of mapped tasks still stand in the places of the rows that they came from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.version_compat import AirflowFailException

if TYPE_CHECKING:
    from collections.abc import Iterator


def check_places(expand_input: Any, context: Any) -> None:
    """Refuse a ``zip`` of mapped tasks of which one left no result, since the others have moved up.

    Airflow pairs results by their positions among those that are there. After a task that was skipped, each
    customer would be paired with what belongs to the one before.

    :param expand_input: what a mapped operator is expanded by, as Airflow holds it.
    :param context: Airflow's context.
    :raises AirflowFailException: when there are fewer results than mapped tasks.
    """
    from airflow.sdk.definitions.xcom_arg import PlainXComArg

    ti = context["ti"]
    for operator, key in set(_zipped(expand_input.value)):
        if not (operator.is_mapped or operator.get_closest_mapped_task_group()):
            continue
        tasks = ti.get_ti_count(dag_id=ti.dag_id, task_ids=[operator.task_id], run_ids=[ti.run_id])
        results = len(PlainXComArg(operator, key).resolve(context))
        if results < tasks:
            raise AirflowFailException(
                f"{tasks} mapped tasks of {operator.task_id!r} left {results} results. zip pairs results by "
                "their positions among those that are there, so what belongs to one customer would go to "
                "another. Map a task group over the rows instead, or give that task on_skip='return'."
            )


def _zipped(value: Any) -> Iterator[tuple[Any, str]]:
    """Find the tasks whose results are zipped with something, and the keys of those results."""
    from airflow.sdk.definitions.xcom_arg import ZipXComArg

    if isinstance(value, ZipXComArg):
        yield from value.iter_references()
    elif isinstance(value, dict):
        for one in value.values():
            yield from _zipped(one)
    elif (below := getattr(value, "arg", None)) is not None:  # .map(…)
        yield from _zipped(below)
    elif isinstance(value, (list, tuple)) or hasattr(value, "args"):  # .concat(…)
        for one in getattr(value, "args", value):
            yield from _zipped(one)
