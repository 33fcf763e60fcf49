"""The environment of a throw-away Airflow, in full, so that nothing of the user's own leaks in."""

from __future__ import annotations

import base64
import contextlib
import itertools
import os
import random
import secrets
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

HOST = "127.0.0.1"

AirflowOptions = dict[str, dict[str, object]]
"""Airflow options by section and name."""


# The system gives ports to outgoing connections, from 32768 on with Linux and from 49152 with others. Such a
# port may be taken before the program that should have it listens.
_FIRST_PORT, _PORTS = 20_000, 12_768
_next_port = itertools.count(random.randrange(_PORTS))  # noqa: S311 - so that processes differ; no secret


def free_port() -> int:
    """Return a TCP port that nothing listens on, another one each time.

    :raises OSError: if there is none.
    """
    for number in itertools.islice(_next_port, _PORTS):
        port = _FIRST_PORT + number % _PORTS
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind((HOST, port))
            return port
    raise OSError(f"no port of {_FIRST_PORT} to {_FIRST_PORT + _PORTS - 1} is free")


def own_environment(folder: Path) -> dict[str, str]:
    """Return the user's environment without what configures Airflow, with temporary files in a folder.

    :param folder: gets a sub-folder `tmp`.
    """
    temporary = folder / "tmp"
    temporary.mkdir(parents=True, exist_ok=True)
    environment = {name: value for name, value in os.environ.items() if "AIRFLOW" not in name.upper()}
    no_proxy = ",".join(filter(None, [os.environ.get("no_proxy") or os.environ.get("NO_PROXY"), HOST]))
    return environment | {
        "TMPDIR": str(temporary),
        "NO_PROXY": no_proxy,
        "no_proxy": no_proxy,
        "PYTHONUNBUFFERED": "1",
        "NO_COLOR": "1",
    }


def airflow_environment(
    home: Path,
    *,
    port: int,
    execution_port: int,
    database: str,
    username: str,
    password_file: Path,
    settings: Mapping[str, Mapping[str, object]],
) -> dict[str, str]:
    """Build the whole environment for the parts of one Airflow.

    :param home: becomes `AIRFLOW_HOME`.
    :param port: of the API server; all the addresses that contain it are set together.
    :param execution_port: where tasks find the Execution API: `port`, or that of a server of its own.
    :param database: SQLAlchemy URL of the metadata database.
    :param username: the one user of the web interface and the API, an admin.
    :param password_file: where the auth manager finds the password.
    :param settings: more options, or other values for the ones set here.
    """
    url = f"http://{HOST}:{port}"
    options: AirflowOptions = {
        "api": {"host": HOST, "port": port, "base_url": url, "workers": 1, "secret_key": secrets.token_hex()},
        "api_auth": {"jwt_secret": secrets.token_hex(64)},
        "core": {
            "auth_manager": "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager",
            "dags_folder": home / "dags",
            "execution_api_server_url": f"http://{HOST}:{execution_port}/execution/",
            "executor": "LocalExecutor",
            "fernet_key": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            "load_examples": False,
            "parallelism": 8,
            "simple_auth_manager_passwords_file": password_file,
            "simple_auth_manager_users": f"{username}:admin",
        },
        "dag_processor": {"dag_bundle_storage_path": home / "bundles", "refresh_interval": 5},
        "database": {"sql_alchemy_conn": database},
        "logging": {"base_log_folder": home / "logs", "colored_console_log": False},
        "scheduler": {"scheduler_heartbeat_sec": 1, "scheduler_idle_sleep_time": 0.3},
        "triggerer": {"job_heartbeat_sec": 1},
        "usage_data_collection": {"enabled": False},
        # Airflow's 5 s are too short for the first request of all on a busy machine, and the task then fails.
        "workers": {"execution_api_timeout": 30},
    }
    for section, changes in settings.items():
        options.setdefault(section, {}).update(changes)
    return {
        **own_environment(home),
        "AIRFLOW_HOME": str(home),
        **{
            f"AIRFLOW__{section.upper()}__{name.upper()}": str(value)
            for section, values in options.items()
            for name, value in values.items()
        },
    }
