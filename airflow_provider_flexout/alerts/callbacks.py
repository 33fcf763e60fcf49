"""The failed check's own word: an ``on_failure_callback`` that leaves the alert for the tasks behind it."""

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

    For ``on_failure_callback`` of the check operators of common-sql, which push no result of their own. The
    tasks behind it need ``trigger_rule="one_failed"``, or ``"all_done"``. What goes wrong here is logged, and
    changes nothing else.

    :param context: Airflow's.
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
