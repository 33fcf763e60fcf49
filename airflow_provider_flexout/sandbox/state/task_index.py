"""Finding tasks by an attribute without reading every task.

An attribute is indexed from the first time that somebody asks for it: pipelines ask for the same one or two
over and over, and the others cost nothing.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.sandbox.state.expressions import at_path

if TYPE_CHECKING:
    from collections.abc import Iterable

    from airflow_provider_flexout.sandbox.state.records import TaskRecord

__all__ = ["AttributeIndex"]

_Path = tuple[str | int, ...]


class AttributeIndex:
    """Tasks by the text that stands at a path of their attributes."""

    __slots__ = ("_paths",)

    def __init__(self) -> None:
        self._paths: dict[_Path, dict[str, dict[str, TaskRecord]]] = {}

    def add(self, task: TaskRecord, attributes: Any) -> None:
        """Take up a task, or its new attributes.

        :param task: the task.
        :param attributes: its attributes, parsed.
        """
        for path, values in self._paths.items():
            value = at_path(attributes, path)
            if isinstance(value, str):
                values.setdefault(value, {})[task.sid] = task

    def remove(self, task: TaskRecord) -> None:
        """Forget a task, or its attributes before they change.

        :param task: the task.
        """
        if not self._paths:
            return
        attributes = json.loads(task.attributes)
        for path, values in self._paths.items():
            value = at_path(attributes, path)
            if isinstance(value, str):
                values[value].pop(task.sid, None)
                if not values[value]:
                    del values[value]

    def find(self, path: _Path, value: str, everything: Iterable[TaskRecord]) -> list[TaskRecord]:
        """Return the tasks with a text at a path, oldest first.

        :param path: the path's parts.
        :param value: the text.
        :param everything: all tasks, read when this path is asked for the first time.
        """
        values = self._paths.get(path)
        if values is None:
            values = self._paths[path] = {}
            for task in everything:
                found = at_path(json.loads(task.attributes), path)
                if isinstance(found, str):
                    values.setdefault(found, {})[task.sid] = task
        return sorted(values.get(value, {}).values(), key=lambda task: task.n)
