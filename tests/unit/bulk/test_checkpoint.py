"""Reading back what is done: in pages as long as that pays, and held in little memory."""

from __future__ import annotations

import asyncio
import gc
import json
import re
import tracemalloc
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import httpx
import pytest

from airflow_provider_flexout.bulk import checkpoint
from airflow_provider_flexout.bulk.campaign import Campaign
from airflow_provider_flexout.bulk.checkpoint import FREE_PAGES, Checkpoint
from airflow_provider_flexout.bulk.contacts.contact import contact_of
from airflow_provider_flexout.bulk.sources.row import Row
from airflow_provider_flexout.hooks.flex import FlexHook
from airflow_provider_flexout.operators.bulk import BulkOutreachOperator
from airflow_provider_flexout.outreach.interaction.record import new_record
from airflow_provider_flexout.outreach.interaction.request import InteractionRequest, InteractionResult
from airflow_provider_flexout.outreach.spec import OutreachSpec
from airflow_provider_flexout.outreach.values.defaults import ConnectionDefaults
from airflow_provider_flexout.twilio.api.conversations import update_conversation
from airflow_provider_flexout.twilio.http.client import AsyncClient
from airflow_provider_flexout.twilio.http.settings import BasicCredentials, Settings
from airflow_provider_flexout.version_compat import AirflowFailException


def people(count: int) -> list[dict[str, str]]:
    return [{"to": f"+1202555{number:04d}"} for number in range(100, 100 + count)]


def bulk(contacts: object, **arguments: object) -> BulkOutreachOperator:
    return BulkOutreachOperator(
        task_id="reach", contacts=contacts, message="Hello.", channel="sms", **arguments
    )


def lines(path: Path) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in path.read_text().splitlines()]
    return sorted(found, key=lambda one: one["line"])


def test_a_retry_takes_few_requests_however_far_away_the_first_of_the_done_are(run, served, monkeypatch):
    """Twilio lists the newest first, so the first row's conversation is on the last page."""
    monkeypatch.setattr(checkpoint, "FREE_PAGES", 1)
    run(bulk(people(396)))
    first = len(served.requests)
    summary = run(bulk(people(400)), try_number=2).xcoms["return_value"]
    assert (summary["adopted"], summary["opened"]) == (396, 4)
    assert len(served.requests) - first < 0.05 * first
    assert len(served.conversations) == len(served.messages) == 400


def test_what_is_read_back_are_the_sids_of_the_first_try(run, served, tmp_path):
    files = [tmp_path / "first.jsonl", tmp_path / "second.jsonl"]
    contacts = [*people(2), {"to": "ada", "channel": "chat"}]
    for number, file in enumerate(files, start=1):
        run(bulk(contacts, results=str(file), initiated_by="api"), try_number=number)
    listed = [one.path for one in served.requests if one.operation == "ListConversation"]
    assert all(re.search(r"StartDate=\d{4}-\d\d-\d\dT00%3A00%3A00Z", one) for one in listed)
    assert listed
    first, second = map(lines, files)
    assert [one.pop("outcome") for one in first + second] == ["opened"] * 3 + ["adopted"] * 3
    assert first == second
    assert all(line["message_sid"] and line["interaction_sid"] for line in second)


@pytest.mark.parametrize("agent", ["now", "on_reply"])
def test_a_contact_whose_address_has_changed_is_not_taken_for_done(run, served, tmp_path, agent):
    """Their id is the same and so is the key; only the fingerprint tells that it is another outreach."""
    file = tmp_path / "second.jsonl"
    was, new = ({"id": "7", "to": to} for to in ("+12025550107", "+12025550108"))
    run(bulk([was, *people(1)], agent=agent))
    second = bulk([new, *people(1)], results=str(file), agent=agent)
    summary = run(second, try_number=2).xcoms["return_value"]
    assert (summary["adopted"], summary["invalid"]) == (1, 1)
    assert lines(file)[0]["outcome"] == "invalid"
    assert len(served.conversations) == 2


def test_a_list_that_cannot_be_read_costs_no_more_than_names(run, served):
    run(bulk(people(5)))
    served.faults.fail("ListConversation", 403, times=None)
    summary = run(bulk(people(6)), try_number=2).xcoms["return_value"]
    assert (summary["adopted"], summary["opened"]) == (5, 1)


def test_credentials_that_are_refused_end_it(run, served):
    served.faults.fail("ListConversation", 401, times=None)
    with pytest.raises(AirflowFailException, match="20401"):
        run(bulk(people(6)), try_number=2)
    assert served.conversations == []


@pytest.mark.parametrize("change", [{"sids": "none"}, {"key": "x"}, {"claim": 1}, {"greeted": "IMx"}])
def test_a_mark_that_somebody_has_changed_is_looked_at_by_name_only(run, served, change):
    run(bulk(people(1), campaign="other"))
    attributes = served.conversations[0].attributes
    attributes["flexout"] |= change
    with FlexHook().get_conn() as client:
        client.send(update_conversation(served.conversations[0].sid, attributes=attributes))
    summary = run(bulk(people(2)[1:]), try_number=2).xcoms["return_value"]
    assert summary["opened"] == 1


