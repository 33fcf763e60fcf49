"""From rows to people: whom to contact, each once, and who is excluded, with the reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.bulk.sources.row import BrokenRow, Header, Row
from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.channels.registry import CHANNELS, normalize_name
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.values.arguments import is_number, listed_columns, wrong_type
from airflow_provider_flexout.outreach.values.plain import plain, read_text
from airflow_provider_flexout.twilio.http.redaction import mask_address, masked_repr

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from airflow_provider_flexout.outreach.channels.base import Channel


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of the rows, by their meaning.

    :param to: the column with the address.
    :param channel: the name of a channel, for everybody, or the column with the name.
    :param customer_name: the column with the name that the agent sees.
    :param person: the column that identifies a person; the default is the address.
    :param record: the column that identifies a row. A person with other records than before is contacted
        again; without this column, a person is contacted once for all alerts of this name.
    :param attributes: the columns that the agent sees with the task, of a person's first row.
    """

    to: str
    channel: str = "sms"
    customer_name: str | None = None
    person: str | None = None
    record: str | None = None
    attributes: tuple[str, ...] = ()

    @property
    def channel_of_all(self) -> str | None:
        """The channel, where all rows have the same."""
        name = normalize_name(self.channel)
        return name if name in CHANNELS else None

    def check(self, there: Iterable[str]) -> None:
        """Refuse columns that no row has.

        :param there: the columns that some row has.
        :raises InvalidInput: for the first column that is missing.
        """
        names = list(there)
        for argument, column in self._named():
            if column not in names:
                channels = f"a channel ({', '.join(CHANNELS)}) or " if argument == "channel" else ""
                raise InvalidInput(
                    argument,
                    f"{column!r} is not {channels}a column of the rows, which have {listed_columns(names)}.",
                )

    def _named(self) -> Iterator[tuple[str, str]]:
        names = ["to", "customer_name", "person", "record"]
        if self.channel_of_all is None:
            names.append("channel")
        yield from ((name, column) for name in names if (column := getattr(self, name)) is not None)
        yield from (("attributes", column) for column in self.attributes)


@dataclass(frozen=True, slots=True, repr=False)
class PlannedContact:
    """Somebody who is to be contacted.

    :param channel: the name of the channel, such as ``sms``.
    :param to: the address.
    :param row: the values of their first row.
    :param person: what identifies the person.
    :param rows: the numbers of all their rows.
    :param records: what identifies their rows.
    """

    channel: str
    to: str
    row: Mapping[str, Any]
    person: str
    rows: list[int] = field(default_factory=list)
    records: list[str] = field(default_factory=list)

    @property
    def shown(self) -> str:
        """The address in a form that may be shown."""
        return CHANNELS[self.channel].masked(self.to)

    def key(self, alert_name: str) -> str:
        """Derive the ``idempotency_key``, the same in every run and every DAG that acts on the alert.

        :param alert_name: the name of the alert.
        """
        return durable.alert_key(alert_name, self.person, self.records)


@dataclass(frozen=True, slots=True)
class Excluded:
    """A row for which nobody is contacted.

    :param row: the line in the file, or the number of the row, from 1.
    :param who: the address, masked.
    :param why: the reason.
    """

    row: int
    who: str
    why: str


class _Refused(Exception):
    """What is wrong with a row."""


