"""The trigger of a task that is held until a time."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

from airflow_provider_flexout.triggers.timer import TimerTrigger
from tests.virtual_time import run_at_once

EVENING = datetime(2031, 5, 6, 19, 0, tzinfo=timezone.utc)
PAST = datetime.now(timezone.utc) - timedelta(days=365)


def test_a_time_in_the_past_resumes_the_task_after_five_seconds():
    waited = []

    async def first():
        async for event in TimerTrigger(until=PAST).run():
            return event.payload
        return None

    event = run_at_once(first(), waited.append)
    assert event["until"] == PAST.isoformat()
    assert sum(waited) >= 5


def test_the_trigger_comes_back_from_the_database():
    path, arguments = TimerTrigger(until=EVENING).serialize()
    assert path == "airflow_provider_flexout.triggers.timer.TimerTrigger"
    assert json.loads(json.dumps(arguments)) == arguments
    assert TimerTrigger(**arguments).until == EVENING
