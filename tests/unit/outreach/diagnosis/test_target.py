"""What is diagnosed."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from airflow_provider_flexout.connection.settings import FlexConnection
from airflow_provider_flexout.outreach.diagnosis.target import DiagnosisTarget
from airflow_provider_flexout.twilio.http.settings import BasicCredentials, OAuthCredentials, Settings


def test_its_clock_is_this_machines(defaults):
    now = DiagnosisTarget("auth token", "Twilio", defaults).clock()
    assert abs(datetime.now(timezone.utc) - now) < timedelta(seconds=5)


@pytest.mark.parametrize(
    ("credentials", "said"),
    [
        (BasicCredentials("AC1", "s3cret"), "auth token of AC1"),
        (BasicCredentials("SK1", "s3cret"), "API key SK1"),
        (OAuthCredentials("OQ1", "s3cret"), "OAuth client OQ1"),
    ],
)
def test_it_holds_no_secret(credentials, said, defaults):
    connection = FlexConnection(
        Settings(credentials, account_sid="AC1"), defaults, "pseudonym-s3cret", "redis://:s3cret@queue"
    )
    target = connection.diagnosis_target
    assert (target.credentials, target.account_sid, target.defaults) == (said, "AC1", defaults)
    assert "s3cret" not in repr(target)
