"""Reporting what is read and written to Airflow's hook lineage, as hooks do.

The rows of a query are fetched from a cursor, files are read line by line, and tables are written by
SQLAlchemy; none of this passes through the hook methods that would report it. The reports name files, tables
and columns. They leave out parameters and values, and mask addresses in a query.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.twilio.http.redaction import mask_text
from airflow_provider_flexout.version_compat import lineage_collector

if TYPE_CHECKING:
    from airflow.sdk import ObjectStoragePath

log = logging.getLogger(__name__)


def report_read(file: ObjectStoragePath) -> None:
    """Report that a file was read.

    :param file: local or on object storage.
    """
    _report("add_input_asset", context=file, uri=str(file))


def report_written(file: ObjectStoragePath) -> None:
    """Report that a file was written.

    :param file: local or on object storage.
    """
    _report("add_output_asset", context=file, uri=str(file))


def report_sql(hook: Any, sql: str) -> None:
    """Report that a statement was executed.

    :param hook: the hook of the database.
    :param sql: the statement, without the values of its parameters.
    """
    _report("add_extra", context=hook, key="sql_job", value={"sql": mask_text(sql)})


def _report(method: str, **told: Any) -> None:
    try:
        getattr(lineage_collector(), method)(**told)
    except Exception as error:  # the work is done; a report of it must not fail it
        log.debug("Lineage could not be reported: %s", error)
