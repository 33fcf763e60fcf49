"""Which outreaches are read: those of a period, of a campaign or a DAG, or of a list of conversations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, ClassVar

from airflow_provider_flexout.connection.running_task import logical_date_of
from airflow_provider_flexout.mixins.base import FlexOperator
from airflow_provider_flexout.mixins.templates import template_fields_of
from airflow_provider_flexout.outreach import durable

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_flexout.mixins.literals.known import Literals
    from airflow_provider_flexout.outreach.results.selection import Selection
    from airflow_provider_flexout.outreach.values.durations import Duration

_LOOK_BACK = timedelta(days=30)
"""How far back the outreaches of a campaign or a DAG are looked for: as long as TaskRouter keeps its
events."""


class SelectionMixin(FlexOperator):
    """An operator that reads outreaches which were opened before.

    :param start: outreaches opened at this moment or later.
    :param end: outreaches opened before this moment.
    :param lookback: how much earlier the period begins.
    :param campaign: the name of a campaign; only its outreaches are read.
    :param dag_id: the id of a DAG; only outreaches that it opened are read.
    :param conversations: in place of a period, the conversations to read.
    """

    _is_told_to_end = False
    arguments_of_fields: ClassVar[Mapping[str, str]] = {"source_dag_id": "dag_id"}

    def __init__(
        self,
        *,
        start: datetime | str | None = None,
        end: datetime | str | None = None,
        lookback: Duration | None = None,
        campaign: str | None = None,
        dag_id: str | None = None,
        conversations: Sequence[Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.start = start
        self.end = end
        self.lookback = lookback
        self.campaign = campaign
        self.source_dag_id = dag_id  # an operator's own dag_id is that of its DAG
        self.conversations = conversations

    template_fields: Sequence[str] = (
        *template_fields_of(__init__, FlexOperator, without=("dag_id",)),
        "source_dag_id",
    )

    @classmethod
    def _check_literals(cls, known: Literals) -> None:
        from airflow_provider_flexout.outreach.results.selection import Selection
        from airflow_provider_flexout.outreach.values.durations import read_moment

        super()._check_literals(known)
        moments: dict[str, Any] = {
            name: read_moment(name, known[name])
            for name in ("start", "end")
            if name in known and known[name] is not None
        }
        dag_id = known.get("source_dag_id", known.get("dag_id"))
        Selection(**moments, campaign=known.get("campaign"), dag_id=dag_id)
        period = ("start", "end", "lookback")
        if known.get("conversations") is not None and known.has(*period):
            _named(known["conversations"], [known[name] for name in period])

    def _selection(self, context: Context) -> Selection:
        """Say which outreaches are read.

        :param context: Airflow's context.
        :raises InvalidInput: naming the argument that is missing or wrong.
        """
        from airflow_provider_flexout.outreach.results.selection import Selection

        if self.conversations is not None:
            conversations = _named(self.conversations, [self.start, self.end, self.lookback])
            return Selection(conversations=conversations, campaign=self.campaign, dag_id=self.source_dag_id)
        start, end = self._period(context)
        return Selection(start, end, campaign=self.campaign, dag_id=self.source_dag_id)

    def _period(self, context: Context) -> tuple[datetime, datetime | None]:
        """Give the period whose outreaches are read, in UTC; without an end it goes on until now."""
        from airflow_provider_flexout.outreach.errors import InvalidInput
        from airflow_provider_flexout.outreach.values.durations import in_utc, read_duration, read_moment

        now = datetime.now(timezone.utc)
        start = None if self.start is None else read_moment("start", self.start)
        end = None if self.end is None else read_moment("end", self.end)
        lookback = None if self.lookback is None else read_duration("lookback", self.lookback)
        if start is None and end is None:
            named = self.campaign is not None or self.source_dag_id is not None
            interval = None if named else _interval(context)
            if interval:
                start, end = interval
            elif named and lookback is None:
                lookback = _LOOK_BACK
        if lookback is not None:
            start = (start or end or min(in_utc(logical_date_of(context) or now), now)) - lookback
        if start is None:
            raise InvalidInput(
                "start",
                "missing, and this run has no data interval to use instead. Pass start and end, or "
                'lookback (as in lookback="1d"), or a campaign.',
            )
        return start, end


def _named(given: Any, period: Sequence[Any]) -> tuple[str, ...]:
    """List the SIDs of the conversations that were given; no period may stand beside them."""
    from airflow_provider_flexout.outreach.errors import InvalidInput

    if any(one is not None for one in period):
        raise InvalidInput("conversations", "are read whenever they were opened; leave the period out.")
    if isinstance(given, str) or not isinstance(given, Sequence):
        raise InvalidInput("conversations", f"must be a list of SIDs, got {type(given).__name__}.")
    return tuple(
        str(one.get(durable.XCOM_CONVERSATION_SID) if isinstance(one, Mapping) else one) for one in given
    )


def _interval(context: Context) -> tuple[datetime, datetime] | None:
    """Give the run's data interval; ``None`` where it has none, or one without a length."""
    from airflow_provider_flexout.outreach.values.durations import in_utc

    start, end = context.get("data_interval_start"), context.get("data_interval_end")
    if isinstance(start, datetime) and isinstance(end, datetime) and in_utc(start) < in_utc(end):
        return in_utc(start), in_utc(end)
    return None
