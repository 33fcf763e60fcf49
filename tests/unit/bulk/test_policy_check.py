"""A campaign's gates: each contact passes them, and they are read once."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from airflow_provider_flexout.bulk.availability import LOOK_EVERY, MAX_WAIT, AgentAvailability
from airflow_provider_flexout.bulk.campaign import Campaign
from airflow_provider_flexout.bulk.runner import CampaignRunner
from airflow_provider_flexout.bulk.sources.open import ListedRows
from airflow_provider_flexout.hooks.flex import FlexHook
from airflow_provider_flexout.operators.bulk import BulkOutreachOperator
from airflow_provider_flexout.outreach.errors import NobodyAvailable
from airflow_provider_flexout.outreach.spec import OutreachSpec
from airflow_provider_flexout.twilio.http.client import AsyncClient
from tests.version_compat import TaskDeferred

IN_WASHINGTON = [{"to": f"+1202555{number:04d}"} for number in range(100, 104)]
IN_SYDNEY = [{"to": f"+6129374{number:04d}"} for number in range(100, 103)]


def bulk(contacts: object, **arguments: object) -> BulkOutreachOperator:
    return BulkOutreachOperator(
        task_id="reach", contacts=contacts, message="Hello.", channel="sms", **arguments
    )


def hours(zone: str, *, opens: int, closes: int) -> dict[str, str]:
    """A window that opens and closes so many hours from now."""
    now = datetime.now(ZoneInfo(zone))
    moments = (now + timedelta(hours=opens), now + timedelta(hours=closes))
    return dict(zip(("start", "end"), (f"{one:%H:%M}" for one in moments), strict=True)) | {"timezone": zone}


def closed() -> dict[str, str]:
    return hours("UTC", opens=2, closes=3)


def addresses(served) -> set[str]:
    return {one.address for each in served.conversations for one in each.participants if one.address}


@pytest.mark.parametrize("kind", ["list", "function", "consent"])
def test_who_is_on_a_list_is_left_alone(run, served, kind):
    barred = IN_WASHINGTON[1]["to"]
    given = {
        "list": {"suppression": ["(202) 555-0101"]},
        "function": {"suppression": lambda address: address == barred},
        "consent": {"consent": lambda address: address != barred},
    }[kind]
    summary = run(bulk(IN_WASHINGTON, **given)).xcoms["return_value"]
    assert (summary["opened"], summary["suppressed"]) == (3, 1)
    assert barred not in addresses(served)


def test_a_cap_counts_what_other_campaigns_sent_and_not_its_own(run, served, tmp_path):
    cap = {"frequency_cap": {"at_most": 1, "per": "P1D"}}
    run(bulk(IN_WASHINGTON[:2], campaign="first"))
    results = tmp_path / "results.jsonl"
    summary = run(bulk(IN_WASHINGTON, campaign="second", results=str(results), **cap)).xcoms["return_value"]
    assert (summary["opened"], summary["suppressed"]) == (2, 2)
    reasons = [json.loads(line).get("reason", "") for line in results.read_text().splitlines()]
    assert sum(reason.startswith("frequency_cap: ") for reason in reasons) == 2
    again = run(bulk(IN_WASHINGTON[2:], campaign="second", **cap), try_number=2).xcoms["return_value"]
    assert again["adopted"] == 2


def test_the_window_holds_some_and_lets_others_go(run, served):
    window = hours("America/New_York", opens=-1, closes=1) | {"timezone": "recipient"}
    with pytest.raises(TaskDeferred) as deferred:
        run(bulk([*IN_SYDNEY, *IN_WASHINGTON], contact_window=window))
    assert addresses(served) == {one["to"] for one in IN_WASHINGTON}
    assert deferred.value.trigger.until > datetime.now(timezone.utc) + timedelta(hours=1)
    summary = run(bulk([*IN_SYDNEY, *IN_WASHINGTON]), resume=deferred.value).xcoms["return_value"]
    assert (summary["adopted"], summary["opened"]) == (4, 3)
    assert len(served.messages) == 7


def test_a_window_of_which_nobody_knows_when_it_opens_is_not_waited_for(run, served):
    window = hours("UTC", opens=-1, closes=1) | {"timezone": "recipient"}
    nowhere = {"to": "+88213000000"}
    summary = run(bulk([nowhere], contact_window=window)).xcoms["return_value"]
    assert (summary["held"], summary["contacts"]) == (1, 1)


@pytest.mark.parametrize("days", [0, 30], ids=["found in the list", "found by its name"])
def test_what_is_open_is_adopted_whatever_the_gates_say(run, served, tmp_path, days):
    run(bulk(IN_WASHINGTON[:2], campaign="one"))
    began, results = datetime.now(timezone.utc) + timedelta(days=days), tmp_path / "results.jsonl"
    with pytest.raises(TaskDeferred):
        run(
            bulk(IN_WASHINGTON, campaign="one", contact_window=closed(), results=str(results)),
            context={"dag_run": SimpleNamespace(start_date=began)},
        )
    outcomes = Counter(json.loads(line)["outcome"] for line in results.read_text().splitlines())
    assert outcomes == {"adopted": 2, "held": 2}
    assert len(served.conversations) == len(served.messages) == 2


class Someone:
    """A clock that moves when somebody waits, and an agent who comes back after a while."""

    def __init__(self, served, after: float) -> None:
        self.now, self._served, self._after = 0.0, served, after

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        if self.now >= self._after:
            self._served.agent("ana").goes("Available")


async def campaign_of(served, someone: Someone, **arguments: object) -> CampaignRunner:
    hook = FlexHook()
    campaign = Campaign(
        "c", hook.defaults, OutreachSpec(channel="sms", initiated_by="api"), "Hello.", concurrency=3
    )
    async with AsyncClient(hook.settings) as client:
        availability = AgentAvailability(
            client,
            hook.defaults.queue_sid,
            arguments.pop("timeout", timedelta(hours=1)),
            clock=lambda: someone.now,
            sleep=someone.sleep,
            **arguments,
        )
        run = CampaignRunner(campaign, client, lambda _: None, availability=availability)
        await run.go(ListedRows(IN_WASHINGTON))
    return run


def looks(served) -> int:
    return sum(one.operation == "FetchTaskQueueRealTimeStatistics" for one in served.requests)


def test_no_contact_is_begun_while_nobody_is_available(use_connection, served):
    served.agent().goes("Break")
    run = asyncio.run(campaign_of(served, Someone(served, after=3 * LOOK_EVERY)))
    assert (run.progress.ended, run.hold) == (4, None)
    assert looks(served) == 4  # three in vain, and one for all four contacts
    assert len(served.conversations) == 4


def test_after_a_minute_without_anybody_the_task_is_to_be_deferred(use_connection, served):
    served.agent().goes("Break")
    run = asyncio.run(campaign_of(served, Someone(served, after=2 * MAX_WAIT)))
    assert run.progress.ended == 0
    assert run.hold is not None
    assert run.hold.by == "agents"
    assert served.conversations == []


def test_nobody_for_as_long_as_is_allowed_ends_it(use_connection, served):
    served.agent().goes("Break")
    since = datetime.now(timezone.utc) - timedelta(hours=2)
    with pytest.raises(NobodyAvailable):
        asyncio.run(campaign_of(served, Someone(served, after=2 * MAX_WAIT), since=since))
    assert served.conversations == []
