"""What all operators share: the hook, the time that a try has, and how a failure ends the task."""

from __future__ import annotations

import signal
import sys
import time
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from airflow_provider_flexout.connection.running_task import Skipped
from airflow_provider_flexout.links.flex import ConversationLink, FlexTaskLink, conversation_url, task_url
from airflow_provider_flexout.mixins.checked_operator import CheckedOperator
from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.version_compat import (
    AirflowFailException,
    AirflowTaskTimeout,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import NoReturn

    from airflow.sdk import Context

    from airflow_provider_flexout.hooks.flex import FlexHook


class FlexOperator(CheckedOperator):
    """An operator that uses :class:`~airflow_provider_flexout.hooks.flex.FlexHook`.

    :param flexout_conn_id: the id of the Airflow connection; the default is ``flexout_default``.
    """

    template_fields: Sequence[str] = ("flexout_conn_id",)
    ui_color = "#f9d9dc"
    opens_conversation: ClassVar[bool] = False
    """Whether its output names a conversation and the ``channel_type`` of it."""

    pushed_links: dict[str, str | None] | None
    """The links of this try, by the key of their XComs; ``None`` where they were pushed before a deferral."""
    _time_limit: tuple[int, float | None] = (0, None)
    """The number of a try, and when its time is over."""

    def __init__(self, *, flexout_conn_id: str = "flexout_default", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.flexout_conn_id = flexout_conn_id
        self.pushed_links = {}

    @cached_property
    def hook(self) -> FlexHook:
        """The hook of the connection."""
        from airflow_provider_flexout.hooks.flex import FlexHook

        return FlexHook(self.flexout_conn_id)

    def on_kill(self) -> None:
        """End the try at once, so that it gives back what the next try would have to wait for.

        Airflow calls this when it tells the task to end, wherever the task is, and kills it five seconds
        later. It also calls it after ``execution_timeout``, which has ended the try by then.

        :raises AirflowTaskTimeout: in the task, which Airflow tries again.
        """
        if not isinstance(sys.exc_info()[1], AirflowTaskTimeout):
            raise AirflowTaskTimeout("The task was told to end.")

    def _limit_time(self, context: Context, data: Mapping[str, Any] | None = None) -> float | None:
        """Say when ``execution_timeout`` is over, in seconds since 1970; ``None`` where the task has none.

        It counts from the beginning of the try, deferrals included. Airflow restarts it when a task resumes,
        so the moment travels with the deferral.

        :param context: Airflow's context.
        :param data: what a deferral has returned, when the task resumes.
        """
        ti = context["ti"]
        if data and durable.RESUME_TIME_LIMIT in data:
            self._time_limit = ti.try_number, data[durable.RESUME_TIME_LIMIT]
        elif self.execution_timeout is not None and self._time_limit[0] != ti.try_number:
            started = getattr(ti, "start_date", None)
            began = started.timestamp() if started else time.time()
            self._time_limit = ti.try_number, began + self.execution_timeout.total_seconds()
        return self._time_limit[1]

    def _time_limit_data(self, context: Context) -> dict[str, Any]:
        """Give what a deferral takes along for :meth:`_limit_time`.

        :param context: Airflow's context.
        """
        limit = self._limit_time(context)
        return {} if limit is None else {durable.RESUME_TIME_LIMIT: limit}

    def _bound_time(self, limit: float, what: str) -> None:
        """Set Airflow's timer of ``execution_timeout``, which restarts in a resumed task, to the time left.

        :param limit: when the time of the try is over, in seconds since 1970.
        :param what: what the task has been doing.
        :raises AirflowTaskTimeout: when it is over.
        """
        left = limit - time.time()
        if left <= 0:
            self._time_out(what)
        if left < signal.getitimer(signal.ITIMER_REAL)[0]:
            signal.setitimer(signal.ITIMER_REAL, left)

    def _time_out(self, what: str) -> NoReturn:
        """End the try, as Airflow does when ``execution_timeout`` is over on the worker.

        :param what: what the task was doing.
        :raises AirflowTaskTimeout: always.
        """
        raise AirflowTaskTimeout(f"{what}, and {self._described_limit()} is over.")

    def _described_limit(self) -> str:
        """Name what bounds a try, and how long that is."""
        from airflow_provider_flexout.outreach.values.durations import format_duration

        limit = self.execution_timeout
        return f"execution_timeout ({format_duration(limit)})" if limit else "execution_timeout"

    def _link_conversation(self, context: Context, conversation_sid: str) -> None:
        """Push the address that :class:`ConversationLink` shows."""
        defaults, hosts = self.hook.defaults, self.hook.settings.hosts
        url = conversation_url(defaults.chat_service_sid, conversation_sid, hosts.base_url, hosts.region)
        self._push_link(context, ConversationLink.xcom_key, url)

    def _link_task(self, context: Context, workspace_sid: str | None, task_sid: str | None) -> None:
        """Push the address that :class:`FlexTaskLink` shows."""
        hosts = self.hook.settings.hosts
        url = task_url(workspace_sid, task_sid, hosts.base_url, hosts.region)
        self._push_link(context, FlexTaskLink.xcom_key, url)

    def _push_link(self, context: Context, key: str, url: str | None) -> None:
        if self.pushed_links is not None:
            self.pushed_links[key] = url
        context["ti"].xcom_push(key=key, value=url)

    def resume_execution(self, next_method: str, next_kwargs: dict[str, Any] | None, context: Context) -> Any:
        """Resume after a deferral.

        :param next_method: what is called.
        :param next_kwargs: with which arguments.
        :param context: Airflow's context.
        """
        if next_method != durable.EXECUTE_AFTER_HOLD:  # a task that was held had nothing to link to
            self.pushed_links = None
        return super().resume_execution(next_method, next_kwargs, context)


def push_each(context: Context, values: Mapping[str, Any]) -> None:
    """Push each value as an XCom of its own.

    :param context: Airflow's context.
    :param values: the values by key: SIDs, numbers and names, and neither addresses nor text.
    """
    for key, value in values.items():
        context["ti"].xcom_push(key=key, value=value)


def skip(context: Context, reason: str, why: str) -> NoReturn:
    """Skip the task, because the customer must not be contacted.

    :param context: Airflow's context.
    :param reason: a name for programs, which becomes the XCom ``skip_reason``.
    :param why: a sentence for people, with addresses masked.
    :raises AirflowSkipException: always.
    """
    from airflow_provider_flexout.twilio import metrics

    metrics.count("skipped", reason)
    context["ti"].xcom_push(key=durable.XCOM_SKIP_REASON, value=reason)
    raise Skipped(reason, why)


@contextmanager
def permanent_errors_fail_at_once() -> Iterator[None]:
    """Fail the task without retries where another try would end the same way; pass other errors on."""
    from airflow_provider_flexout.twilio.http.errors import FlexoutError

    try:
        yield
    except FlexoutError as error:
        if error.permanent:
            raise AirflowFailException(str(error)) from error
        raise
