"""The log of requests: each with the status of its response."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - part of the log entry that readers see
from typing import TYPE_CHECKING, Any, Final, overload

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["LoggedRequest", "RequestLog"]

_KEPT: Final = 20_000
_SECRET: Final = frozenset({"client_secret", "code", "refresh_token"})


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """One request.

    :param n: its number, from 1.
    :param at: when it came, on the sandbox's clock.
    :param operation: Twilio's operationId; empty where there is none.
    :param method: HTTP method.
    :param path: path with query.
    :param status: HTTP status of the response; None if none was sent.
    :param fault: the planted fault that was applied to it, or None.
    :param form: the form fields; secrets are left out.
    :param code: Twilio's error code in the response, or None.
    :param sid: the SID in the response, or None.
    """

    n: int
    at: datetime
    operation: str
    method: str
    path: str
    status: int | None
    fault: str | None
    form: dict[str, Any]
    code: int | None = None
    sid: str | None = None


class RequestLog(Sequence[LoggedRequest]):
    """The latest 20,000 requests, oldest first; it counts all of them."""

    __slots__ = ("_counts", "_entries", "_last", "listener")

    def __init__(self) -> None:
        self.listener: Callable[[LoggedRequest], None] | None = None
        self._entries: deque[LoggedRequest] = deque(maxlen=_KEPT)
        self._counts: Counter[str] = Counter()
        self._last = 0

    def __len__(self) -> int:
        return len(self._entries)

    @overload
    def __getitem__(self, index: int) -> LoggedRequest: ...

    @overload
    def __getitem__(self, index: slice) -> list[LoggedRequest]: ...

    def __getitem__(self, index: int | slice) -> LoggedRequest | list[LoggedRequest]:
        if isinstance(index, slice):
            return list(self._entries)[index]
        return self._entries[index]

    def count(self, value: object) -> int:
        """Return how many requests there were for an operation, forgotten ones included.

        :param value: Twilio's operationId, such as ``CreateInteraction``.
        """
        return self._counts[str(value)]

    def add(
        self,
        at: datetime,
        operation: str,
        method: str,
        path: str,
        *,
        status: int | None,
        fault: str | None,
        form: dict[str, Any],
        code: int | None = None,
        sid: str | None = None,
    ) -> LoggedRequest:
        """Write a request down.

        :param at: when it came.
        :param operation: Twilio's operationId, or nothing.
        :param method: HTTP method.
        :param path: path with query.
        :param status: HTTP status of the response, or None.
        :param fault: the fault that was applied to it, or None.
        :param form: the form fields.
        :param code: Twilio's error code in the response, or None.
        :param sid: the SID in the response, or None.
        :return: what was written down.
        """
        self._last += 1
        self._counts[operation] += 1
        shown = {name: value for name, value in form.items() if name not in _SECRET}
        entry = LoggedRequest(self._last, at, operation, method, path, status, fault, shown, code, sid)
        self._entries.append(entry)
        if self.listener is not None:
            self.listener(entry)
        return entry

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()
        self._counts.clear()
        self._last = 0
