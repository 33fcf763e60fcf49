"""The hook of a command: its connection is looked up where Airflow's own commands look."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from airflow_provider_flexout.hooks.flex import FlexHook

__all__ = ["hook_of"]

_CONTEXT = "_AIRFLOW_PROCESS_CONTEXT"


@contextmanager
def hook_of(conn_id: str) -> Iterator[FlexHook]:
    """Give the hook of a connection that may be in Airflow's database, too.

    Outside of a task, Airflow looks into its database only for processes that declare that they may read it;
    ``airflow connections`` does so in the same way.

    :param conn_id: the Airflow connection.
    """
    from airflow_provider_flexout.hooks.flex import FlexHook

    before = os.environ.get(_CONTEXT)
    os.environ[_CONTEXT] = "server"
    try:
        yield FlexHook(conn_id)
    finally:
        if before is None:
            del os.environ[_CONTEXT]
        else:
            os.environ[_CONTEXT] = before
