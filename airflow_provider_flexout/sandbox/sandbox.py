"""The sandbox as Python sees it: one object with everything on it, put together from the rooms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from airflow_provider_flexout.sandbox.api import auth, content
from airflow_provider_flexout.sandbox.api.account import accounts, messaging
from airflow_provider_flexout.sandbox.api.account import studio as studio_api
from airflow_provider_flexout.sandbox.api.conversations import (
    configuration,
    conversations,
    media,
    messages,
    participants,
    roles,
    webhooks,
)
from airflow_provider_flexout.sandbox.api.events import sinks, subscriptions
from airflow_provider_flexout.sandbox.api.flex import (
    channel_participants,
    interaction_webhooks,
    interactions,
    transfers,
)
from airflow_provider_flexout.sandbox.api.routes import Routes
from airflow_provider_flexout.sandbox.api.taskrouter import (
    queues,
    reservations,
    statistics,
    task_events,
    tasks,
    workers,
    workspace,
)
from airflow_provider_flexout.sandbox.api.taskrouter import workflows as workflows_api
from airflow_provider_flexout.sandbox.inspect.inspector import Inspector
from airflow_provider_flexout.sandbox.inspect.views import template_view
from airflow_provider_flexout.sandbox.page.feed import Feed
from airflow_provider_flexout.sandbox.page.files import file_at, is_page
from airflow_provider_flexout.sandbox.page.search import find_cards
from airflow_provider_flexout.sandbox.rules import studio, templates
from airflow_provider_flexout.sandbox.rules.taskrouter import workflows
from airflow_provider_flexout.sandbox.server.admin_api import handle_admin_request
from airflow_provider_flexout.sandbox.server.connection import connection
from airflow_provider_flexout.sandbox.server.dispatch import dispatch, refuse_excess
from airflow_provider_flexout.sandbox.server.responses import respond
from airflow_provider_flexout.sandbox.simulation.actors import Agent, Customer
from airflow_provider_flexout.sandbox.simulation.event_handlers import install
from airflow_provider_flexout.sandbox.state.store import Store
from airflow_provider_flexout.sandbox.webhooks.delivery import WebhookDelivery
from airflow_provider_flexout.sandbox.wire.http import ApiError, compact
from airflow_provider_flexout.sandbox.wire.twilio_operations import twilio_operations

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from types import TracebackType

    from airflow_provider_flexout.sandbox.api.operation import Operation
    from airflow_provider_flexout.sandbox.inspect.views import TemplateView
    from airflow_provider_flexout.sandbox.server.journal import Journal
    from airflow_provider_flexout.sandbox.server.server import BackgroundServer
    from airflow_provider_flexout.sandbox.state.account.setup import AccountSetup
    from airflow_provider_flexout.sandbox.state.studio_flows import StudioFlow
    from airflow_provider_flexout.sandbox.wire.clock import Clock, Duration
    from airflow_provider_flexout.sandbox.wire.fault_injection import Faults
    from airflow_provider_flexout.sandbox.wire.http import HttpRequest, HttpResponse
    from airflow_provider_flexout.sandbox.wire.request_log import RequestLog
    from airflow_provider_flexout.sandbox.wire.settings import SandboxSettings

__all__ = ["ROUTES", "Sandbox"]

ROUTES: Final = Routes(
    (
        *auth.OPERATIONS, *sinks.OPERATIONS, *subscriptions.OPERATIONS,
        *accounts.OPERATIONS, *messaging.OPERATIONS, *studio_api.OPERATIONS,
        *interactions.OPERATIONS, *channel_participants.OPERATIONS, *transfers.OPERATIONS,
        *interaction_webhooks.OPERATIONS,
        *configuration.OPERATIONS, *conversations.OPERATIONS, *roles.OPERATIONS, *participants.OPERATIONS,
        *messages.OPERATIONS, *webhooks.OPERATIONS, *content.OPERATIONS, *media.OPERATIONS,
        *tasks.OPERATIONS, *task_events.OPERATIONS, *workspace.OPERATIONS, *queues.OPERATIONS,
        *workflows_api.OPERATIONS, *statistics.OPERATIONS, *reservations.OPERATIONS, *workers.OPERATIONS,
    ),
    absent=twilio_operations(),
)  # fmt: skip


class Sandbox(Inspector):
    """A stand-in for Twilio: Flex, Conversations and TaskRouter in one state machine.

    In memory, :meth:`handle` is all that is needed. :meth:`serve` puts it on a loopback port::

        with Sandbox(seed=7).serve() as sandbox:
            sandbox.customer("+15005550010").replies("yes", after="2h")
            sandbox.clock.advance("2h")

    :param seed: makes SIDs and faults repeatable; None for a different run every time.
    :param frozen: whether time stands still unless :attr:`clock` is advanced.
    :param start: where the clock begins; now, if left out.
    :param settings: how it behaves where Twilio leaves room; the assumed behaviour, if left out.
    :param secret: what its passwords are made from; if left out, they are those of every sandbox, which
        everybody knows.
    """

    __slots__ = ("_journal", "_server", "_webhook_delivery", "clock", "faults", "requests", "settings")
    clock: Clock
    faults: Faults
    requests: RequestLog
    settings: SandboxSettings

    def __init__(
        self,
        seed: int | None = None,
        *,
        frozen: bool = False,
        start: datetime | None = None,
        settings: SandboxSettings | None = None,
        secret: str = "",
    ) -> None:
        store = self._store = Store(seed, frozen=frozen, start=start, settings=settings, secret=secret)
        self.clock, self.faults = store.clock, store.faults
        self.requests, self.settings = store.requests, store.settings
        self.faults.operations = ROUTES.names
        install(store)
        self._webhook_delivery: WebhookDelivery | None = None
        self._server: BackgroundServer | None = None
        self._journal: Journal | None = None

    @property
    def operations(self) -> Iterator[Operation]:
        """Twilio's operations that the sandbox has."""
        return iter(ROUTES)

    def handle(self, request: HttpRequest) -> HttpResponse:
        """Handle one request, to Twilio's paths, to the sandbox's own controls, or to its page.

        :param request: the request.
        """
        if is_page(request.path):
            return file_at(request.method, request.path)
        return self._handle_at(request, None, self._journal)

    def _handle_at(self, request: HttpRequest, at: float | None, journal: Journal | None) -> HttpResponse:
        with self._store.lock:
            self.clock.pin(at)
            try:
                # Outside of the journal: what is refused changes nothing, and a journal is read at once.
                if at is None and (refusal := refuse_excess(self._store, ROUTES, request)):
                    return refusal
                if journal is None or (request.method == "GET" and not self.faults.waiting):
                    return self._carry_out(request)
                return journal.write(self.clock, self._carry_out, request)
            except ApiError as error:
                return respond(self._store, error.response())
            finally:
                self.clock.unpin()

    def _carry_out(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith("/sandbox/") or request.path == "/sandbox":
            return handle_admin_request(self, self._store, request)
        return dispatch(self._store, ROUTES, request)

    def keep(self, journal: Journal) -> int:
        """Carry out the requests in a journal, and write every further one into it.

        :param journal: the journal. The sandbox must have its seed, and nothing may have happened in it yet.
        :return: how many requests it held.
        :raises JournalError: if the sandbox responds differently than when the journal was written.
        """
        with self._store.lock:
            count = journal.replay(self._store, lambda request, at: self._handle_at(request, at, None))
            self._journal = journal
            self._store.webhooks.sent.clear()  # they were sent when the requests were first carried out
        return count

    def save_snapshot(self) -> None:
        """Let the next start go on from here, where the sandbox has a journal."""
        if self._journal is not None:
            with self._store.lock:
                self._journal.make_whole()

    def reset(self) -> None:
        """Start over: no conversations, scripts, faults or log; the first settings; the clock as it is."""
        with self._store.lock:
            self._store.reset()

    def customer(self, address: str | None = None) -> Customer:
        """Return the handle on a customer.

        :param address: address or identity; None for the default customer, whose script all others share.
        """
        return Customer(self._store, address)

    def agent(self, worker: str | None = None) -> Agent:
        """Return the handle on an agent.

        :param worker: a worker's SID or name; None for the default agent, whose script all others share.
        :raises ValueError: if there is no such worker.
        """
        return Agent(self._store, worker)

    def decide(self, template: str, status: str, reason: str = "") -> TemplateView:
        """Let WhatsApp decide on a template.

        :param template: its SID or friendly name.
        :param status: ``approved``, ``rejected``, ``pending``, ``paused``, ``disabled``, …
        :param reason: why it is rejected.
        :raises LookupError: if there is no such template.
        :raises ValueError: if there is no such status.
        """
        with self._store.lock:
            return template_view(templates.decide(self._store, template, status, reason))

    def studio_flow(
        self,
        name: str,
        kind: str = "send_to_flex",
        routing: Mapping[str, Any] | None = None,
        says: str | None = None,
    ) -> StudioFlow:
        """Add a Studio flow, which the webhook of a conversation starts by its ``sid``.

        :param name: what people call it.
        :param kind: ``send_to_flex``, ``bot_first`` (the bot replies, and the customer's next message goes to
            Flex), or ``fails``.
        :param routing: the properties of Twilio's Routing object for the task; if left out, the workflow that
            every sandbox begins with. The conversation's attributes become the task's.
        :param says: what the bot replies.
        :raises ValueError: for a kind that does not exist, or a routing that TaskRouter would refuse.
        """
        with self._store.lock:
            return studio.add_flow(self._store, name, kind, routing, says)

    def workflow(self, configuration: Mapping[str, Any]) -> None:
        """Give the workflow of the connection another configuration, such as a copy of your own workflow's.

        :param configuration: TaskRouter's object, with ``task_routing``; its queues are added for all agents.
        :raises ValueError: if it is wrong, or has something that the sandbox does not know.
        """
        with self._store.lock:
            workflows.configure(self._store, compact(configuration))

    @property
    def account(self) -> AccountSetup:
        """What the account is set up with: numbers, senders, services. Change it to break something."""
        return self._store.account

    @property
    def task_list_lag(self) -> float:
        """Seconds for which a new task is missing from the list of tasks."""
        return self.settings.task_list_lag

    @task_list_lag.setter
    def task_list_lag(self, lag: Duration) -> None:
        self.settings.update({"task_list_lag": lag})

    def revoke_tokens(self) -> None:
        """Make all OAuth access tokens invalid at once."""
        with self._store.lock:
            self._store.tokens.clear()

    def connection(self, auth: str = "basic", base_url: str | None = None) -> dict[str, Any]:
        """Return an Airflow connection that leads here.

        :param auth: ``basic`` (account SID and auth token), ``api_key`` or ``oauth``.
        :param base_url: where the sandbox is; where it is served, if left out.
        :raises ValueError: if there is no such kind of credentials.
        """
        return connection(self._store.credentials, auth, base_url or self.base_url)

    def feed(self, last_event_id: str = "") -> Feed:
        """Return the feed of one open page.

        :param last_event_id: the id of the last event that the page has received; empty for none.
        """
        return Feed(self._store, last_event_id)

    def cards(self, search: str) -> list[dict[str, Any]]:
        """Return the page's cards of the conversations that a text finds.

        :param search: a part of a customer's name or address, or a SID.
        """
        return find_cards(self._store, search)

    @property
    def base_url(self) -> str:
        """The URL under which the sandbox is served; in memory, one that leads nowhere."""
        return self._server.base_url if self._server is not None else "http://localhost"

    def send_callbacks(self) -> None:
        """Send the requests to webhooks from now on, in a background thread."""
        if self._webhook_delivery is None:
            self._webhook_delivery = WebhookDelivery(self._store)
            self._store.webhooks.deliver = self._webhook_delivery.take

    def serve(self, port: int = 0, host: str = "127.0.0.1") -> Sandbox:
        """Serve in a background thread; the port accepts connections when this returns.

        :param port: TCP port; 0 for a free one.
        :param host: address to bind to.
        :raises OSError: if the port is taken.
        """
        from airflow_provider_flexout.sandbox.server.server import (
            BackgroundServer,
        )  # in memory, none is needed

        if self._server is not None:
            raise RuntimeError("the sandbox is being served already; close() it first")
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
