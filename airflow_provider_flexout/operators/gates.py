"""Passing gates before somebody is contacted: a held task is deferred, a refused one is skipped."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.operators.base import FlexOperator
from airflow_provider_flexout.version_compat import AirflowFailException, AirflowSkipException

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow.sdk import Context

    from airflow_provider_flexout.outreach.gates.decision import Gate, Hold
    from airflow_provider_flexout.twilio.client import Client

_LONGEST_HOLD = timedelta(days=7)
"""How long a task is held where nobody can say until when."""
_SHORTEST_PAUSE, _LONGEST_PAUSE = timedelta(minutes=1), timedelta(minutes=10)


class GatedOperator(FlexOperator):
    """An operator that asks gates before it contacts anybody, and comes back when they hold it."""

    _held_since: datetime | None = None

    def execute(self, context: Context) -> Any:
        """Do the task's work, if its gates agree."""
        return self._carry_out(context)

    def execute_held(self, context: Context, event: dict[str, Any], held_since: str) -> Any:
        """Come back from being held, and begin again at the gates.

        :param context: Airflow's.
        :param event: the trigger's; it says nothing that matters.
        :param held_since: when the task was first held, in ISO 8601.
        """
        self._held_since = datetime.fromisoformat(held_since)
        return self._carry_out(context)

    def _carry_out(self, context: Context) -> Any:
        raise NotImplementedError

    def _pass(self, context: Context, client: Client, gates: Sequence[Gate]) -> None:
        """Return when all gates agree; else defer until one may, or skip the task.

        :param context: Airflow's.
        :param client: for gates that have to read.
        :param gates: in the order in which they are asked.
        :raises AirflowSkipException: with the reason, which is also the XCom ``skip_reason``.
        :raises AirflowFailException: when held for a week, with no end in sight.
        """
        from airflow_provider_flexout.outreach.gates.decision import Hold, Skip, pass_gates

        if not gates:
            return
        now = datetime.now(timezone.utc)
        decision = client.run(pass_gates(gates, now))
        if isinstance(decision, Skip):
            context["ti"].xcom_push(key="skip_reason", value=decision.reason)
            self.log.info("Nobody is contacted (%s): %s", decision.reason, decision.why)
            raise AirflowSkipException(f"{decision.reason}: {decision.why}")
        if isinstance(decision, Hold):
            self._hold(decision, now)

    def _hold(self, hold: Hold, now: datetime) -> None:
        from airflow_provider_flexout.triggers.hold import HoldTrigger

        since = self._held_since or now
        until = hold.until or self._next_look(hold, now, now - since)
        self.log.info("Held until %s: %s", until.isoformat(timespec="seconds"), hold.why)
        self.defer(
            trigger=HoldTrigger(until=until),
            method_name="execute_held",
            kwargs={"held_since": since.isoformat()},
        )

    def _next_look(self, hold: Hold, now: datetime, age: timedelta) -> datetime:
        """Look ever less often, after about a twentieth of the age of the hold."""
        if age > _LONGEST_HOLD:
            raise AirflowFailException(f"Held for {_LONGEST_HOLD.days} days, and nothing changed: {hold.why}")
        return now + min(_LONGEST_PAUSE, max(_SHORTEST_PAUSE, age / 20))
