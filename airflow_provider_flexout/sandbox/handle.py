"""The sandbox as Python sees it: one object with everything on it."""

from __future__ import annotations

from threading import RLock
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.sandbox import templates, views
from airflow_provider_flexout.sandbox.accounts import CREDENTIALS
from airflow_provider_flexout.sandbox.api import ROUTES
from airflow_provider_flexout.sandbox.callbacks.courier import Courier
from airflow_provider_flexout.sandbox.clock import Clock
from airflow_provider_flexout.sandbox.contents import Contents
from airflow_provider_flexout.sandbox.control import answer_control
from airflow_provider_flexout.sandbox.dispatch import dispatch
from airflow_provider_flexout.sandbox.faults import Faults
from airflow_provider_flexout.sandbox.page.feed import Feed
from airflow_provider_flexout.sandbox.page.files import file_at, is_page
from airflow_provider_flexout.sandbox.persons import Agent, Customer
from airflow_provider_flexout.sandbox.play import install
from airflow_provider_flexout.sandbox.requests import RequestLog
from airflow_provider_flexout.sandbox.settings import Settings
from airflow_provider_flexout.sandbox.sids import seeded
from airflow_provider_flexout.sandbox.state import World
from airflow_provider_flexout.sandbox.workspace import (
    ACCOUNT_SID,
    CHAT_SERVICE_SID,
    INSTANCE_SID,
    QUEUES,
    SENDERS,
    WORKERS,
    WORKFLOW,
    WORKSPACE,
)

if TYPE_CHECKING:
    from datetime import datetime
    from types import TracebackType

    from airflow_provider_flexout.sandbox.clock import Duration
    from airflow_provider_flexout.sandbox.journal import Journal
    from airflow_provider_flexout.sandbox.server import BackgroundServer
    from airflow_provider_flexout.sandbox.wire import Request, Response

__all__ = ["Sandbox"]


