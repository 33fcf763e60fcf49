"""One long-running program of ours: a part of Airflow, or the sandbox."""

from __future__ import annotations

import subprocess
import time
from collections import deque
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from airflow_provider_flexout.demo import processes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

TIMEOUT = 8.0
"""Seconds that a program gets to end in good order."""


class ComponentDiedError(RuntimeError):
    """A program that should be running has ended. The message holds the end of its log."""


class Component:
    """A program in a session of its own, with its log in a file.

    :param name: what to call it in messages; also the name of its log file.
    :param command: program and arguments.
    :param folder: its working folder, which also gets the log file.
    :param environment: its whole environment.
    """

    def __init__(
        self, name: str, command: Sequence[str], *, folder: Path, environment: Mapping[str, str]
    ) -> None:
        self.name = name
        self.command = list(command)
        self.folder = folder
        self.environment = dict(environment)
        self.log_file = folder / f"{name}.log"
        self.started_at: datetime | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def session(self) -> int | None:
        """Id of its session, which is its process id; none while it is not meant to run."""
        return self._process.pid if self._process else None

    @property
    def running(self) -> bool:
        """Whether it was started, not stopped, and has not ended by itself."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it, or start it again after `stop` or `kill`; its log continues in the same file.

        :raises RuntimeError: if it is running.
        """
        if self.running:
            raise RuntimeError(f"{self.name} is running already; stop() or kill() it first.")
        self.started_at = datetime.now(timezone.utc)
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - the commands are our own
                self.command,
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def stop(self, timeout: float = TIMEOUT) -> None:
        """Ask it to end, and kill it and its children if they have not ended in time.

        :param timeout: seconds that it gets to end in good order.
        """
        stop_all([self], timeout)

    def kill(self) -> None:
        """Kill it and all that it started, at once, as if the machine had lost power."""
        if self._process:
            processes.kill([self._process.pid])
        self.forget()

    def forget(self) -> None:
        """Note that it is not meant to run any more, and release its process."""
        if self._process:
            self._process.wait()
        self._process = None

    def check(self) -> None:
        """Make sure that it has not ended by itself.

        :raises ComponentDiedError: if it has; with the end of its log.
        """
        if self._process and self._process.poll() is not None:
            raise ComponentDiedError(
                f"{self.name} ended with exit code {self._process.returncode}. "
                f"The end of its log, {self.log_file}:\n{self.log_tail()}"
            )

    def finish(self, timeout: float, on_wait: Callable[[], None]) -> None:
        """Wait for a program that ends by itself.

        :param timeout: seconds.
        :param on_wait: called a few times per second meanwhile.
        :raises ComponentDiedError: if its exit code is not 0.
        :raises TimeoutError: if it takes longer.
        """
        deadline = time.monotonic() + timeout
        while self.running:
            if time.monotonic() > deadline:
                raise TimeoutError(
                    f"{self.name} was not done after {timeout:g} s. "
                    f"The end of its log, {self.log_file}:\n{self.log_tail()}"
                )
            on_wait()
            time.sleep(0.1)
        if self._process and self._process.returncode != 0:
            self.check()
        self.forget()

    def log_tail(self, lines: int = 40) -> str:
        """Read the end of its log.

        :param lines: how many lines at most.
        """
        if not self.log_file.exists():
            return "(there is no log)"
        with self.log_file.open(encoding="utf-8", errors="replace") as log:
            return "".join(deque(log, maxlen=lines)).rstrip() or "(the log is empty)"


def stop_all(components: Iterable[Component], timeout: float = TIMEOUT) -> None:
    """Stop several programs side by side.

    :param components: those that are not running are left out.
    :param timeout: seconds that they get, all together, to end in good order.
    """
    started = [component for component in components if component.session is not None]
    processes.stop([component.session for component in started if component.session], timeout)
    for component in started:
        component.forget()
