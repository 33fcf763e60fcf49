from __future__ import annotations

from datetime import timedelta

import pytest
from airflow.sdk import __version__ as sdk_version

from airflow_provider_flexout.outreach import errors as outreach
from airflow_provider_flexout.retry_policies.flex import flex_retry_policy
from airflow_provider_flexout.twilio.http import errors as twilio

HAS_POLICIES = tuple(map(int, sdk_version.split(".")[:2])) >= (1, 3)
needs_policies = pytest.mark.skipif(not HAS_POLICIES, reason="retry policies came with Airflow 3.3")


def every(module) -> list[type[twilio.FlexoutError]]:
    """The errors that a module defines and that are raised as they are."""
    return [
        one
        for one in vars(module).values()
        if isinstance(one, type)
        and issubclass(one, twilio.FlexoutError)
        and one.__module__ == module.__name__
    ]


def made(kind: type[twilio.FlexoutError]) -> twilio.FlexoutError:
    return kind.__new__(kind)


@needs_policies
@pytest.mark.parametrize("kind", [*every(twilio), *every(outreach)], ids=lambda kind: kind.__name__)
def test_what_is_permanent_fails_and_nothing_else_does(kind):
    if kind is twilio.FlexoutError:
        return  # the root is only raised for what came back from a trigger
    decision = flex_retry_policy().evaluate(made(kind), 1, 3)
    assert (decision.action.value == "fail") == kind.permanent


@needs_policies
@pytest.mark.parametrize("delay", [timedelta(minutes=9), 540, "9m", "PT9M"])
def test_a_rate_limit_waits(delay):
    decision = flex_retry_policy(delay).evaluate(made(twilio.RateLimited), 1, 3)
    assert (decision.action.value, decision.retry_delay) == ("retry", timedelta(minutes=9))


@needs_policies
def test_it_survives_serialization():
    policy = flex_retry_policy()
    assert type(policy).deserialize(policy.serialize()).serialize() == policy.serialize()


@pytest.mark.skipif(HAS_POLICIES, reason="this Airflow has retry policies")
def test_below_3_3_it_says_so():
    with pytest.raises(ImportError, match=r"needs Airflow 3\.3"):
        flex_retry_policy()
