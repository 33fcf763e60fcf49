"""Checking contact policies before a contact: a held task is deferred, a refused one is skipped."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, ClassVar

from airflow_provider_flexout.mixins.base import FlexOperator, skip
from airflow_provider_flexout.mixins.templates import WrappedFunction, as_template_field
from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.version_compat import AirflowFailException

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from airflow.sdk import Context

    from airflow_provider_flexout.mixins.suppression import Suppression
    from airflow_provider_flexout.outreach.policies.contact_window import ContactWindow
    from airflow_provider_flexout.outreach.policies.decision import ContactPolicy, Hold
    from airflow_provider_flexout.outreach.policies.rules import ContactRules
    from airflow_provider_flexout.twilio.http.client import Client, ServerClock

_LONGEST_HOLD = timedelta(days=7)
"""How long a task is held at most where no policy can say until when."""
_SHORTEST_PAUSE, _LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)


class ContactPolicyMixin(FlexOperator):
    """An operator that checks contact policies before it contacts anybody.

    While a policy holds the task, the task is deferred; when it resumes, every policy is checked again. A
    policy that rules the contact out skips the task.

    :param contact_window: when the customer may be contacted: days, hours, time zone and holidays, as an
        object or a ``ContactWindow`` (``docs/follow-ups.md`` lists its keys), or a list of these. The default
        is any time.
    :param timezone: the customer's own time zone, an IANA name, for a contact window in the customer's time.
        The default is all zones that the customer's number may be in.
    :param suppression: whom not to contact. This is a list of addresses; a query,
        ``{"conn_id": …, "sql": …, "parameters": …}``, whose first column holds addresses (``parameters`` may
        be left out); or a function that takes an address and returns whether it is suppressed. The default
        is nobody.
    :param consent: how to know who has opted out: ``"receipts"`` for what Twilio's delivery receipts say
        (as error 21610), or a function that takes an address and returns whether that customer may be
        contacted. By default nobody is asked.
    """

    template_fields: Sequence[str] = ("contact_window", "timezone", "suppression")
    template_fields_renderers: ClassVar[dict[str, str]] = {"contact_window": "json"}

    _held_since: datetime | None = None
    _held_by = ""
    _fired_for: datetime | None = None
    """When the timer of the last hold fired, by the triggerer's clock."""

    def __init__(
        self,
        *,
        contact_window: ContactWindow | Mapping[str, Any] | Sequence[Any] | None = None,
        timezone: str | WrappedFunction | None = None,
        suppression: Suppression | None = None,
        consent: str | Callable[[str], object] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.contact_window = contact_window
        self.timezone = timezone
        self.suppression = as_template_field(suppression)
        self.consent = consent

    @classmethod
    def partial(cls, **kwargs: Any) -> Any:
        """Map the operator, as Airflow does; what Airflow then serializes is the same text at each parse.

        :param kwargs: the arguments that all mapped tasks share.
        """
        if "suppression" in kwargs:
            kwargs["suppression"] = as_template_field(kwargs["suppression"])
        return super().partial(**kwargs)

    def execute(self, context: Context) -> Any:
        """Do the task's work, if its policies allow it."""
        return self._carry_out(context)

    def execute_after_hold(self, context: Context, event: dict[str, Any]) -> Any:
        """Resume after a hold, and check the policies again.

        :param context: Airflow's context.
        :param event: the trigger's event; its ``resume_data`` says since when, and by what, the task is held.
        """
        data = event[durable.EVENT_RESUME_DATA]
        self._restore_hold(data)
        limit, until = self._limit_time(context, data), event.get(durable.TIMER_UNTIL)
        self._fired_for = datetime.fromisoformat(until) if until else None
        if limit is not None and self._fired_for and self._fired_for.timestamp() >= limit:
            self._time_out("Held by a contact policy")
        if limit is not None:
            self._bound_time(limit, "Held by a contact policy")
        return self._carry_out(context)

    def _hold_data(self) -> dict[str, Any]:
        """Give what the task needs to know about its hold when it resumes."""
        since = self._held_since
        return {durable.HELD_SINCE: since.isoformat() if since else None, durable.HELD_BY: self._held_by}

    def _restore_hold(self, data: dict[str, Any]) -> None:
        since = data[durable.HELD_SINCE]
        self._held_since = datetime.fromisoformat(since) if since else None
        self._held_by = data[durable.HELD_BY]

    def _carry_out(self, context: Context) -> Any:
        raise NotImplementedError

    def _rules(self, frequency_cap: Mapping[str, Any] | None = None) -> ContactRules:
        """Read the arguments that say who may be contacted.

        :param frequency_cap: the argument of this name, where the operator has it.
        :raises InvalidInput: for the first that is wrong.
        """
        from airflow_provider_flexout.mixins.suppression import suppression_check
        from airflow_provider_flexout.outreach.policies.rules import read_rules

        is_suppressed = None if self.suppression is None else suppression_check(self.suppression)
        zone = None if isinstance(self.timezone, WrappedFunction) else self.timezone
        return read_rules(is_suppressed, self.consent, frequency_cap, self.contact_window, zone)

    def _check_policies(self, context: Context, client: Client, policies: Sequence[ContactPolicy]) -> None:
        """Return when all policies allow the contact; otherwise defer or skip the task.

        :param context: Airflow's context.
        :param client: the client, for policies that have to read.
        :param policies: the policies, in the order in which they are checked.
        :raises AirflowSkipException: with the reason, which is also the XCom ``skip_reason``.
        :raises AirflowFailException: when the task has been held for a week and no policy can say until when.
        """
        from airflow_provider_flexout.outreach.policies.decision import Hold, Skip, check_policies

        if not policies:
            return
        decision = client.run(check_policies(policies, client.clock.now()))
        if isinstance(decision, Skip):
            self.log.info("Nobody is contacted (%s): %s", decision.reason, decision.why)
            skip(context, decision.reason, decision.why)
        if isinstance(decision, Hold):
            self._defer_held(context, decision, client.clock)

    def _defer_held(self, context: Context, hold: Hold, clock: ServerClock) -> None:
        """Defer the task until its hold is to be checked again.

        :param context: Airflow's context.
        :param hold: the hold.
        :param clock: Twilio's clock.
        """
        from airflow_provider_flexout.triggers.timer import TimerTrigger
        from airflow_provider_flexout.twilio import metrics

        metrics.count("held")
        now, ahead = clock.now(), clock.ahead
        until = self._next_check(hold, now)
        self.log.info("Held until %s: %s", until.isoformat(timespec="seconds"), hold.why)
        # By the triggerer's clock, or it would fire again and again before the time has come. Until
        # it is known how far that clock is ahead, it is taken to be like this worker's.
        until += max(timedelta(), self._fired_for - now) if self._fired_for else ahead
        if (limit := self._limit_time(context)) is not None:
            until = min(until, datetime.fromtimestamp(limit, timezone.utc))
        data = self._hold_data() | self._time_limit_data(context)
        self.defer(
            trigger=TimerTrigger(until=until, resume_data=data),
            method_name=durable.EXECUTE_AFTER_HOLD,
        )

    def _hold_started(self, policy: str) -> datetime | None:
        """Say since when this policy holds the task; a hold by another policy does not count.

        :param policy: the name of the policy, as in ``Hold.by``.
        """
        return self._held_since if self._held_by == policy else None

    def _next_check(self, hold: Hold, now: datetime) -> datetime:
        """Say when to check again.

        That is the end of the hold where it is known. Otherwise the pause grows with the hold: a twentieth
        of its age, between a minute and an hour.

        :param hold: the hold.
        :param now: the moment at which the policy was checked.
        :raises AirflowFailException: when the task has been held for a week and no policy can say until when.
        """
        self._held_since, self._held_by = self._hold_started(hold.by) or now, hold.by
        if hold.until:
            return hold.until
        age = now - self._held_since
        if age > _LONGEST_HOLD:
            raise AirflowFailException(f"Held for {_LONGEST_HOLD.days} days, and nothing changed: {hold.why}")
        return now + min(_LONGEST_PAUSE, max(_SHORTEST_PAUSE, age / 20))
