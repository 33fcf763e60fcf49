"""Sends the requests to webhooks: one by one, in the order of events, signed, each for at most 5 s.

A webhook is called once. An event that a sink of Event Streams does not take is sent again, for up to four
hours.
"""

from __future__ import annotations

import base64
import hashlib
import heapq
import hmac
import time
from itertools import count
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_provider_flexout.sandbox.state.store import Store
    from airflow_provider_flexout.sandbox.state.webhook_registry import Callback

__all__ = ["WebhookDelivery", "signature"]

_TIMEOUT: Final = 5.0
_LONGEST_PAUSE: Final = 60.0
"""Seconds between two tries of Event Streams; the first pause is one, and each is twice the one before."""
_GIVE_UP: Final = 4 * 3600.0
_FAILED: Final = 11200  # Twilio's code for a webhook whose response was an error, or none


def signature(token: str, url: str, params: Mapping[str, str]) -> str:
    """Return the value of ``X-Twilio-Signature``.

    https://www.twilio.com/docs/usage/security#validating-requests

    :param token: the account's auth token.
    :param url: the URL that is asked, with its query.
    :param params: the fields of the form; none for GET.
    """
    text = url + "".join(name + params[name] for name in sorted(params))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


class WebhookDelivery:
    """A thread that sends requests to webhooks; it is started by the first one.

    :param store: the sandbox's state.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: SimpleQueue[Callback | None] = SimpleQueue()
        self._again: list[tuple[float, int, int, float, Callback]] = []
        self._numbers = count()
        self._thread: Thread | None = None

    def take(self, callback: Callback) -> None:
        """Queue a request.

        :param callback: the request.
        """
        self._waiting.put(callback)
        if self._thread is None:
            self._thread = Thread(target=self._work, name="flexout-webhooks", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Send nothing more; a request that is being sent is finished."""
        while not self._waiting.empty():
            self._waiting.get()
        self._waiting.put(None)

    def _work(self) -> None:
        while (due := self._next()) is not None:
            callback, tries, since = due
            status, error = _send(callback, self._store.credentials["basic"].password)
            failed = status is None or status >= 400
            if failed and callback.body is not None:
                self._plan(callback, tries + 1, since)
            with self._store.lock:
                callback.status, callback.error = status, error
                self._store.events.add(
                    "webhook",
                    callback.conversation_sid,
                    event=callback.event,
                    url=callback.url,
                    status=status,
                    code=_FAILED if failed else None,
                )

    def _plan(self, callback: Callback, tries: int, since: float) -> None:
        due = time.monotonic() + min(2.0 ** (tries - 1), _LONGEST_PAUSE)
        if due - since < _GIVE_UP:
            heapq.heappush(self._again, (due, next(self._numbers), tries, since, callback))

    def _next(self) -> tuple[Callback, int, float] | None:
        """Wait for what to send next, how often it was tried, and since when; None for the end."""
        while True:
            wait = self._again[0][0] - time.monotonic() if self._again else None
            if wait is not None and wait <= 0:
                _, _, tries, since, callback = heapq.heappop(self._again)
                return callback, tries, since
            try:
                new = self._waiting.get(timeout=wait)
            except Empty:
                continue
            return None if new is None else (new, 0, time.monotonic())


def _send(callback: Callback, token: str) -> tuple[int | None, str | None]:
    """Make the request; return the status of the response, or why there was none.

    A redirect is not followed: its target never asked for what a webhook carries, nor for the signature.
    """
    from urllib.error import HTTPError  # most sandboxes have no webhook, and start sooner without these
    from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

    url, data, signed = callback.url, None, callback.params
    if callback.body is not None:
        data, signed = callback.body.encode(), {}
        url += f"{'&' if '?' in url else '?'}bodySHA256={hashlib.sha256(data).hexdigest()}"
    elif callback.method == "GET":
        url, signed = f"{url}{'&' if '?' in url else '?'}{urlencode(signed)}", {}
    else:
        data = urlencode(signed).encode()
    headers = {"X-Twilio-Signature": signature(token, url, signed), "User-Agent": "TwilioProxy/1.1"}
    if callback.body is not None:
        headers["Content-Type"] = "application/json"

    class Unfollowed(HTTPRedirectHandler):
        def redirect_request(self, *_: object) -> None:
            return None

    try:
        request = Request(url, data, headers)  # noqa: S310 - http and https are all that can be registered
        with build_opener(ProxyHandler({}), Unfollowed).open(request, timeout=_TIMEOUT) as response:
            status: int = response.status
            return status, None
    except HTTPError as error:
        error.close()
        return error.code, None
    except Exception as error:
        return None, str(error)
