"""What was seen, how often, and what follows from it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.probe.questions import QUESTIONS

if TYPE_CHECKING:
    from airflow_provider_flexout.twilio.http.errors import TwilioError

__all__ = ["Observations", "ProbeFinding", "described", "times"]


@dataclass(frozen=True, slots=True)
class ProbeFinding:
    """What a probe has found out about one setting. It names no address and no SID.

    :param setting: the sandbox's setting.
    :param value: what Twilio does: one of the setting's choices, or seconds; ``None`` where it is not clear.
    :param seen: how often the value was seen; with a number of seconds, how often it was measured.
    :param remark: why it is not clear, or the shortest and the longest time; empty where there is nothing to
        say.
    """

    setting: str
    value: str | float | None
    seen: int
    remark: str = ""


def described(error: TwilioError) -> str:
    """Say what Twilio responded, in a few words without anything of the request.

    :param error: the response.
    """
    if error.status is None:
        return f"{error.call} had no response"
    code = f", code {error.code}" if error.code else ""
    return f"{error.call} had HTTP {error.status}{code}"


class Observations:
    """Everything that was seen so far."""

    def __init__(self) -> None:
        self._choices: dict[str, Counter[str]] = {}
        self._seconds: dict[str, list[float]] = {}
        self._doubts: dict[str, list[str]] = {}
        self._others: dict[str, str] = {}

    def add(self, setting: str, choice: str) -> None:
        """Note that Twilio has done one of the things that it may do.

        :param setting: the sandbox's setting.
        :param choice: one of its choices.
        """
        if choice not in QUESTIONS[setting].choices:
            raise ValueError(f"{setting} has no choice {choice}")
        self._choices.setdefault(setting, Counter())[choice] += 1

    def measure(self, setting: str, seconds: float) -> None:
        """Note how long something took.

        :param setting: the sandbox's setting.
        :param seconds: the time after which it was seen at the latest; 0 where it was there at once.
        """
        self._seconds.setdefault(setting, []).append(round(seconds, 1))

    def add_other(self, setting: str, what: str) -> None:
        """Note that Twilio has done none of the things that it may do, which leaves the setting unclear.

        :param setting: the sandbox's setting.
        :param what: what it did instead, without an address.
        """
        self._others.setdefault(setting, what)

    def doubt(self, setting: str, why: str) -> None:
        """Note why something could not be seen; this is ignored if it was seen at another time.

        :param setting: the sandbox's setting.
        :param why: the reason, without an address.
        """
        reasons = self._doubts.setdefault(setting, [])
        if why not in reasons:
            reasons.append(why)

    def doubt_rest(self, why: str) -> None:
        """Note why whatever has not been seen yet may not be seen.

        :param why: the reason, without an address.
        """
        for setting in QUESTIONS:
            if self._finding(setting).value is None:
                self.doubt(setting, why)

    def value(self, setting: str) -> str | float | None:
        """Give what is known of a setting by now.

        :param setting: the sandbox's setting.
        """
        return self._finding(setting).value

    def findings(self) -> list[ProbeFinding]:
        """Sum up, a finding for each setting. What was seen in two ways is not clear."""
        return [self._finding(setting) for setting in QUESTIONS]

    def _finding(self, setting: str) -> ProbeFinding:
        seconds = self._seconds.get(setting, [])
        counts = self._choices.get(setting, Counter())
        seen = len(seconds) + sum(counts.values())
        if setting in self._others:
            return ProbeFinding(setting, None, seen, self._others[setting])
        if seconds:
            # The longest: a stand-in that is slower than Twilio shows what a faster one hides.
            span = f"{min(seconds):g} to {max(seconds):g} s" if min(seconds) < max(seconds) else ""
            return ProbeFinding(setting, max(seconds), seen, span)
        if len(counts) > 1:
            varied = ", ".join(f"{choice} {times(count)}" for choice, count in sorted(counts.items()))
            return ProbeFinding(setting, None, seen, f"it varied: {varied}")
        if counts:
            return ProbeFinding(setting, next(iter(counts)), seen)
        reasons = "; ".join(self._doubts.get(setting, ()))
        return ProbeFinding(setting, None, 0, reasons or "it was not looked at")


def times(count: int) -> str:
    """Write how often something was seen.

    :param count: how often.
    """
    return {1: "once", 2: "twice"}.get(count, f"{count} times")
