"""Running a DAG for a conversation at a later time."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, ClassVar

from airflow_provider_flexout.connection.running_task import key_of
from airflow_provider_flexout.mixins.base import permanent_errors_fail_at_once, push_each
from airflow_provider_flexout.mixins.checked_operator import CheckedOperator
from airflow_provider_flexout.mixins.templates import renderers_of, template_fields_of
from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.version_compat import DagRunTriggerException

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow.sdk import Context

    from airflow_provider_flexout.mixins.literals.known import Literals
    from airflow_provider_flexout.outreach.values.durations import Duration


class ScheduleFollowUpOperator(CheckedOperator):
    """Run a DAG for a conversation at a given time, once.

    The run has the conversation's SID as ``conversation_sid`` in its conf. The run's id is made of the key,
    the DAG and the conversation, so a task that is retried or cleared schedules no second run. If the run
    exists already, the task succeeds, whatever the run's time. The task does not wait for the run. On Airflow
    3.3 and newer, which can schedule a triggered run for later, the run exists at once and shows its time; on
    older versions this task is deferred until then, and holds no worker.

    Airflow's page:
    https://airflow.apache.org/docs/apache-airflow-providers-standard/stable/operators/trigger_dag_run.html

    :param trigger_dag_id: the DAG to run. It must be unpaused by then.
    :param conversation_sid: the conversation, ``CH…``, for example ``create.output["conversation_sid"]``.
    :param at: when to run the DAG: a datetime, or text in ISO 8601, with a time zone. One of ``at`` and
        ``after`` is required, and both together are refused.
    :param after: how long from now to run the DAG: a timedelta, seconds, or text (``"3d"``, ``"P3D"``).
    :param conf: further values for the run's conf, as an object, or as JSON text from a template such as
        ``"{{ dag_run.conf | tojson }}"``. Airflow shows the conf, so it must not contain secrets.
    :param idempotency_key: the key under which the run is scheduled once, 1 to 256 characters. The default is
        one run per DAG, logical date, task and map index.
    :returns: nothing; ``run_id`` of the run, ``conversation_sid`` and, while it is known, ``run_after`` are
        XComs.
    :raises AirflowFailException: when an argument is missing or wrong.
    """

    ui_color = "#f9d9dc"

    def __init__(
        self,
        *,
        trigger_dag_id: str,
        conversation_sid: str,
        at: datetime | str | None = None,
        after: Duration | None = None,
        conf: Mapping[str, Any] | str | None = None,
        idempotency_key: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.trigger_dag_id = trigger_dag_id
        self.conversation_sid = conversation_sid
        self.at = at
        self.after = after
        self.conf = conf
        self.idempotency_key = idempotency_key

    template_fields: Sequence[str] = template_fields_of(__init__)
    template_fields_renderers: ClassVar[dict[str, str]] = renderers_of(__init__)

    @classmethod
    def _check_literals(cls, known: Literals) -> None:
        from airflow_provider_flexout.outreach.errors import InvalidInput
        from airflow_provider_flexout.outreach.values.arguments import check_given, wrong_type

        super()._check_literals(known)
        for name in ("trigger_dag_id", "conversation_sid"):
            if name in known:
                check_given(name, known[name])
        if not isinstance(dag_id := known.get("trigger_dag_id", ""), str):
            raise InvalidInput("trigger_dag_id", wrong_type(dag_id))
        if known.has("at", "after"):
            _moment(known["at"], known["after"])
        if "conf" in known:
            _read_conf(known["conf"])

    def execute(self, context: Context) -> None:
        """Schedule the run, unless it exists."""
        with permanent_errors_fail_at_once():
            from airflow_provider_flexout.outreach.values.sids import check_sid

            check_sid("conversation_sid", self.conversation_sid, "CH")
            moment = _moment(self.at, self.after)
            _read_conf(self.conf)
        run_id = self._run_id(context)
        if self._exists(context, run_id):
            return
        context["ti"].xcom_push(key=durable.XCOM_RUN_AFTER, value=moment.isoformat())
        if not _schedules_runs() and moment > datetime.now(timezone.utc):
            from airflow_provider_flexout.triggers.timer import TimerTrigger

            self.log.info("Run %s of %s will be triggered at %s.", run_id, self.trigger_dag_id, moment)
            self.defer(trigger=TimerTrigger(until=moment), method_name=durable.EXECUTE_WHEN_DUE)
        self._trigger(run_id, moment)

    def execute_when_due(self, context: Context, event: dict[str, Any]) -> None:
        """Resume when the run is due.

        :param context: Airflow's context.
        :param event: the trigger's event, which is not used.
        """
        run_id = self._run_id(context)
        if not self._exists(context, run_id):
            self._trigger(run_id, None)

    def _run_id(self, context: Context) -> str:
        key = key_of(context, durable.KeyKind.SCHEDULE, self.idempotency_key)
        run_id = durable.scheduled_run_id(key, self.trigger_dag_id, self.conversation_sid)
        push_each(
            context,
            {durable.XCOM_RUN_ID: run_id, durable.XCOM_CONVERSATION_SID: self.conversation_sid},
        )
        return run_id

    def _exists(self, context: Context, run_id: str) -> bool:
        ti: Any = context["ti"]
        found = bool(ti.get_dr_count(dag_id=self.trigger_dag_id, run_ids=[run_id]))
        if found:
            self.log.info("Run %s of %s exists already.", run_id, self.trigger_dag_id)
        return found

    def _trigger(self, run_id: str, moment: datetime | None) -> None:
        later: dict[str, Any] = {"run_after": moment} if moment and _schedules_runs() else {}
        raise DagRunTriggerException(
            trigger_dag_id=self.trigger_dag_id,
            dag_run_id=run_id,
            conf={**_read_conf(self.conf), "conversation_sid": self.conversation_sid},
            logical_date=None,  # a DAG has one run per logical date, and conversations may share a time
            reset_dag_run=False,
            skip_when_already_exists=True,  # where another task with the same key has just triggered it
            wait_for_completion=False,
            allowed_states=[],
            failed_states=[],
            poke_interval=60,
            deferrable=False,
            **later,
        )


schedule_follow_up = ScheduleFollowUpOperator


def _moment(at: datetime | str | None, after: Duration | None) -> datetime:
    """Read when the DAG should run, from whichever of the two arguments is given."""
    from airflow_provider_flexout.outreach.errors import InvalidInput
    from airflow_provider_flexout.outreach.values.durations import read_duration, read_moment

    if (at is None) == (after is None):
        raise InvalidInput("at", "pass either at or after.")
    if at is not None:
        return read_moment("at", at)
    moment: datetime = datetime.now(timezone.utc) + read_duration("after", after or "")
    return moment


def _read_conf(conf: Mapping[str, Any] | str | None) -> dict[str, Any]:
    """Read ``conf``, which is text when a template made it."""
    from airflow_provider_flexout.outreach.errors import InvalidInput

    given: Any = conf or {}
    try:
        given = json.loads(given) if isinstance(given, str) else given
        json.dumps(given)
    except (TypeError, ValueError):
        given = None
    if not isinstance(given, Mapping):
        raise InvalidInput(
            "conf", 'must be an object that JSON can hold, or its JSON: "{{ dag_run.conf | tojson }}".'
        )
    return dict(given)


def _schedules_runs() -> bool:
    return "run_after" in inspect.signature(DagRunTriggerException.__init__).parameters
