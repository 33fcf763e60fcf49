"""Requests that have to be over by a moment, and the one thread that sees to it."""

from __future__ import annotations

import threading

import pytest

from airflow_provider_flexout.twilio.http.transport import Deadlines


def deadline_threads() -> list[threading.Thread]:
    return [one for one in threading.enumerate() if one.name == "flexout-deadlines"]


@pytest.fixture(autouse=True)
def no_thread_is_left():
    assert deadline_threads() == []
    yield
    for thread in deadline_threads():
        thread.join(30)
    assert deadline_threads() == []


def test_a_request_is_ended_when_its_time_has_passed():
    deadlines, ended = Deadlines(0.01), threading.Event()
    key = deadlines.begin(ended.set)
    assert ended.wait(30)
    assert deadlines.has_passed(key)


def test_a_request_that_is_over_is_not_ended():
    deadlines, over, later = Deadlines(0.2), threading.Event(), threading.Event()
    deadlines.end(deadlines.begin(over.set))
    key = deadlines.begin(later.set)
    assert not deadlines.has_passed(key)
    assert later.wait(30)  # began after it, so its own moment has passed as well
    assert not over.is_set()


def test_requests_at_once_are_ended_one_by_one():
    deadlines, ended = Deadlines(0.05), threading.Semaphore(0)
    keys = [deadlines.begin(ended.release) for _ in range(5)]
    assert len(deadline_threads()) == 1
    for _ in keys:
        assert ended.acquire(timeout=30)
    assert all(deadlines.has_passed(key) for key in keys)


def test_many_requests_take_one_thread_and_closing_ends_it():
    deadlines = Deadlines(3600)
    for _ in range(100):
        deadlines.end(deadlines.begin(lambda: None))
        assert len(deadline_threads()) == 1
    deadlines.close()


def test_a_thread_that_has_ended_is_started_again():
    deadlines, ended = Deadlines(3600), threading.Event()
    deadlines.begin(ended.set)
    deadlines.close()
    for thread in deadline_threads():
        thread.join(30)
    key = deadlines.begin(ended.set)
    assert len(deadline_threads()) == 1
    assert not deadlines.has_passed(key)
    deadlines.close()
    assert not ended.is_set()


def test_an_end_that_fails_hinders_no_later_request(monkeypatch):
    deadlines, ended = Deadlines(0.01), threading.Event()
    monkeypatch.setattr(threading, "excepthook", lambda *_: None)

    def fail() -> None:
        raise OSError("the socket is gone")

    deadlines.begin(fail)
    for thread in deadline_threads():
        thread.join(30)
    deadlines.begin(ended.set)
    assert ended.wait(30)
