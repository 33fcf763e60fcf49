"""The sandbox as Python sees it: one object with everything on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_provider_flexout.sandbox.api import ROUTES
from airflow_provider_flexout.sandbox.page.feed import Feed
from airflow_provider_flexout.sandbox.page.files import file_at, is_page
from airflow_provider_flexout.sandbox.server.admin import Admin
from airflow_provider_flexout.sandbox.server.admin_api import handle_admin_request
from airflow_provider_flexout.sandbox.server.dispatch import dispatch
from airflow_provider_flexout.sandbox.simulation.event_handlers import install
from airflow_provider_flexout.sandbox.webhooks.delivery import WebhookDelivery

if TYPE_CHECKING:
    from datetime import datetime
    from types import TracebackType

    from airflow_provider_flexout.sandbox.server.server import BackgroundServer
    from airflow_provider_flexout.sandbox.state.journal import Journal
    from airflow_provider_flexout.sandbox.wire.http import HttpRequest, HttpResponse
    from airflow_provider_flexout.sandbox.wire.settings import SandboxSettings

__all__ = ["Sandbox"]


class Sandbox(Admin):
    """A stand-in for Twilio: Flex, Conversations and TaskRouter in one state machine.

    In memory, :meth:`handle` is all it takes. :meth:`serve` puts it on a loopback port::

        with Sandbox(seed=7).serve() as sandbox:
            sandbox.customer("+15005550010").replies("yes", after="2h")
            ...  # talk to sandbox.base_url
            sandbox.clock.advance("2h")

    :param seed: makes SIDs and faults repeatable; None for a different run every time.
    :param frozen: time stands still unless :attr:`clock` is advanced.
    :param start: where the clock begins; now, if left out.
    :param settings: how it behaves where Twilio leaves room; Twilio's likeliest behaviour, if left out.
    """

    __slots__ = ("_journal", "_server", "_webhook_delivery")

    def __init__(
        self,
        seed: int | None = None,
        *,
        frozen: bool = False,
        start: datetime | None = None,
        settings: SandboxSettings | None = None,
    ) -> None:
        super().__init__(seed, frozen=frozen, start=start, settings=settings)
        self._webhook_delivery: WebhookDelivery | None = None
        self._server: BackgroundServer | None = None
        self._journal: Journal | None = None
        self.faults.operations = ROUTES.names
        install(self._store)

    def handle(self, request: HttpRequest) -> HttpResponse:
        """Answer one request, to Twilio's paths or to the sandbox's own controls.

        :param request: the request.
        """
        if is_page(request.path):
            return file_at(request.method, request.path)
        return self._handle_at(request, None, self._journal)

    def _handle_at(self, request: HttpRequest, at: float | None, journal: Journal | None) -> HttpResponse:
        with self._lock:
            self.clock.pin(at)
            try:
                if journal is None or (request.method == "GET" and not self.faults.waiting):
                    return self._carry_out(request)
                return journal.write(self.clock, self._carry_out, request)
            finally:
                self.clock.unpin()

    def _carry_out(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith("/sandbox/") or request.path == "/sandbox":
            return handle_admin_request(self, self._store, request)
        return dispatch(self._store, request)

    def keep(self, journal: Journal) -> int:
        """Take up what a journal holds, and keep every further request in it.

        What is done to this object directly, not by a request, is in no journal.

        :param journal: the journal; the sandbox must have its seed, and nothing must have happened in it.
        :return: how many requests it held.
        :raises JournalError: if the sandbox does not do what it did when they were written down.
        """
        with self._lock:
            count = journal.replay(self.clock, lambda request, at: self._handle_at(request, at, None))
            self._journal = journal
            self._store.webhooks.sent.clear()  # who heard of it then has heard of it
        return count

    def feed(self, last_event_id: str = "") -> Feed:
        """Return what an open page is told, piece by piece.

        :param last_event_id: the id of the last piece that the page has seen.
        """
        return Feed(self._store, self._lock, last_event_id)

    @property
    def base_url(self) -> str:
        """The URL under which the sandbox is served; in memory, one that leads nowhere."""
        return self._server.base_url if self._server is not None else super().base_url

    def send_callbacks(self) -> None:
        """Send what webhooks are to be told from now on, in a background thread."""
        if self._webhook_delivery is None:
            self._webhook_delivery = WebhookDelivery(self._store, self._lock)
            self._store.webhooks.deliver = self._webhook_delivery.take

    def serve(self, port: int = 0, host: str = "127.0.0.1") -> Sandbox:
        """Serve in a background thread; the port accepts connections when this returns.

        :param port: TCP port; 0 for a free one.
        :param host: address to bind to.
        :raises OSError: if the port is taken.
        """
        from airflow_provider_flexout.sandbox.server.server import (
            BackgroundServer,  # the core needs no server
        )

        if self._server is not None:
            raise RuntimeError("the sandbox is being served already")
        self._server = BackgroundServer(self, host, port)
        return self

    def close(self) -> None:
        """Stop serving; what exists in the sandbox stays."""
        server, self._server = self._server, None
        webhook_delivery, self._webhook_delivery = self._webhook_delivery, None
        self._store.webhooks.deliver = None
        if webhook_delivery is not None:
            webhook_delivery.stop()
        if server is not None:
            server.stop()

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
