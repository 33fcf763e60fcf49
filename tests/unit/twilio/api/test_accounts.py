"""The account, and its numbers."""

from __future__ import annotations

from airflow_provider_flexout.twilio.api.accounts import (
    Account,
    PhoneNumberPage,
    fetch_account,
    list_incoming_phone_numbers,
)
from airflow_provider_flexout.twilio.http.call import RetrySafety


def test_reading_is_safe_and_stays_in_its_path():
    for call in (fetch_account("AC1/.."), list_incoming_phone_numbers("AC1/..")):
        assert call.retry_safety is RetrySafety.SAFE
        assert call.path.startswith("/2010-04-01/Accounts/AC1%2F..")


def test_the_auth_token_that_comes_along_is_not_kept():
    account = Account.model_validate({"sid": "AC1", "status": "active", "auth_token": "s3cret"})
    assert "s3cret" not in str(account.model_dump())


def test_a_list_of_the_oldest_api_has_no_meta():
    page = PhoneNumberPage.model_validate({"incoming_phone_numbers": [{"sid": "PN1"}], "next_page_uri": None})
    assert [each.sid for each in page.items] == ["PN1"]
    assert page.next_page_path is None
