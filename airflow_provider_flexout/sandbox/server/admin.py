"""What can be done to the sandbox from outside: to people, templates, settings, credentials, and to all."""

from __future__ import annotations

from threading import RLock
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.sandbox.inspect import views
from airflow_provider_flexout.sandbox.inspect.inspector import Inspector
from airflow_provider_flexout.sandbox.rules import templates
from airflow_provider_flexout.sandbox.simulation.actors import Agent, Customer
from airflow_provider_flexout.sandbox.state.credentials import CREDENTIALS
from airflow_provider_flexout.sandbox.state.fault_injection import Faults
from airflow_provider_flexout.sandbox.state.seed import (
    ACCOUNT_SID,
    CHAT_SERVICE_SID,
    INSTANCE_SID,
    QUEUES,
    SENDERS,
    WORKERS,
    WORKFLOW,
    WORKSPACE,
)
from airflow_provider_flexout.sandbox.state.store import Store
from airflow_provider_flexout.sandbox.wire.clock import Clock
from airflow_provider_flexout.sandbox.wire.request_log import RequestLog
from airflow_provider_flexout.sandbox.wire.settings import SandboxSettings
from airflow_provider_flexout.sandbox.wire.sids import seeded

if TYPE_CHECKING:
    from datetime import datetime

    from airflow_provider_flexout.sandbox.wire.clock import Duration

__all__ = ["Admin"]


class Admin(Inspector):
    """The part of the sandbox's handle that the controls under ``/sandbox/`` are made of.

    :param seed: None for a different run every time.
    :param frozen: whether time stands still.
    :param start: where the clock begins; now, if left out.
    :param settings: how it behaves where Twilio leaves room.
    """

    __slots__ = (
        "_defaults",
        "_seed",
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
        settings: SandboxSettings | None = None,
    ) -> None:
        self._lock = RLock()
        self._seed = seed
        self.settings = settings or SandboxSettings()
        self._defaults = self.settings.as_dict()
        self.clock = Clock(self._lock, frozen=frozen, start=start)
        self.requests = RequestLog()
        self.faults = Faults(seed)
        self._store = Store(self.clock, self.settings, self.faults, self.requests, seed)

    def reset(self) -> None:
        """Begin anew: no conversations, no scripts, no faults, an empty log, the settings of the start.

        The clock keeps its time.
        """
        with self._lock:
            self.clock.clear()
            self.requests.clear()
            self.faults.reset(seeded(self._seed))
            self.settings.update(self._defaults)
            self._store.clear(self._seed)

    def customer(self, address: str | None = None) -> Customer:
        """Return the handle on a customer.

        :param address: address or identity; None for the default customer whom all others take after.
        """
        return Customer(self._store, self._lock, address)

    def agent(self, worker: str | None = None) -> Agent:
        """Return the handle on an agent.

        :param worker: a worker's SID or name; None for the default agent whom all others take after.
        """
        return Agent(self._store, self._lock, worker)

    def decide(self, template: str, status: str, reason: str = "") -> views.TemplateView:
        """Let WhatsApp decide on a template.

        :param template: its SID or friendly name.
        :param status: ``approved``, ``rejected``, ``pending``, ``paused``, ``disabled``, …
        :param reason: why it is rejected.
        :raises LookupError: if there is no such template.
        :raises ValueError: if there is no such status.
        """
        with self._lock:
            found = templates.find(self._store, template)
            if found is None:
                raise LookupError(f"no template {template}")
            templates.set_status(self._store, found, status, reason)
            return views.template_view(found)

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
            self._store.tokens.clear()

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

    @property
    def base_url(self) -> str:
        """The URL under which the sandbox is served; in memory, one that leads nowhere."""
        return "http://localhost"