class Account:
    """An account that has done a campaign's first contacts, and lists them after others' conversations."""

    def __init__(self, defaults: ConnectionDefaults, count: int, *, others: int = 0) -> None:
        self._campaign = Campaign("c", defaults, OutreachSpec(channel="sms"), "Hello.")
        self._pages = (count + others) // 100
        self._count, self._others = count, others
        self.requests = 0

    def opening(self, number: int) -> InteractionRequest:
        """The contact of this number, from 0, the first that was checkpoint."""
        values = {"to": f"+1202555{number % 10_000:04d}", "id": str(number)}
        return self._campaign.request_for(contact_of(Row(number, values), {}))

    def client(self) -> AsyncClient:
        settings = Settings(BasicCredentials("AC" + "0" * 32, "token"))
        return AsyncClient(settings, transport=httpx.MockTransport(self._answer))

    async def goes_through(self, known: Checkpoint, count: int) -> None:
        """Take contacts as a campaign does, and count the two requests for whom is found by name."""
        for number in range(count):
            if await known.take(self.opening(number)) is None and number < self._count:
                self.requests += 2
                known.was_found_by_name()

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        page = int(request.url.params.get("Page", "0"))
        following = f"/v1/Conversations?Page={page + 1}" if page + 1 < self._pages else None
        items = [self._conversation(place) for place in range(page * 100, (page + 1) * 100)]
        return httpx.Response(200, json={"conversations": items, "meta": {"next_page_url": following}})

    def _conversation(self, place: int) -> dict[str, Any]:
        sid = f"CH{place:032x}"
        if place < self._others:
            return {"sid": sid, "attributes": "{}"}
        number = self._count + self._others - 1 - place  # the newest first
        opened = InteractionResult(
            interaction_sid=f"KD{number:032x}",
            channel_sid=f"UO{number:032x}",
            conversation_sid=sid,
            task_sid=f"WT{number:032x}",
            invite_sid=None,
            channel_type="sms",
            created=True,
        )
        mark = new_record(self.opening(number), "attempt", 10, opened, f"IM{number:032x}")
        return {"sid": sid, "attributes": json.dumps(mark.write_into({}))}


def through(account: Account, goes: Callable[[Checkpoint], Any]) -> Checkpoint:
    async def run() -> Checkpoint:
        async with account.client() as client:
            known = Checkpoint(client, datetime.now(timezone.utc))
            await goes(known)
            return known

    return asyncio.run(run())


def test_others_conversations_cost_a_few_pages(defaults):
    account = Account(defaults, 0, others=100_000)
    through(account, lambda known: account.goes_through(known, 500))
    assert account.requests == FREE_PAGES


def test_one_on_the_last_page_is_found_in_one_look(defaults):
    account = Account(defaults, 500)
    found = []

    async def look(known: Checkpoint) -> None:
        found.append(await known.take(account.opening(0)))

    through(account, look)
    ((opened, message_sid),) = found
    assert (opened.interaction_sid, message_sid) == ("KD" + "0" * 32, "IM" + "0" * 32)
    assert account.requests == 5


def test_two_on_one_page_read_it_once(defaults):
    account = Account(defaults, 500)

    async def look(known: Checkpoint) -> None:
        assert all(await asyncio.gather(*(known.take(account.opening(number)) for number in (498, 499))))

    through(account, look)
    assert account.requests == 1


@pytest.mark.parametrize(("count", "others"), [(10_000, 0), (10_000, 5_000), (1_000, 20_000)])
def test_looking_costs_little_more_than_twice_what_names_do_and_mostly_far_less(defaults, count, others):
    account = Account(defaults, count, others=others)
    through(account, lambda known: account.goes_through(known, count))
    assert account.requests <= FREE_PAGES + 2 * (count + others) / 100
    assert account.requests < 0.1 * 5 * count


def test_each_outreach_that_is_done_is_held_in_300_bytes(defaults):
    count = 2000
    account = Account(defaults, count)

    async def read_all() -> Checkpoint:
        async with account.client() as client:
            known = Checkpoint(client, datetime.now(timezone.utc))
            assert await known.take(account.opening(count - 1))  # whatever is needed once is there now
            gc.collect()
            before, _ = tracemalloc.get_traced_memory()
            opened, message_sid = await known.take(account.opening(0))
            gc.collect()
            after, _ = tracemalloc.get_traced_memory()
        assert account.requests == count / 100
        assert (after - before) / count < 300
        assert opened.invite_sid is None
        assert (opened.task_sid, message_sid) == ("WT" + "0" * 32, "IM" + "0" * 32)
        return known

    tracemalloc.start()
    try:
        asyncio.run(read_all())
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("channel", ["sms", "messenger"])
@pytest.mark.parametrize("invite", ["KG" + "5" * 32, None])
def test_what_is_held_of_an_outreach_is_read_again(defaults, channel, invite):
    request, message = Account(defaults, 1).opening(0), "IM" + "6" * 32
    sids = [f"{kind}{place * 32}" for kind, place in zip(("KD", "UO", "CH", "WT"), "1234", strict=True)]
    opened = InteractionResult(*sids, invite, channel, created=False)
    packed = checkpoint._packed(request.fingerprint, opened, message)
    assert checkpoint._unpacked(packed, request) == (opened, message)
    other = Account(defaults, 1).opening(1)
    assert checkpoint._unpacked(packed, other) is None
