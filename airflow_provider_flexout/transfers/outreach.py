"""Copying what became of each outreach into the tables or files of a warehouse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.mixins.base import permanent_errors_fail_at_once
from airflow_provider_flexout.mixins.lineage import WritesMixin, WrittenFile, WrittenTable
from airflow_provider_flexout.mixins.selection import SelectionMixin
from airflow_provider_flexout.mixins.templates import template_fields_of
from airflow_provider_flexout.outreach import durable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow.sdk import Context

    from airflow_provider_flexout.mixins.literals.known import Literals
    from airflow_provider_flexout.outreach.results.selection import Selection
    from airflow_provider_flexout.tables.files import TableFiles
    from airflow_provider_flexout.tables.reader import Counts
    from airflow_provider_flexout.tables.spool import Spool, TableColumns
    from airflow_provider_flexout.tables.sql import SqlTables


class _OutreachTransfer(WritesMixin, SelectionMixin):
    """What both operators do: read the outreaches into a file on the worker, then write them all at once.

    :param include_addresses: see the operators, which describe all arguments.
    """

    def __init__(
        self, *, include_addresses: bool = False, include_bodies: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.include_addresses = include_addresses
        self.include_bodies = include_bodies

    def execute(self, context: Context) -> dict[str, int]:
        """Read, then write, and return how many rows there were.

        :param context: Airflow's context.
        """
        from airflow_provider_flexout.bulk.event_loop import in_a_loop
        from airflow_provider_flexout.tables.spool import Spool, TableColumns

        with permanent_errors_fail_at_once():
            selection = self._selection(context)
            columns = TableColumns.chosen(
                include_addresses=self.include_addresses, include_bodies=self.include_bodies
            )
            target = self._target(columns)
            with Spool(columns) as spool:
                counts = in_a_loop(lambda: self._read(selection, spool), lambda: None)
                self._tell(selection, spool, counts)
                target.write(spool)
                self.log.info("Written: %s.", target)
                return dict(
                    zip(
                        durable.TRANSFER_FIELDS,
                        (spool.outreaches, spool.messages, counts.unknown_tasks, counts.deleted),
                        strict=True,
                    )
                )

    def _target(self, columns: TableColumns) -> SqlTables | TableFiles:
        raise NotImplementedError

    async def _read(self, selection: Selection, spool: Spool) -> Counts:
        from airflow_provider_flexout.outreach.results.read import ReadOptions
        from airflow_provider_flexout.tables.reader import Reader

        options = ReadOptions(self.hook.pseudonym_secret, self.hook.defaults.workspace_sid)
        async with await self.hook.get_async_conn() as client:
            return await Reader(client, selection, options, spool).read()

    def _tell(self, selection: Selection, spool: Spool, counts: Counts) -> None:
        period = (
            ""
            if selection.conversations is not None
            else f" from {selection.start} to {selection.end or 'now'}"
        )
        self.log.info(
            "%s outreaches%s, with %s messages, of %s conversations.",
            f"{spool.outreaches:,}", period, f"{spool.messages:,}", f"{counts.conversations:,}",
        )  # fmt: skip
        if counts.unknown_tasks:
            self.log.warning(
                "It is not known which agent had %s of them; those columns are null. Of the first: %s.",
                f"{counts.unknown_tasks:,}", counts.first_unknown,
            )  # fmt: skip
        if counts.deleted:
            self.log.warning("%s conversations have been deleted; their rows stay.", f"{counts.deleted:,}")


class OutreachToSqlOperator(_OutreachTransfer):
    """Write what became of each outreach into two tables of a database.

    One table has a row for each outreach: whom it was for, whether the message arrived, when the customer
    replied, which agent had them, and how it ended. Another table has a row for each message.
    ``docs/results.md`` describes the columns. Rows of outreaches that are in the tables already are replaced,
    all in one transaction. So running the task again gives the same rows, and if it is killed, the tables
    hold either the old rows or the new ones.

    Each outreach takes two requests, one more if an agent's task was made for it, and one for each message
    that did not arrive. Without any argument for the period, the outreaches of the run's data interval are
    read.

    :param conn_id: the id of the database's Airflow connection: PostgreSQL, SQLite, Snowflake, or any other
        whose hook gives a SQLAlchemy engine.
    :param table: the table of outreaches, with its schema before it where it needs one; the default is
        ``outreach``.
    :param messages_table: the table of messages, with its schema where it needs one; the default is
        ``outreach_message``. ``None`` writes none.
    :param opt_outs_table: the suppression table, with its schema where it needs one: the address of everybody
        who has opted out in one of these outreaches, for ``suppression`` of the next campaign. By default
        none is written.
    :param create_tables: whether tables that are missing are created; the default is false.
    :param start: outreaches opened at this moment or later are read: a datetime with a time zone, or ISO 8601
        with an offset. The default is the beginning of the run's data interval.
    :param end: outreaches opened before this moment are read. The default is the end of the run's data
        interval, or now if a ``start`` is given.
    :param lookback: how much earlier the period begins, so that outreaches that were still open the last time
        are read again: a timedelta, seconds, or text (``"30d"``, ``"P30D"``). Where a run has no data
        interval, or one without a length, the period begins this long before its logical date and ends now.
        The default is none.
    :param campaign: the name of a campaign; only its outreaches are read. Without a period, those of the
        last 30 days.
    :param dag_id: the id of a DAG; only outreaches that it opened are read. Without a period, those
        of the last 30 days.
    :param conversations: in place of a period, the conversations to read: a list of SIDs (``CH…``), or of the
        results of the tasks that opened them.
    :param include_addresses: whether the addresses of people are written; the default is false, and the
        column ``person`` has a pseudonym for each.
    :param include_bodies: whether the texts of messages are written; the default is false.
    :param flexout_conn_id: the id of the Airflow connection; the default is ``flexout_default``.
    :returns: ``outreaches`` and ``messages``, how many rows were written; ``unknown_tasks``, for how many
        outreaches TaskRouter did not tell (any more) which agent had them; ``deleted``, how many
        conversations were deleted before they could be read.
    :raises AirflowFailException: when an argument is wrong, a table is missing, or lacks a column.
    """

    def __init__(
        self,
        *,
        conn_id: str,
        table: str = "outreach",
        messages_table: str | None = "outreach_message",
        opt_outs_table: str | None = None,
        create_tables: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.conn_id = conn_id
        self.table = table
        self.messages_table = messages_table
        self.opt_outs_table = opt_outs_table
        self.create_tables = create_tables

    template_fields: Sequence[str] = template_fields_of(__init__, _OutreachTransfer)

    @classmethod
    def _check_literals(cls, known: Literals) -> None:
        from airflow_provider_flexout.tables.sql import check_names

        super()._check_literals(known)
        names = ("table", "messages_table", "opt_outs_table")
        check_names({name: known[name] for name in names if name in known})

    def _target(self, columns: TableColumns) -> SqlTables:
        from airflow_provider_flexout.tables.sql import SqlTables

        tables = SqlTables(
            self.conn_id,
            self.table,
            self.messages_table,
            columns,
            create=self.create_tables,
            opt_outs_table=self.opt_outs_table,
        )
        tables.check()
        return tables

    def _written(self) -> list[WrittenTable | WrittenFile]:
        names = (self.table, self.messages_table, self.opt_outs_table)
        return [WrittenTable(self.conn_id, one) for one in names if one]


class OutreachToObjectStorageOperator(_OutreachTransfer):
    """Write what became of each outreach into two files: Parquet, JSON lines or CSV, by file extension.

    The rows are those of :class:`OutreachToSqlOperator`. Each file is written whole, replaces the one that is
    there, and appears once it is complete. So give each period a file of its own, as in
    ``s3://bucket/outreach/{{ ds }}.parquet``.

    :param path: the file of outreaches, local or on object storage: ``.parquet``, ``.jsonl`` (or
        ``.ndjson``) or ``.csv``.
    :param messages_path: the file of messages, with one of the same extensions; by default none is written.
    :param conn_id: the id of the Airflow connection of the storage; by default, the one in the path, or none.
    :param start: outreaches opened at this moment or later are read, as for ``OutreachToSqlOperator``.
    :param end: outreaches opened before this moment are read, as for ``OutreachToSqlOperator``.
    :param lookback: how much earlier the period begins, as for ``OutreachToSqlOperator``.
    :param campaign: the name of a campaign; only its outreaches are read, as for ``OutreachToSqlOperator``.
    :param dag_id: the id of a DAG; only outreaches that it opened are read, as for
        ``OutreachToSqlOperator``.
    :param conversations: in place of a period, the conversations to read, as for ``OutreachToSqlOperator``.
    :param include_addresses: whether the addresses of people are written; the default is false.
    :param include_bodies: whether the texts of messages are written; the default is false.
    :param flexout_conn_id: the id of the Airflow connection; the default is ``flexout_default``.
    :returns: ``outreaches``, ``messages``, ``unknown_tasks`` and ``deleted``, as for
        ``OutreachToSqlOperator``.
    :raises AirflowFailException: when an argument is wrong, or the storage is not known.
    """

    def __init__(
        self, *, path: str, messages_path: str | None = None, conn_id: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.path = path
        self.messages_path = messages_path
        self.conn_id = conn_id

    template_fields: Sequence[str] = template_fields_of(__init__, _OutreachTransfer)

    @classmethod
    def _check_literals(cls, known: Literals) -> None:
        from airflow_provider_flexout.tables.files import check_paths

        super()._check_literals(known)
        check_paths({name: known[name] for name in ("path", "messages_path") if name in known})

    def _target(self, columns: TableColumns) -> TableFiles:
        from airflow_provider_flexout.tables.files import TableFiles

        return TableFiles(self.path, self.messages_path, self.conn_id)

    def _written(self) -> list[WrittenTable | WrittenFile]:
        return [WrittenFile(one, self.conn_id) for one in (self.path, self.messages_path) if one]
