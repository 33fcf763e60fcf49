"""The tables of results in PostgreSQL: what tests/system/results does with SQLite."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.system.celery import services
from tests.system.results.databases import Database, connected, postgres
from tests.system.results.questions import check_answers


@pytest.fixture
def database() -> Iterator[Database]:
    with services.database() as url, connected(postgres(url)) as made:
        yield made


def test_the_queries_of_the_page_answer(database: Database):
    check_answers(database)
