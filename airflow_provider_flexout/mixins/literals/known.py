"""Which of an operator's or notifier's arguments are known while the DAG is parsed.

Literals that the author of the DAG wrote are known. Templates, outputs of upstream tasks, functions and rows
of ``expand`` are not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from airflow.sdk import ObjectStoragePath

if TYPE_CHECKING:
    from collections.abc import Iterable

    from airflow.sdk import BaseOperator

_DELIMITERS = ("{{", "{%", "{#")
_DELIMITER_SETTINGS = (
    "block_start_string", "comment_start_string", "line_comment_prefix", "line_statement_prefix",
    "variable_start_string",
)  # fmt: skip


class Literals(dict[str, Any]):
    """The arguments that are known when the DAG is parsed, by their names.

    :param arguments: what was given, and the defaults where they are known.
    :param delimiters: what begins a template in a text.
    """

    def __init__(self, arguments: Mapping[str, Any], delimiters: Iterable[str] = _DELIMITERS) -> None:
        self._delimiters = tuple(delimiters)
        super().__init__({name: one for name, one in arguments.items() if self._is_known(one)})
        self._unknown = {name: one for name, one in arguments.items() if name not in self}

    @classmethod
    def of(cls, kind: type[BaseOperator], arguments: Mapping[str, Any], dag: Any) -> Literals:
        """Read the arguments of an operator, whose DAG may use other template delimiters.

        :param kind: the class of the operator; some of its texts may name template files.
        :param arguments: the arguments.
        :param dag: the DAG, where there is one.
        """
        settings = getattr(dag, "jinja_environment_kwargs", None) or {}
        more = [settings[name] for name in _DELIMITER_SETTINGS if settings.get(name)]
        found = cls(arguments, (*_DELIMITERS, *more))
        files = [name for name, one in found.items() if isinstance(one, str) and _is_file(kind, one)]
        for name in files:
            del found[name]
        return found

    def also(self, **arguments: Any) -> Literals:
        """Give these arguments and others.

        :param arguments: the others, which may replace some of these.
        """
        changed = Literals({**self, **arguments}, self._delimiters)
        changed._unknown = {name: one for name, one in self._unknown.items() if name not in arguments}
        return changed

    def but(self, *names: str) -> Literals:
        """Give these arguments without some.

        :param names: those that are left out.
        """
        changed = Literals({name: one for name, one in self.items() if name not in names}, self._delimiters)
        changed._unknown = {name: one for name, one in self._unknown.items() if name not in names}
        return changed

    def has(self, *names: str) -> bool:
        """Say whether all of these are known.

        :param names: the names of arguments.
        """
        return self.keys() >= set(names)

    def part(self, name: str) -> Any:
        """Give an argument; of a list or an object with templates in it, only what is known.

        :param name: the argument; the result is ``None`` if nothing is known of it.
        """
        return self[name] if name in self else self._pruned(self._unknown.get(name))

    def entries(self, name: str) -> list[tuple[Any, Any]]:
        """Give each entry of a list that may hold templates, and what is known of the entry.

        :param name: the argument; nothing is given if it is not a list.
        """
        given = self._unknown.get(name)
        listed = given if isinstance(given, (list, tuple)) else ()
        return [(one, one if self._is_known(one) else self._pruned(one)) for one in listed]

    def _is_known(self, value: Any) -> bool:
        if isinstance(value, str):
            return not any(one in value for one in self._delimiters)
        if isinstance(value, Mapping):
            return all(self._is_known(key) and self._is_known(one) for key, one in value.items())
        if isinstance(value, (list, tuple, set, frozenset)):
            return all(map(self._is_known, value))
        # what Airflow resolves later, an object that it renders, and a function that makes the value
        later = callable(value) or any(hasattr(value, one) for one in ("iter_references", "template_fields"))
        return not (later or isinstance(value, ObjectStoragePath))

    def _pruned(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            known = {key: one for key, one in value.items() if self._is_known(key)}
            kept = {key: self._pruned(one) for key, one in known.items()}
            return {key: one for key, one in kept.items() if one is not None or known[key] is None}
        if isinstance(value, (list, tuple)):
            return [one for one in map(self._pruned, value) if one is not None]
        return value if self._is_known(value) else None


def _is_file(kind: type[BaseOperator], value: str) -> bool:
    return value.endswith(tuple(kind.template_ext or ()) or "\0")
