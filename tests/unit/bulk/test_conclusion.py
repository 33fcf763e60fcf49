"""When a campaign fails, and what its error says."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.bulk.conclusion import check_failures, check_reached, check_senders
from airflow_provider_flexout.bulk.outcome import ContactOutcome
from airflow_provider_flexout.bulk.progress import Progress
from airflow_provider_flexout.bulk.result import Result
from airflow_provider_flexout.outreach.errors import DeliveryFailed
from airflow_provider_flexout.version_compat import AirflowFailException


def progress(**counts: int) -> Progress:
    made = Progress()
    for outcome, count in counts.items():
        for line in range(1, count + 1):
            made.add(Result(line, None, ContactOutcome(outcome), "No."))
    return made


@pytest.mark.parametrize(
    ("counts", "most"),
    [
        ({"failed": 9}, None),
        ({"failed": 1, "invalid": 1}, 2),
        ({"failed": 9}, 0.1),
        ({"opened": 18, "undelivered": 2}, 0.1),
    ],
)
def test_as_many_may_fail_as_are_allowed(counts, most):
    check_failures(progress(**counts), most, None)


@pytest.mark.parametrize(
    ("counts", "most"), [({"failed": 1}, 0), ({"invalid": 1, "undelivered": 1}, 1), ({"failed": 20}, 0.5)]
)
def test_more_fail_the_task(counts, most):
    with pytest.raises(
        AirflowFailException, match=rf"max_failures={most} allows .* The first is in line 1: No"
    ):
        check_failures(progress(**counts), most, None)


def test_what_was_not_started_is_named():
    with pytest.raises(AirflowFailException, match=r"None was started after line 1,200\."):
        check_failures(progress(opened=20), 0.5, 1_200)
    refused = DeliveryFailed("IM0", "failed", 30034)
    with pytest.raises(AirflowFailException, match=r"code 30034\. .* None was started after line 3\."):
        check_senders(progress(opened=3), refused, 3)
    with pytest.raises(AirflowFailException, match=r"would fail too\.$"):
        check_senders(progress(opened=3), refused, None)
    check_senders(progress(opened=3), None, None)


def test_where_something_was_wrong_somebody_has_to_be_reached():
    check_reached(progress(), None)
    check_reached(progress(suppressed=2), None)
    check_reached(progress(adopted=1, undelivered=5), None)
    with pytest.raises(
        AirflowFailException, match=r"Nobody was reached: of 5 contacts, undelivered 5\. The log"
    ):
        check_reached(progress(undelivered=5), None)
