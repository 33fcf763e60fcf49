"""Which failures are worth another try, for Airflow 3.3 and newer.

The operators work without a policy: they fail at once where another try would end the same way. A policy also
waits out rate limits, and it serves ``@task`` functions that use the hook themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airflow.sdk import ExceptionRetryPolicy

    from airflow_provider_flexout.outreach.values.durations import Duration

_TWILIO = "airflow_provider_flexout.twilio.http.errors"
_OUTREACH = "airflow_provider_flexout.outreach.errors"


def flex_retry_policy(
    rate_limit_delay: Duration = "2m", reconciliation_delay: Duration = "1m"
) -> ExceptionRetryPolicy:
    """Make a policy for the ``retry_policy`` of a task.

    Permanent errors fail at once. After a rate limit, or while another attempt at the same outreach runs, the
    retry waits as long as the arguments say. Any other error follows the task's own ``retries`` and
    ``retry_delay``.

    :param rate_limit_delay: how long to wait after a rate limit that the client did not wait out itself: a
        timedelta, seconds, or text (``"2m"``, ``"PT2M"``). The default is two minutes.
    :param reconciliation_delay: how long to wait for another attempt at the same outreach to end: a
        timedelta, seconds, or text. The default is a minute.
    :returns: the policy.
    :raises InvalidInput: when an argument is not a length of time.
    :raises ImportError: on Airflow below 3.3, which has no retry policies.
    """
    try:
        from airflow.sdk import ExceptionRetryPolicy, RetryRule
        from airflow.sdk.definitions.retry_policy import RetryAction
    except ImportError as error:
        raise ImportError(
            "flex_retry_policy needs Airflow 3.3 or newer. On older versions, leave retry_policy out."
        ) from error

    from airflow_provider_flexout.outreach.values.durations import read_duration

    return ExceptionRetryPolicy(
        rules=[
            RetryRule(
                f"{_TWILIO}.RateLimited",
                retry_delay=read_duration("rate_limit_delay", rate_limit_delay),
                reason="Twilio limits the rate of requests",
            ),
            RetryRule(
                f"{_OUTREACH}.ReconciliationPending",
                retry_delay=read_duration("reconciliation_delay", reconciliation_delay),
                reason="another attempt at the same outreach is running",
            ),
            RetryRule([*_permanent()], action=RetryAction.FAIL, reason="another try would end the same way"),
        ]
    )


def _permanent() -> list[str]:
    """List the paths of the errors after which another try would end the same way."""
    from airflow_provider_flexout.outreach import errors

    found = [one for one in vars(errors).values() if getattr(one, "__module__", "") == errors.__name__]
    permanent = [one.__name__ for one in found if getattr(one, "permanent", False)]
    return [f"{_TWILIO}.RequestRejected", *(f"{_OUTREACH}.{name}" for name in permanent)]
