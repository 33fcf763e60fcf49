"""The plan: who would be contacted, on which channel and at what local time, and who is excluded."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import pendulum

from airflow_provider_flexout.alerts.audience import Excluded
from airflow_provider_flexout.bulk.outcome import ContactOutcome
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.policies.calendar import opens_at
from airflow_provider_flexout.outreach.policies.contact_hours import zones_of
from airflow_provider_flexout.outreach.policies.contact_window import RECIPIENT, zone_named
from airflow_provider_flexout.outreach.values.arguments import check_choice, count_of
from airflow_provider_flexout.outreach.values.attributes import as_json
from airflow_provider_flexout.outreach.values.plain import plain, read_text
from airflow_provider_flexout.twilio.http.redaction import type_of

if TYPE_CHECKING:
    from datetime import datetime

    from airflow_provider_flexout.alerts.alert import Alert
    from airflow_provider_flexout.alerts.audience import Audience, Columns, PlannedContact
    from airflow_provider_flexout.outreach.policies.contact_window import Hours

_LONGEST_TABLE = 200

Keywords = Callable[[Mapping[str, Any]], Mapping[str, Any]]


@dataclass(frozen=True, slots=True, repr=False)
class Planned:
    """Somebody in the plan.

    :param contact: the person.
    :param local_time: when they may be contacted, in their time zone, as text.
    :param keywords: the arguments for ``CreateInteractionOperator``.
    """

    contact: PlannedContact
    local_time: str
    keywords: Mapping[str, Any]


@dataclass(frozen=True, slots=True, repr=False)
class Plan:
    """Who would be contacted because of an alert.

    :param alert: the alert.
    :param planned: the people who would be contacted.
    :param excluded: the rows for which nobody would be contacted.
    :param max_contacts: how many people may be contacted without asking anybody.
    :param rehearsal: the summary of the rehearsal, where there was one.
    """

    alert: Alert
    planned: tuple[Planned, ...]
    excluded: tuple[Excluded, ...]
    max_contacts: int
    rehearsal: Mapping[str, Any] | None = None

    @property
    def question(self) -> str:
        """The question to the person who approves the plan."""
        count = len(self.planned)
        people = "1 person" if count == 1 else f"{count:,} people"
        if count > self.max_contacts:
            return f"{people}, more than max_contacts={self.max_contacts}: contact all of them?"
        return f"Contact {people}?"

    @property
    def summary(self) -> str:
        """The plan in a few lines of Markdown, without addresses, for the person who approves it."""
        by_channel = Counter(one.contact.channel for one in self.planned)
        channels = ", ".join(f"{count} by {channel}" for channel, count in sorted(by_channel.items()))
        count = len(self.planned)
        more = f", more than max_contacts={self.max_contacts}" if count > self.max_contacts else ""
        lines = [self.alert.sentence, "", f"- {count} would be contacted{more}: {channels or 'nobody'}"]
        if self.rehearsal:
            now, tasks = self.rehearsal[ContactOutcome.WOULD_OPEN.value], self.rehearsal["agent_tasks"]
            lines.append(f"- rehearsed: {now} of them at once, with {count_of(tasks, 'task')} for agents")
        reasons = Counter(one.why for one in self.excluded)
        lines += [f"- {count} left out: {why}" for why, count in reasons.most_common(10)]
        return "\n".join(lines)

    def table(self) -> Iterator[str]:
        """Write the lines of a table for the log, with addresses masked."""
        yield self.alert.sentence
        yield f"{'row':>7}  {'who':<28}  {'channel':<9}  when, or why not"
        for one in self.planned[:_LONGEST_TABLE]:
            contact, rows = one.contact, len(one.contact.rows)
            of = f" (for {rows} rows)" if rows > 1 else ""
            yield f"{contact.rows[0]:>7}  {contact.shown:<28}  {contact.channel:<9}  {one.local_time}{of}"
        for out in self.excluded[:_LONGEST_TABLE]:
            yield f"{out.row:>7}  {out.who:<28}  {'left out':<9}  {out.why}"
        longest = max(len(self.planned), len(self.excluded))
        if longest > _LONGEST_TABLE:
            yield f"... of each kind {_LONGEST_TABLE} rows are shown; the XCom has all."
        left_out = count_of(len(self.excluded), "row")
        yield f"{len(self.planned)} would be contacted, {left_out} left out; nothing was sent."

    def as_dict(self) -> dict[str, Any]:
        """Give plain JSON, in which only ``contacts`` holds addresses."""
        rehearsal = {"rehearsal": self.rehearsal} if self.rehearsal else {}
        return {
            **rehearsal,
            "alert": self.alert.name,
            "question": self.question,
            "summary": self.summary,
            "contacts": [dict(one.keywords) for one in self.planned],
            "people": [
                {
                    "who": one.contact.shown,
                    "channel": one.contact.channel,
                    "rows": one.contact.rows,
                    "local_time": one.local_time,
                }
                for one in self.planned
            ],
            "excluded": [dataclasses.asdict(one) for one in self.excluded],
        }


def make_plan(
    alert: Alert,
    people: Audience,
    columns: Columns,
    *,
    keywords: Keywords | None,
    hours: Hours | None,
    max_contacts: int,
    on_too_many: str,
    now: datetime,
) -> Plan:
    """Make the plan for an audience.

    :param alert: the alert.
    :param people: the people, and the rows that are excluded.
    :param columns: the columns of the rows, by their meaning.
    :param keywords: takes a person's first row and returns further arguments for their task; where it raises,
        the person's rows are excluded.
    :param hours: when people may be contacted; ``None`` for any time.
    :param max_contacts: how many people may be contacted without asking anybody.
    :param on_too_many: what to do if there are more: ``fail``, or ``ask``, which makes the plan with a
        question.
    :param now: the present moment, aware.
    :raises InvalidInput: when there are too many, or nobody's arguments can be made.
    """
    check_choice("on_too_many", on_too_many, ("fail", "ask"))
    local_time = _local_times(hours, now)
    planned: list[Planned] = []
    problem = ""
    excluded = list(people.excluded)
    for contact in people.contacts:
        try:
            given = {**_keywords_of(alert, contact, columns), **_asked(keywords, contact.row)}
        except InvalidInput as refused:
            problem = str(refused)
            excluded += [Excluded(row, contact.shown, problem) for row in contact.rows]
        else:
            planned.append(Planned(contact, local_time(zones_of([contact.to])), given))
    if people.contacts and not planned:
        count, why = len(people.contacts), problem.rstrip(".")
        raise InvalidInput("people", f"none of {count} can be contacted; for the last, {why}.")
    if len(planned) > max_contacts and on_too_many == "fail":
        raise InvalidInput(
            "max_contacts",
            f"{len(planned)} people are affected and at most {max_contacts} may be contacted, so nobody is. "
            f"Is the check right, and the query? If so, pass max_contacts={len(planned)} or more.",
        )
    excluded.sort(key=lambda one: one.row)
    return Plan(alert, tuple(planned), tuple(excluded), max_contacts)


def _asked(keywords: Keywords | None, row: Mapping[str, Any]) -> dict[str, Any]:
    """Give what the user's function returns, as JSON holds it.

    :raises InvalidInput: with what is wrong, without what is in the row.
    """
    if keywords is None:
        return {}
    try:
        more = plain(keywords(row))
    except Exception as error:  # its text may hold what is in the row
        raise InvalidInput("keywords", f"raised {type(error).__name__}") from None
    if not isinstance(more, dict) or not all(isinstance(name, str) for name in more):
        raise InvalidInput("keywords", f"gave {type_of(more)}, not an object of arguments")
    for name, value in more.items():
        _check_json(f"keywords {name!r}", value)
    return more


def _keywords_of(alert: Alert, contact: PlannedContact, columns: Columns) -> dict[str, Any]:
    row = contact.row
    found: dict[str, Any] = {
        "channel": contact.channel,
        "to": contact.to,
        "idempotency_key": contact.key(alert.name),
    }
    if columns.customer_name:
        name = columns.customer_name
        found["customer_name"] = read_text(f"column {name!r}", row.get(name)) or None
    if columns.attributes:
        found["attributes"] = {name: row.get(name) for name in columns.attributes}
        for name, value in found["attributes"].items():
            _check_json(f"column {name!r}", value)
    return found


def _check_json(what: str, value: Any) -> None:
    try:
        as_json(value)
    except InvalidInput:
        raise InvalidInput(what, "holds what cannot be written as JSON") from None


def _local_times(hours: Hours | None, now: datetime) -> Callable[[tuple[str, ...] | None], str]:
    """Make the function that says when people in some time zones may be contacted, on the first one's clock.

    :param hours: when they may be contacted; ``None`` for any time.
    :param now: the present moment, aware.
    """

    @cache
    def local_time(zones: tuple[str, ...] | None) -> str:
        moment: datetime | None = now
        if hours is not None:
            places = zones if hours.timezone == RECIPIENT else (hours.timezone,)
            moment = opens_at(hours, now, [zone_named(one) for one in places]) if places else None
        if moment is None:
            return "no hour is known"
        if not zones:
            return f"{moment:%Y-%m-%d %H:%M} UTC (zone unknown)"
        return f"{moment.astimezone(pendulum.timezone(zones[0])):%Y-%m-%d %H:%M} {zones[0]}"

    return local_time
