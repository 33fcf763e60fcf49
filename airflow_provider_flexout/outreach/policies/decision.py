"""What a gate may say, and passing several of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from airflow_provider_flexout.twilio.http.call import Procedure


@dataclass(frozen=True, slots=True)
class Go:
    """Nothing stands in the way."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Not now.

    :param until: when to look again; ``None`` where nobody can know, so that it is looked now and then.
    :param why: a sentence for the log, with no address in it.
    :param by: one word for the gate, where it has to know since when it holds.
    """

    until: datetime | None
    why: str
    by: str = ""


@dataclass(frozen=True, slots=True)
class Skip:
    """Not at all.

    :param reason: one word for programs, for example ``frequency_cap``; the XCom ``skip_reason``.
    :param why: a sentence for people, with addresses masked.
    """

    reason: str
    why: str


Decision: TypeAlias = Go | Hold | Skip


class ContactPolicy(Protocol):
    """Something that has to agree before somebody is contacted; a frozen dataclass that only reads."""

    def check(self, now: datetime) -> Procedure[Decision]:
        """Say whether the contact may happen.

        :param now: the moment, aware.
        """
        ...


def check_policies(policies: Iterable[ContactPolicy], now: datetime) -> Procedure[Decision]:
    """Ask gates in their order; the first that does not say go decides.

    Gates that skip stand before gates that hold, so that nothing is held for hours only to be skipped.

    :param policies: what has to agree.
    :param now: the moment, aware.
    """
    for policy in policies:
        decision = yield from policy.check(now)
        if not isinstance(decision, Go):
            return decision
    return Go()
