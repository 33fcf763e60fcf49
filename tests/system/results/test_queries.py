"""The queries of docs/results.md give the answers that we know."""

from __future__ import annotations

from tests.system.results.databases import Database
from tests.system.results.questions import check_answers


def test_the_queries_of_the_page_answer(database: Database):
    check_answers(database)
