"""What the sandbox costs: from start to ready, interactions created in a second, memory, and pages of lists.

Where ``prism`` (``npm install -g @stoplight/prism-cli``) and Twilio's OpenAPI documents (``FLEXOUT_OAI_DIR``)
are found, the same requests go to Prism in the same run: it checks requests against the document and answers
with examples, and remembers nothing. The server has a core of its own where the machine has two.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

from rich.table import Table

from airflow_provider_flexout.demo.settings import free_port
from airflow_provider_flexout.sandbox import Sandbox
from tests.bench.shown import show

STARTS, PAGES, CONNECTIONS, PRISM_CREATES = 9, 50, 8, 2_000
CORES = sorted(os.sched_getaffinity(0))
TICK = os.sysconf("SC_CLK_TCK")
CONNECTION = Sandbox().connection()
LOGIN = base64.b64encode(f"{CONNECTION['login']}:{CONNECTION['password']}".encode()).decode()
FORM = f"Authorization: Basic {LOGIN}\r\nContent-Type: application/x-www-form-urlencoded"


class Server:
    """A program that serves HTTP on this machine."""

    def __init__(self, *command: str) -> None:
        self.port = free_port()
        began = time.perf_counter()
        port = ["--port", str(self.port)]
        self.process = subprocess.Popen([*command, *port], stdout=subprocess.DEVNULL)
        while not self.answers():
            time.sleep(0.002)
        self.startup = time.perf_counter() - began

    def answers(self) -> bool:
        assert self.process.poll() is None, "the server has ended"
        try:
            with socket.create_connection(("127.0.0.1", self.port), 5) as asking:
                asking.sendall(b"GET /v1/ HTTP/1.1\r\nHost: localhost\r\n\r\n")
                return asking.recv(1) == b"H"
        except ConnectionError:
            return False

    def cpu(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def memory(self) -> float:
        """Return the memory that the process holds, in MB."""
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", text)[1]) / 1024

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()


def start_sandbox() -> Server:
    return Server(str(Path(sys.executable).with_name("flexout")), "sandbox", "--no-log")


def start_prism() -> Server | None:
    command, documents = shutil.which("prism"), os.environ.get("FLEXOUT_OAI_DIR")
    if not command or not documents:
        return None
    return Server(command, "mock", str(Path(documents) / "twilio_flex_v1.json"))


class Plain:
    """HTTP as bare as it gets, so that the client costs next to nothing."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.host = f"127.0.0.1:{port}"

    def send(self, method: str, path: str, form: bytes = b"") -> None:
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: {self.host}\r\n{FORM}\r\nContent-Length: {len(form)}\r\n\r\n"
        )
        self.socket.sendall(head.encode() + form)

    def receive(self) -> bytes:
        data = self.socket.recv(65536)
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += self.socket.recv(65536)
        length = int(re.search(rb"(?i)content-length: (\d+)", data[:end])[1])
        while len(data) < end + 4 + length:
            data += self.socket.recv(65536)
        assert data.startswith(b"HTTP/1.1 2"), data
        return data[end + 4 :]


@contextmanager
def clients(port: int, count: int) -> Iterator[list[Plain]]:
    made = [Plain(port) for _ in range(count)]
    yield made
    for each in made:
        each.socket.close()


def interaction(number: int) -> bytes:
    """Return the form of a request as the operators send it: a customer of its own, and routing."""
    extra, customer = CONNECTION["extra"], f"+1202{number:07}"
    names = ("workspace_sid", "workflow_sid", "queue_sid", "worker_sid")
    attributes = {"customerName": "Ada", "customerAddress": customer, "flexout_key": f"fx{number:032x}"}
    routing = {"properties": {**{name: extra[name] for name in names}, "attributes": attributes}}
    participants = [{"address": customer, "proxy_address": extra["sms_from"]}]
    channel = {"type": "sms", "initiated_by": "agent", "participants": participants}
    return urlencode({"Channel": json.dumps(channel), "Routing": json.dumps(routing)}).encode()


def create(server: Server, count: int) -> tuple[float, float]:
    """Create interactions over several connections; return how many per second, and per second of CPU."""
    forms = [interaction(number) for number in range(count)]
    os.sched_setaffinity(server.process.pid, CORES[:1])
    before = server.cpu()
    with clients(server.port, CONNECTIONS) as open_ones:
        os.sched_setaffinity(0, CORES[1:] or CORES)
        began = time.perf_counter()
        for at in range(0, count, CONNECTIONS):
            batch = list(zip(open_ones, forms[at : at + CONNECTIONS], strict=False))
            for client, form in batch:
                client.send("POST", "/v1/Interactions", form)
            for client, _ in batch:
                client.receive()
        took = time.perf_counter() - began
        os.sched_setaffinity(0, CORES)
    return count / took, count / (server.cpu() - before)


def read_pages(server: Server) -> list[float]:
    """Read the list of conversations page by page; return the milliseconds of each, sorted."""
    path, took = "/v1/Conversations?PageSize=100", []
    with clients(server.port, 1) as (client,):
        while path and len(took) < PAGES:
            began = time.perf_counter()
            client.send("GET", path)
            body = client.receive()
            took.append((time.perf_counter() - began) * 1000)
            following = json.loads(body)["meta"]["next_page_url"]
            path = following and following.partition(client.host)[2]
    return sorted(took)


def measure_sandbox(many: int) -> list[str]:
    starts = []
    for _ in range(STARTS):
        with start_sandbox() as server:
            starts.append(server.startup)
    with start_sandbox() as server:
        empty = server.memory()
        rate, of_cpu = create(server, many)
        full = server.memory()
        pages = read_pages(server)
    return [
        f"{statistics.median(starts):.2f} s",
        f"{rate:,.0f}",
        f"{of_cpu:,.0f}",
        f"{empty:,.0f} MB, {full:,.0f} MB with {many:,}",
        f"{statistics.median(pages):.1f} ms, slowest {pages[-1]:.1f} ms",
    ]


def measure_prism() -> list[str]:
    server = start_prism()
    if server is None:
        return ["not installed here", "", "", "", ""]
    with server:
        empty = server.memory()
        rate, of_cpu = create(server, PRISM_CREATES)
        return [f"{server.startup:.2f} s", f"{rate:,.0f}", f"{of_cpu:,.0f}", f"{empty:,.0f} MB", "no state"]


def main() -> None:
    parser = argparse.ArgumentParser(description="What the sandbox costs.")
    parser.add_argument("--many", type=int, default=20_000, help="interactions to create")
    many = parser.parse_args().many
    table = Table(title=f"The sandbox over HTTP, {CONNECTIONS} connections", title_justify="left")
    table.add_column("")
    rows = ("ready after", "creates per second", "... per second of CPU", "memory", "a page of 100")
    for row in rows:
        table.add_column(row)
    table.add_row("flexout sandbox", *measure_sandbox(many))
    table.add_row("Prism", *measure_prism())
    show("sandbox", table, width=140)


if __name__ == "__main__":
    main()
