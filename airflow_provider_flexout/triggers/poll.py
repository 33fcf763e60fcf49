"""The trigger behind every wait: it reads until something has happened, and sends nothing."""

from __future__ import annotations

import asyncio
from functools import cache
from typing import TYPE_CHECKING, Any

from airflow.triggers.base import BaseTrigger, TriggerEvent

from airflow_provider_flexout.hooks.flex import FlexHook

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable


class PollTrigger(BaseTrigger):
    """Waits for what a watch of :mod:`airflow_provider_flexout.outreach.waiters` looks at.

    Its first look comes 5 seconds after the deferral at the earliest: Airflow can fail a task whose
    trigger fires while the scheduler still takes the deferral in. When the wait began and when it ends
    are among its arguments, so that a triggerer that takes it over goes on where it was.

    Its one event has ``found`` with what the watch found, ``timed_out`` with a sentence, or ``error`` with
    a sentence and ``permanent``. It also hands back ``watch`` and ``result``, since ``dag.test()`` loses
    what a task keeps for its return in any other way.

    :param watch: the watch as plain JSON, from ``serialize``: SIDs and numbers; no address, no text.
    :param flexout_conn_id: the Airflow connection, looked up by the triggerer.
    :param began: when the wait began, seconds since 1970.
    :param deadline: when it ends, likewise; ``None`` for no end.
    :param result: what the task has found already, SIDs only.
    """

    def __init__(
        self,
        *,
        watch: dict[str, Any],
        flexout_conn_id: str,
        began: float,
        deadline: float | None,
        result: dict[str, Any] | None = None,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.watch = watch
        self.flexout_conn_id = flexout_conn_id
        self.began = began
        self.deadline = deadline
        self.result = result

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Give the class path and the arguments."""
        arguments = {
            "watch": self.watch,
            "flexout_conn_id": self.flexout_conn_id,
            "began": self.began,
            "deadline": self.deadline,
            "result": self.result,
        }
        return f"{type(self).__module__}.{type(self).__qualname__}", arguments

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Wait, then say how it ended."""
        # The first import of the rules takes longer than an event loop may stand still.
        wait = _load() if _load.cache_info().currsize else await asyncio.to_thread(_load)
        ended = await wait(self)
        yield TriggerEvent(ended | {"watch": self.watch, "result": self.result})  # type: ignore[no-untyped-call]


@cache
def _load() -> Callable[[PollTrigger], Any]:
    from airflow_provider_flexout.connection import shared_client  # noqa: F401 - needed later, inside the loop
    from airflow_provider_flexout.outreach.errors import WaitTimedOut
    from airflow_provider_flexout.outreach.waiters import PollSchedule, Reply, deserialize, wait_for
    from airflow_provider_flexout.twilio.http import async_transport  # noqa: F401 - likewise
    from airflow_provider_flexout.twilio.http.errors import AuthenticationFailed, FlexoutError

    async def find(trigger: PollTrigger) -> Any:
        hook, watch = FlexHook(trigger.flexout_conn_id), deserialize(trigger.watch)
        refused: tuple[Any, AuthenticationFailed] | None = None
        while True:
            settings = None
            try:
                async with hook.shared_async_conn() as client:
                    if refused and client.settings == refused[0]:
                        raise refused[1]
                    settings = client.settings
                    return await client.run(wait_for(watch, PollSchedule(trigger.began, trigger.deadline)))
            except AuthenticationFailed as refusal:
                if settings is None:
                    raise
                refused = settings, refusal  # a wait may outlive a secret: is there a new one?

    async def wait(trigger: PollTrigger) -> dict[str, Any]:
        try:
            found = await find(trigger)
        except WaitTimedOut as late:
            return {"timed_out": str(late)}
        except FlexoutError as error:
            return {"error": str(error), "permanent": error.permanent}
        return {"found": found.as_dict() if isinstance(found, Reply) else found}

    return wait
