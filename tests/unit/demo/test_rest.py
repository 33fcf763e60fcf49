"""What the client of Airflow's REST API does while Airflow is too busy to respond."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

import httpx
import pytest

from airflow_provider_flexout.demo import rest
from airflow_provider_flexout.demo.rest import AirflowApi, AirflowApiError
from airflow_provider_flexout.demo.settings import free_port

BUSY = {
    "an error": lambda handler, _: handler.respond({"detail": "Database error"}, 500),
    "no response": lambda _, over: over.wait(),
    "an ended connection": lambda *_: None,
}


@contextmanager
def airflow_that_is_busy(
    times: int, how: str = "no response", *, exists: bool = False
) -> Iterator[tuple[AirflowApi, list[str]]]:
    """Serve an Airflow whose first responses are missing, cut off or errors, and note all requests.

    What it is asked to create is there in the end, if ``exists``.
    """
    asked: list[str] = []
    over = Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            if self.path == "/auth/token":
                self.respond({"access_token": "token"})
            else:
                self.respond_late(409 if exists else 201)

        def do_PATCH(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.respond_late()

        def do_GET(self) -> None:
            self.respond_late()

        def respond_late(self, status: int = 200) -> None:
            asked.append(self.path)
            if len(asked) > times:
                self.respond({"state": "success"}, status)
            else:
                BUSY[how](self, over)

        def respond(self, body: dict[str, str], status: int = 200) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        api = AirflowApi(f"http://127.0.0.1:{server.server_port}", "admin", "admin")
        try:
            yield api, asked
        finally:
            over.set()
            api.close()
            server.shutdown()
            thread.join()


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    monkeypatch.setattr(rest, "TIMEOUT", 0.5)


REPEATED = {
    "get": lambda api: api.get("dags/one"),
    "patch": lambda api: api.patch("dags/one", {"is_paused": False}),
    "create": lambda api: api.create("dags/one", {"dag_run_id": "one"}),
}


@pytest.mark.parametrize("how", BUSY)
@pytest.mark.parametrize("request_", REPEATED.values(), ids=REPEATED)
def test_what_may_be_repeated_is_sent_again(request_, how):
    with airflow_that_is_busy(2, how) as (api, asked):
        request_(api)
    assert asked == ["/api/v2/dags/one"] * 3


def test_it_gives_what_the_last_response_holds():
    with airflow_that_is_busy(2, "an error") as (api, _):
        assert api.get("dags/one") == api.patch("dags/one", {}) == {"state": "success"}


def test_what_an_earlier_request_created_is_not_created_again():
    with airflow_that_is_busy(1, "an error", exists=True) as (api, asked):
        api.create("dags/one/dagRuns", {"dag_run_id": "one"})
    assert len(asked) == 2


def test_what_has_existed_before_is_an_error():
    with (
        airflow_that_is_busy(0, exists=True) as (api, _),
        pytest.raises(AirflowApiError, match="refused POST /api/v2/connections with 409"),
    ):
        api.add_connection("one", {"conn_type": "http"})


def test_what_may_do_something_twice_is_sent_once():
    with airflow_that_is_busy(1, "an error") as (api, asked), pytest.raises(AirflowApiError, match="500"):
        api.post("dags/one/clearTaskInstances", {})
    assert len(asked) == 1


@pytest.mark.parametrize("request_", REPEATED.values(), ids=REPEATED)
def test_it_gives_up_in_the_end(request_):
    with airflow_that_is_busy(99, "an error") as (api, asked), pytest.raises(AirflowApiError, match="500"):
        request_(api)
    assert len(asked) == rest.TRIES


def test_it_does_not_wait_for_a_response_for_ever(monkeypatch):
    monkeypatch.setattr(rest, "TRIES", 2)
    with airflow_that_is_busy(2) as (api, _), pytest.raises(httpx.ReadTimeout):
        api.get("dags/one")


def test_a_server_responds_once_it_is_there():
    with airflow_that_is_busy(1, "an error") as (api, _):
        health = f"{api._client.base_url.copy_with(path='/execution/health')}"
        assert [api.responds(health) for _ in range(2)] == [False, True]
        nobody = f"http://127.0.0.1:{free_port()}/execution/health"
        assert not api.responds(nobody)
