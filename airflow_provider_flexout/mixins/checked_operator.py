"""Refusing an operator's arguments when the DAG is parsed, as far as they are known by then.

A wrong argument costs most if it shows only when the task runs: at night, or after other tasks have run. What
is not known while the DAG is parsed is checked when the task runs, and what the connection provides when it
is read.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator
from airflow.sdk.bases.operator import BaseOperatorMeta

from airflow_provider_flexout.mixins.templates import TemplateFieldsMixin
from airflow_provider_flexout.version_compat import AirflowFailException

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from airflow_provider_flexout.mixins.literals.known import Literals


@contextmanager
def refused_in(kind: type[BaseOperator], task_id: Any) -> Iterator[None]:
    """Say in which operator an argument is wrong.

    :param kind: the class of the operator.
    :param task_id: its task.
    :raises AirflowFailException: in place of ``InvalidInput``.
    """
    from airflow_provider_flexout.outreach.errors import InvalidInput

    try:
        yield
    except InvalidInput as error:  # whose sentence masks addresses
        raise AirflowFailException(f"{error} In {kind.__name__}(task_id={task_id!r}).") from None


class _CheckedWhole(BaseOperatorMeta):
    """Checks an operator once its outermost constructor is done; a subclass may have set some arguments."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:  # noqa: N805 - of a metaclass
        operator = super().__call__(*args, **kwargs)
        operator.check_parsed()
        return operator


class CheckedOperator(TemplateFieldsMixin, BaseOperator, metaclass=_CheckedWhole):
    """An operator that refuses wrong literals when the DAG is parsed."""

    template_fields: Sequence[str] = ()

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)  # of a sensor, that is Airflow's sensor

    def check_parsed(self) -> None:
        """Refuse wrong arguments, unless somebody may change them before they are used.

        A value that comes from a row is checked when the task runs. So are the arguments of a user's class
        that has its own ``execute``.

        :raises AirflowFailException: for the first that is wrong.
        """
        is_ours = type(self).execute.__module__.startswith(__name__.partition(".")[0] + ".")
        if is_ours and not getattr(self, "_BaseOperator__from_mapped", False):
            self.refuse_wrong(self.task_id, vars(self), self.get_dag())

    def _do_render_template_fields(self, parent: Any, *args: Any, **kwargs: Any) -> None:
        """Render the fields of a task that is about to run, after checking flags that a row may give."""
        from airflow_provider_flexout.mixins.literals.flags import check_flags

        if parent is self:
            with refused_in(type(self), self.task_id):
                check_flags(type(self), vars(self))
        super()._do_render_template_fields(parent, *args, **kwargs)

    @classmethod
    def partial(cls, **kwargs: Any) -> Any:
        """Map the operator, as Airflow does.

        :param kwargs: the arguments that all mapped tasks share.
        :raises AirflowFailException: for the first that is wrong regardless of the others.
        """
        from airflow.sdk.definitions._internal.contextmanager import DagContext

        shared = super().partial(**kwargs)
        cls.refuse_wrong(kwargs.get("task_id"), kwargs, kwargs.get("dag") or DagContext.get_current())
        return shared

    @classmethod
    def refuse_wrong(cls, task_id: Any, arguments: Mapping[str, Any], dag: Any) -> None:
        """Refuse arguments that cannot be right.

        :param task_id: the task, for the error.
        :param arguments: what is known and what is not; what is missing is not known either.
        :param dag: the DAG of the task, where it has one.
        :raises AirflowFailException: for the first that is wrong.
        """
        from airflow_provider_flexout.mixins.literals.flags import check_flags
        from airflow_provider_flexout.mixins.literals.known import Literals

        with refused_in(cls, task_id):
            check_flags(cls, arguments)
            cls._check_literals(Literals.of(cls, arguments, dag))

    @classmethod
    def _check_literals(cls, known: Literals) -> None:
        """Refuse what is wrong of the arguments that are known.

        :param known: the arguments.
        :raises InvalidInput: for the first that is wrong.
        """
        from airflow_provider_flexout.mixins.literals.checks import check_each

        check_each(known)
