"""Registration for texts in the United States."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.diagnosis.finding import Level
from airflow_provider_flexout.outreach.diagnosis.registration import check_registration
from airflow_provider_flexout.sandbox.state.account.setup import MESSAGING_SERVICE_SID, NumberRecord
from tests.unit.outreach.diagnosis.conftest import SID

NUMBER = "+15005550006"
SUBJECT = f"registration of {NUMBER}"


@pytest.mark.parametrize("given", [None, MESSAGING_SERVICE_SID], ids=["found", "named"])
@pytest.mark.parametrize(
    ("status", "level"),
    [("VERIFIED", Level.GOOD), ("IN_PROGRESS", Level.WRONG), ("FAILED", Level.WRONG), (None, Level.WRONG)],
)
def test_a_campaign(diagnosed, sandbox, given, status, level):
    sandbox.account.messaging_services[MESSAGING_SERVICE_SID].campaign_status = status
    found = {one.subject: one.level for one in diagnosed(messaging_service_sid=given)}
    assert found[SUBJECT] is level
    assert [subject for subject, one in found.items() if one is Level.WRONG] == (
        [SUBJECT] if level is Level.WRONG else []
    )


def test_a_number_in_no_messaging_service(complaint, sandbox):
    sandbox.account.messaging_services[MESSAGING_SERVICE_SID].numbers.clear()
    found = complaint()
    assert (found.subject, found.level) == (SUBJECT, Level.WRONG)
    assert "30034" in found.meaning


def test_a_messaging_service_that_is_not_there_or_has_not_the_number(complaint, sandbox):
    found = complaint(messaging_service_sid="MG" + SID)
    assert (found.subject, found.level) == ("messaging service", Level.WRONG)
    sandbox.account.messaging_services[MESSAGING_SERVICE_SID].numbers.clear()
    found = complaint(messaging_service_sid=MESSAGING_SERVICE_SID)
    assert (found.subject, found.level) == ("messaging service", Level.WRONG)


@pytest.mark.parametrize(
    ("number", "levels"),
    [
        ("+12025550143", [Level.WRONG]),  # United States, in no service
        ("+18005550143", [Level.DOUBTFUL]),  # toll-free
        ("+14165550143", []),  # Canada
        ("+442079460000", []),
        ("+4915112345678", []),
    ],
)
def test_which_numbers_need_it(diagnosed, sandbox, number, levels):
    sandbox.account.numbers["PN1"] = NumberRecord("PN1", number)
    found = diagnosed(senders={"sms_from": number})
    assert [one.level for one in found if one.subject.startswith("registration")] == levels
    assert check_registration.__doc__