class Audience:
    """Collects people from rows.

    :param columns: the columns of the rows, by their meaning.
    :param suppressed: tells whether an address is suppressed; called once for each address.
    """

    def __init__(self, columns: Columns, suppressed: Callable[[str], object] | None = None) -> None:
        self._columns = columns
        self._suppressed = suppressed
        self._by_person: dict[str, PlannedContact] = {}
        self._by_address: dict[str, PlannedContact] = {}
        self._suppressed_ones: set[str] = set()
        self.excluded: list[Excluded] = []

    @property
    def contacts(self) -> list[PlannedContact]:
        """The people who are to be contacted, in the order of their first rows."""
        return list(self._by_person.values())

    def add_all(self, rows: Iterable[Header | Row | BrokenRow], *, alike: bool = True) -> None:
        """Add the people in some rows.

        :param rows: the rows.
        :param alike: whether all rows come from one source, so that they have the same columns. Rows of
            several checks may differ, and it is not an error when nobody is found in them.
        :raises InvalidInput: when no row has one of the columns.
        """
        there: dict[str, None] = {}
        for row in rows:
            if isinstance(row, BrokenRow):
                self.excluded.append(Excluded(row.line, mask_address(None), row.problem))
                continue
            there.update(dict.fromkeys(row.names if isinstance(row, Header) else row.values))
            if isinstance(row, Row):
                self._take(row)
        if there and (alike or self._by_person):
            self._columns.check(there)

    def _take(self, row: Row) -> None:
        values = plain(row.values)
        try:
            self._add(row.line, values)
        except _Refused as refused:
            who = str(values.get(self._columns.to) or "").strip()
            self.excluded.append(Excluded(row.line, mask_address(who), str(refused)))

    def _add(self, number: int, row: Mapping[str, Any]) -> None:
        columns = self._columns
        channel = _channel(columns.channel_of_all or normalize_name(_value(row, columns.channel)))
        to = _address_in(channel, row, columns.to)
        address = channel.person(to)
        named = _value(row, columns.person) if columns.person else None
        record = _value(row, columns.record) if columns.record else None
        known = self._by_person.get(named or address) or self._by_address.get(address)
        if known is None:
            self._refuse_suppressed(to)
            known = PlannedContact(channel.name, to, row, named or _in_key(channel, to))
            self._by_person[named or address] = self._by_address[address] = known
        elif named and known.person != named:
            raise _Refused(f"the address of another person, who is contacted because of row {known.rows[0]}")
        elif (known.channel, CHANNELS[known.channel].person(known.to)) != (channel.name, address):
            raise _Refused(f"the same person as row {known.rows[0]}, who is contacted on {known.channel}")
        known.rows.append(number)
        if record is not None:
            known.records.append(record)

    def _refuse_suppressed(self, to: str) -> None:
        if self._suppressed and to not in self._suppressed_ones and self._suppressed(to):
            self._suppressed_ones.add(to)
        if to in self._suppressed_ones:
            raise _Refused("suppressed")


def _value(row: Mapping[str, Any], column: str) -> str:
    if column not in row:
        raise _Refused(f"has no column {column!r}, only {listed_columns(row)}")
    try:
        value = read_text(f"column {column!r}", row[column])
    except InvalidInput as wrong:
        raise _Refused(str(wrong)) from None
    if value is None or not value.strip():
        raise _Refused(f"nothing in column {column!r}")
    return value.strip()


def _address_in(channel: Channel, row: Mapping[str, Any], column: str) -> str:
    text, given = _value(row, column), row[column]
    if isinstance(given, bool) or not isinstance(given, (str, int)):
        raise _Refused(wrong_type(given, channel.likely(given) if is_number(given) else None))
    return _address(channel, text)


def _channel(name: str) -> Channel:
    channel = CHANNELS.get(name)
    if channel is None:
        raise _Refused(f"{masked_repr(name)} is not one of the channels {', '.join(CHANNELS)}")
    return channel


def _address(channel: Channel, value: str) -> str:
    address = channel.normalize(value)
    try:
        channel.check_address("to", address)
    except InvalidInput as wrong:
        likely = channel.likely(value)
        meant = f"; did you mean {likely!r}?" if likely else ""
        raise _Refused(f"not an address that {channel.name} takes{meant}") from wrong
    return address


def _in_key(channel: Channel, to: str) -> str:
    """Give the form of an address in an alert's keys, which is without the channel's prefix."""
    return channel.key_part(to).rpartition(":")[2]
