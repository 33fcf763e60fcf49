"""The trigger behind ``wait_until``: it reads until a stage is reached, and sends nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.triggers.base import BaseTrigger, TriggerEvent

from airflow_provider_flexout.hooks.flex import FlexHook

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from airflow_provider_flexout.outreach.waiting import InteractionWatch, MessageWatch


class WaitTrigger(BaseTrigger):
    """Waits for an interaction or a message to reach a stage.

    Its first look comes 5 seconds after the deferral at the earliest: Airflow can fail a task whose
    trigger fires while the scheduler still takes the deferral in.

    :param sids: the SIDs of an ``InteractionWatch`` or a ``MessageWatch``, by name; no address, no text.
    :param until: the stage.
    :param flexout_conn_id: the Airflow connection, looked up by the triggerer.
    """

    def __init__(self, *, sids: dict[str, str], until: str, flexout_conn_id: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.sids = sids
        self.until = until
        self.flexout_conn_id = flexout_conn_id

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Give the class path and the arguments."""
        arguments = {"sids": self.sids, "until": self.until, "flexout_conn_id": self.flexout_conn_id}
        return f"{type(self).__module__}.{type(self).__qualname__}", arguments

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Wait, then say how it ended."""
        from airflow_provider_flexout.outreach.waiting import wait_for
        from airflow_provider_flexout.twilio.errors import FlexoutError

        try:
            async with await FlexHook(self.flexout_conn_id).get_async_conn() as client:
                status = await client.run(wait_for(self._watch()))
        except FlexoutError as error:
            yield TriggerEvent({"error": str(error), "permanent": error.permanent})  # type: ignore[no-untyped-call]
        else:
            yield TriggerEvent({"status": status})  # type: ignore[no-untyped-call]

    def _watch(self) -> InteractionWatch | MessageWatch:
        from airflow_provider_flexout.outreach.waiting import InteractionWatch, MessageWatch

        kind = MessageWatch if "message_sid" in self.sids else InteractionWatch
        return kind(**self.sids, until=self.until)
