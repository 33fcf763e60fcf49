"""How long the demo waits for a run: as long as something changes in it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest

from airflow_provider_flexout.demo import run as module
from airflow_provider_flexout.demo.rest import AirflowApi
from airflow_provider_flexout.demo.run import DagRun


@contextmanager
def airflow_that_tells(looks: list[tuple[str, int]]) -> Iterator[AirflowApi]:
    """Serve Airflow's responses about a run: at each look its state, and how many of its tasks are done."""
    left = iter(looks)
    task = {"task_id": "say_why", "try_number": 1, "rendered_map_index": None}

    class Handler(BaseHTTPRequestHandler):
        done = 0

        def do_POST(self) -> None:
            self.respond({"access_token": "token"})

        def do_GET(self) -> None:
            if "taskInstances" not in self.path:
                state, Handler.done = next(left)
                self.respond({"state": state})
                return
            states = ["success" if number < self.done else "running" for number in range(3)]
            tasks = [{**task, "map_index": number, "state": state} for number, state in enumerate(states)]
            self.respond({"task_instances": tasks, "total_entries": len(tasks)})

        def respond(self, body: dict[str, Any]) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        log_message: Callable[..., None] = lambda *_: None

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        api = AirflowApi(f"http://127.0.0.1:{server.server_port}", "admin", "admin")
        try:
            yield api
        finally:
            api.close()
            server.shutdown()
            thread.join()


@pytest.fixture(autouse=True)
def no_pause(monkeypatch):
    monkeypatch.setattr(module, "POLL", 0.0)


def wait(looks):
    with airflow_that_tells(looks) as api:
        return DagRun(api, "outreach", "run", lambda: None).wait(0.0)


def test_it_waits_while_something_changes():
    looks = [("queued", 0), ("running", 0), ("running", 1), ("running", 2), ("running", 3), ("success", 3)]
    assert wait(looks) == "success"


def test_it_gives_up_where_nothing_changes():
    with pytest.raises(
        TimeoutError, match=r"is running, .* nothing has changed for 0 s; 2 x say_why running"
    ):
        wait([("running", 0), ("running", 1), ("running", 1)])
