"""What a contact policy may decide, and checking several of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from airflow_provider_flexout.twilio.http.call import Procedure


@dataclass(frozen=True, slots=True)
class Go:
    """The contact may happen."""


@dataclass(frozen=True, slots=True)
class Hold:
    """The contact may happen later.

    :param until: when to check again, aware; ``None`` where that is not known, so that it is checked at
        intervals.
    :param why: a sentence for the log, without an address.
    :param by: one word that names the policy, where the policy must know since when it holds.
    """

    until: datetime | None
    why: str
    by: str = ""


@dataclass(frozen=True, slots=True)
class Skip:
    """The contact must not happen.

    :param reason: one word for programs, for example ``frequency_cap``; becomes the XCom ``skip_reason``.
    :param why: a sentence for people, with addresses masked.
    """

    reason: str
    why: str


Decision: TypeAlias = Go | Hold | Skip


class ContactPolicy(Protocol):
    """A rule that must agree before somebody is contacted; a frozen dataclass that only reads."""

    def check(self, now: datetime) -> Procedure[Decision]:
        """Decide whether the contact may happen.

        :param now: the present moment, aware.
        """
        ...


def check_policies(policies: Iterable[ContactPolicy], now: datetime) -> Procedure[Decision]:
    """Check policies in their order; the first that does not decide :class:`Go` decides for all.

    Pass those that skip before those that hold, so that no contact is held for hours and then skipped.

    :param policies: the policies.
    :param now: the present moment, aware.
    """
    for policy in policies:
        decision = yield from policy.check(now)
        if not isinstance(decision, Go):
            return decision
    return Go()
