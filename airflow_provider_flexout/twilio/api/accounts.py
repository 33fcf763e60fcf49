"""The account, and the phone numbers that it owns: the oldest of Twilio's APIs, which is dated 2010-04-01.

https://www.twilio.com/docs/iam/api/account,
https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource
"""

from __future__ import annotations

from pydantic import ConfigDict

from airflow_provider_flexout.twilio.http.call import Call, path, read
from airflow_provider_flexout.twilio.http.resource import Page, Resource

_ACCOUNT = "/2010-04-01/Accounts/{}"


class Account(Resource):
    """An account. ``status`` is active, suspended or closed; ``type`` is Trial or Full.

    Twilio sends the auth token along, so unknown fields are not kept here.
    """

    model_config = ConfigDict(extra="ignore")

    sid: str
    friendly_name: str | None = None
    status: str | None = None
    type: str | None = None


class PhoneNumber(Resource):
    """A number of the account; ``sms_url`` is the webhook of its incoming messages."""

    sid: str
    phone_number: str | None = None
    sms_url: str | None = None
    sms_application_sid: str | None = None
    capabilities: dict[str, bool] | None = None


PhoneNumberPage = Page[PhoneNumber]


def fetch_account(account_sid: str) -> Call[Account]:
    """Fetch the account.

    :param account_sid: the account, ``AC…``.
    """
    return read("FetchAccount", "api", path(_ACCOUNT + ".json", account_sid), Account)


def list_incoming_phone_numbers(
    account_sid: str, *, phone_number: str | None = None, page_size: int = 50
) -> Call[PhoneNumberPage]:
    """List the numbers of the account.

    :param account_sid: the account, ``AC…``.
    :param phone_number: only this one, in E.164 form; all by default.
    :param page_size: items of a page, 1 to 1,000.
    """
    place = path(_ACCOUNT + "/IncomingPhoneNumbers.json", account_sid)
    query = {"PhoneNumber": phone_number, "PageSize": page_size}
    return read("ListIncomingPhoneNumber", "api", place, PhoneNumberPage, **query)
