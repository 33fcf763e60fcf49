"""Passing gates before somebody is contacted: a held task is deferred, a refused one is skipped."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, ClassVar

from airflow_provider_flexout.mixins.base import FlexOperator, skip
from airflow_provider_flexout.mixins.suppression import as_template_field, question_of
from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.version_compat import AirflowFailException

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from airflow.sdk import Context

    from airflow_provider_flexout.mixins.suppression import Suppression
    from airflow_provider_flexout.outreach.policies.contact_window import ContactWindow
    from airflow_provider_flexout.outreach.policies.decision import ContactPolicy, Hold
    from airflow_provider_flexout.outreach.policies.recipients import Recipients
    from airflow_provider_flexout.twilio.http.client import Client

_LONGEST_HOLD = timedelta(days=7)
"""How long a task is held where nobody can say until when."""
_SHORTEST_PAUSE, _LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)


class ContactPolicyOperator(FlexOperator):
    """An operator that asks gates before it contacts anybody, and comes back when they hold it.

    :param contact_window: when the customer may be contacted, see ``docs/follow-ups.md``. Outside it the
        task is deferred until the window opens, and everything is checked again.
    :param suppression: whom not to contact: a list of addresses, a query
        (``{"conn_id": …, "sql": …}``, with ``parameters`` where it has some, addresses in the first column),
        or a function that is given an address and says whether it is suppressed.
    :param consent: ``"receipts"`` leaves alone who has opted out, as far as Twilio's receipts tell (21610);
        or a function that asks your consent service: given an address, it says whether the customer may
        be contacted.
    """

    template_fields: Sequence[str] = ("contact_window", "suppression")
    template_fields_renderers: ClassVar[dict[str, str]] = {"contact_window": "json"}

    _held_since: datetime | None = None
    _held_by = ""

    def __init__(
        self,
        *,
        contact_window: ContactWindow | Mapping[str, Any] | None = None,
        suppression: Suppression | None = None,
        consent: str | Callable[[str], object] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.contact_window = contact_window
        self.suppression = as_template_field(suppression)
        self.consent = consent

    def execute(self, context: Context) -> Any:
        """Do the task's work, if its gates agree."""
        return self._carry_out(context)

    def execute_after_hold(self, context: Context, event: dict[str, Any]) -> Any:
        """Come back from being held, and begin again at the gates.

        :param context: Airflow's.
        :param event: the trigger's, with what this task noted of its hold.
        """
        self._restore_hold(event[durable.EVENT_RESUME_DATA])
        return self._carry_out(context)

    def _hold_data(self) -> dict[str, Any]:
        """Note since when the task has been held, and by which gate, for when it comes back."""
        since = self._held_since
        return {
            durable.HELD_SINCE: since.isoformat() if since else None,
            durable.HELD_BY: self._held_by,
        }

    def _restore_hold(self, data: dict[str, Any]) -> None:
        since = data[durable.HELD_SINCE]
        self._held_since = datetime.fromisoformat(since) if since else None
        self._held_by = data[durable.HELD_BY]

    def _carry_out(self, context: Context) -> Any:
        raise NotImplementedError

    def _refusals(
        self, recipients: Recipients, suppressed: Callable[[str], object] | None = None
    ) -> list[ContactPolicy]:
        """Make the gates that never contact somebody, as far as they were asked for.

        :param recipients: whom they are about.
        :param suppressed: whether an address is suppressed, where that has been read already.
        """
        from airflow_provider_flexout.outreach.errors import InvalidInput
        from airflow_provider_flexout.outreach.policies.consent import OptedOut
        from airflow_provider_flexout.outreach.policies.suppression import Refusal

        policies: list[ContactPolicy] = []
        if self.suppression is not None:
            asked = suppressed or question_of(self.suppression)
            policies.append(Refusal("suppressed", "is suppressed.", recipients, asked))
        if callable(self.consent):
            consents = self.consent
            policies.append(
                Refusal("no_consent", "has not consented.", recipients, lambda one: not consents(one))
            )
        elif self.consent == "receipts":
            policies.append(OptedOut(recipients))
        elif self.consent is not None:
            raise InvalidInput("consent", f'{self.consent!r} is neither "receipts" nor a function.')
        return policies

    def _hours(self, recipients: Recipients) -> list[ContactPolicy]:
        """Make the gate of the contact window, if there is one."""
        from airflow_provider_flexout.outreach.policies.contact_hours import ContactHours
        from airflow_provider_flexout.outreach.policies.contact_window import read_window

        if self.contact_window is None:
            return []
        return [ContactHours(read_window(self.contact_window), recipients)]

    def _pass(self, context: Context, client: Client, policies: Sequence[ContactPolicy]) -> None:
        """Return when all gates agree; else defer until one may, or skip the task.

        :param context: Airflow's.
        :param client: for gates that have to read.
        :param policies: in the order in which they are asked.
        :raises AirflowSkipException: with the reason, which is also the XCom ``skip_reason``.
        :raises AirflowFailException: when held for a week, with no end in sight.
        """
        from airflow_provider_flexout.outreach.policies.decision import Hold, Skip, check_policies

        if not policies:
            return
        decision = client.run(check_policies(policies, datetime.now(timezone.utc)))
        if isinstance(decision, Skip):
            self.log.info("Nobody is contacted (%s): %s", decision.reason, decision.why)
            skip(context, decision.reason, decision.why)
        if isinstance(decision, Hold):
            self._hold(decision)

    def _hold(self, hold: Hold) -> None:
        from airflow_provider_flexout.triggers.timer import TimerTrigger

        until = self._held_until(hold)
        self.log.info("Held until %s: %s", until.isoformat(timespec="seconds"), hold.why)
        self.defer(
            trigger=TimerTrigger(until=until, resume_data=self._hold_data()),
            method_name=durable.EXECUTE_AFTER_HOLD,
        )

    def _since(self, policy: str) -> datetime | None:
        """Say since when a gate holds the task; a night's hold is not a hold for want of agents."""
        return self._held_since if self._held_by == policy else None

    def _held_until(self, hold: Hold) -> datetime:
        """Say when to look again: ever less often, about a twentieth of the hold's age, if nobody can know.

        :raises AirflowFailException: when held for a week, with no end in sight.
        """
        now = datetime.now(timezone.utc)
        self._held_since, self._held_by = self._since(hold.by) or now, hold.by
        if hold.until:
            return hold.until
        age = now - self._held_since
        if age > _LONGEST_HOLD:
            raise AirflowFailException(f"Held for {_LONGEST_HOLD.days} days, and nothing changed: {hold.why}")
        return now + min(_LONGEST_PAUSE, max(_SHORTEST_PAUSE, age / 20))
