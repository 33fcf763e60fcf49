"""The server and the command: on a port, in time, and gone when told to."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading

import httpx
import pytest
from typer.testing import CliRunner

from airflow_provider_flexout.cli import main
from airflow_provider_flexout.sandbox import Sandbox
from airflow_provider_flexout.sandbox.server.journal import Journal
from tests.sandbox_process import client_of

COMMAND = [sys.executable, "-m", "airflow_provider_flexout.cli.main", "sandbox"]


def test_a_sandbox_can_be_served_again():
    sandbox = Sandbox(seed=7)
    with sandbox.serve():
        first = sandbox.base_url
        assert httpx.get(f"{first}/sandbox/", trust_env=False).status_code == 200
        with pytest.raises(RuntimeError):
            sandbox.serve()
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{first}/sandbox/", trust_env=False)
    with sandbox.serve():
        assert httpx.get(f"{sandbox.base_url}/sandbox/", trust_env=False).status_code == 200


@pytest.mark.parametrize(
    ("forwarded", "scheme"), [("https", "https"), ("HTTP", "http"), ("javascript", "http"), (None, "http")]
)
def test_urls_have_the_scheme_of_the_front(http, forwarded, scheme):
    headers = {"X-Forwarded-Proto": forwarded} if forwarded else {}
    made = http.post("/v1/Conversations", headers=headers).json()
    assert made["url"].startswith(f"{scheme}://127.0.0.1:")
    assert made["links"]["messages"].startswith(f"{scheme}://127.0.0.1:")
    http.post("/v1/Conversations")
    listed = http.get("/v1/Conversations?PageSize=1", headers=headers).json()
    assert listed["meta"]["next_page_url"].startswith(f"{scheme}://127.0.0.1:")


def test_a_taken_port_is_an_error():
    with Sandbox().serve() as one, pytest.raises(OSError, match="in use"):
        Sandbox().serve(port=int(one.base_url.rpartition(":")[2]))


def test_many_clients_get_what_they_ask_for(sandbox):
    sandbox.settings.update({"rate_limits": False})
    connection = sandbox.connection()
    statuses: list[int] = []

    def ask(number: int) -> None:
        with client_of(connection) as client:
            for each in range(20):
                answer = client.post("/v1/Conversations", data={"UniqueName": f"{each}"})
                statuses.append(answer.status_code)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (statuses.count(201), statuses.count(409)) == (20, 140)
    assert len(sandbox.conversations) == 20


class Running:
    """The command as a process of its own."""

    def __init__(self, *arguments: str) -> None:
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        self.process = subprocess.Popen(
            [*COMMAND, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment,
        )

    def until(self, pattern: str) -> re.Match[str]:
        """Read lines until one matches; the process ends the wait if it ends."""
        read = []
        for line in self.process.stdout:
            read.append(line)
            match = re.search(pattern, line)
            if match:
                return match
        raise AssertionError("".join(read))

    def stop(self) -> str:
        self.process.send_signal(signal.SIGINT)
        rest, _ = self.process.communicate(timeout=10)
        return rest

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()


def test_the_command_says_where_to_look_and_stops_when_told():
    with Running("--port", "0", "--seed", "7") as running:
        url = running.until(r"ready at (http://127\.0\.0\.1:\d+)$")[1]
        assert httpx.get(f"{url}/sandbox/", trust_env=False).status_code == 200
        connection = json.loads(running.until(r"^export AIRFLOW_CONN_FLEXOUT_DEFAULT='(\{.*\})'$")[1])
        assert connection["extra"]["base_url"] == url
        auth = (connection["login"], connection["password"])
        answer = httpx.post(f"{url}/v1/Conversations", data={"UniqueName": "[x]"}, auth=auth, trust_env=False)
        assert answer.json()["sid"] == Sandbox(seed=7)._store.sids.new("CH")
        assert running.until(r"201 POST +CreateConversation /v1/Conversations")
        assert running.stop() == ""
        assert running.process.returncode == 0


def test_a_sandbox_as_a_probe_has_found_twilio(tmp_path):
    found, db = tmp_path / "found.json", str(tmp_path / "sandbox.db")

    def started(**settings: str) -> dict[str, object]:
        document = {"format": "flexout probe", "version": 1, "settings": settings}
        found.write_text(json.dumps(document))
        with Running("--port", "0", "--as", str(found), *kept) as running:
            url = running.until(r"ready at (\S+)")[1]
            running.until("^export ")
            shown = httpx.get(f"{url}/sandbox/settings", trust_env=False).json()
            running.stop()
        return shown

    kept: tuple[str, ...] = ()
    assert started(list_order="newest_first")["list_order"] == "newest_first"
    kept = ("--db", db)
    assert started(list_order="newest_first")["list_order"] == "newest_first"
    assert started(close_twice="accept")["list_order"] == "oldest_first"


def test_a_file_that_no_probe_has_written(tmp_path):
    found = tmp_path / "found.json"
    found.write_text("{}")
    done = CliRunner().invoke(main.build_app(), ["sandbox", "--as", str(found)])
    assert done.exit_code == 1
    assert done.stderr == f"{found} can't be used: it is not a file of flexout probe: its " + (
        '"format" is not "flexout probe".\n'
    )


def test_the_command_can_keep_quiet():
    with Running("--port", "0", "--no-log") as running:
        url = running.until(r"ready at (\S+)")[1]
        running.until("^export ")
        httpx.get(f"{url}/v1/Conversations", trust_env=False)
        assert running.stop() == ""


def test_a_sandbox_that_others_can_reach_says_so_and_has_passwords_of_its_own():
    known = Sandbox().connection()
    with Running("--port", "0", "--host", "0.0.0.0", "--allow-host", "sandbox") as running:  # noqa: S104
        url = running.until(r"ready at (http://127\.0\.0\.1:\d+)$")[1]
        running.until(r"^Other machines can reach 0\.0\.0\.0\.")
        own = json.loads(running.until(r"^export AIRFLOW_CONN_FLEXOUT_DEFAULT='(\{.*\})'$")[1])
        with httpx.Client(base_url=url, trust_env=False) as client:

            def status(connection, host="sandbox"):
                auth = (connection["login"], connection["password"])
                return client.get("/v1/Conversations", auth=auth, headers={"Host": host}).status_code

            assert (status(own), status(known), status(own, "evil.example")) == (200, 401, 403)
        running.stop()


def test_a_file_that_everybody_can_open_is_not_shown_to_other_machines(tmp_path):
    file = tmp_path / "sandbox.db"
    Journal(file, 7).close()
    arguments = ["sandbox", "--port", "0", "--host", "0.0.0.0", "--db", str(file)]  # noqa: S104
    refused = CliRunner().invoke(main.build_app(), arguments)
    assert refused.exit_code == 1
    assert "everybody knows its credentials. Use another file." in refused.stderr


def test_a_file_keeps_its_passwords(tmp_path):
    file = tmp_path / "sandbox.db"
    made = []
    for host in ("0.0.0.0", "127.0.0.1"):  # noqa: S104
        with Running("--port", "0", "--host", host, "--db", str(file)) as running:
            made.append(running.until(r'"password":"(\w+)"')[1])
            running.stop()
    assert made[0] == made[1] != Sandbox().connection()["password"]


def test_a_busy_port_is_told_in_a_sentence():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = CliRunner().invoke(main.build_app(), ["sandbox", "--port", port])
    assert done.exit_code == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert f"Can't listen on 127.0.0.1, port {port}" in done.stderr


@pytest.mark.parametrize("host", ["nowhere.invalid", "a..b"])
def test_a_host_that_is_none_is_told_in_a_sentence(host):
    done = CliRunner().invoke(main.build_app(), ["sandbox", "--port", "0", "--host", host])
    assert done.exit_code == 1
    assert done.stderr.startswith(f"Can't listen on {host}, port 0: ")
    assert "Correct --host" in done.stderr


@pytest.mark.parametrize("file", ["", ".", "/"])
def test_a_folder_in_place_of_a_file_is_told_in_a_sentence(file):
    done = CliRunner().invoke(main.build_app(), ["sandbox", "--port", "0", "--db", file])
    assert (done.exit_code, done.stderr.count("\n")) == (1, 1)
    assert "is a folder. Name a file in it." in done.stderr


def test_a_folder_that_is_not_there_is_told_in_a_sentence(tmp_path):
    missing = tmp_path / "none"
    done = CliRunner().invoke(main.build_app(), ["sandbox", "--port", "0", "--db", f"{missing / 'a.db'}"])
    assert (done.exit_code, done.stdout) == (1, "")
    assert (
        done.stderr
        == f"{missing / 'a.db'} can't be opened: there is no folder {missing}. Use another file.\n"
    )


def test_a_name_that_is_too_long_for_a_file_is_told_in_a_sentence(tmp_path):
    done = CliRunner().invoke(
        main.build_app(), ["sandbox", "--port", "0", "--db", str(tmp_path / ("a" * 300))]
    )
    assert (done.exit_code, done.stderr.count("\n")) == (1, 1)
    assert "can't be opened: File name too long." in done.stderr


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "--allow-host is empty: "),
        (
            " ",
            "--allow-host takes a name without scheme, port, path or wildcard, not ' ': write one such as ",
        ),
        ("http://sandbox.example", "not 'http://sandbox.example': write sandbox.example."),
        ("https://sandbox.example:8765/a", ": write sandbox.example."),
        ("sandbox:8765", "not 'sandbox:8765': write sandbox."),
        ("*.example.com", ": write one such as sandbox"),
        ("[::1]", "leave [::1] out"),
        ("::1", "leave ::1 out"),
    ],
)
def test_a_name_that_no_request_has_is_told_in_a_sentence(name, said):
    options = ["--allow-host", "sandbox", "--allow-host", name]
    done = CliRunner().invoke(main.build_app(), ["sandbox", "--port", "0", *options])
    assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert done.stderr.startswith("--allow-host ")
    assert said in done.stderr


def test_an_empty_host_is_told_in_a_sentence():
    done = CliRunner().invoke(main.build_app(), ["sandbox", "--port", "0", "--host", ""])
    assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert "--host is empty" in done.stderr


def test_a_seed_that_no_file_can_hold_is_refused(tmp_path):
    options = ["--db", str(tmp_path / "sandbox.db"), "--seed", str(2**63)]
    done = CliRunner().invoke(main.build_app(), ["sandbox", "--port", "0", *options])
    assert done.exit_code == 2
    assert "--seed" in done.stderr


def test_the_command_line_needs_no_airflow():
    code = (
        "import sys\n"
        "from airflow_provider_flexout.cli import main\n"
        "main.build_app()\n"
        "from airflow_provider_flexout.sandbox.server import server\n"
        "heavy = {'airflow', 'httpx', 'pydantic', 'sqlalchemy', 'sqlite3', 'starlette'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", code], timeout=60, check=True)


def test_only_the_sandbox_needs_a_server(monkeypatch):
    monkeypatch.setitem(sys.modules, "uvicorn", None)  # as if it were not installed
    refused = CliRunner().invoke(main.build_app(), ["sandbox"])
    assert refused.exit_code == 1
    assert (
        refused.stderr == "flexout sandbox needs uvicorn: pip install 'airflow-provider-flexout[sandbox]'\n"
    )
    assert CliRunner().invoke(main.build_app(), ["orphans", "--help"]).exit_code == 0


def test_help_reads_well():
    done = CliRunner().invoke(main.build_app(), ["sandbox", "--help"])
    assert done.exit_code == 0
    for option in ("--port", "--host", "--seed", "--no-log"):
        assert option in done.stdout
    assert ":param" not in done.stdout
