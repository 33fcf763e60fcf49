"""A campaign that is stopped from outside: by the task's timeout, by Airflow's signal, by hand."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk.execution_time.timeout import timeout

from airflow_provider_flexout.operators.bulk import BulkOutreachOperator
from airflow_provider_flexout.version_compat import AirflowException, AirflowTaskTimeout

MANY = 100_000
PROMPTLY = 15.0
"""Seconds. It takes two; what hangs here would take twenty."""


def people(count: int) -> Iterator[dict[str, str]]:
    return ({"to": f"+1{2_010_000_000 + number}"} for number in range(count))


@pytest.fixture
def bulk(tmp_path: Path) -> Callable[..., BulkOutreachOperator]:
    def make(count: int = MANY, **arguments: Any) -> BulkOutreachOperator:
        file = tmp_path / "contacts.jsonl"
        file.write_text("".join(json.dumps(one) + "\n" for one in people(count)))
        given = {"message": "Hello.", "channel": "sms", "results": str(tmp_path / "results.jsonl")}
        return BulkOutreachOperator(
            task_id="reach", contacts=str(file), validate=False, **(given | arguments)
        )

    return make


@contextmanager
def ends_promptly() -> Iterator[list[float]]:
    """Expect the block to end soon after the moment in the list, and no thread of it to go on."""
    before, stopped = set(threading.enumerate()), [time.monotonic()]
    yield stopped
    assert time.monotonic() - stopped[-1] < PROMPTLY
    for thread in set(threading.enumerate()) - before:
        thread.join(PROMPTLY)
        assert not thread.is_alive()


@contextmanager
def told_when(number: signal.Signals, condition: Callable[[], bool]) -> Iterator[None]:
    """Send this process a signal once something has come true."""

    def tell() -> None:
        while not condition() and time.monotonic() < deadline:
            time.sleep(0.005)
        told.append(time.monotonic())
        # This thread gets it, so it does not wake the main thread, nor would one just before its wait begins.
        signal.raise_signal(number)

    deadline = time.monotonic() + 30
    with ends_promptly() as told:
        thread = threading.Thread(target=tell)
        thread.start()
        try:
            yield
        finally:
            thread.join()


@contextmanager
def killed_when(operator: BulkOutreachOperator, condition: Callable[[], bool]) -> Iterator[None]:
    """Let Airflow's signal to end come once something has come true."""
    usual = signal.signal(signal.SIGTERM, lambda *_: operator.on_kill())
    try:
        with told_when(signal.SIGTERM, condition):
            yield
    finally:
        signal.signal(signal.SIGTERM, usual)


@pytest.mark.parametrize("time_", [1, 2, 3])
def test_a_timeout_ends_it_whatever_the_loop_is_doing(run, served, bulk, capfd, time_):
    operator = bulk(3000)
    over = told_when(signal.SIGALRM, lambda: len(served.messages) >= 100 * time_)
    operator.execution_timeout = timedelta(minutes=1)
    with timeout(60), over, pytest.raises(AirflowTaskTimeout):
        run(operator)
    assert len(served.conversations) < 2000
    told = "execution_timeout (1 minute) bounds each try. The next try continues with the rest"
    assert told in capfd.readouterr().out


def test_a_signal_ends_it_with_all_that_is_done_in_the_results(run, served, bulk, tmp_path):
    operator = bulk(400, concurrency=10)
    stops = pytest.raises(AirflowException, match=r"Stopped from outside after \d+ contacts")
    with killed_when(operator, lambda: len(served.messages) >= 100), stops:
        run(operator)
    results = [json.loads(line) for line in (tmp_path / "results.jsonl").read_text().splitlines()]
    assert 100 <= len(results) < 400
    done = {one.sid for one in served.conversations if one.texts}
    assert {one["conversation_sid"] for one in results} == done  # those under way had the time to end
    summary = run(bulk(400), try_number=2).xcoms["return_value"]
    assert (summary["adopted"], summary["opened"]) == (len(done), 400 - len(done))
    assert [one.texts for one in served.conversations] == [["Hello."]] * 400


def test_what_hangs_at_twilio_is_cut_off_and_the_next_try_goes_on(run, served, bulk):
    operator = bulk(40, concurrency=10)
    served.faults.delay("CreateConversationMessage", 20, times=5)
    stops = pytest.raises(AirflowException, match="Stopped from outside")
    with killed_when(operator, lambda: len(served.messages) >= 5), stops:
        run(operator)
    summary = run(bulk(40), try_number=2).xcoms["return_value"]
    assert summary["adopted"] + summary["opened"] == 40
    assert [one.texts for one in served.conversations] == [["Hello."]] * 40


def test_a_function_of_the_users_that_hangs_does_not_hold_it(run, served, bulk):
    asked, released = threading.Event(), threading.Event()

    def suppressed(_: str) -> bool:
        asked.set()
        return not released.wait(60)

    operator = bulk(5, suppression=suppressed)
    with killed_when(operator, asked.is_set):
        with pytest.raises(AirflowException, match="Stopped from outside after 0 contacts"):
            run(operator)
        released.set()
    assert served.conversations == []


def test_a_signal_before_the_first_contact_ends_it_too(run, served, bulk, monkeypatch):
    operator = bulk(400)
    begin = BulkOutreachOperator._run

    async def killed_first(self: BulkOutreachOperator, *arguments: Any) -> Any:
        self.on_kill()
        return await begin(self, *arguments)

    monkeypatch.setattr(BulkOutreachOperator, "_run", killed_first)
    with ends_promptly(), pytest.raises(AirflowException, match="Stopped from outside after 0 contacts"):
        run(operator)
    assert len(served.requests) == 0