class Sandbox(Contents):
    """A stand-in for Twilio: Flex, Conversations and TaskRouter in one state machine.

    In memory, :meth:`answer` is all it takes. :meth:`serve` puts it on a loopback port::

        with Sandbox(seed=7).serve() as sandbox:
            sandbox.customer("+15005550010").replies("yes", after="2h")
            ...  # talk to sandbox.base_url
            sandbox.clock.advance("2h")

    :param seed: makes SIDs and faults repeatable; None for a different run every time.
    :param frozen: time stands still unless :attr:`clock` is advanced.
    :param start: where the clock begins; now, if left out.
    :param settings: how it behaves where Twilio leaves room; Twilio's likeliest behaviour, if left out.
    """

    __slots__ = (
        "_defaults",
        "_journal",
        "_seed",
        "_server",
        "faults",
        "requests",
        "settings",
    )

    def __init__(
        self,
        seed: int | None = None,
        *,
        frozen: bool = False,
        start: datetime | None = None,
        settings: Settings | None = None,
    ) -> None:
        self._lock = RLock()
        self._seed = seed
        self._server: BackgroundServer | None = None
        self._journal: Journal | None = None
        self.settings = settings or Settings()
        self._defaults = self.settings.as_dict()
        self.clock = Clock(self._lock, frozen=frozen, start=start)
        self.requests = RequestLog()
        self.faults = Faults(seed)
        self.faults.operations = ROUTES.names
        self._world = World(self.clock, self.settings, self.faults, self.requests, seed)
        install(self._world)

    def answer(self, request: Request) -> Response:
        """Answer one request, to Twilio's paths or to the sandbox's own controls.

        :param request: the request.
        """
        if is_page(request.path):
            return file_at(request.method, request.path)
        return self._answer_at(request, None, self._journal)

    def _answer_at(self, request: Request, at: float | None, journal: Journal | None) -> Response:
        with self._lock:
            self.clock.hold(at)
            try:
                if journal is None or (request.method == "GET" and not self.faults.waiting):
                    return self._carry_out(request)
                return journal.write(self.clock, self._carry_out, request)
            finally:
                self.clock.release()

    def _carry_out(self, request: Request) -> Response:
        if request.path.startswith("/sandbox/") or request.path == "/sandbox":
            return answer_control(self, self._world, request)
        return dispatch(self._world, request)

    def keep(self, journal: Journal) -> int:
        """Take up what a journal holds, and keep every further request in it.

        What is done to this object directly, not by a request, is in no journal.

        :param journal: the journal; the sandbox must have its seed, and nothing must have happened in it.
        :return: how many requests it held.
        :raises JournalError: if the sandbox does not do what it did when they were written down.
        """
        with self._lock:
            count = journal.replay(self.clock, lambda request, at: self._answer_at(request, at, None))
            self._journal = journal
            self._world.callbacks.sent.clear()  # who heard of it then has heard of it
        return count

    def feed(self, last_event_id: str = "") -> Feed:
        """Return what an open page is told, piece by piece.

        :param last_event_id: the id of the last piece that the page has seen.
        """
        return Feed(self, self._world, self._lock, last_event_id)

    def reset(self) -> None:
        """Begin anew: no conversations, no scripts, no faults, an empty log, the settings of the start.

        The clock keeps its time.
        """
        with self._lock:
            self.clock.clear()
            self.requests.clear()
            self.faults.reset(seeded(self._seed))
            self.settings.update(self._defaults)
            self._world.clear(self._seed)

    # People -----------------------------------------------------------------------------------------------

    def customer(self, address: str | None = None) -> Customer:
        """Return the handle on a customer.

        :param address: address or identity; None for the default customer whom all others take after.
        """
        return Customer(self._world, self._lock, address)

    def agent(self, worker: str | None = None) -> Agent:
        """Return the handle on an agent.

        :param worker: a worker's SID or name; None for the default agent whom all others take after.
        """
        return Agent(self._world, self._lock, worker)

    def decide(self, template: str, status: str, reason: str = "") -> views.TemplateView:
        """Let WhatsApp decide on a template.

        :param template: its SID or friendly name.
        :param status: ``approved``, ``rejected``, ``pending``, ``paused``, ``disabled``, …
        :param reason: why it is rejected.
        :raises LookupError: if there is no such template.
        :raises ValueError: if there is no such status.
        """
        with self._lock:
            found = templates.find(self._world, template)
            if found is None:
                raise LookupError(f"no template {template}")
            templates.set_status(self._world, found, status, reason)
            return views.template_view(found)

    # Settings and credentials -------------------------------------------------------------------------------

    @property
    def task_list_lag(self) -> float:
        """Seconds for which a new task is missing from the list of tasks."""
        return self.settings.task_list_lag

    @task_list_lag.setter
    def task_list_lag(self, lag: Duration) -> None:
        self.settings.update({"task_list_lag": lag})

    def revoke_tokens(self) -> None:
        """Make all OAuth access tokens invalid at once."""
        with self._lock:
            self._world.tokens.clear()

    def connection(self, auth: str = "basic", base_url: str | None = None) -> dict[str, Any]:
        """Return an Airflow connection that leads here.

        :param auth: ``basic`` (account SID and auth token), ``api_key`` or ``oauth``.
        :param base_url: where the sandbox is; where it is served, if left out.
        """
        if auth not in CREDENTIALS:
            raise ValueError(f"auth is one of {', '.join(CREDENTIALS)}, not {auth!r}")
        return {
            "conn_type": "flexout",
            "login": CREDENTIALS[auth].login,
            "password": CREDENTIALS[auth].password,
            "extra": {
                "account_sid": ACCOUNT_SID,
                "base_url": base_url or self.base_url,
                "workspace_sid": WORKSPACE.sid,
                "workflow_sid": WORKFLOW.sid,
                "queue_sid": next(iter(QUEUES)),
                "worker_sid": next(iter(WORKERS)),
                "chat_service_sid": CHAT_SERVICE_SID,
                "instance_sid": INSTANCE_SID,
                **SENDERS,
            },
        }

    # Serving ------------------------------------------------------------------------------------------------

    @property
    def base_url(self) -> str:
        """The URL under which the sandbox is served; in memory, one that leads nowhere."""
        return self._server.base_url if self._server is not None else "http://localhost"

    def send_callbacks(self) -> None:
        """Send what webhooks are to be told from now on, in a background thread."""
        if self._world.callbacks.courier is None:
            self._world.callbacks.courier = Courier(self._world, self._lock)

    def serve(self, port: int = 0, host: str = "127.0.0.1") -> Sandbox:
        """Serve in a background thread; the port accepts connections when this returns.

        :param port: TCP port; 0 for a free one.
        :param host: address to bind to.
        :raises OSError: if the port is taken.
        """
        from airflow_provider_flexout.sandbox.server import BackgroundServer  # the core needs no server

        if self._server is not None:
            raise RuntimeError("the sandbox is being served already")
        self._server = BackgroundServer(self, host, port)
        return self

    def close(self) -> None:
        """Stop serving; what exists in the sandbox stays."""
        server, self._server = self._server, None
        courier, self._world.callbacks.courier = self._world.callbacks.courier, None
        if courier is not None:
            courier.stop()
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
