"""A rehearsal of a plan: its contacts as the rows of a campaign that contacts nobody."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from airflow.sdk import get_current_context

from airflow_provider_flexout.alerts.audience import Excluded
from airflow_provider_flexout.bulk.outcome import ContactOutcome
from airflow_provider_flexout.operators.bulk import BulkOutreachOperator
from airflow_provider_flexout.outreach.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_provider_flexout.alerts.contact_plan import Plan
    from airflow_provider_flexout.bulk.result import Result

_KEPT = (ContactOutcome.WOULD_OPEN, ContactOutcome.HELD)
_BY_THE_PLAN = ("contacts", "columns", "dry_run", "task_id")
_KEY = "idempotency_key"


def rehearse(plan: Plan, arguments: Mapping[str, Any]) -> Plan:
    """Give a plan without those who would not be contacted, and with the summary of its rehearsal.

    :param plan: the plan.
    :param arguments: arguments of ``BulkOutreachOperator``; without a text or a template, the message is the
        ``message`` of each contact, which ``keywords`` gave.
    :raises InvalidInput: when an argument is wrong, or no task is running.
    """
    for name in _BY_THE_PLAN:
        if name in arguments:
            raise InvalidInput("rehearsal", f"names {name}, which the plan itself gives.")
    try:
        context = get_current_context()
    except RuntimeError:
        raise InvalidInput("rehearsal", "needs a running task, since earlier tries are looked for.") from None
    given = dict(arguments)
    if not given.keys() & {"message", "content_sid"}:
        given["message"] = "{message}"
    operator = BulkOutreachOperator(
        task_id="rehearsal",
        dry_run=True,
        contacts=[dict(one.keywords) for one in plan.planned],
        columns={_KEY: _KEY},
        **given,
    )
    results: dict[int, Result] = {}
    campaign = operator.make_campaign(context)
    summary = operator.rehearse(context, campaign, lambda one: results.update({one.line: one}))
    left_out = list(plan.excluded)
    kept = []
    for line, planned in enumerate(plan.planned, 1):
        result = results[line]
        if result.outcome in _KEPT:
            kept.append(planned)
        else:
            why = f"{result.outcome.value}: {result.reason or 'contacted before'}"
            left_out += [Excluded(row, planned.contact.shown, why) for row in planned.contact.rows]
    left_out.sort(key=lambda one: one.row)
    return dataclasses.replace(plan, planned=tuple(kept), excluded=tuple(left_out), rehearsal=summary)
