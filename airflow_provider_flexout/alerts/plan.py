"""From an alert to a plan with contacts for mapped tasks; call this in a ``@task``."""

from __future__ import annotations

import logging
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.alerts.rows import FailingRows, read_rows
from airflow_provider_flexout.mixins.base import permanent_errors_fail_at_once
from airflow_provider_flexout.mixins.suppression import suppression_check

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from airflow_provider_flexout.alerts.alert import Alert
    from airflow_provider_flexout.alerts.rows import People as Source
    from airflow_provider_flexout.mixins.suppression import Suppression
    from airflow_provider_flexout.outreach.policies.contact_window import ContactWindows

log = logging.getLogger(__name__)


def plan_outreach(
    alert: Alert | Mapping[str, Any],
    people: Source,
    *,
    to: str,
    channel: str = "sms",
    customer_name: str | None = None,
    person: str | None = None,
    record: str | None = None,
    attributes: Sequence[str] = (),
    keywords: Callable[[Mapping[str, Any]], Mapping[str, Any]] | None = None,
    contact_window: ContactWindows | None = None,
    suppression: Suppression | None = None,
    max_contacts: int = 100,
    on_too_many: str = "fail",
    rehearsal: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Plan who is contacted because of an alert, on which channel and when, and who is not; send nothing.

    The plan is written into the log as a table, with addresses masked, and returned as plain JSON. Its
    ``contacts`` are the arguments of mapped tasks, so they hold addresses; nothing else in it does. A person
    is in the plan once, however many rows they have. A row that cannot be used is excluded. A column that no
    row has is an error, except with ``FailingRows``, whose columns depend on the checks.

    :param alert: the alert, or what its ``as_dict()`` gave.
    :param people: the source of the rows: a query, ``{"conn_id": …, "sql": …}``, by any database hook, with
        ``parameters`` where it has some; the path of a file, as ``BulkOutreachOperator`` takes it; a list of
        objects; :class:`~airflow_provider_flexout.alerts.rows.FailingRows`; or a function that takes the
        alert and returns rows.
    :param to: the column with the address.
    :param channel: the name of a channel, for everybody, or the column with the name.
    :param customer_name: the column with the name that the agent sees.
    :param person: the column that identifies a person; the default is the address.
    :param record: the column that identifies a row, such as the order's number. Across all runs, a person is
        contacted once for the same alert and records, and again for other records; without this column, once
        for all alerts of this name.
    :param attributes: the columns that the agent sees with the task, of the person's first row.
    :param keywords: a function that takes a person's first row and returns further arguments for their task,
        such as the text. A person for whom it raises is excluded.
    :param contact_window: when people may be contacted, for the local times in the plan. Pass the same to the
        operators, which enforce it.
    :param suppression: whom not to contact, as for the operators. A query is run once.
    :param max_contacts: how many people may be contacted without asking anybody.
    :param on_too_many: what to do when there are more: ``"fail"`` (default) makes no plan and fails the task;
        ``"ask"`` makes the plan, for DAGs with an approval between the plan and the outreach, and its
        ``question`` says how many they are.
    :param rehearsal: arguments of ``BulkOutreachOperator``, such as ``frequency_cap`` and ``consent``, for a
        rehearsal of the plan: every check and contact policy is applied, including those that read from
        Twilio, and nothing is sent. The message is the ``message`` that ``keywords`` gives, unless these
        arguments name one. People who would not be contacted are excluded, and the plan's ``rehearsal`` is
        the summary that ``BulkOutreachOperator(dry_run=True)`` returns. By default there is no rehearsal, and
        no request.
    :returns: ``contacts``, ``people`` and ``excluded`` (with masked addresses), ``question`` and ``summary``
        (Markdown) without addresses, for the approver, and ``alert``, the alert's name.
    :raises AirflowFailException: when there are too many people, or an argument is wrong.
    """
    from airflow_provider_flexout.alerts.alert import Alert
    from airflow_provider_flexout.alerts.audience import Audience, Columns
    from airflow_provider_flexout.alerts.contact_plan import make_plan
    from airflow_provider_flexout.alerts.rehearsal import rehearse
    from airflow_provider_flexout.outreach.policies.contact_window import read_window
    from airflow_provider_flexout.twilio.http.redaction import masked_exceptions

    with permanent_errors_fail_at_once(), masked_exceptions():
        read = alert if isinstance(alert, Alert) else Alert.from_dict(alert)
        columns = Columns(to, channel, customer_name, person, record, tuple(attributes))
        gathered = Audience(columns, suppression_check(suppression) if suppression is not None else None)
        gathered.add_all(read_rows(people, read), alike=not isinstance(people, FailingRows))
        plan = make_plan(
            read,
            gathered,
            columns,
            keywords=keywords,
            hours=read_window(contact_window) if contact_window else None,
            max_contacts=max_contacts,
            on_too_many=on_too_many,
            now=datetime.now(timezone.utc),
        )
        if rehearsal is not None:
            window = {"contact_window": contact_window} if contact_window else {}
            plan = rehearse(plan, window | dict(rehearsal))
    for line in plan.table():
        log.info("%s", line)
    return plan.as_dict()


def affected_contacts(
    alert: Alert | Mapping[str, Any], people: Source, **arguments: Any
) -> list[dict[str, Any]]:
    """Return only the ``contacts`` of :func:`plan_outreach`, for ``expand_kwargs``.

    :param alert: the alert.
    :param people: the source of the rows.
    :param arguments: the other arguments of :func:`plan_outreach`, except ``on_too_many``, whose question is
        in the plan.
    :raises AirflowFailException: when there are too many people, or an argument is wrong.
    """
    from airflow_provider_flexout.outreach.errors import InvalidInput

    with permanent_errors_fail_at_once():
        if "on_too_many" in arguments:
            raise InvalidInput("on_too_many", "is for plan_outreach, whose plan has the question to ask.")
    contacts: list[dict[str, Any]] = plan_outreach(alert, people, **arguments)["contacts"]
    return contacts
