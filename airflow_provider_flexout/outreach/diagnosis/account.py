"""Credentials, the account, and the difference between this machine's clock and Twilio's."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.outreach.diagnosis.finding import (
    CONSOLE,
    Check,
    Finding,
    doubtful,
    found_or_none,
    good,
    unread,
    wrong,
)
from airflow_provider_flexout.twilio.api.accounts import Account, fetch_account
from airflow_provider_flexout.twilio.api.conversations import list_conversations
from airflow_provider_flexout.twilio.http.errors import AuthenticationFailed, TwilioError

if TYPE_CHECKING:
    from airflow_provider_flexout.outreach.diagnosis.target import DiagnosisTarget
    from airflow_provider_flexout.twilio.http.resource import Resource

CREDENTIALS = "credentials"
"""The subject whose finding, if it is wrong, ends the diagnosis."""

_KEYS = f"{CONSOLE}/us1/account/keys-credentials/api-keys"
_LARGEST_DIFFERENCE = timedelta(seconds=30)


def check_account(target: DiagnosisTarget) -> Check[list[Finding]]:
    """Check whether Twilio accepts the credentials, and what kind of account they belong to.

    :param target: the connection.
    """
    account, judged = yield from _look_at_account(target)
    try:
        conversations = yield list_conversations(page_size=1)
    except TwilioError as error:
        return [_refused(target, error, account), *([judged] if account else [])]
    return [
        good(CREDENTIALS, f"{target.place} accepts the {target.credentials}."),
        judged,
        _judge_clock(target, conversations),
    ]


def _look_at_account(target: DiagnosisTarget) -> Check[tuple[Account | None, Finding]]:
    if not target.account_sid:
        return None, doubtful(
            "account",
            "The connection does not name it.",
            "Its status and its phone numbers cannot be looked up; operators need neither.",
            "Set account_sid in the extra of the connection.",
            CONSOLE,
        )
    try:
        account = yield from found_or_none(fetch_account(target.account_sid))
    except TwilioError as error:
        not_known = "It is not known whether it is active, or a trial account."
        return None, unread(
            "account", error, f"{not_known} A standard key cannot read accounts, and does not have to."
        )
    return account, _judge_account(target.account_sid, account)


def _refused(target: DiagnosisTarget, error: TwilioError, account: Account | None) -> Finding:
    nothing = "No operator can do anything."
    if account and isinstance(error, AuthenticationFailed):
        seen = f"Twilio accepts the {target.credentials}, but does not let it read conversations."
        action = "Give the key the permissions for Conversations, TaskRouter and Flex, or use a standard key."
        return wrong(CREDENTIALS, seen, nothing, action, _KEYS)
    if isinstance(error, AuthenticationFailed):
        seen = f"{target.place} rejects the {target.credentials} (HTTP {error.status}, code {error.code})."
        action = "Copy login and password again; the secret of a key is shown only once, when it is created."
        return wrong(CREDENTIALS, seen, nothing, action, _KEYS)
    action = "Check the network, the proxy, and base_url, region and edge of the connection."
    return wrong(CREDENTIALS, unread(CREDENTIALS, error).seen, nothing, action)


def _judge_account(sid: str, account: Account | None) -> Finding:
    if account is None:
        seen = f"These credentials do not belong to the account {sid}."
        action = "Take account_sid, login and password from the same account."
        return wrong(
            "account", seen, "Operators act in a different account than you expect.", action, CONSOLE
        )
    named = f"{account.sid} ({account.friendly_name})"
    if account.status != "active":
        seen = f"{named} is {account.status}."
        return wrong("account", seen, "No message is sent.", "Ask Twilio's support.", CONSOLE)
    if account.type == "Trial":
        return doubtful(
            "account",
            f"{named} is a trial account.",
            "It sends only to numbers that you have verified, and begins each text with a note.",
            "Verify your own phone to try it, and upgrade before you contact customers.",
            f"{CONSOLE}/us1/develop/phone-numbers/manage/verified",
        )
    return good("account", f"{named} is active.")


def _judge_clock(target: DiagnosisTarget, response: Resource) -> Finding:
    there: Any = response.served_at
    if there is None:
        return doubtful(
            "clock", "The responses have no date.", "Contact windows use this machine's clock.", "Nothing."
        )
    ahead = target.clock() - there
    seconds = ahead // timedelta(seconds=1)  # a date has whole seconds, and is never in the future
    if abs(ahead) <= _LARGEST_DIFFERENCE:
        return good("clock", "This machine's clock and Twilio's agree.")
    direction = "ahead of" if seconds > 0 else "behind"
    return doubtful(
        "clock",
        f"This machine's clock is {abs(seconds):,} seconds {direction} Twilio's.",
        "Contact windows and leases use Twilio's clock; Airflow's schedules use this one.",
        "Set the machine's clock, for example by NTP. A sandbox whose clock was moved also differs.",
    )
