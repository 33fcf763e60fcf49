"""What the tests of contacts share."""

from __future__ import annotations

from contextlib import suppress

import pytest

from airflow_provider_flexout.version_compat import AirflowException
from tests.unit.bulk.test_runner import bulk, lines
from tests.version_compat import TaskDeferred


@pytest.fixture
def results(tmp_path, run):
    """Run a campaign, and give the lines of its results."""

    def run_it(rows, *, try_number=1, **arguments):
        file = tmp_path / "results.jsonl"
        with suppress(TaskDeferred, AirflowException):
            run(bulk(rows, results=str(file), **arguments), try_number=try_number)
        return lines(file)

    return run_it
