"""A Redis of a test's own, which it may kill and start again."""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import redis

from airflow_provider_flexout.demo.settings import HOST, free_port
from tests.missing import missing

NEEDED = "needs Redis' server: apt-get install redis-server"
TIMEOUT = 30.0


class RedisServer:
    """``redis-server`` on a free port, which writes down whatever it has said yes to.

    :param folder: for its file.
    """

    def __init__(self, folder: Path) -> None:
        if shutil.which("redis-server") is None:
            missing(NEEDED)
        folder.mkdir(exist_ok=True)
        port = free_port()
        self.url = f"redis://{HOST}:{port}/0"
        self.client: Any = redis.Redis.from_url(self.url, decode_responses=True)
        self._command = ["redis-server", "--bind", HOST, "--port", str(port), "--dir", str(folder)]
        self._command += [
            "--appendonly",
            "yes",
            "--appendfsync",
            "always",
            "--save",
            "",
            "--loglevel",
            "warning",
        ]
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> RedisServer:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()
        self.kill()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)
        give_up = time.monotonic() + TIMEOUT
        while not self._answers():
            assert self._process.poll() is None, "redis-server has ended by itself"
            assert time.monotonic() < give_up, "redis-server does not answer"
            time.sleep(0.02)

    def kill(self) -> None:
        """End it as a lost machine would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def events(self) -> list[str]:
        """Give what is on the stream, the oldest first."""
        return [fields["event"] for _, fields in self.client.xrange("flexout-events")]

    def _answers(self) -> bool:
        try:
            return bool(self.client.ping())
        except redis.ConnectionError:
            return False
