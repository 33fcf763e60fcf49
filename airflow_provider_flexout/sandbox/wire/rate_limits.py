"""Twilio's published limits of requests per second, each of one resource.

Searches by an expression: https://www.twilio.com/en-us/changelog, 18 October 2024. Conversations, by service,
and messages and participants, by conversation: https://www.twilio.com/docs/conversations/conversations-limits.
"""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Final

from airflow_provider_flexout.sandbox.wire.token_bucket import TokenBucket

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["PublishedLimits"]

_SEARCHES: Final = {
    "ListTask": "EvaluateTaskAttributes=",
    "ListTaskQueue": "EvaluateWorkerAttributes=",
    "ListWorker": "TargetWorkersExpression=",
}
_SEARCHES_PER_SECOND: Final = 3.0
_IN_A_CONVERSATION: Final = frozenset(
    f"{verb}Conversation{what}"
    for verb in ("Create", "Update", "Delete")
    for what in ("Message", "Participant")
)
_CHANGES_PER_SECOND: Final = 30.0
_MOST: Final = 10_000
"""How many resources are remembered; those from before have their whole allowance back by then."""


class PublishedLimits:
    """How much of each resource is left.

    A second's worth may come at once after a rest. Time passes here with the computer's clock and with the
    sandbox's, whichever is faster: tests stand still, and they advance by hours.
    """

    __slots__ = ("_buckets", "_clock", "_moment", "_real")

    def __init__(self) -> None:
        self._buckets: dict[str, TokenBucket] = {}
        self._real, self._clock, self._moment = monotonic(), 0.0, 0.0

    def refuse(self, operation: str, params: Mapping[str, str], query: str, at: float) -> bool:
        """Say whether a request is one too many, and count it otherwise.

        :param operation: its operationId.
        :param params: the named parts of its path.
        :param query: its query, as it was sent.
        :param at: the sandbox's time, in seconds.
        """
        if operation == "CreateConversation":
            resource, per_second = operation, _CHANGES_PER_SECOND
        elif operation in _IN_A_CONVERSATION:
            resource, per_second = params["ConversationSid"], _CHANGES_PER_SECOND
        elif operation in _SEARCHES and _SEARCHES[operation] in query:
            resource, per_second = operation, _SEARCHES_PER_SECOND
        else:
            return False
        if len(self._buckets) >= _MOST:
            self._buckets.clear()
        bucket = self._buckets.setdefault(resource, TokenBucket(per_second, per_second))
        return not bucket.takes(self._now(at))

    def _now(self, at: float) -> float:
        real = monotonic()
        self._moment += max(real - self._real, at - self._clock, 0.0)
        self._real, self._clock = real, at
        return self._moment
