"""The lines that move while the demo works."""

from __future__ import annotations

import io

from rich.console import Console
from rich.progress import Progress

from airflow_provider_flexout.demo.display import LiveDisplay


def test_no_row_runs_before_there_is_something_in_it():
    progress = Progress(console=Console(file=io.StringIO()), auto_refresh=False)
    with LiveDisplay(progress).stage("Run") as stage:
        rows = {}
        for done in (
            {"open": 0, "say": 0},
            {"open": 2, "say": 0},
            {"open": 3, "say": 1},
            {"open": 3, "say": 3},
        ):
            stage.count(done, total=3)
            rows = {task.description.strip(): task for task in progress.tasks}
            assert {name: rows[name].started for name in done} == {name: done[name] > 0 for name in done}
        assert rows["open"].finished
        assert rows["say"].finished
