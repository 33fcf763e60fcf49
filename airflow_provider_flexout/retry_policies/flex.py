"""Which failures are worth another try, for Airflow 3.3 and newer.

The operators need none of it to be right: they fail at once where trying again is pointless. A policy
adds that a rate limit is waited out, and serves ``@task`` functions that use the hook themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airflow.sdk import ExceptionRetryPolicy

    from airflow_provider_flexout.outreach.values.durations import Duration

_TWILIO = "airflow_provider_flexout.twilio.http.errors"
_OUTREACH = "airflow_provider_flexout.outreach.errors"
_FOR_GOOD = [
    f"{_TWILIO}.RequestRejected",
    *(
        f"{_OUTREACH}.{name}"
        for name in (
            "InvalidInput",
            "KeyReused",
            "AlreadyTalking",
            "ConversationEnded",
            "ConversationOfAnotherOutreach",
            "NoContactHours",
            "NobodyAvailable",
            "TemplateRefused",
            "SessionWindowClosed",
            "InteractionFailed",
            "DeliveryFailed",
        )
    ),
]


def flex_retry_policy(
    rate_limit_delay: Duration = "2m", reconciliation_delay: Duration = "1m"
) -> ExceptionRetryPolicy:
    """Make a policy for the ``retry_policy`` of a task.

    Permanent errors fail at once, rate limits and attempts that got into each other's way wait, everything
    else follows the task's own ``retries`` and ``retry_delay``.

    :param rate_limit_delay: how long to wait after a rate limit that outlasted the client's patience: a
        timedelta, seconds, or text (``"2m"``, ``"PT2M"``).
    :param reconciliation_delay: how long to wait for another attempt at the same outreach to end, likewise.
    :raises InvalidInput: when one is no length of time.
    :raises ImportError: below Airflow 3.3, which has no retry policies.
    """
    try:
        from airflow.sdk import ExceptionRetryPolicy, RetryRule
        from airflow.sdk.definitions.retry_policy import RetryAction
    except ImportError as error:
        raise ImportError("retry_policy needs Airflow 3.3 or newer; leave it out below.") from error

    from airflow_provider_flexout.outreach.values.durations import read_duration

    return ExceptionRetryPolicy(
        rules=[
            RetryRule(
                f"{_TWILIO}.RateLimited",
                retry_delay=read_duration("rate_limit_delay", rate_limit_delay),
                reason="Twilio asks for fewer requests at once",
            ),
            RetryRule(
                f"{_OUTREACH}.ReconciliationPending",
                retry_delay=read_duration("reconciliation_delay", reconciliation_delay),
                reason="another attempt at the same outreach is at work",
            ),
            RetryRule(list(_FOR_GOOD), action=RetryAction.FAIL, reason="trying again would end the same way"),
        ]
    )
