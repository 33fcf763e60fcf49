"""What can happen to a request, and the process that sends it."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import Literal

from airflow_provider_flexout.twilio.http.request import Response, SendFailed

LATENCY = 0.1
"""Seconds from here to Twilio, and back."""


class Killed(Exception):
    """What became of an attempt whose process was killed."""


class Interrupted(BaseException):
    """Raised in a process that Airflow stops, as Airflow's own exceptions for that are."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to one request.

    :param name: what to call it in a report.
    :param before: seconds for which the process stands still before it sends.
    :param flight: seconds until the request takes effect; ``None``: it never arrives.
    :param answer: the answer is seen, or is lost, or is this HTTP status; or no connection is made.
    :param body: the body of a status that something in between has given, without Twilio's; ``None`` where it
        is Twilio's own.
    :param retry_after: seconds for which a 429 asks; by default, more than the client's patience.
    :param after: seconds for which the process stands still before it reads the answer, which is there.
    :param killed: when the process is killed: before it sends, while the request is on its way, or
        after the request took effect and before the answer was seen.
    """

    name: str
    before: float = 0.0
    flight: float | None = LATENCY
    answer: Literal["seen", "lost", "refused"] | int = "seen"
    killed: Literal["before", "in flight", "after"] | None = None
    retry_after: float = 90.0
    after: float = 0.0
    body: bytes | None = None

    def at_most(self, seconds: float) -> Fault:
        """Give the same fault, over after so many seconds."""
        before = min(self.before, seconds)
        flight = None if self.flight is None else min(self.flight, seconds - before)
        return dataclasses.replace(self, before=before, flight=flight)

    def answer_to(self, answer: Response | None) -> Response | SendFailed:
        """Say what the process gets to see.

        :param answer: Twilio's answer; ``None`` when the request never arrived.
        """
        if isinstance(self.answer, int) and self.body is not None:
            return Response(self.answer, {}, self.body)
        if isinstance(self.answer, int):
            code = 20000 + self.answer
            headers = {"Retry-After": str(self.retry_after)} if self.answer == 429 else {}
            body = {"status": self.answer, "code": code, "message": "planted"}
            return Response(self.answer, headers, json.dumps(body).encode())
        if answer is None or self.answer == "lost":
            return SendFailed("Server disconnected.", never_left=self.answer == "refused")
        return answer


SMOOTH = Fault("none")
NEVER_ARRIVED = Fault("never came", flight=None, answer="lost")
ANSWER_LOST = Fault("answer lost", answer="lost")
NO_CONNECTION = Fault("no connection", flight=None, answer="refused")
ERROR_BEFORE = Fault("500 before", flight=None, answer=500)
ERROR_AFTER = Fault("503 after", answer=503)
PROXY_BEFORE = Fault("429 proxy", flight=None, answer=429, body=b"")
PROXY_AFTER = Fault("404 proxy", answer=404, body=b'{"status": 404, "error": "Not Found", "path": "/"}')
LIMITED = Fault("429", flight=None, answer=429)
KILLED_BEFORE = Fault("kill before", killed="before")
KILLED_AFTER = Fault("kill after", killed="after")


def killed_in_flight(seconds: float) -> Fault:
    """The process is killed, and its request arrives all the same, seconds later."""
    return Fault("in flight", flight=seconds, killed="in flight")


def limited_for(seconds: float) -> Fault:
    """Twilio asks to wait."""
    return Fault("429, wait", flight=None, answer=429, retry_after=seconds)
