"""From an alert to keyword lists for mapped tasks; to be called in a ``@task``."""

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
    from airflow_provider_flexout.outreach.policies.contact_window import ContactWindow

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
    contact_window: ContactWindow | Mapping[str, Any] | None = None,
    suppression: Suppression | None = None,
    max_contacts: int = 100,
    on_too_many: str = "fail",
) -> dict[str, Any]:
    """Say who would be contacted because of an alert, on which channel, when, who not, and why; send nothing.

    The plan is a table in the log, with addresses masked, and the result, plain JSON. Its ``contacts`` are
    what mapped tasks take, so they hold addresses, as the XCom of any task does that one maps over;
    nothing else in it does. A person is in it once, however many rows they have; rows that cannot be used
    are left out, one by one. A column that no row has is an error, but not with ``FailingRows``, whose
    columns depend on the checks.

    :param alert: the alert, or what its ``as_dict()`` gave.
    :param people: how to find them: a query, ``{"conn_id": …, "sql": …}``, by any database hook, with
        ``parameters`` where it has some; the path of a file, as ``BulkOutreachOperator`` takes it; a list of
        objects; :class:`~airflow_provider_flexout.alerts.rows.FailingRows`; or a function that is given the
        alert and gives rows.
    :param to: the column with the address.
    :param channel: a channel, for everybody, or the column that names it.
    :param customer_name: the column with the name that the agent sees.
    :param person: the column that tells people apart; otherwise their addresses do.
    :param record: the column that tells rows apart, such as the order's number. A person is contacted once
        for the same alert and records, in all runs, and anew for others; without it, once for all alerts of
        this name.
    :param attributes: columns that the agent sees with the task, of the person's first row.
    :param keywords: given a person's first row, further arguments for their task, such as the text. Whom it
        raises for is left out.
    :param contact_window: for the local times in the plan; pass the same to the operators, which keep it.
    :param suppression: as of the operators: whom not to contact. A query is asked once.
    :param max_contacts: how many people may be contacted without somebody being asked.
    :param on_too_many: above that many, ``"fail"``: there is no plan, and the task fails; or ``"ask"``, where
        an approval stands between the plan and the outreach: ``question`` puts it to the one who approves.
    :returns: ``contacts``, ``people`` and ``excluded`` (with masked addresses), ``question`` and ``summary``
        (Markdown) without addresses, for the one who approves, and ``alert``, its name.
    :raises AirflowFailException: when there are too many people, or an argument is wrong.
    """
    from airflow_provider_flexout.alerts.alert import Alert
    from airflow_provider_flexout.alerts.audience import Audience, Columns
    from airflow_provider_flexout.alerts.contact_plan import make_plan
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
    for line in plan.table():
        log.info("%s", line)
    return plan.as_dict()


def affected_contacts(
    alert: Alert | Mapping[str, Any], people: Source, **arguments: Any
) -> list[dict[str, Any]]:
    """Give only the ``contacts`` of :func:`plan_outreach`, for ``expand_kwargs``.

    :param alert: the alert.
    :param people: how to find them.
    :param arguments: as of :func:`plan_outreach`, but for ``on_too_many``: without its plan nobody is asked.
    :raises AirflowFailException: as of :func:`plan_outreach`.
    """
    from airflow_provider_flexout.outreach.errors import InvalidInput

    with permanent_errors_fail_at_once():
        if "on_too_many" in arguments:
            raise InvalidInput("on_too_many", "is for plan_outreach, whose plan has the question to ask.")
    contacts: list[dict[str, Any]] = plan_outreach(alert, people, **arguments)["contacts"]
    return contacts
