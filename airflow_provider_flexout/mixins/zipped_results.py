"""Refusing a ``zip`` of mapped tasks' results if one is missing, since others then take its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.version_compat import AirflowFailException

if TYPE_CHECKING:
    from collections.abc import Iterator


def check_zipped_results(task: Any, context: Any) -> None:
    """Refuse a ``zip`` of mapped tasks' results if one task left none, since the others have moved up.

    Airflow pairs results by their positions among those that are there. After a task that was skipped, each
    customer would be paired with what belongs to the one before. The task itself, or a task group around it,
    may be expanded by the ``zip``, or an upstream task may pass it on.

    :param task: the operator as it is in the DAG, mapped or not.
    :param context: Airflow's context.
    :raises AirflowFailException: when there are fewer results than mapped tasks.
    """
    from airflow.sdk.definitions.xcom_arg import PlainXComArg
    from airflow.sdk.execution_time.lazy_sequence import LazyXComSequence

    ti = context.get("ti")
    counted: set[tuple[Any, str]] = set()
    for user, zipped in _zips_behind(task, set()):
        references = set(zipped.iter_references())
        if len(references) == 1:  # a result and what map() makes of it
            continue
        for operator, key in references - counted:
            counted.add((operator, key))
            group = operator.get_closest_mapped_task_group()
            if not (operator.is_mapped or group) or group in user.iter_mapped_task_groups():
                continue
            tasks = ti.get_ti_count(dag_id=ti.dag_id, task_ids=[operator.task_id], run_ids=[ti.run_id])
            results = len(LazyXComSequence(xcom_arg=PlainXComArg(operator, key), ti=ti))
            if results < tasks:
                raise AirflowFailException(
                    f"{tasks} mapped tasks of {operator.task_id!r} left {results} results. zip pairs results "
                    "by their positions among those that are there, so what belongs to one customer would go "
                    "to another. Map a task group over the rows instead, or give that task on_skip='return'."
                )


def _zips_behind(task: Any, seen: set[Any]) -> Iterator[tuple[Any, Any]]:
    """Find each ``zip`` that something of this task comes from, with the task that uses it."""
    if task.task_id in seen:
        return
    seen.add(task.task_id)
    given = [group._expand_input for group in task.iter_mapped_task_groups()]  # noqa: SLF001
    if task.is_mapped:
        given += [task._get_specified_expand_input(), task.partial_kwargs]  # noqa: SLF001
    else:
        given += [getattr(task, name, None) for name in task.template_fields]
    yield from _zips_in(given, task, seen)


def _zips_in(value: Any, task: Any, seen: set[Any]) -> Iterator[tuple[Any, Any]]:
    from airflow.sdk.definitions.xcom_arg import PlainXComArg, ZipXComArg

    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        for one in value:
            yield from _zips_in(one, task, seen)
    elif isinstance(value, PlainXComArg):
        yield from _zips_behind(value.operator, seen)
    elif hasattr(value, "iter_references"):
        if isinstance(value, ZipXComArg):
            yield task, value
        # .map(…), .zip(…) and .concat(…), what a task or group is expanded by, and a group's argument
        for name in ("arg", "args", "value", "_input"):
            yield from _zips_in(getattr(value, name, None), task, seen)
