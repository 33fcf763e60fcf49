"""The sandbox as a program of its own, and what the demo reads from it."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx

from airflow_provider_flexout.demo.component import Component
from airflow_provider_flexout.demo.settings import HOST, free_port, own_environment

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

START_TIMEOUT = 60.0
"""Seconds that it may take to start on a slow machine."""
POLL = 0.1
"""Seconds between two checks whether it responds."""


class TranscriptMessage(NamedTuple):
    """A message of a transcript.

    :param sid: IM…
    :param author: who has written it, according to the sandbox.
    :param body: its text.
    """

    sid: str
    author: str
    body: str


class AgentTask(NamedTuple):
    """The task by which an agent has a conversation.

    :param sid: WT…
    :param interaction_sid: KD…
    :param status: `pending`, `reserved`, `assigned`, `wrapping`, `completed` or `canceled`.
    :param agent: who has it, `None` while nobody does.
    """

    sid: str
    interaction_sid: str
    status: str
    agent: str | None


class SandboxProcess:
    """`flexout sandbox` on a free port.

    :param folder: for its log.
    """

    def __init__(self, folder: Path) -> None:
        port = free_port()
        self.url = f"http://{HOST}:{port}"
        self.component = Component(
            "sandbox",
            [sys.executable, "-m", "airflow_provider_flexout.cli.main", "sandbox", "--port", str(port)],
            folder=folder,
            environment=own_environment(folder),
        )
        self.connection: dict[str, Any] = {}

    def start(self, on_wait: Callable[[], None]) -> None:
        """Start it, and wait until its connection can be read.

        :param on_wait: called a few times per second meanwhile.
        :raises ComponentDiedError: if it ends by itself.
        :raises TimeoutError: if it takes too long.
        """
        self.component.start()
        deadline = time.monotonic() + START_TIMEOUT
        while not self._is_up():
            self.component.check()
            if time.monotonic() > deadline:
                raise TimeoutError(
                    f"The sandbox does not respond on {self.url} after {START_TIMEOUT:g} s. "
                    f"The end of its log, {self.component.log_file}:\n{self.component.log_tail()}"
                )
            on_wait()
            time.sleep(POLL)

    def messages(self, conversation_sid: str) -> list[TranscriptMessage]:
        """Read a transcript, as Twilio's own REST path gives it.

        :param conversation_sid: CH…
        """
        page = self._read(f"/v1/Conversations/{conversation_sid}/Messages?PageSize=100")
        return [TranscriptMessage(one["sid"], one["author"], one["body"]) for one in page["messages"]]

    def agent_tasks(self) -> dict[str, AgentTask]:
        """Read the agents' tasks, by the conversations that they are for."""
        return {
            one["conversation_sid"]: AgentTask(
                one["sid"], one["interaction_sid"], one["status"], one["worker"]
            )
            for one in self._read("/sandbox/tasks")["tasks"]
        }

    def customer_replies(self, phone: str, text: str) -> None:
        """Let a customer reply a second after the next message.

        :param phone: E.164.
        :param text: what they write.
        """
        self._control("customers", {"address": phone, "replies": {"text": text, "after": "1s"}})

    def agent_helps(self, task_sid: str, text: str) -> None:
        """Let the agent who has a task write to the customer, and complete the task.

        :param task_sid: WT…
        :param text: what they write.
        """
        self._control("desk", {"task": task_sid, "does": "say", "text": text})
        self._control("desk", {"task": task_sid, "does": "complete"})

    def _read(self, path: str) -> Any:
        login, password = self.connection["login"], self.connection["password"]
        response = httpx.get(self.url + path, auth=(login, password), timeout=30, trust_env=False)
        return response.raise_for_status().json()

    def _control(self, name: str, body: dict[str, Any]) -> None:
        httpx.post(f"{self.url}/sandbox/{name}", json=body, timeout=30, trust_env=False).raise_for_status()

    def _is_up(self) -> bool:
        try:
            response = httpx.get(f"{self.url}/sandbox/connection", trust_env=False)
        except httpx.TransportError:
            return False
        self.connection = response.raise_for_status().json()
        return True
