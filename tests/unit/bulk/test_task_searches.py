"""Searches for tasks are sent together, and each finds what it would have found alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from urllib.parse import quote

import httpx
import pytest

from airflow_provider_flexout.bulk.task_searches import MOST, TaskSearches, terms_of
from airflow_provider_flexout.hooks.flex import FlexHook
from airflow_provider_flexout.operators.bulk import BulkOutreachOperator
from airflow_provider_flexout.twilio.api.conversations import delete_conversation
from airflow_provider_flexout.twilio.api.tasks import TaskPage, list_tasks
from airflow_provider_flexout.twilio.http.call import Call
from airflow_provider_flexout.twilio.http.client import AsyncClient
from airflow_provider_flexout.twilio.http.retry import RetryPolicy
from tests.unit.twilio.http.responses import SETTINGS


def people(count: int) -> list[dict[str, str]]:
    return [{"to": f"+1202555{number:04d}"} for number in range(100, 100 + count)]


def bulk(contacts: object) -> BulkOutreachOperator:
    return BulkOutreachOperator(task_id="reach", contacts=contacts, message="Hello.", channel="sms")


def test_a_retry_asks_for_many_contacts_in_one_search(run, served):
    served.settings.rate_limits = True
    run(bulk(people(2)))
    before = len(served.requests)
    summary = run(bulk(people(80)), try_number=2).xcoms["return_value"]
    assert (summary["adopted"], summary["opened"]) == (2, 78)
    searches = [one for one in served.requests[before:] if one.operation == "ListTask"]
    assert len(searches) < 78 / 2  # some 13; how many come together depends on how fast this machine is
    assert [len(one.texts) for one in served.conversations] == [1] * 80


def test_whoevers_conversation_was_deleted_is_not_contacted_again(run, served):
    served.settings.rate_limits = True
    run(bulk(people(3)))
    with FlexHook().get_conn() as client:
        client.send(delete_conversation(served.conversations[0].sid))
    summary = run(bulk(people(40)), try_number=2).xcoms["return_value"]
    assert (summary["adopted"], summary["opened"], summary["failed"]) == (2, 37, 1)
    assert len(served.tasks) == 40


WORKSPACE = "WS" + "1" * 32
Page = Callable[[str], httpx.Response]


def search(number: int, workspace: str = WORKSPACE) -> Call[TaskPage]:
    expression = f'conversationSid == "CH{number}" OR flexout_key == "fx{number}"'
    return list_tasks(workspace, attributes_match=expression)


def found(searches: list[Call[TaskPage]], respond: Page) -> list[object]:
    """Search at the same moment, and give the SIDs that each finds, or its error; told each expression."""

    async def handle(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0)  # as a network does, so that the others come while the first is under way
        return respond(request.url.params["EvaluateTaskAttributes"])

    async def run() -> list[object]:
        transport = httpx.MockTransport(handle)
        client = AsyncClient(SETTINGS, policy=RetryPolicy(max_attempts=1), transport=transport)
        together = TaskSearches(client)
        async with client:
            pages = await asyncio.gather(*(together.send(one) for one in searches), return_exceptions=True)
        return [
            type(page).__name__ if isinstance(page, Exception) else [task.sid for task in page.items]
            for page in pages
        ]

    return asyncio.run(run())


def page(*attributes: object, more: bool = False) -> httpx.Response:
    tasks = [{"sid": f"WT{place}", "attributes": one} for place, one in enumerate(attributes)]
    meta = {"next_page_url": "https://taskrouter.twilio.com/v1/more" if more else None}
    return httpx.Response(200, json={"tasks": tasks, "meta": meta})


TASKS = ['{"conversationSid": "CH1"}', '{"flexout_key": "fx2"}', '{"flexout_key": "fx1"}']


def test_each_search_finds_its_own_tasks_in_their_order():
    asked = []

    def respond(expression: str) -> httpx.Response:
        asked.append(expression.count("flexout_key"))
        return page() if len(asked) == 1 else page(*TASKS)

    assert found([search(number) for number in range(4)], respond) == [[], ["WT0", "WT2"], ["WT1"], []]
    assert asked == [1, 3]


def test_no_request_has_more_searches_than_it_may():
    asked: list[int] = []

    def respond(expression: str) -> httpx.Response:
        asked.append(expression.count("flexout_key"))
        assert len(quote(expression)) < 6_000
        return page()

    count = 3 * MOST
    assert found([search(number) for number in range(count)], respond) == [[]] * count
    assert (sum(asked), max(asked)) == (count, MOST)


@pytest.mark.parametrize(
    "response",
    [page(None, *TASKS), page("{}", *TASKS), page(*TASKS, more=True), httpx.Response(403)],
    ids=["no attributes", "empty attributes", "more pages", "refused"],
)
def test_where_it_cannot_be_told_whose_the_tasks_are_each_search_is_sent_by_itself(response):
    asked = []

    def respond(expression: str) -> httpx.Response:
        asked.append(expression.count("flexout_key"))
        return response if asked[-1] > 1 else page(TASKS[0])

    assert found([search(number) for number in range(4)], respond) == [["WT0"]] * 4
    assert sorted(asked) == [1, 1, 1, 1, 3]


def test_tasks_without_attributes_are_given_to_whoever_searched_alone():
    assert found([search(1)], lambda _: page(None)) == [["WT0"]]


def test_an_error_of_a_search_is_its_own():
    assert found([search(1), search(2)], lambda _: httpx.Response(403)) == ["ServiceUnavailable"] * 2


def test_searches_of_two_workspaces_are_not_mixed():
    other = "WS" + "2" * 32
    asked = []

    def respond(expression: str) -> httpx.Response:
        asked.append(expression.count("flexout_key"))
        return page(*TASKS)

    assert found([search(0), search(1), search(2, other)], respond)[1:] == [
        ["WT0", "WT1", "WT2"],
        ["WT0", "WT1", "WT2"],
    ]
    assert sorted(asked) == [1, 1, 1, 2]


@pytest.mark.parametrize(
    "expression", [None, "priority > 5", 'a == "b" AND c == "d"', 'a == "x\\" OR b == "y"', "a == 'b'"]
)
def test_other_searches_are_not_taken_apart(expression):
    assert terms_of(list_tasks(WORKSPACE, attributes_match=expression)) == []


def test_whoever_waits_when_a_search_is_cancelled_searches_again():
    async def run() -> list[object]:
        asking = asyncio.Event()

        async def respond(_: httpx.Request) -> httpx.Response:
            if not asking.is_set():
                asking.set()
                await asyncio.Event().wait()
            return page()

        async with AsyncClient(SETTINGS, transport=httpx.MockTransport(respond)) as client:
            together = TaskSearches(client)
            cancelled = asyncio.create_task(together.send(search(0)))
            await asking.wait()
            waiting = [asyncio.create_task(together.send(search(number))) for number in (1, 2)]
            cancelled.cancel()
            await asyncio.gather(cancelled, return_exceptions=True)
            return [one.items for one in await asyncio.gather(*waiting)]

    assert asyncio.run(asyncio.wait_for(run(), 10)) == [[], []]
