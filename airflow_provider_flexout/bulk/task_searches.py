"""Searches for tasks, of many contacts in one request.

By default, Twilio takes three task searches a second. A later try searches once for each conversation that it
makes, since an earlier try's may have been deleted: one by one, 200 contacts take more than a minute. So
while a search is under way, the next one gathers what others look for, and asks for all of it.
"""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import re
from typing import TYPE_CHECKING, Any, Final, cast

from airflow_provider_flexout.twilio.http.errors import TwilioError

if TYPE_CHECKING:
    from airflow_provider_flexout.twilio.api.tasks import Task, TaskPage
    from airflow_provider_flexout.twilio.http.call import Call, ResourceT
    from airflow_provider_flexout.twilio.http.client import AsyncClient

MOST: Final = 25
"""Searches in one request, which then has a URL of some 4,000 characters."""

_PARAMETER: Final = "EvaluateTaskAttributes"
_PAGE_SIZE: Final = 4 * MOST
_TERM: Final = re.compile(r'(\w+) == "([^"\\]*)"')

log = logging.getLogger(__name__)


def terms_of(call: Call[Any]) -> list[tuple[str, str]]:
    """Give the attributes and values any of which a search looks for; empty for every other call.

    :param call: the call.
    """
    expression = call.query.get(_PARAMETER, "")
    terms = _TERM.findall(expression)
    return terms if expression == " OR ".join(f'{name} == "{value}"' for name, value in terms) else []


class TaskSearches:
    """Sends searches together.

    :param client: reaches Twilio.
    """

    def __init__(self, client: AsyncClient) -> None:
        self._client = client
        self._waiting: list[tuple[Call[TaskPage], asyncio.Future[TaskPage | None]]] = []
        self._searching = asyncio.Lock()

    async def send(self, call: Call[ResourceT]) -> ResourceT:
        """Send a search, with others where there are any, and give the page of its own tasks.

        :param call: the search; :func:`terms_of` finds its terms.
        :raises TwilioError: when the search fails.
        """
        search = cast("Call[TaskPage]", call)
        found: asyncio.Future[TaskPage | None] = asyncio.get_running_loop().create_future()
        self._waiting.append((search, found))
        async with self._searching:
            while not found.done():
                await self._search()
        page = found.result()
        return cast("ResourceT", page or await self._client.send(search, priority=True))

    async def _search(self) -> None:
        together, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
        page: TaskPage | None = None
        try:
            page = await self._find_all([search for search, _ in together])
        except TwilioError as error:
            if len(together) == 1:
                together.pop()[1].set_exception(error)
            log.debug("Tasks are searched for one by one: %s", error)
        finally:  # also when it is cancelled: the others then search for themselves
            for search, found in together:
                found.set_result(_share_of(page, search) if page and len(together) > 1 else page)

    async def _find_all(self, searches: list[Call[TaskPage]]) -> TaskPage | None:
        """Find the tasks of all searches; ``None`` where it cannot be told whose they are."""
        if len(searches) == 1:
            return await self._client.send(searches[0], priority=True)
        expression = " OR ".join(search.query[_PARAMETER] for search in searches)
        query = {_PARAMETER: expression, "PageSize": str(_PAGE_SIZE)}
        page = await self._client.send(dataclasses.replace(searches[0], query=query), priority=True)
        if page.next_page_path or any(not task.attribute_object for task in page.items):
            return None
        return page if len({search.path for search in searches}) == 1 else None


def _share_of(page: TaskPage, search: Call[TaskPage]) -> TaskPage:
    terms = terms_of(search)

    def is_wanted(task: Task) -> bool:
        attributes = task.attribute_object
        return any(attributes.get(name) == value for name, value in terms)

    return page.model_copy(update={"items": [task for task in page.items if is_wanted(task)]})
