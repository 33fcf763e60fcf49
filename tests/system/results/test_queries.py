"""The queries of docs/results.md give the answers that we know; for PostgreSQL see tests/system/celery."""

from __future__ import annotations

from pathlib import Path

from tests.system.results.databases import connected, sqlite
from tests.system.results.questions import check_answers


def test_the_queries_of_the_page_answer(tmp_path: Path):
    with connected(sqlite(tmp_path / "warehouse.db")) as database:
        check_answers(database)
