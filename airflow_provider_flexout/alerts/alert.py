"""An alert: what failed, on which data, how severe it is, and which records are affected."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.values.arguments import count_of

if TYPE_CHECKING:
    from collections.abc import Mapping

SEVERITIES = ("critical", "error", "warning")


@dataclass(frozen=True, slots=True, repr=False)
class Failure:
    """One check that failed.

    :param check: the name of the check in the tool.
    :param column: the column that the check is about, where it is about one.
    :param severity: one of :data:`SEVERITIES`.
    :param failed_rows: how many rows failed the check, where the tool counts them.
    :param detail: what the tool found and expected, without values of rows.
    :param query: SQL that selects the rows, where the tool gives it.
    :param records: the identifying columns of the rows, where the tool gives them.
    """

    check: str
    column: str | None = None
    severity: str = "error"
    failed_rows: int | None = None
    detail: str | None = None
    query: str | None = None
    records: tuple[Mapping[str, Any], ...] = ()

    @property
    def names_all(self) -> bool:
        """Whether the records are all the rows that failed, as far as the tool counted them."""
        return bool(self.records) and len(self.records) >= (self.failed_rows or 0)


@dataclass(frozen=True, slots=True, repr=False)
class Alert:
    """What a run of checks found wrong with one set of data.

    As a dict it is plain JSON, for XComs and for the extra of an asset event. Records may be about people, so
    the tool should identify rows by keys and not by addresses.

    :param name: the name of the alert, the same in every run: that of the suite, the scan or the task.
    :param source: the tool that it comes from.
    :param data: the table, model or asset, where the tool names it.
    :param failures: the checks that failed, at least one.
    """

    name: str
    source: str
    data: str | None
    failures: tuple[Failure, ...]

    def __post_init__(self) -> None:
        if not self.failures:
            raise InvalidInput(
                "alert", f"{self.name!r} names no failed check; where all checks passed, there is no alert."
            )

    @property
    def severity(self) -> str:
        """The highest severity of the failures."""
        return min((one.severity for one in self.failures), key=SEVERITIES.index)

    @property
    def records(self) -> list[dict[str, Any]]:
        """All records that the tool gave, each once."""
        everything = (dict(record) for failure in self.failures for record in failure.records)
        return list({json.dumps(one, sort_keys=True, default=str): one for one in everything}.values())

    @property
    def sentence(self) -> str:
        """The alert in a sentence, without records."""
        what = ", ".join(_told(one) for one in self.failures)
        where = f" on {self.data}" if self.data and self.data != self.name else ""
        return f"{self.name}{where}: {what} ({self.severity}, {self.source})"

    def as_dict(self) -> dict[str, Any]:
        """Give plain JSON; :meth:`from_dict` reads it."""
        given = dataclasses.asdict(self)
        failures = [{**one, "records": list(one["records"])} for one in given["failures"]]
        return {**given, "severity": self.severity, "failures": failures}

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> Alert:
        """Read what :meth:`as_dict` gave, from an XCom or an asset event.

        :param given: plain JSON.
        :raises InvalidInput: for anything else.
        """
        if given is None:
            raise InvalidInput("alert", "missing; did the check fail, and did its task push the alert?")
        try:
            failures = tuple(
                Failure(**{**one, "records": tuple(one.get("records", ()))}) for one in given["failures"]
            )
            alert = cls(given["name"], given["source"], given.get("data"), failures)
        except (KeyError, TypeError, AttributeError) as error:
            raise InvalidInput(
                "alert",
                f"not an alert as Alert.as_dict() gives it, with name, source, data and failures: {error}.",
            ) from error
        unknown = {one.severity for one in alert.failures} - set(SEVERITIES)
        if unknown:
            raise InvalidInput("alert", f"severity {unknown.pop()!r} is not one of {', '.join(SEVERITIES)}.")
        return alert


def _told(failure: Failure) -> str:
    rows = " failed" if failure.failed_rows is None else f" failed by {count_of(failure.failed_rows, 'row')}"
    column = f" on {failure.column}" if failure.column else ""
    return f"{failure.check}{column}{rows}"
