"""An ``on_failure_callback`` that pushes a failed check's alert for the tasks downstream."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.outreach import durable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow.sdk import Context

log = logging.getLogger(__name__)


def push_alert(context: Context | Mapping[str, Any]) -> None:
    """Push the alert of a failed SQL check as the XCom ``alert`` of its task.

    Use it as the ``on_failure_callback`` of common-sql's check operators, which push no result. Downstream
    tasks need ``trigger_rule="one_failed"`` or ``"all_done"``. An error in this callback is logged and
    changes nothing else.

    :param context: Airflow's context.
    """
    from airflow_provider_flexout.alerts.readers.sql_checks import read_sql_check
    from airflow_provider_flexout.twilio.http.redaction import mask_text

    try:
        (alert,) = read_sql_check(context.get("exception"), context.get("task"))
        context["ti"].xcom_push(key=durable.XCOM_ALERT, value=alert.as_dict())
    except Exception as error:
        log.error("No alert was made of this failure: %s", mask_text(str(error)))  # noqa: TRY400
    else:
        log.info("Pushed the XCom %r: %s", durable.XCOM_ALERT, alert.sentence)
