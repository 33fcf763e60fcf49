"""Calls that wait for their permits until their time is over."""

from __future__ import annotations

from typing import Any

from airflow_provider_flexout.twilio.http.call import Call, Procedure
from airflow_provider_flexout.twilio.http.errors import DeadlineExceeded


def with_late_calls(procedure: Procedure[Any], name: str, times: int) -> Procedure[Any]:
    """Carry out a procedure, of whose calls with a name the first ones are too late to be sent.

    :param procedure: what to carry out.
    :param name: of the calls.
    :param times: how many of them are too late.
    """
    try:
        step = next(procedure)
        while True:
            if times and isinstance(step, Call) and step.name == name:
                times -= 1
                step = procedure.throw(DeadlineExceeded(name, "its time was over; nothing was sent"))
                continue
            try:
                outcome = yield step
            except Exception as error:
                step = procedure.throw(error)
            else:
                step = procedure.send(outcome)
    except StopIteration as done:
        return done.value
